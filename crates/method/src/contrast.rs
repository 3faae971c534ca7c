//! The comparison of two cells: over the blocks they share where these tell more, else each over its own blocks.

use crate::estimate::{Estimate, Unusable};
use crate::moderate::{Prior, Spread};

/// The data of one side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Series<'a> {
    /// The baseline itself, with which every block compares all others.
    Baseline,
    /// The numbers of the blocks that count, ascending, and the log ratio to the baseline in each.
    Blocks(&'a [(u64, f64)]),
}

impl<'a> Series<'a> {
    /// The blocks; empty for the baseline.
    pub(crate) fn blocks(&self) -> &'a [(u64, f64)] {
        match self {
            Self::Baseline => &[],
            Self::Blocks(blocks) => blocks,
        }
    }

    /// The log ratios without their blocks.
    pub(crate) fn values(&self) -> Vec<f64> {
        self.blocks().iter().map(|(_, value)| *value).collect()
    }

    /// How much larger it is than `other` in each block that has both.
    fn less(&self, other: &Self) -> Vec<f64> {
        let mut others = other.blocks().iter().peekable();
        let mut difference = |(block, value): &(u64, f64)| {
            while others.next_if(|(earlier, _)| earlier < block).is_some() {}
            others.next_if(|(same, _)| same == block).map(|(_, of_other)| value - of_other)
        };
        self.blocks().iter().filter_map(&mut difference).collect()
    }
}

/// The prior of a cell's variance, from the other cells of the run.
///
/// Two populations, because the variances are of two kinds: a cell against the baseline deviates as its own turn and
/// the two turns of the baseline do; the difference of two cells in a block has no baseline in it, but the other cell's
/// turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Priors {
    /// Of cells against the baseline.
    pub cells: Prior,
    /// Of differences of two cells in the same block.
    pub pairs: Prior,
}

impl Priors {
    /// Nothing is known of other cells.
    pub const NONE: Self = Self { cells: Prior::NONE, pairs: Prior::NONE };

    /// Fits both to a run: for each group, its cells and its twin. O(groups · cells² · blocks).
    pub fn fit(groups: &[Vec<Series>]) -> Self {
        let (mut cells, mut pairs) = (Vec::new(), Vec::new());
        for group in groups {
            for (at, one) in group.iter().enumerate() {
                cells.push(Spread::of(&one.values()));
                pairs.extend(group[..at].iter().map(|other| Spread::of(&one.less(other))));
            }
        }
        Self { cells: Prior::fit(&cells), pairs: Prior::fit(&pairs) }
    }
}

/// How much faster `a` is than `b` of the same group: the only comparison of two techniques.
///
/// In a block that has both, their difference cancels what slows that block down, and the baseline too. So each shared
/// block is worth more; but two cells of forty share few. The numbers of blocks and the run's priors decide which way
/// promises the narrower interval, not how these cells happen to deviate.
///
/// ```
/// use parallax_method::{Priors, Series, contrast};
///
/// let rayon = [(0, 0.68), (1, 0.75), (2, 0.60), (3, 0.71)];
/// let tokio = [(0, 0.48), (1, 0.54), (2, 0.41), (3, 0.50)];
/// let faster = contrast(Series::Blocks(&rayon), Series::Blocks(&tokio), &Priors::NONE)?;
/// assert!((faster.ratio() - 1.22).abs() < 0.01 && faster.low().unwrap() > 1.19);
/// # Ok::<(), parallax_method::Unusable>(())
/// ```
///
/// # Errors
///
/// [`Unusable`] if one of them has no block or a value that is not a log ratio, or if both are the baseline.
pub fn contrast(a: Series, b: Series, priors: &Priors) -> Result<Estimate, Unusable> {
    match (a, b) {
        (a, Series::Baseline) => Estimate::of(&a.values(), &priors.cells),
        (Series::Baseline, b) => Ok(Estimate::of(&b.values(), &priors.cells)?.turned()),
        (a, b) => {
            let [one, two] =
                [Estimate::of(&a.values(), &priors.cells)?, Estimate::of(&b.values(), &priors.cells)?];
            let shared = a.less(&b);
            match worth_pairing(shared.len(), [one.blocks, two.blocks], priors) {
                true => Estimate::of(&shared, &priors.pairs),
                false => Ok(one.over(&two)),
            }
        }
    }
}

/// Whether the shared blocks alone should give the narrower interval.
fn worth_pairing(shared: usize, blocks: [usize; 2], priors: &Priors) -> bool {
    let [cells, pairs] = [priors.cells.spread, priors.pairs.spread];
    if shared == 0 {
        return false;
    }
    if cells.freedom <= 0.0 || pairs.freedom <= 0.0 {
        // Without priors, few shared blocks show too little of their own deviation.
        return shared >= ENOUGH_SHARED || blocks.iter().all(|all| *all == shared);
    }
    let apart: f64 = blocks.iter().map(|all| cells.variance / *all as f64).sum();
    pairs.variance / shared as f64 <= apart
}

/// How many shared blocks are enough by themselves.
const ENOUGH_SHARED: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const A: [(u64, f64); 4] = [(0, 0.3), (1, 0.1), (2, 0.5), (4, 0.2)];
    const B: [(u64, f64); 5] = [(0, 0.1), (1, -0.1), (2, 0.31), (3, 0.9), (4, -0.01)];

    fn known(cells: f64, pairs: f64) -> Priors {
        let prior = |variance| Prior { spread: Spread { variance, freedom: 4.0 }, unseen: 0.0 };
        Priors { cells: prior(cells), pairs: prior(pairs) }
    }

    #[test]
    fn shared_blocks_cancel_what_both_share() {
        let estimate = contrast(Series::Blocks(&A), Series::Blocks(&B), &Priors::NONE).unwrap();
        assert_eq!(estimate.blocks, 4);
        assert!(
            (estimate.log_mean - 0.2).abs() < 1e-12 && estimate.half_width.unwrap() < 0.03,
            "{estimate:?}"
        );
        let turned = contrast(Series::Blocks(&B), Series::Blocks(&A), &Priors::NONE).unwrap();
        assert!((turned.log_mean + 0.2).abs() < 1e-12);
        assert_eq!(turned.half_width, estimate.half_width);
    }

    #[test]
    fn the_baseline_is_in_every_block() {
        let priors = known(0.01, 9.0);
        let ahead = contrast(Series::Blocks(&A), Series::Baseline, &priors).unwrap();
        assert_eq!(ahead, Estimate::of(&A.map(|(_, value)| value), &priors.cells).unwrap());
        assert_eq!(contrast(Series::Baseline, Series::Blocks(&A), &priors).unwrap(), ahead.turned());
        assert_eq!(contrast(Series::Baseline, Series::Baseline, &priors), Err(Unusable::NoBlocks));
    }

    #[test]
    fn the_priors_say_whether_few_shared_blocks_are_worth_more_than_many_apart() {
        let few = [(0, 0.3), (7, 0.1), (8, 0.2), (9, 0.4)];
        let by = |priors: &Priors| contrast(Series::Blocks(&few), Series::Blocks(&B), priors).unwrap();
        // one shared block against 4 and 5 apart: its variance of v is less than w (1/4 + 1/5)
        assert!((by(&known(1.0, 0.4)).log_mean - 0.2).abs() < 1e-12);
        assert_eq!(by(&known(1.0, 0.4)).blocks, 1);
        let apart = by(&known(1.0, 0.5));
        assert!((apart.log_mean - (0.25 - 0.24)).abs() < 1e-12 && apart.blocks == 4, "{apart:?}");
        assert_eq!(by(&Priors::NONE).blocks, 4, "one block shows no deviation");
        let strangers = [(17, 0.1), (18, 0.2)];
        let apart = contrast(Series::Blocks(&strangers), Series::Blocks(&B), &known(1.0, 0.1)).unwrap();
        assert_eq!(apart.blocks, 2);
    }

    #[test]
    fn each_prior_is_fitted_to_its_own_population() {
        let noise = |seed: usize, block: usize| {
            ((seed * 37 + block * 101 + seed * block * 13) % 29) as f64 / 29.0 - 0.5
        };
        // each block shifts all cells alike; their own deviation is ten times smaller
        let cell = |seed: usize| -> Vec<(u64, f64)> {
            (0..6).map(|block| (block as u64, noise(99, block) + 0.1 * noise(seed, block))).collect()
        };
        let cells: Vec<Vec<(u64, f64)>> = (1..8).map(cell).collect();
        let group: Vec<Series> = cells.iter().map(|cell| Series::Blocks(cell)).collect();
        let Priors { cells, pairs } = Priors::fit(&[group]);
        assert!(
            cells.spread.variance > 20.0 * pairs.spread.variance && pairs.spread.variance > 0.0,
            "{cells:?} {pairs:?}"
        );
        assert_eq!(Priors::fit(&[]), Priors::NONE);
    }

    #[test]
    fn what_has_no_block_or_no_number_has_no_contrast() {
        assert!(contrast(Series::Blocks(&[]), Series::Baseline, &Priors::NONE).is_err());
        assert!(contrast(Series::Blocks(&[]), Series::Blocks(&B), &known(1.0, 1.0)).is_err());
        assert!(contrast(Series::Blocks(&[(0, f64::NAN)]), Series::Blocks(&B), &known(1.0, 1.0)).is_err());
    }
}
