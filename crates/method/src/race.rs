//! The race of a group: time goes to open verdicts and to techniques that may still be the best.
//!
//! A group of forty techniques cannot have all of them measured to the last digit. After a block or two, most are far
//! behind the leader, and more of their blocks would answer no question. They rest, and the others run on. None is
//! dropped for good: the standings of a group are computed again after each block, so a technique that an unlucky block
//! threw out comes back once the others turn out slower.
//!
//! The rule looks at who is ahead, and such a stop rule costs coverage. The strict conditions for resting make up for
//! it: to be out of the race for the best, a comparison that errs in 1 of 200 groups; to be decided, a verdict
//! corrected for all techniques of its group. Simulations and replays show that the intervals then cover as stated.

use crate::best::Duels;
use crate::contrast::{Priors, Series, contrast};
use crate::estimate::{Estimate, MISSES};
use crate::moderate::quantile;
use crate::verdict::{CLAIMS, Verdict, agrees_by, differs_by, judge};

/// Share of groups whose best technique may rest by mistake. A fifth of what the best set may miss at the end, since
/// every block is another chance to err.
const LOSES: f64 = 0.005;

/// The standing of a technique in its group, and how far the next decision is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Its verdict against the baseline.
    pub verdict: Verdict,
    /// Whether it may still be the best of its group.
    pub contender: bool,
    /// The expected number of blocks to the next decision about it; infinite where none is open or in reach.
    pub missing: f64,
}

impl Default for Standing {
    fn default() -> Self {
        Self { verdict: Verdict::Undecided, contender: true, missing: f64::INFINITY }
    }
}

/// The standings of the techniques of a group, from the blocks of each that count and the group's floor. O(techniques²
/// · blocks).
///
/// ```
/// use parallax_method::{Priors, Series, Verdict, standings};
///
/// let rayon = [(0, 0.68), (1, 0.70), (2, 0.69), (3, 0.71)];
/// let scoped = [(0, 0.31), (1, 0.29), (2, 0.30), (3, 0.32)];
/// let [first, second] = standings(&[Series::Blocks(&rayon), Series::Blocks(&scoped)], 0.01, &Priors::NONE)[..] else {
///     panic!("one for each")
/// };
/// assert!(first.contender && !second.contender);
/// assert_eq!((first.verdict, second.verdict), (Verdict::Faster, Verdict::Faster));
/// ```
pub fn standings(cells: &[Series], floor: f64, priors: &Priors) -> Vec<Standing> {
    let estimates: Vec<Option<Estimate>> =
        cells.iter().map(|cell| contrast(*cell, Series::Baseline, priors).ok()).collect();
    let claims: Vec<(Estimate, f64)> =
        estimates.iter().flatten().map(|estimate| (*estimate, floor)).collect();
    let mut verdicts = judge(&claims).into_iter();
    let race = Race::of(cells, priors);
    let standing = |(at, estimate): (usize, &Option<Estimate>)| {
        let contender = race.contenders[at];
        let Some(estimate) = estimate else { return Standing { contender, ..Standing::default() } };
        let verdict = verdicts.next().unwrap_or(Verdict::Undecided);
        let to_verdict = match verdict {
            Verdict::Undecided => to_verdict(estimate, floor, claims.len()),
            _ => f64::INFINITY,
        };
        Standing { verdict, contender, missing: to_verdict.min(race.to_exclusion(at)) }
    };
    estimates.iter().enumerate().map(standing).collect()
}

/// Which techniques may be the best, and how far the others are from being excluded.
struct Race {
    contenders: Vec<bool>,
    leader: usize,
    /// The expected number of blocks until the leader excludes each; infinite for itself and those that are out.
    missing: Vec<f64>,
}

impl Race {
    fn of(cells: &[Series], priors: &Priors) -> Self {
        let mut all = cells.to_vec();
        all.push(Series::Baseline);
        let duels = Duels::of(&all, priors);
        let is_out = |at: usize| duels.ahead_of(at, LOSES).is_some_and(|(_, least)| least > 0.0);
        let contenders: Vec<bool> = (0..all.len()).map(|at| !is_out(at)).collect();
        let leader = duels.leader();
        let lead = |at: usize| match duels.over[leader][at] {
            Some(lead) if contenders[at] => blocks_to(&lead, lead.log_mean, MISSES / cells.len() as f64),
            _ => f64::INFINITY,
        };
        let missing = (0..all.len()).map(lead).collect();
        Self { contenders, leader, missing }
    }

    /// Blocks until the technique is excluded; for the leader, until it excludes the nearest.
    fn to_exclusion(&self, at: usize) -> f64 {
        match at == self.leader {
            true => self.missing.iter().copied().fold(f64::INFINITY, f64::min),
            false => self.missing[at],
        }
    }
}

/// Blocks to the nearer of *differs* and *same*, as one of `claims` claims.
fn to_verdict(estimate: &Estimate, floor: f64, claims: usize) -> f64 {
    let distance = differs_by(estimate.log_mean, floor).max(agrees_by(estimate.log_mean, floor));
    blocks_to(estimate, distance, CLAIMS / claims as f64)
}

/// Blocks until a mean that stays where it is lies `distance` beyond its bound at that share of errors; at least one.
fn blocks_to(estimate: &Estimate, distance: f64, share: f64) -> f64 {
    let errors = quantile(1.0 - share, estimate.freedom).unwrap_or(f64::INFINITY);
    let blocks = match distance > 0.0 {
        true => estimate.blocks as f64 * ((errors * estimate.error / distance).powi(2) - 1.0),
        false => f64::INFINITY,
    };
    blocks.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOISE: [f64; 8] = [0.01, -0.01, 0.02, -0.02, 0.015, -0.015, 0.005, -0.005];

    fn cell(log_mean: f64, scale: f64, turn: usize) -> Vec<(u64, f64)> {
        (0..8)
            .map(|block| (block as u64, log_mean + scale * NOISE[(block * (2 * turn + 1) + turn) % 8]))
            .collect()
    }

    fn stand(cells: &[Vec<(u64, f64)>]) -> Vec<Standing> {
        let series: Vec<Series> = cells.iter().map(|cell| Series::Blocks(cell)).collect();
        standings(&series, 0.001, &Priors::NONE)
    }

    #[test]
    fn who_is_far_behind_is_out_and_who_is_close_is_not() {
        let all = stand(&[cell(0.5, 1.0, 0), cell(0.502, 1.0, 1), cell(0.3, 1.0, 2)]);
        assert_eq!(all.iter().map(|s| s.contender).collect::<Vec<_>>(), [true, true, false]);
        assert!(all.iter().all(|s| s.verdict == Verdict::Faster));
        assert!(all[0].missing > 100.0 && all[2].missing.is_infinite(), "{all:?}");
    }

    #[test]
    fn the_baseline_may_be_the_best() {
        let all = stand(&[cell(-0.5, 1.0, 0), cell(-0.4, 1.0, 1)]);
        assert!(all.iter().all(|s| !s.contender && s.verdict == Verdict::Slower && s.missing.is_infinite()));
    }

    #[test]
    fn what_is_nearly_decided_misses_few_blocks_and_the_hopeless_many() {
        let all = stand(&[cell(4.0, 1.0, 0), cell(0.06, 3.0, 1), cell(0.03, 50.0, 2)]);
        assert!(all[1].missing < 20.0 && all[2].missing > 500.0, "{all:?}");
        assert!(all[1].verdict == Verdict::Undecided && all[2].verdict == Verdict::Undecided);
    }

    #[test]
    fn the_leader_is_needed_where_another_is_nearly_excluded() {
        let all = stand(&[cell(0.50, 1.0, 0), cell(0.48, 1.0, 1)]);
        assert!(all[1].contender && all[1].missing < 10.0 && all[0].missing == all[1].missing, "{all:?}");
    }

    #[test]
    fn without_blocks_all_is_open() {
        assert_eq!(stand(&[vec![], vec![]]), [Standing::default(); 2]);
        assert_eq!(stand(&[]), []);
    }
}
