//! The set of techniques of a group that may be the best: most techniques can be excluded, rarely all except one.
//!
//! The best technique is excluded only if a comparison with one of the others errs. There are as many such comparisons
//! as there are others, so each may err with its share of 2.5 %. The set of those that are not excluded then holds the
//! best at least 95 times in 100, with the stop rule, however many techniques there are and for whatever reason they
//! are looked at (multiple comparisons with the best: Hsu, *Constrained simultaneous confidence intervals for multiple
//! comparisons with the best*, 1984; with Bonferroni's bound, which needs no equal variances).

use crate::contrast::{Priors, Series, contrast};
use crate::estimate::{Estimate, MISSES, mean};
use crate::moderate::quantile;

/// Which techniques of a group can still be the best one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BestSet {
    /// Positions of those that cannot be excluded; of those that have blocks, the fastest on average first.
    pub set: Vec<usize>,
    /// All others that have blocks, the fastest on average first.
    pub out: Vec<Out>,
    /// For each technique its first and last possible rank, counted from 1; all of them hold together at 95 %.
    pub ranks: Vec<(usize, usize)>,
}

/// A technique that is not the best one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Out {
    /// Its position.
    pub at: usize,
    /// The technique that shows it.
    pub behind: usize,
    /// By how much that one is faster at least: a ratio above 1, at 95 % for all that are out together.
    pub at_least: f64,
}

/// Compares all techniques of a group with each other; the baseline is one of them, as [`Series::Baseline`].
/// O(techniques² · blocks).
///
/// A technique without a block cannot be excluded.
///
/// ```
/// use parallax_method::{Priors, Series, best_set};
///
/// let rayon = [(0, 0.68), (1, 0.70), (2, 0.69), (3, 0.71)];
/// let tokio = [(0, 0.66), (1, 0.71), (2, 0.70), (3, 0.68)];
/// let best = best_set(&[Series::Baseline, Series::Blocks(&rayon), Series::Blocks(&tokio)], &Priors::NONE);
/// assert_eq!(best.set, [1, 2]);
/// assert_eq!(best.out[0].at, 0);
/// assert!(best.out[0].at_least > 1.8 && best.ranks[0] == (3, 3));
/// ```
pub fn best_set(series: &[Series], priors: &Priors) -> BestSet {
    let duels = Duels::of(series, priors);
    let mut best = BestSet::default();
    for at in duels.order() {
        match duels.ahead_of(at, MISSES) {
            Some((behind, least)) if least > 0.0 => best.out.push(Out { at, behind, at_least: least.exp() }),
            _ => best.set.push(at),
        }
    }
    best.ranks = duels.ranks();
    best
}

/// All comparisons of a group.
pub(crate) struct Duels {
    /// How much faster the first is than the second; none for a technique without a block.
    pub(crate) over: Vec<Vec<Option<Estimate>>>,
    means: Vec<f64>,
}

impl Duels {
    pub(crate) fn of(series: &[Series], priors: &Priors) -> Self {
        let mut over = vec![vec![None; series.len()]; series.len()];
        for (a, one) in series.iter().enumerate() {
            for (b, two) in series[..a].iter().enumerate() {
                let estimate = contrast(*one, *two, priors).ok();
                over[a][b] = estimate;
                over[b][a] = estimate.map(|estimate| estimate.turned());
            }
        }
        let log_mean = |of: &Series| match of {
            Series::Baseline => 0.0,
            blocks => mean(&blocks.values()).unwrap_or(f64::NEG_INFINITY),
        };
        Self { over, means: series.iter().map(log_mean).collect() }
    }

    /// All positions, the fastest on average first.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.means.len()).collect();
        order.sort_by(|a, b| self.means[*b].total_cmp(&self.means[*a]));
        order
    }

    /// The fastest on average; 0 if there is none.
    pub(crate) fn leader(&self) -> usize {
        self.order().first().copied().unwrap_or_default()
    }

    /// The technique whose certain lead over `at` is the largest, and that lead, log scale, where `misses` is the share
    /// of groups whose best technique may be excluded.
    pub(crate) fn ahead_of(&self, at: usize, misses: f64) -> Option<(usize, f64)> {
        let others = self.over.len().saturating_sub(1).max(1) as f64;
        let least = |other: usize| Some((other, at_least(self.over[other][at]?, misses / others)?));
        (0..self.over.len()).filter_map(least).max_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// Each pair's order counts where it is certain among all pairs, so that all ranks hold together.
    fn ranks(&self) -> Vec<(usize, usize)> {
        let count = self.over.len();
        let pairs = (count * count.saturating_sub(1) / 2).max(1) as f64;
        let mut ranks = vec![(1, count); count];
        for (ahead, behind) in (0..count).flat_map(|a| (0..count).map(move |b| (a, b))) {
            let least = self.over[ahead][behind].and_then(|over| at_least(over, MISSES / pairs));
            if least.is_some_and(|least| least > 0.0) {
                ranks[behind].0 += 1;
                ranks[ahead].1 -= 1;
            }
        }
        ranks
    }
}

/// The least lead of one over another, log scale, with that chance of an error; none if it is behind on average.
fn at_least(over: Estimate, chance: f64) -> Option<f64> {
    let errors = if over.log_mean > 0.0 { quantile(1.0 - chance, over.freedom)? } else { return None };
    Some(over.log_mean - errors * over.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOISE: [f64; 6] = [0.01, -0.01, 0.02, -0.02, 0.015, -0.015];

    /// Six blocks from `first` on, around `log_mean`.
    fn cell(first: usize, log_mean: f64) -> Vec<(u64, f64)> {
        (first..first + 6).map(|block| (block as u64, log_mean + NOISE[(block * 5 + first) % 6])).collect()
    }

    fn best(cells: &[Vec<(u64, f64)>]) -> BestSet {
        let mut series: Vec<Series> = cells.iter().map(|cell| Series::Blocks(cell)).collect();
        series.push(Series::Baseline);
        best_set(&series, &Priors::NONE)
    }

    #[test]
    fn equals_stay_together_and_the_rest_is_out_by_so_much_at_least() {
        let found = best(&[cell(0, 0.5), cell(1, 0.51), cell(0, 0.2), cell(2, -0.4)]);
        assert_eq!(found.set, [1, 0]);
        assert_eq!(found.out.iter().map(|out| out.at).collect::<Vec<_>>(), [2, 4, 3]);
        for (out, truth) in found.out.iter().zip([0.3_f64, 0.5, 0.9]) {
            assert!(out.behind < 2 && out.at_least > 1.0 && out.at_least < truth.exp(), "{out:?}");
        }
        assert_eq!(found.ranks, [(1, 2), (1, 2), (3, 3), (5, 5), (4, 4)]);
    }

    #[test]
    fn the_baseline_can_win() {
        let found = best(&[cell(0, -0.5), cell(0, -0.6)]);
        assert_eq!((found.set, found.out.len()), (vec![2], 2));
    }

    #[test]
    fn what_has_no_block_cannot_be_excluded() {
        let found = best(&[cell(0, 0.5), vec![]]);
        assert_eq!(found.set, [0, 1]);
        assert_eq!(found.ranks[1], (1, 3));
        assert_eq!(best_set(&[], &Priors::NONE), BestSet::default());
        assert_eq!(best_set(&[Series::Baseline], &Priors::NONE).ranks, [(1, 1)]);
    }

    #[test]
    fn the_more_there_are_the_more_it_takes() {
        let close = || vec![cell(0, 0.5), cell(3, 0.463)];
        assert_eq!(best(&close()).set, [0]);
        let mut many = close();
        many.extend((0..40).map(|_| cell(1, -3.0)));
        assert_eq!(best(&many).set, [0, 1]);
    }
}
