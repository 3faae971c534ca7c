//! The estimate of a speedup: its interval comes from how well fresh processes agree, not from one process' samples.

use crate::moderate::{Prior, Spread, quantile, tail};
use std::{error, fmt};

/// The least number of blocks for a claim: one block may have an interval, but no second block to compare with.
///
/// Two may agree by luck. But other cells' variances moderate theirs ([`Prior`]), and in simulations and replays two
/// blocks led to no more false claims than eight.
pub const TRUSTED_BLOCKS: usize = 2;

/// The least degrees of freedom for a conclusion: two blocks have them with the help of the run's other cells, and four
/// blocks by themselves, where there are too few other cells.
pub(crate) const TRUSTED_FREEDOM: f64 = 2.5;

/// Share of the t intervals that may miss the truth at a number of blocks fixed in advance.
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
pub(crate) const MISSES: f64 = 0.025;

/// Times lie in the range of `f64`, so the logarithms of two differ by less than this.
const LARGEST_LOG_RATIO: f64 = 1500.0;

/// The speedup of one technique over the baseline, estimated from its blocks.
///
/// Everything is on the log scale, where twice as fast and half as fast lie equally far from 0; [`ratio`](Self::ratio),
/// [`low`](Self::low) and [`high`](Self::high) convert back to speedups.
///
/// ```
/// use parallax_method::{Estimate, Prior};
///
/// let twice = Estimate::of(&[0.68, 0.70, 0.69, 0.71], &Prior::NONE)?;
/// assert!((twice.ratio() - 2.0).abs() < 0.01);
/// assert!(twice.low().unwrap() > 1.9 && twice.high().unwrap() < 2.1);
/// # Ok::<(), parallax_method::Unusable>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Blocks that the estimate rests on, at least 1.
    pub blocks: usize,
    /// Mean of the blocks' log ratios; positive is faster than the baseline.
    pub log_mean: f64,
    /// Standard error of that mean, by the moderated variance.
    pub error: f64,
    /// Degrees of freedom of the error; 0 where it is unknown, as there are too few blocks and no prior.
    pub freedom: f64,
    /// Half the width of the 95 % interval, log scale; none where the error is unknown.
    pub half_width: Option<f64>,
}

impl Estimate {
    /// Estimates from the log ratios of the blocks, as [`log_ratio`] computes them: their mean, and the interval of
    /// Student's t (Gosset, *The probable error of a mean*, 1908) with the variance that `prior` moderates. O(blocks).
    ///
    /// # Errors
    ///
    /// [`Unusable`] if there is no block, or one whose value is not a log ratio.
    pub fn of(log_ratios: &[f64], prior: &Prior) -> Result<Self, Unusable> {
        let stray = log_ratios.iter().position(|value| value.is_nan() || value.abs() > LARGEST_LOG_RATIO);
        if let Some(block) = stray {
            return Err(Unusable::NotALogRatio { block, value: log_ratios[block] });
        }
        let blocks = log_ratios.len();
        let log_mean = mean(log_ratios).ok_or(Unusable::NoBlocks)?;
        let Spread { variance, freedom } = prior.moderate(Spread::of(log_ratios));
        Ok(Self::with(blocks, log_mean, (variance / blocks as f64).sqrt(), freedom))
    }

    /// An estimate from a mean, its standard error and that error's degrees of freedom.
    pub fn with(blocks: usize, log_mean: f64, error: f64, freedom: f64) -> Self {
        let half_width = quantile(1.0 - MISSES / 2.0, freedom).map(|errors| errors * error);
        Self { blocks, log_mean, error, freedom, half_width }
    }

    /// How much faster this is than `other`, where they share no blocks: the interval is Welch's (*The generalization
    /// of "Student's" problem when several different population variances are involved*, 1947), and there is none
    /// unless both have one.
    ///
    /// ```
    /// use parallax_method::{Estimate, Prior};
    ///
    /// let twice = Estimate::of(&[0.68, 0.70, 0.69, 0.71], &Prior::NONE)?;
    /// let same = Estimate::of(&[0.01, -0.01, 0.02], &Prior::NONE)?;
    /// assert!(twice.over(&same).low().unwrap() > 1.8);
    /// # Ok::<(), parallax_method::Unusable>(())
    /// ```
    pub fn over(&self, other: &Self) -> Self {
        let [one, two] = [self, other].map(|of| of.error.powi(2));
        let least = self.freedom.min(other.freedom);
        let freedom = match one + two > 0.0 && least > 0.0 {
            true => (one + two).powi(2) / (one.powi(2) / self.freedom + two.powi(2) / other.freedom),
            false => least,
        };
        let blocks = self.blocks.min(other.blocks);
        Self::with(blocks, self.log_mean - other.log_mean, (one + two).sqrt(), freedom)
    }

    /// The same comparison the other way round.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self { log_mean: -self.log_mean, ..*self }
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

    /// The chance that blocks like these lie `distance` or more above the truth: the one-sided p-value of Student's t;
    /// none where the error is unknown.
    pub(crate) fn chance_above(&self, distance: f64) -> Option<f64> {
        match self.error {
            // Blocks that agree to the last bit leave no room for any other truth.
            exact if exact == 0.0 && self.freedom > 0.0 => Some(if distance > 0.0 { 0.0 } else { 1.0 }),
            error => tail(distance / error, self.freedom),
        }
    }
}

/// Why numbers cannot be used; they stay in the journal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unusable {
    /// A turn has no sample.
    NoSamples,
    /// A sample is not a time.
    NotATime {
        /// The value found instead.
        sample: f64,
    },
    /// There is no block to estimate from.
    NoBlocks,
    /// A block's value cannot be the log ratio of two times.
    NotALogRatio {
        /// The position of the block's value.
        block: usize,
        /// The value.
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

/// The value of a technique in a block: how much faster it is than the baseline, as a difference of log times.
///
/// The baseline runs `before` and `after` the techniques, and its mean cancels a steady drift between the two turns.
/// Each turn counts with the median of its samples, in any unit of time. O(samples log samples).
///
/// ```
/// let value = parallax_method::log_ratio(&[4.0, 4.0, 9.0], &[4.0], &[2.0])?;
/// assert_eq!(value, 2.0_f64.ln());
/// # Ok::<(), parallax_method::Unusable>(())
/// ```
///
/// # Errors
///
/// [`Unusable`] if a turn has no sample, or one that is not finite or not above zero.
pub fn log_ratio(before: &[f64], after: &[f64], technique: &[f64]) -> Result<f64, Unusable> {
    Ok((log_time(before)? + log_time(after)?) / 2.0 - log_time(technique)?)
}

/// The middle value, or the mean of the middle two; none if there are no values or one is NaN.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    let middle = f64::midpoint(lower, upper);
    (!values.iter().any(|value| value.is_nan())).then_some(middle)
}

/// The arithmetic mean; none if there are no values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sample standard deviation (over n - 1); none for fewer than two values.
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

#[cfg(test)]
mod tests;
