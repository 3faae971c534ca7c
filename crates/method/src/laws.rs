//! The scaling laws of Amdahl and of Gunther, fitted to the speedups of a few workers to predict those of more.
//!
//! According to Amdahl ("Validity of the single processor approach to achieving large-scale computing capabilities",
//! AFIPS 1967) a share of the work stays serial. According to Gunther's universal scalability law (*Guerrilla Capacity
//! Planning*, 2007) each worker also waits for each other one, so beyond some number more workers make it slower. With
//! `n` workers the work of all of them together grows to
//!
//! > n · T(n) / T(1) = 1 + serial · (n − 1) + crosstalk · n · (n − 1)
//!
//! where Amdahl has no crosstalk. That is linear, so least squares solve it directly: relative to each point's own
//! error, and with no share below 0. The band of a prediction is a parametric bootstrap: the points are drawn again
//! around the fitted law, as widely as their intervals or their distance from the law say, and each draw is fitted
//! again. It says how well the law is known, not whether the law still holds beyond the measured points: another limit
//! may apply there.

use crate::estimate::Estimate;
use crate::schedule::Draw;
use std::f64::consts::TAU;

/// A law of scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A share stays serial.
    Amdahl,
    /// A share stays serial, and each worker waits for each other.
    Gunther,
}

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// The figure.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A fitted law.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The law.
    pub law: Law,
    /// The speedup of one worker, over the reference of all speedups.
    pub one: f64,
    /// The share of the work that stays serial.
    pub serial: Known,
    /// The cost of each pair of workers, as a share of the work; 0 for Amdahl.
    pub crosstalk: Known,
    /// How far the points lie from the law: the root of the mean square, log scale.
    pub residual: f64,
    /// How many points it was fitted to.
    pub points: usize,
    /// The predicted speedup for each number of workers that was asked for.
    pub predicted: Vec<(usize, Known)>,
}

/// Too few points: any law would fit them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFew {
    /// How many different numbers of workers the law needs.
    pub needed: usize,
}

/// How often the points are drawn again.
const DRAWS: usize = 1000;

/// The least error that a point is taken to have, log scale.
const LEAST_ERROR: f64 = 1e-4;

impl Law {
    /// How many different numbers of workers it needs: one more than it has parameters.
    pub const fn needs(self) -> usize {
        match self {
            Law::Amdahl => 3,
            Law::Gunther => 4,
        }
    }

    /// Fits the law to speedups, each with its number of workers, and predicts those of `asked`. O(points · draws).
    ///
    /// ```
    /// use parallax_method::{Estimate, laws::Law};
    ///
    /// let speedup = |n: usize| 1.0 / (0.1 + 0.9 / n as f64);
    /// let points = [1, 2, 4, 8].map(|n| (n, Estimate::with(8, speedup(n).ln(), 0.001, 7.0)));
    /// let fit = Law::Amdahl.fit(&points, &[64]).unwrap();
    /// assert!((fit.serial.value - 0.1).abs() < 1e-6);
    /// let (workers, at_64) = fit.predicted[0];
    /// assert!((at_64.value - speedup(workers)).abs() < 1e-3 && at_64.low < 8.77 && at_64.high > 8.76);
    /// ```
    ///
    /// # Errors
    ///
    /// [`TooFew`] unless more numbers of workers were measured, each with an interval, than the law has parameters.
    pub fn fit(self, points: &[(usize, Estimate)], asked: &[usize]) -> Result<Fit, TooFew> {
        let measured: Vec<Measured> = points.iter().filter_map(Measured::of).collect();
        let mut numbers: Vec<usize> = measured.iter().map(|point| point.workers).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let too_few = TooFew { needed: self.needs() };
        if numbers.len() < self.needs() {
            return Err(too_few);
        }
        let curve = self.curve(&measured).ok_or(too_few)?;
        let apart = |point: &Measured| (point.log_speedup - curve.speedup(point.workers).ln()).powi(2);
        let squares: f64 = measured.iter().map(apart).sum();
        let spare = (measured.len() + 1 - self.needs()) as f64;
        let curves = self.drawn(&measured, &curve, (squares / spare).sqrt());
        let known = |of: &dyn Fn(&Curve) -> f64| between(of(&curve), curves.iter().map(of).collect());
        Ok(Fit {
            law: self,
            one: curve.speedup(1),
            serial: known(&|curve| curve.serial),
            crosstalk: known(&|curve| curve.crosstalk),
            residual: (squares / measured.len() as f64).sqrt(),
            points: measured.len(),
            predicted: asked.iter().map(|&n| (n, known(&|curve| curve.speedup(n)))).collect(),
        })
    }

    /// The law fitted to points that are drawn again around `curve`, each with its own error or with the points'
    /// distance from the law, if that is more. The draws are always the same, so that a report made again says the
    /// same.
    fn drawn(self, points: &[Measured], curve: &Curve, apart: f64) -> Vec<Curve> {
        let mut draw = Draw::new(0, 0);
        let again = |point: &Measured, draw: &mut Draw| Measured {
            log_speedup: curve.speedup(point.workers).ln() + point.error.max(apart) * normal(draw),
            ..*point
        };
        let draws = (0..DRAWS).filter_map(|_| {
            let points: Vec<Measured> = points.iter().map(|point| again(point, &mut draw)).collect();
            self.curve(&points)
        });
        draws.collect()
    }

    /// The nearest law of those in which some of its shares are 0 and the others are above 0.
    fn curve(self, points: &[Measured]) -> Option<Curve> {
        let forms: &[&[Term]] = match self {
            Law::Amdahl => &[&[Term::One], &[Term::One, Term::Serial], &[Term::AllSerial]],
            Law::Gunther => &[
                &[Term::One],
                &[Term::One, Term::Serial],
                &[Term::One, Term::Crosstalk],
                &[Term::One, Term::Serial, Term::Crosstalk],
            ],
        };
        let found = forms.iter().filter_map(|form| Curve::of(form, points));
        let found = found.filter(|(curve, _)| self != Law::Amdahl || curve.serial <= 1.0);
        found.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(curve, _)| curve)
    }
}

impl Fit {
    /// The number of workers beyond which more of them make it slower; none for a law without crosstalk.
    pub fn best_workers(&self) -> Option<f64> {
        let (serial, crosstalk) = (self.serial.value, self.crosstalk.value);
        (crosstalk > 0.0).then(|| ((1.0 - serial).max(0.0) / crosstalk).sqrt().max(1.0))
    }
}

/// A point of a fit.
#[derive(Clone, Copy)]
struct Measured {
    workers: usize,
    log_speedup: f64,
    /// Its standard error, as wide as its interval says.
    error: f64,
}

impl Measured {
    fn of((workers, speedup): &(usize, Estimate)) -> Option<Self> {
        let error = (speedup.half_width? / NORMAL_HALF_WIDTH).max(LEAST_ERROR);
        (*workers > 0 && error.is_finite()).then_some(Measured {
            workers: *workers,
            log_speedup: speedup.log_mean,
            error,
        })
    }
}

/// Standard errors to each side of a normal 95 % interval.
const NORMAL_HALF_WIDTH: f64 = 1.959_964;

/// A term of the law, which is linear in its terms.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Term {
    /// The work itself.
    One,
    /// The serial share, for which the others wait.
    Serial,
    /// The cost of each pair.
    Crosstalk,
    /// The work where all of it is serial.
    AllSerial,
}

impl Term {
    fn of(self, workers: usize) -> f64 {
        let n = workers as f64;
        match self {
            Term::One => 1.0,
            Term::Serial => n - 1.0,
            Term::Crosstalk => n * (n - 1.0),
            Term::AllSerial => n,
        }
    }
}

/// A law with its parameters.
#[derive(Clone, Copy)]
struct Curve {
    /// The time of one worker; that of the reference of all speedups is 1.
    one: f64,
    serial: f64,
    crosstalk: f64,
}

impl Curve {
    fn speedup(&self, workers: usize) -> f64 {
        let n = workers as f64;
        n / (self.one * (1.0 + self.serial * (n - 1.0) + self.crosstalk * n * (n - 1.0)))
    }

    /// The nearest curve of a form, and its distance; none where a share of it would be below 0.
    fn of(form: &[Term], points: &[Measured]) -> Option<(Self, f64)> {
        let row = |point: &Measured| -> Vec<f64> {
            // the time of all workers together; its error is relative, so each row is weighted by its own value
            let weight = 1.0 / (spent(point) * point.error);
            form.iter().map(|term| term.of(point.workers) * weight).collect()
        };
        let rows: Vec<(Vec<f64>, f64)> = points.iter().map(|p| (row(p), 1.0 / p.error)).collect();
        let solved = least_squares(&rows, form.len())?;
        let of = |term: Term| form.iter().position(|other| *other == term).map_or(0.0, |at| solved[at]);
        if solved.iter().any(|value| *value < 0.0) {
            return None;
        }
        let all_serial = of(Term::AllSerial);
        let one = of(Term::One) + all_serial;
        let curve = Curve {
            one,
            serial: (of(Term::Serial) + all_serial) / one,
            crosstalk: of(Term::Crosstalk) / one,
        };
        let distance = |point: &Measured| {
            ((point.log_speedup - curve.speedup(point.workers).ln()) / point.error).powi(2)
        };
        (one > 0.0).then(|| (curve, points.iter().map(distance).sum()))
    }
}

/// The time that all workers of a point spend together, where one worker of the reference spends 1.
fn spent(point: &Measured) -> f64 {
    point.workers as f64 * (-point.log_speedup).exp()
}

/// Least squares by the normal equations, for a few unknowns; none where the rows do not determine them.
fn least_squares(rows: &[(Vec<f64>, f64)], unknowns: usize) -> Option<Vec<f64>> {
    let dot = |i: usize, j: usize| -> f64 { rows.iter().map(|(row, _)| row[i] * row[j]).sum() };
    let mut system: Vec<Vec<f64>> = (0..unknowns)
        .map(|i| {
            let right: f64 = rows.iter().map(|(row, value)| row[i] * value).sum();
            (0..unknowns).map(|j| dot(i, j)).chain([right]).collect()
        })
        .collect();
    for k in 0..unknowns {
        let pivot = (k..unknowns).max_by(|a, b| system[*a][k].abs().total_cmp(&system[*b][k].abs()))?;
        system.swap(k, pivot);
        let of_pivot = system[k].clone();
        if of_pivot[k].abs() <= f64::MIN_POSITIVE {
            return None;
        }
        for (_, row) in system.iter_mut().enumerate().filter(|(at, _)| *at != k) {
            let factor = row[k] / of_pivot[k];
            row.iter_mut().zip(&of_pivot).for_each(|(x, pivot)| *x -= factor * pivot);
        }
    }
    Some((0..unknowns).map(|k| system[k][unknowns] / system[k][k]).collect())
}

/// A figure with the interval that holds 95 % of the draws.
fn between(value: f64, mut draws: Vec<f64>) -> Known {
    draws.sort_by(f64::total_cmp);
    let place = |share: f64| draws.get((share * draws.len() as f64) as usize).copied().unwrap_or(value);
    Known { value, low: place(0.025).min(value), high: place(0.975).max(value) }
}

/// A normal random number, by Box and Muller.
fn normal(draw: &mut Draw) -> f64 {
    let mut unit = || ((draw.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    (-2.0 * unit().ln()).sqrt() * (TAU * unit()).cos()
}

#[cfg(test)]
mod tests;
