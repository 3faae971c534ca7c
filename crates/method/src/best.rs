//! The best technique of a group is rarely known, but most others are known not to be it.
//!
//! Whichever technique is the best, it is excluded only if a comparison with one of the others says so, although none is
//! faster. There are as many such comparisons as there are others, so that each may err with that share of 5 %, and the
//! set of those that are not excluded holds the best at least 95 times in 100, however many there are and whatever led
//! to their being looked at (multiple comparisons with the best: Hsu, *Constrained simultaneous confidence intervals for
//! multiple comparisons with the best*, 1984; with Bonferroni's bound, which needs no equal variances).

use crate::contrast::{Priors, Series, contrast};
use crate::estimate::{Estimate, MISSES};
use crate::moderate::quantile;

/// Which techniques of a group can still be the best one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BestSet {
    /// Positions of those that cannot be excluded; of those that have blocks, the fastest on average first.
    pub set: Vec<usize>,
    /// All others that have blocks, the fastest on average first.
    pub out: Vec<Out>,
    /// For each technique the first and the last place that it may have, counted from 1, all of them at once at 95 %.
    pub ranks: Vec<(usize, usize)>,
}

/// A technique that is not the best one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Out {
    /// Its position.
    pub at: usize,
    /// The technique that shows it.
    pub behind: usize,
    /// By how much that one is faster at least: a ratio above 1, at 95 % for all that are out at once.
    pub at_least: f64,
}

/// Compares all techniques of a group with each other; the baseline takes part by its own [`Series::Baseline`].
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
    /// How much faster the first is than the second; none of what has no block.
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
        let log_mean =
            |of: &Series| contrast(*of, Series::Baseline, priors).map(|estimate| estimate.log_mean);
        let mean = |of: &Series| match of {
            Series::Baseline => 0.0,
            blocks => log_mean(blocks).unwrap_or(f64::NEG_INFINITY),
        };
        Self { over, means: series.iter().map(mean).collect() }
    }

    /// All positions, the fastest on average first.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.means.len()).collect();
        order.sort_by(|a, b| self.means[*b].total_cmp(&self.means[*a]));
        order
    }

    /// Who is ahead of `at` by most at least, and by how much, log scale.
    pub(crate) fn ahead_of(&self, at: usize, misses: f64) -> Option<(usize, f64)> {
        let others = self.over.len().saturating_sub(1).max(1) as f64;
        let least = |other: usize| {
            let ahead = self.over[other][at]?;
            Some((other, ahead.log_mean - quantile(1.0 - misses / others, ahead.freedom)? * ahead.error))
        };
        (0..self.over.len()).filter_map(least).max_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// Each pair's order counts where it is certain among all pairs, which makes all ranks hold at once.
    fn ranks(&self) -> Vec<(usize, usize)> {
        let count = self.over.len();
        let pairs = (count * count.saturating_sub(1) / 2).max(1) as f64;
        let certain = |a: usize, b: usize| {
            let reach = |ahead: Estimate| Some(quantile(1.0 - MISSES / pairs, ahead.freedom)? * ahead.error);
            self.over[a][b].is_some_and(|ahead| reach(ahead).is_some_and(|reach| ahead.log_mean > reach))
        };
        let rank = |at: usize| {
            let ahead = (0..count).filter(|other| certain(*other, at)).count();
            let behind = (0..count).filter(|other| certain(at, *other)).count();
            (1 + ahead, count - behind)
        };
        (0..count).map(rank).collect()
    }
}
