//! Simulated groups of techniques with known speedups, on a machine whose deviation is set.

use super::machine::{normal, unit};
use parallax_method::schedule::Draw;

/// How the log times of fresh processes scatter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scatter {
    /// Normally.
    Normal,
    /// As Student's t of three degrees of freedom, which has no fourth moment.
    Heavy,
    /// One process in twenty is up to half slower.
    Outliers,
    /// A process is in one of two modes, one twice as fast as the other, in addition to the normal deviation.
    Bimodal,
}

impl Scatter {
    /// One process; its mean is 0.
    fn draw(self, deviation: f64, draw: &mut Draw) -> f64 {
        match self {
            Self::Normal => deviation * normal(draw),
            Self::Heavy => {
                let square = (0..3).map(|_| normal(draw).powi(2)).sum::<f64>();
                deviation * normal(draw) / square.sqrt()
            }
            Self::Outliers => {
                let slow = if unit(draw) < 0.05 { 0.5 * unit(draw) } else { 0.0 };
                deviation * normal(draw) + slow - 0.0125
            }
            Self::Bimodal => deviation * normal(draw) + if draw.bits() & 1 == 0 { 0.34 } else { -0.34 },
        }
    }
}

/// The parameters that all groups share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) scatter: Scatter,
    /// The usual standard deviation of a process' log time.
    pub(crate) deviation: f64,
    /// How much the deviation differs from technique to technique: the standard deviation of its logarithm.
    pub(crate) unlike: f64,
    /// Standard deviation of a shift of all turns of a group between its baselines, which are not shifted.
    pub(crate) shift: f64,
}

/// A group and its true speedups.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    scatter: Scatter,
    /// True log speedups, and the deviation of each.
    cells: Vec<(f64, f64)>,
    baseline: f64,
    shift: f64,
}

impl Truth {
    pub(crate) fn new(kind: Kind, speedups: Vec<f64>, draw: &mut Draw) -> Self {
        let mut deviation = || kind.deviation * (kind.unlike * normal(draw)).exp();
        let baseline = deviation();
        let cells = speedups.into_iter().map(|speedup| (speedup, deviation())).collect();
        Self { scatter: kind.scatter, cells, baseline, shift: kind.shift * normal(draw) }
    }

    /// Log speedups.
    pub(crate) fn speedups(&self) -> Vec<f64> {
        self.cells.iter().map(|(speedup, _)| *speedup).collect()
    }

    /// The twin's value in a block, and those of the techniques in it.
    pub(crate) fn block(&self, techniques: &[usize], draw: &mut Draw) -> (f64, Vec<f64>) {
        let mut of_baseline = || self.scatter.draw(self.baseline, draw);
        let bracket = f64::midpoint(of_baseline(), of_baseline());
        let twin = self.shift + bracket - of_baseline();
        let value = |&at: &usize| {
            let (speedup, deviation) = self.cells[at];
            self.shift + speedup + bracket - self.scatter.draw(deviation, draw)
        };
        (twin, techniques.iter().map(value).collect())
    }
}

/// Speedups as different as those of techniques are.
pub(crate) fn speedups(techniques: usize, spread: f64, draw: &mut Draw) -> Vec<f64> {
    (0..techniques).map(|_| spread * normal(draw)).collect()
}
