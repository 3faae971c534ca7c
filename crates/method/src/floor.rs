//! The noise floor: how much identical code seems to differ on this machine, estimated from the twins of all groups.
//!
//! The twin *is* the baseline. If its mean differs from 0 by more than chance, the place in a block matters: the turns
//! between the two baselines are faster or slower than those at the ends, whatever code they run. All techniques of the
//! group share that shift, and no number of blocks removes it from their estimates. So a difference counts only beyond
//! the *floor*, the shift that may be there.
//!
//! But the interval of one twin over four blocks allows for a shift of 20 %, which would leave hardly any claim. Each
//! group of a run has a twin, on the same machine and in blocks of the same kind. Shifts are therefore estimated as
//! random effects: in units of how much the group's blocks deviate, they scatter around 0 with a variance that is
//! common to the run, estimated from all twins (by the method of Paule and Mandel, *Consensus values and weighting
//! factors*, 1982). That variance then shrinks a group's own shift towards 0.

use crate::bisect::falls_to;
use crate::estimate::{Estimate, MISSES};
use crate::moderate::{Prior, quantile, tail};
use statrs::distribution::{ContinuousCDF, Normal};

/// Fewer twins than this do not show how much shifts scatter: each counts by itself.
const FEWEST_TWINS: usize = 5;

/// How many standard deviations of a shift's remaining uncertainty the floor allows for.
const DEVIATIONS: f64 = 1.0;

/// The noise floor of each group of a run, log scale, from the log ratios of its twin in the blocks that count.
/// O(blocks).
///
/// Infinite, so that nothing clears it, where a twin has no block, or one whose value is not a log ratio. In a run of
/// fewer than five groups, each group's floor is the far end of its twin's own interval.
///
/// ```
/// use parallax_method::{Prior, floors};
///
/// let twin = [0.02, -0.03, 0.01, -0.01];
/// let alone = floors(&[&twin], &Prior::NONE)[0];
/// let among = floors(&[&twin[..]; 16], &Prior::NONE)[0];
/// assert!(alone > 0.04 && among < 0.01);
/// ```
pub fn floors(twins: &[&[f64]], prior: &Prior) -> Vec<f64> {
    // The unseen part widens intervals, and would hide a shift that the blocks do show.
    let shown = Prior { unseen: 0.0, ..*prior };
    let estimates: Vec<Option<Estimate>> = twins.iter().map(|twin| Estimate::of(twin, &shown).ok()).collect();
    let shifts: Vec<Shift> = estimates.iter().flatten().filter_map(Shift::of).collect();
    let scatter = (shifts.len() >= FEWEST_TWINS).then(|| scatter(&shifts));
    let floor = |estimate: &Option<Estimate>| -> Option<f64> {
        let estimate = estimate.as_ref()?;
        match scatter {
            Some(scatter) => Some(Shift::of(estimate)?.reaches(scatter).max(proven(estimate, twins.len()))),
            None => Some(estimate.log_mean.abs() + estimate.half_width?),
        }
    };
    estimates.iter().map(|estimate| floor(estimate).unwrap_or(f64::INFINITY)).collect()
}

/// The shift of a twin that is proven by itself, corrected for the number of `twins`; 0 where none is. One group may be
/// shifted while all others are not, and their scatter then does not show it.
fn proven(twin: &Estimate, twins: usize) -> f64 {
    let errors = quantile(1.0 - MISSES / (2.0 * twins as f64), twin.freedom);
    let is_proven = errors.is_some_and(|errors| twin.log_mean.abs() > errors * twin.error);
    if is_proven { twin.log_mean.abs() } else { 0.0 }
}

/// The shift of a twin.
struct Shift {
    /// Its distance from 0, log scale.
    distance: f64,
    /// The standard error of the distance.
    error: f64,
    /// The distance in standard errors, as a normal deviate.
    errors: f64,
    blocks: f64,
}

impl Shift {
    fn of(twin: &Estimate) -> Option<Self> {
        // Student's t of few degrees has heavy tails, which would pass for scatter.
        let normal = Normal::standard();
        let errors = match twin.error {
            error if error > 0.0 => -normal.inverse_cdf(tail(twin.log_mean.abs() / error, twin.freedom)?),
            _ => return None,
        };
        Some(Self { distance: twin.log_mean.abs(), error: twin.error, errors, blocks: twin.blocks as f64 })
    }

    /// How far from 0 the group's shift may lie, log scale, if shifts scatter with that variance.
    fn reaches(&self, scatter: f64) -> f64 {
        let kept = self.blocks * scatter / (1.0 + self.blocks * scatter);
        kept * self.distance + DEVIATIONS * kept.sqrt() * self.error
    }
}

/// The variance of shifts around 0 that explains the scatter of the twins, in units of the variance of the groups'
/// blocks; 0 where chance explains it.
fn scatter(shifts: &[Shift]) -> f64 {
    let explained = |scatter: f64| -> f64 {
        shifts.iter().map(|shift| shift.errors.powi(2) / (1.0 + shift.blocks * scatter)).sum()
    };
    falls_to(explained, shifts.len() as f64, 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: [f64; 4] = [0.02, -0.03, 0.01, -0.01];

    #[test]
    fn a_twin_alone_stands_for_itself() {
        let estimate = Estimate::of(&QUIET, &Prior::NONE).unwrap();
        let far_end = estimate.log_mean.abs() + estimate.half_width.unwrap();
        assert_eq!(floors(&[&QUIET[..]; FEWEST_TWINS - 1], &Prior::NONE), [far_end; FEWEST_TWINS - 1]);
        assert!(floors(&[&QUIET[..]; FEWEST_TWINS], &Prior::NONE)[0] < far_end / 2.0);
    }

    #[test]
    fn shifts_of_all_groups_raise_the_floor_of_each() {
        let shifted = |by: f64| QUIET.map(|value| value + by);
        let (up, down) = (shifted(0.1), shifted(-0.1));
        let mut twins = vec![&up[..], &down, &up, &down, &up, &down, &QUIET];
        let all = floors(&twins, &Prior::NONE);
        assert!(all[0] > 0.09 && all[1] > 0.09, "{all:?}");
        assert!(all[6] > 0.005, "the shift of the others may affect this one: {all:?}");
        twins.truncate(0);
        assert!(floors(&twins, &Prior::NONE).is_empty());
    }

    #[test]
    fn nothing_clears_the_floor_of_a_twin_that_says_nothing() {
        let twins: [&[f64]; 3] = [&[], &[0.0], &[0.0, f64::NAN]];
        assert_eq!(floors(&twins, &Prior::NONE), [f64::INFINITY; 3]);
    }

    #[test]
    fn one_shifted_group_among_many_has_a_floor_of_its_own() {
        let noise = |group: usize| {
            (0..8).map(move |block| 0.01 * (((group * 7 + block * 5) % 11) as f64 / 10.0 - 0.5))
        };
        let mut twins: Vec<Vec<f64>> = (0..16).map(|group| noise(group).collect()).collect();
        twins[5].iter_mut().for_each(|value| *value += 0.03);
        let floors = floors(&twins.iter().map(Vec::as_slice).collect::<Vec<_>>(), &Prior::NONE);
        assert!(floors[5] > 0.025, "{floors:?}");
        assert!(floors.iter().enumerate().all(|(group, floor)| group == 5 || *floor < 0.015), "{floors:?}");
    }
}
