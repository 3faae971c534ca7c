//! The stop rule: a cell ends when its interval is narrow, never when the result is pleasing.

use crate::estimate::Estimate;
use serde::{Deserialize, Serialize};

/// When a cell has enough blocks; fixed in the plan before the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Half-width of the interval to reach, log scale; 0.02 is about 2 %.
    pub half_width: f64,
    /// Blocks before the first look at the interval.
    pub min_blocks: usize,
    /// Blocks from one look to the next; every look is a chance to stop by luck.
    pub look_every: usize,
    /// Blocks after which a cell ends, however wide its interval is.
    pub max_blocks: usize,
    /// A technique far from the baseline does not have to be known as precisely.
    pub gulf: Gulf,
}

impl Default for Rules {
    fn default() -> Self {
        let gulf = Gulf { ratio: 2.0, half_width: 0.05, min_blocks: 4 };
        Self { half_width: 0.02, min_blocks: 8, look_every: 2, max_blocks: 40, gulf }
    }
}

/// A difference so large that a wide interval is enough.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gulf {
    /// The interval must lie above this speedup, or below its inverse, with a half-width to spare.
    pub ratio: f64,
    /// Half-width of the interval to reach, log scale.
    pub half_width: f64,
    /// Blocks before the first look.
    pub min_blocks: usize,
}

/// Why a cell has all the blocks it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The interval is as narrow as requested.
    Precision,
    /// The difference is so large that a wider interval is enough.
    Gulf,
    /// The interval stayed wide, and more blocks are not worth it.
    MaxBlocks,
}

/// Whether the cell may stop here, and why.
///
/// The width decides, which says nothing about the winner: with normal noise, mean and deviation are
/// independent. Stopping once the interval excludes 1 would cover 75 % of the time. The gulf does look at the
/// mean, and two conditions keep it honest:
///
/// - The interval must clear the gulf's ratio with a half-width to spare. Two workers often have a speedup of
///   exactly 2, and there the rule "interval beyond 2" stops only on intervals that miss: 86 % coverage with
///   plain intervals.
/// - The gulf is checked only when the blocks have doubled: 4, 8, 16, 32.
///
/// ```
/// use parallax_method::{Estimate, Prior, Rules, Stop, stop};
///
/// let quiet = Estimate::of(&[0.100, 0.101, 0.099, 0.100, 0.100, 0.101, 0.099, 0.100], &Prior::NONE)?;
/// assert_eq!(stop(&quiet, &Rules::default()), Some(Stop::Precision));
/// # Ok::<(), parallax_method::Unusable>(())
/// ```
pub fn stop(estimate: &Estimate, rules: &Rules) -> Option<Stop> {
    let Estimate { blocks, log_mean, half_width, .. } = *estimate;
    let looking = blocks.is_multiple_of(rules.look_every.max(1));
    if let Some(half) = half_width.filter(|_| looking) {
        if blocks >= rules.min_blocks && half <= rules.half_width {
            return Some(Stop::Precision);
        }
        let gulf = &rules.gulf;
        let beyond = log_mean.abs() - 2.0 * half > gulf.ratio.ln();
        if blocks >= gulf.min_blocks && blocks.is_power_of_two() && half <= gulf.half_width && beyond {
            return Some(Stop::Gulf);
        }
    }
    (blocks >= rules.max_blocks).then_some(Stop::MaxBlocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderate::Prior;

    fn at(blocks: usize, log_mean: f64, half_width: f64) -> Option<Stop> {
        let estimate = Estimate { blocks, log_mean, half_width: Some(half_width), error: 0.01, freedom: 3.0 };
        stop(&estimate, &Rules::default())
    }

    #[test]
    fn precision_stops_at_even_looks_from_the_eighth_block() {
        assert_eq!(
            [6, 7, 8, 9, 10].map(|blocks| at(blocks, 0.1, 0.02).is_some()),
            [false, false, true, false, true]
        );
        assert_eq!(at(8, 0.1, 0.0201), None);
    }

    #[test]
    fn significance_stops_nothing() {
        assert_eq!((at(10, 0.5, 0.03), at(38, -0.5, 0.1)), (None, None));
    }

    #[test]
    fn a_gulf_stops_early_on_either_side() {
        for log_mean in [3.0_f64.ln(), -3.0_f64.ln()] {
            assert_eq!(at(4, log_mean, 0.05), Some(Stop::Gulf));
            assert_eq!([2, 3, 5, 6, 12].map(|blocks| at(blocks, log_mean, 0.05)), [None; 5]);
            assert_eq!(at(4, log_mean, 0.051), None);
        }
        let edge = 2.0_f64.ln() + 2.0 * 0.05;
        assert_eq!((at(8, edge - 0.001, 0.05), at(8, edge + 0.001, 0.05)), (None, Some(Stop::Gulf)));
    }

    #[test]
    fn forty_blocks_are_enough_and_one_is_too_few() {
        assert_eq!((at(40, 0.0, 0.5), at(41, 0.0, 0.5)), (Some(Stop::MaxBlocks), Some(Stop::MaxBlocks)));
        assert_eq!(at(40, 0.0, 0.01), Some(Stop::Precision));
        assert_eq!(stop(&Estimate::of(&[5.0], &Prior::NONE).unwrap(), &Rules::default()), None);
    }

    #[test]
    fn odd_rules_do_not_panic() {
        let rules = Rules { look_every: 0, half_width: f64::NAN, max_blocks: 0, ..Rules::default() };
        assert_eq!(stop(&Estimate::of(&[0.0, 0.0], &Prior::NONE).unwrap(), &rules), Some(Stop::MaxBlocks));
    }

    #[test]
    fn reasons_are_written_in_snake_case() {
        let reasons = [Stop::Precision, Stop::Gulf, Stop::MaxBlocks];
        assert_eq!(serde_json::to_string(&reasons).unwrap(), r#"["precision","gulf","max_blocks"]"#);
    }
}
