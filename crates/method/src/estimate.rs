//! A speedup is believed by how well fresh processes agree on it, not by how many samples one of them took.

mod fieller;
mod stop;
mod verdict;

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod simulation;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::{error, fmt};

pub use fieller::fieller;
pub use stop::{Gulf, Rules, Stop, stop};
pub use verdict::{Verdict, judge, verdicts};

/// Blocks below which an interval exists but nothing is concluded from it: two or three can agree by luck.
pub const TRUSTED_BLOCKS: usize = 4;

/// Share of the t intervals that may miss the truth at a number of blocks fixed beforehand.
///
/// The intervals are called 95 % intervals, and a plain t interval misses 5 %. But a cell stops at the look
/// where its deviation happens to be small, so under [`stop()`] the plain interval misses up to 7 %. Half the
/// share leaves at least 95 % covered for every deviation and every ratio that was tried, at the price of
/// intervals 20 % wider (8 blocks). Coverage measured under the default [`Rules`], worst over 16 deviations
/// of the blocks (1 to 12 %), for ratios from far below to far above 2:
///
/// | share | below the gulf | around the gulf's edge | far beyond it |
/// |-------|----------------|------------------------|---------------|
/// | 0.050 | 93 %           | 91 %                   | 92 %          |
/// | 0.025 | 96 %           | 95 %                   | 95 %          |
const MISSES: f64 = 0.025;

/// Times lie in `f64`'s range, so that the logarithms of two differ by less than this.
const LARGEST_LOG_RATIO: f64 = 1500.0;

/// What the blocks of one technique say about its speedup over the baseline.
///
/// Everything is on the log scale, where twice as fast and half as fast lie equally far from 0;
/// [`ratio`](Self::ratio), [`low`](Self::low) and [`high`](Self::high) lead back to speedups.
///
/// ```
/// use parallax_method::estimate::Estimate;
///
/// let twice = Estimate::of(&[0.68, 0.70, 0.69, 0.71])?;
/// assert!((twice.ratio() - 2.0).abs() < 0.01);
/// assert!(twice.low().unwrap() > 1.9 && twice.high().unwrap() < 2.1);
/// # Ok::<(), parallax_method::estimate::Unusable>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Blocks that the estimate rests on, at least 1.
    pub blocks: usize,
    /// Mean of the blocks' log ratios; positive is faster than the baseline.
    pub log_mean: f64,
    /// Half the width of the 95 % interval, log scale; none from a single block.
    pub half_width: Option<f64>,
    /// Standard deviation of the blocks' log ratios; 0 for a single block.
    pub deviation: f64,
}

impl Estimate {
    /// Estimates from the log ratios of the blocks, as [`log_ratio`] gives them: their mean and its Student t
    /// interval (Gosset, *The probable error of a mean*, 1908). O(blocks).
    ///
    /// # Errors
    ///
    /// [`Unusable`] if there is no block, or one whose value is no log ratio.
    pub fn of(log_ratios: &[f64]) -> Result<Self, Unusable> {
        let stray = log_ratios.iter().position(|value| value.is_nan() || value.abs() > LARGEST_LOG_RATIO);
        if let Some(block) = stray {
            return Err(Unusable::NotALogRatio { block, value: log_ratios[block] });
        }
        let blocks = log_ratios.len();
        let log_mean = mean(log_ratios).ok_or(Unusable::NoBlocks)?;
        let deviation = deviation(log_ratios);
        let half_width = deviation.and_then(|d| Some(quantile(MISSES, blocks)? * d / (blocks as f64).sqrt()));
        Ok(Self { blocks, log_mean, half_width, deviation: deviation.unwrap_or(0.0) })
    }

    /// How much faster this technique is than `other`, where their blocks have nothing in common: the interval is
    /// Welch's (*The generalization of "Student's" problem when several different population variances are
    /// involved*, 1947), and there is none unless both have two blocks.
    ///
    /// ```
    /// use parallax_method::estimate::Estimate;
    ///
    /// let (twice, same) = (Estimate::of(&[0.68, 0.70, 0.69, 0.71])?, Estimate::of(&[0.01, -0.01, 0.02])?);
    /// assert!(twice.over(&same).low().unwrap() > 1.8);
    /// # Ok::<(), parallax_method::estimate::Unusable>(())
    /// ```
    pub fn over(&self, other: &Self) -> Self {
        let [one, two] = [self, other].map(|of| of.deviation.powi(2) / of.blocks as f64);
        let error = (one + two).sqrt();
        let blocks = self.blocks.min(other.blocks);
        let freedom = match error > 0.0 {
            true => {
                (one + two).powi(2)
                    / (one.powi(2) / (self.blocks as f64 - 1.0) + two.powi(2) / (other.blocks as f64 - 1.0))
            }
            false => blocks as f64 - 1.0,
        };
        let student = StudentsT::new(0.0, 1.0, freedom).ok().filter(|_| blocks > 1);
        Self {
            blocks,
            log_mean: self.log_mean - other.log_mean,
            half_width: student.map(|student| student.inverse_cdf(1.0 - MISSES / 2.0) * error),
            deviation: error * (blocks as f64).sqrt(),
        }
    }

    /// The estimated speedup over the baseline; above 1 is faster.
    pub fn ratio(&self) -> f64 {
        self.log_mean.exp()
    }

    /// The lower end of the speedup's 95 % interval.
    pub fn low(&self) -> Option<f64> {
        self.half_width.map(|half| (self.log_mean - half).exp())
    }

    /// The upper end of the speedup's 95 % interval.
    pub fn high(&self) -> Option<f64> {
        self.half_width.map(|half| (self.log_mean + half).exp())
    }

    /// The chance that blocks like these miss a truth this far from their mean: the two-sided p-value of
    /// Student's t.
    fn chance_of_missing_by(&self, distance: f64) -> f64 {
        let error = self.deviation / (self.blocks as f64).sqrt();
        match student(self.blocks) {
            Some(student) if distance > 0.0 && error > 0.0 => 2.0 * student.sf(distance / error),
            // Blocks that agree to the last bit leave no room for any other truth.
            Some(_) if distance > 0.0 && error == 0.0 => 0.0,
            _ => 1.0,
        }
    }
}

/// Why numbers could not be used; each of them stays in the journal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unusable {
    /// A turn has no sample.
    NoSamples,
    /// A sample is not a time.
    NotATime {
        /// What stood in its place.
        sample: f64,
    },
    /// There is no block to estimate from.
    NoBlocks,
    /// A block's value cannot be the log ratio of two times.
    NotALogRatio {
        /// The position of the block's value.
        block: usize,
        /// What it was.
        value: f64,
    },
}

impl error::Error for Unusable {}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSamples => write!(f, "a turn without samples has no median: exclude its block"),
            Self::NotATime { sample } => {
                write!(f, "a sample of {sample} is not a time (finite, above zero): exclude its block")
            }
            Self::NoBlocks => write!(f, "there is nothing to estimate from: run a block first"),
            Self::NotALogRatio { block, value } => {
                write!(
                    f,
                    "value {value} of block {block} is not the log ratio of two times: exclude that block"
                )
            }
        }
    }
}

/// The value of a technique in a block: how much faster than the baseline, as a difference of log times.
///
/// The baseline runs `before` and `after` the techniques, and its mean cancels what drifts steadily between
/// the two turns. Each turn counts with the median of its samples, in any unit of time. O(samples log
/// samples).
///
/// ```
/// let value = parallax_method::estimate::log_ratio(&[4.0, 4.0, 9.0], &[4.0], &[2.0])?;
/// assert_eq!(value, 2.0_f64.ln());
/// # Ok::<(), parallax_method::estimate::Unusable>(())
/// ```
///
/// # Errors
///
/// [`Unusable`] if a turn has no sample, or one that is not finite or not above zero.
pub fn log_ratio(before: &[f64], after: &[f64], technique: &[f64]) -> Result<f64, Unusable> {
    Ok((log_time(before)? + log_time(after)?) / 2.0 - log_time(technique)?)
}

/// The noise floor: how far from 0 the interval of the A/A twin reaches, log scale.
///
/// The twin *is* the baseline, so that whatever lies nearer to 0 than this is what the machine shows of
/// identical code. Infinite, so that nothing clears it, where `twin` has fewer than two values or one that is
/// no log ratio.
pub fn floor(twin: &[f64]) -> f64 {
    let interval = Estimate::of(twin).ok().and_then(|e| Some(e.log_mean.abs() + e.half_width?));
    interval.unwrap_or(f64::INFINITY)
}

/// The middle value, or the mean of the middle two; none of nothing or of values with a NaN.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    let middle = f64::midpoint(lower, upper);
    (!values.iter().any(|value| value.is_nan())).then_some(middle)
}

/// The arithmetic mean; none of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sample standard deviation (over n - 1); none of fewer than two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

fn log_time(samples: &[f64]) -> Result<f64, Unusable> {
    if let Some(&sample) = samples.iter().find(|s| !s.is_finite() || **s <= 0.0) {
        return Err(Unusable::NotATime { sample });
    }
    median(samples).map(f64::ln).ok_or(Unusable::NoSamples)
}

/// How many standard errors an interval reaches that may miss with probability `misses`.
fn quantile(misses: f64, blocks: usize) -> Option<f64> {
    student(blocks).map(|student| student.inverse_cdf(1.0 - misses / 2.0))
}

fn student(blocks: usize) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, blocks.checked_sub(1)? as f64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        let known = [
            (0.05, 2, 12.7062),
            (0.05, 8, 2.3646),
            (0.05, 40, 2.0227),
            (0.01, 4, 5.8409),
            (0.002, 8, 4.7853),
        ];
        for (misses, blocks, t) in known {
            assert!((quantile(misses, blocks).unwrap() - t).abs() < 1e-4, "{misses} {blocks}");
        }
        assert_eq!((quantile(0.05, 1), quantile(0.05, 0)), (None, None));
    }

    #[test]
    fn an_estimate_is_mean_and_t_interval() {
        let estimate = Estimate::of(&[0.1, 0.2, 0.3, 0.4]).unwrap();
        assert!((estimate.log_mean - 0.25).abs() < 1e-12);
        assert!((estimate.deviation - 0.129_099).abs() < 1e-6);
        // t of 3 degrees of freedom at 98.75 % is 4.1765.
        assert!((estimate.half_width.unwrap() - 4.1765 * 0.129_099 / 2.0).abs() < 1e-5);
        assert!(estimate.low().unwrap() < estimate.ratio() && estimate.ratio() < estimate.high().unwrap());
    }

    #[test]
    fn a_difference_has_welchs_interval() {
        let one = Estimate::of(&[0.9, 1.1, 1.0, 1.4]).unwrap();
        let two = Estimate::of(&[0.1, 0.3, 0.1, 0.2, 0.1, 0.2]).unwrap();
        let difference = one.over(&two);
        // by scipy.stats.ttest_ind(…, equal_var=False).confidence_interval(0.975)
        assert!((difference.log_mean - 0.933_333).abs() < 1e-6);
        assert!((difference.half_width.unwrap() - 0.420_038).abs() < 1e-4);
        assert_eq!(two.over(&one).half_width, difference.half_width);
        let single = Estimate::of(&[0.5]).unwrap();
        assert_eq!((one.over(&single).half_width, single.over(&two).half_width), (None, None));
        let exact = Estimate::of(&[0.5, 0.5]).unwrap();
        assert_eq!(exact.over(&exact).half_width, Some(0.0));
    }

    #[test]
    fn one_block_has_no_interval() {
        let estimate = Estimate::of(&[0.5]).unwrap();
        assert_eq!((estimate.half_width, estimate.low(), estimate.high()), (None, None, None));
        assert_eq!((estimate.log_mean, estimate.deviation), (0.5, 0.0));
    }

    #[test]
    fn what_is_no_number_is_named_and_never_panics() {
        assert_eq!(Estimate::of(&[]), Err(Unusable::NoBlocks));
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308] {
            assert!(matches!(Estimate::of(&[0.0, odd]), Err(Unusable::NotALogRatio { block: 1, .. })));
            assert_eq!(floor(&[0.0, odd, 0.0]), f64::INFINITY);
        }
        for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
            assert!(matches!(log_ratio(&[1.0], &[1.0, odd], &[1.0]), Err(Unusable::NotATime { .. })));
        }
        assert_eq!(log_ratio(&[1.0], &[], &[1.0]), Err(Unusable::NoSamples));
        let extreme = log_ratio(&[f64::MAX], &[f64::MAX], &[f64::from_bits(1)]).unwrap();
        assert!(Estimate::of(&[extreme, -extreme]).is_ok());
    }

    #[test]
    fn the_bracket_cancels_a_steady_drift() {
        let value = log_ratio(&[100.0], &[121.0], &[110.0]).unwrap();
        assert!(value.abs() < 1e-12);
    }

    #[test]
    fn the_floor_is_the_far_end_of_the_interval() {
        let twin = [0.01, -0.03, -0.02, 0.00];
        let estimate = Estimate::of(&twin).unwrap();
        assert_eq!(floor(&twin), estimate.half_width.unwrap() - estimate.log_mean);
        assert_eq!((floor(&[]), floor(&[0.0])), (f64::INFINITY, f64::INFINITY));
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!((median(&[]), median(&[1.0, f64::NAN, 2.0])), (None, None));
    }

    #[test]
    fn an_estimate_survives_the_journal() {
        let estimate = Estimate::of(&[0.1, 0.25]).unwrap();
        let line = serde_json::to_string(&estimate).unwrap();
        assert_eq!(serde_json::from_str::<Estimate>(&line).unwrap(), estimate);
    }
}
