//! Verdicts: a group's claims are judged together, since six looks at pure noise would often find a difference.

use crate::estimate::{Estimate, TRUSTED_BLOCKS, TRUSTED_FREEDOM};
use serde::{Deserialize, Serialize};

/// Share of groups that may hold a false difference to one side, or a false *same*.
///
/// A claim is one-sided, and so is its p-value. At 2.5 % to each side, 1.7 % of verdicts were false claims in replays
/// of real blocks, which deviate more to the slow side than normal ones; at half of that share, 1.0 %.
pub(crate) const CLAIMS: f64 = 0.0125;

/// A difference below this factor is not worth a claim, however certain it is.
const SMALLEST_CLAIM: f64 = 1.01;

/// Two techniques within this factor count as the same.
const SAME_WITHIN: f64 = 1.03;

/// The verdict on a technique, compared with the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Faster by more than 1 % and by more than this machine shows of identical code.
    Faster,
    /// Slower by more than that.
    Slower,
    /// Within 3 % of the baseline.
    Same,
    /// The interval allows too much.
    Undecided,
}

impl Verdict {
    /// The verdict on the other side of the comparison.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Verdict::Faster => Verdict::Slower,
            Verdict::Slower => Verdict::Faster,
            Verdict::Same | Verdict::Undecided => self,
        }
    }
}

/// Judges the techniques of one group, given the group's noise [floor](crate::floors).
///
/// *Faster* and *slower* require the interval to clear the larger of 1 % and the floor; *same* requires both the
/// interval and the floor to be inside 3 %: a machine on which the baseline does not equal itself cannot show that
/// others equal it. Intervals are those of Holm's step-down (*A simple sequentially rejective multiple test procedure*,
/// 1979), which holds however the techniques' errors depend on each other, as they do through the shared baseline. So
/// at most 2.5 % of groups have a false difference, and 1.25 % a false *same*. With fewer than [`TRUSTED_BLOCKS`]
/// blocks a technique stays undecided, and does not count in the correction of the others.
///
/// ```
/// use parallax_method::{Estimate, Prior, Verdict, verdicts};
///
/// let rayon = Estimate::of(&[0.68, 0.70, 0.69, 0.71], &Prior::NONE)?;
/// let hopeful = Estimate::of(&[0.02, -0.01, 0.05, 0.03], &Prior::NONE)?;
/// assert_eq!(verdicts(&[rayon, hopeful], 0.02), [Verdict::Faster, Verdict::Undecided]);
/// # Ok::<(), parallax_method::Unusable>(())
/// ```
pub fn verdicts(cells: &[Estimate], floor: f64) -> Vec<Verdict> {
    judge(&cells.iter().map(|cell| (*cell, floor)).collect::<Vec<_>>())
}

/// Judges claims that are made together but on different floors, such as those of several groups, by the same rules as
/// [`verdicts`], corrected for all of them.
pub fn judge(claims: &[(Estimate, f64)]) -> Vec<Verdict> {
    judge_at(CLAIMS, claims)
}

/// Judges so that at most `share` of groups have a false difference to one side, and as many a false *same*.
pub(crate) fn judge_at(share: f64, claims: &[(Estimate, f64)]) -> Vec<Verdict> {
    let differing =
        holm(share, claims.iter().map(|(cell, floor)| chance(cell, differs_by(cell.log_mean, *floor))));
    let agreeing =
        holm(share, claims.iter().map(|(cell, floor)| chance(cell, agrees_by(cell.log_mean, *floor))));
    let verdict =
        |((cell, _), (&differs, &agrees)): (&(Estimate, f64), (&bool, &bool))| match (differs, agrees) {
            (true, _) if cell.log_mean > 0.0 => Verdict::Faster,
            (true, _) => Verdict::Slower,
            (false, true) => Verdict::Same,
            (false, false) => Verdict::Undecided,
        };
    claims.iter().zip(differing.iter().zip(&agreeing)).map(verdict).collect()
}

/// How far a mean lies beyond the least difference that counts.
pub(crate) fn differs_by(log_mean: f64, floor: f64) -> f64 {
    log_mean.abs() - known(floor).max(SMALLEST_CLAIM.ln())
}

/// How far a mean lies inside the range that counts as the same.
pub(crate) fn agrees_by(log_mean: f64, floor: f64) -> f64 {
    let within = if known(floor) > SAME_WITHIN.ln() { f64::NEG_INFINITY } else { SAME_WITHIN.ln() };
    within - log_mean.abs()
}

fn known(floor: f64) -> f64 {
    if floor.is_nan() { f64::INFINITY } else { floor }
}

/// The one-sided p-value of a claim; none where there are too few blocks for a claim.
fn chance(cell: &Estimate, distance: f64) -> Option<f64> {
    let trusted = cell.blocks >= TRUSTED_BLOCKS && cell.freedom >= TRUSTED_FREEDOM;
    cell.chance_above(distance).filter(|_| trusted)
}

/// Which of the claims stand: the best is corrected for m claims, the next for m - 1, until the first fails. A
/// technique without a p-value is not one of the m: whether it has one is known without a look at the ratios.
fn holm(share: f64, chances: impl Iterator<Item = Option<f64>>) -> Vec<bool> {
    let chances: Vec<Option<f64>> = chances.collect();
    let mut order: Vec<(usize, f64)> =
        chances.iter().enumerate().filter_map(|(claim, chance)| Some((claim, (*chance)?))).collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut stands = vec![false; chances.len()];
    for (rank, (claim, chance)) in order.iter().enumerate() {
        if chance * (order.len() - rank) as f64 > share {
            break;
        }
        stands[*claim] = true;
    }
    stands
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderate::{Prior, Spread};

    const QUIET: f64 = 0.001;

    /// Eight blocks around `log_mean`, with the given standard error.
    fn cell(log_mean: f64, error: f64) -> Estimate {
        Estimate::with(8, log_mean, error, 7.0)
    }

    fn alone(cell: Estimate, floor: f64) -> Verdict {
        verdicts(&[cell], floor)[0]
    }

    #[test]
    fn each_verdict_has_its_place() {
        let cells = [cell(0.1, 0.005), cell(-0.1, 0.005), cell(0.005, 0.002), cell(0.02, 0.02)];
        let expected = [Verdict::Faster, Verdict::Slower, Verdict::Same, Verdict::Undecided];
        assert_eq!(verdicts(&cells, QUIET), expected);
        assert_eq!(verdicts(&[], QUIET), []);
    }

    #[test]
    fn alone_a_claim_needs_just_its_own_interval() {
        for log_mean in [0.035, 0.04, 0.045, 0.05] {
            let values = [-0.03, -0.02, -0.01, 0.0, 0.0, 0.01, 0.02, 0.03].map(|noise| log_mean + noise);
            let estimate = Estimate::of(&values, &Prior::NONE).unwrap();
            let clears = estimate.low().unwrap() > SMALLEST_CLAIM;
            assert_eq!(alone(estimate, QUIET) == Verdict::Faster, clears, "{log_mean}");
        }
    }

    #[test]
    fn the_same_interval_proves_less_among_six_until_the_others_are_settled() {
        let (weak, strong, noise) = (cell(0.05, 0.012), cell(0.5, 0.01), cell(0.0, 0.02));
        assert_eq!(alone(weak, QUIET), Verdict::Faster);
        assert_eq!(verdicts(&[weak, noise, noise, noise, noise, noise], QUIET)[0], Verdict::Undecided);
        assert_eq!(verdicts(&[weak, strong, strong, strong, strong, strong], QUIET)[0], Verdict::Faster);
    }

    #[test]
    fn what_cannot_be_claimed_does_not_count_among_the_many() {
        let (weak, early) = (cell(0.05, 0.012), Estimate { blocks: 1, ..cell(0.0, 0.02) });
        let mut cells = vec![weak];
        cells.extend([early; 39]);
        assert_eq!(verdicts(&cells, QUIET)[0], alone(weak, QUIET));
        cells.extend([cell(0.0, 0.02); 39]);
        assert_eq!(verdicts(&cells, QUIET)[0], Verdict::Undecided, "these can be claimed");
    }

    #[test]
    fn claims_on_different_floors_are_corrected_together() {
        let (weak, noise) = (cell(0.05, 0.012), cell(0.0, 0.02));
        assert_eq!(judge(&[(weak, QUIET), (weak, 0.06)]), [Verdict::Faster, Verdict::Undecided]);
        let mut many = vec![(weak, QUIET)];
        many.extend([(noise, QUIET); 5]);
        assert_eq!(judge(&many)[0], Verdict::Undecided);
    }

    #[test]
    fn nothing_clears_a_floor_above_it() {
        let clear = cell(0.04, 0.001);
        assert_eq!((alone(clear, 0.03), alone(clear, 0.05)), (Verdict::Faster, Verdict::Undecided));
        for unknown in [f64::NAN, f64::INFINITY] {
            assert_eq!(alone(cell(3.0, 0.001), unknown), Verdict::Undecided);
            assert_eq!(alone(cell(0.0, 0.001), unknown), Verdict::Undecided);
        }
    }

    #[test]
    fn certain_but_tiny_is_the_same() {
        assert_eq!(alone(cell(0.008, 0.0001), QUIET), Verdict::Same);
        assert_eq!(alone(cell(0.008, 0.0), QUIET), Verdict::Same);
    }

    #[test]
    fn one_block_is_never_enough_and_two_are_with_what_others_say() {
        let prior = Prior { spread: Spread { variance: 1e-4, freedom: 6.0 }, unseen: 0.0 };
        assert_eq!(alone(Estimate::of(&[0.5], &prior).unwrap(), QUIET), Verdict::Undecided);
        assert_eq!(alone(Estimate::of(&[0.53, 0.47], &prior).unwrap(), QUIET), Verdict::Faster);
        assert_eq!(alone(Estimate::of(&[0.53, 0.47], &Prior::NONE).unwrap(), QUIET), Verdict::Undecided);
    }

    #[test]
    fn odd_estimates_are_undecided() {
        let odd = Estimate::with(8, f64::NAN, f64::NAN, 7.0);
        assert_eq!(verdicts(&[odd, cell(0.1, 0.005)], QUIET), [Verdict::Undecided, Verdict::Faster]);
        assert_eq!(alone(Estimate { blocks: 0, ..odd }, QUIET), Verdict::Undecided);
        assert_eq!(alone(Estimate { log_mean: 0.5, ..odd }, QUIET), Verdict::Undecided);
    }
}
