//! A simulated machine: layout bias, noise, outliers and drift on top of known speedups.

use parallax_method::log_ratio;
use parallax_method::schedule::Draw;
use std::f64::consts::TAU;

const SAMPLES: usize = 3;

/// The noise of a machine, as standard deviations of log times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    /// The layout of a process in memory: constant within it, new in the next.
    layout: f64,
    sample: f64,
    /// Chance that a sample is up to half slower.
    slow_sample: f64,
    /// Chance that a whole process is up to half slower.
    slow_process: f64,
    /// Random walk from turn to turn, in addition to a swing of 5 % over 300 turns.
    drift: f64,
}

/// Values of blocks deviate by 1.7 %.
pub(crate) const QUIET: Noise =
    Noise { layout: 0.01, sample: 0.01, slow_sample: 0.02, slow_process: 0.0, drift: 0.002 };

/// Values of blocks deviate by 2.7 %.
pub(crate) const USUAL: Noise = Noise { layout: 0.02, ..QUIET };

/// Values of blocks deviate by 4.4 %, where stopping at a half-width of 2 % costs most coverage.
pub(crate) const LOUD: Noise = Noise { layout: 0.035, ..QUIET };

/// Others use the machine, and a process they slow down is slow throughout: values of blocks deviate by 5.5 %.
pub(crate) const CROWDED: Noise = Noise { slow_process: 0.02, ..USUAL };

/// The machine of one experiment.
pub(crate) struct Machine {
    noise: Noise,
    draw: Draw,
    turn: f64,
    walk: f64,
}

impl Machine {
    pub(crate) fn new(noise: Noise, seed: u64, experiment: usize) -> Self {
        let mut draw = Draw::new(seed, experiment as u64);
        let turn = 300.0 * unit(&mut draw);
        Self { noise, draw, turn, walk: 0.0 }
    }

    /// The samples of a fresh process with code that is faster than the baseline by `truth`, log scale.
    pub(crate) fn turn(&mut self, truth: f64, samples: usize) -> Vec<f64> {
        let Noise { layout, sample, slow_sample, slow_process, drift } = self.noise;
        self.turn += 1.0;
        self.walk += drift * normal(&mut self.draw);
        let swing = 0.05 * (TAU * self.turn / 300.0).sin();
        let bias = layout * normal(&mut self.draw) + self.slowness(slow_process);
        let process = self.walk + swing + bias - truth;
        let mut time = || (process + sample * normal(&mut self.draw) + self.slowness(slow_sample)).exp();
        (0..samples).map(|_| time()).collect()
    }

    /// The values of techniques in a block.
    pub(crate) fn block(&mut self, truths: &[f64]) -> Vec<f64> {
        let before = self.turn(0.0, SAMPLES);
        let turns: Vec<_> = truths.iter().map(|&truth| self.turn(truth, SAMPLES)).collect();
        let after = self.turn(0.0, SAMPLES);
        turns.iter().map(|turn| log_ratio(&before, &after, turn).unwrap()).collect()
    }

    fn slowness(&mut self, chance: f64) -> f64 {
        if unit(&mut self.draw) < chance { 0.5 * unit(&mut self.draw) } else { 0.0 }
    }
}

pub(crate) fn unit(draw: &mut Draw) -> f64 {
    ((draw.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// A normal random number, by Box and Muller.
pub(crate) fn normal(draw: &mut Draw) -> f64 {
    (-2.0 * unit(draw).ln()).sqrt() * (TAU * unit(draw)).cos()
}
