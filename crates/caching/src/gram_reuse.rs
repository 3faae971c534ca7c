//! A costly part of the work that does not depend on the loop variable: compute it once, outside the loop.
//!
//! ```
//! let rows = [[1.0, 2.0], [2.0, 4.0]]; // a feature and the target
//! let gram: f64 = rows.iter().map(|[x, _]| x * x).sum(); // the same for every penalty
//! let moment: f64 = rows.iter().map(|[x, y]| x * y).sum();
//! let weights = [0.0, 5.0].map(|penalty| moment / (gram + penalty));
//! assert_eq!(weights, [2.0, 1.0]);
//! ```
//!
//! The sums of products over the training rows (the Gram matrix) depend on the fold, but not on the
//! penalty. With 24 penalties that saves 23 of 24 sums, which are most of the work. The suite's search has
//! no knowledge of its model, so this counts as another algorithm and is listed apart.

use parallax_pattern::{Answer, Card, Cores, Nest, Technique};
use parallax_suite::workload::{GridSearch, Scores};
use std::sync::Arc;

/// The sums of a fold, computed once and used for all penalties.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GramReuse;

impl Technique for GramReuse {
    const CARD: Card = Card {
        name: "gram-reuse",
        idea: "compute the sums of a fold once, and solve for all penalties from a copy",
        gives: "as many times fewer sums as there are penalties",
        costs: "you must see which part of the work does not depend on the loop variable",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
    const ALGORITHM: &'static str = "one Gram matrix for each fold";
    fn start(_: usize) -> Answer<Self> {
        Ok(GramReuse)
    }
}

impl GramReuse {
    /// Another algorithm: the sums are computed once for each fold instead of once for each fit.
    pub(crate) fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
        let (fits, rows) = work.shape();
        let errors = out.errors_mut();
        for fold in 0..GridSearch::FOLDS {
            let mut sums = work.empty();
            work.fold(fold, &mut sums, 0..rows);
            // The fits of a fold are `FOLDS` apart, one for each penalty.
            for fit in (fold..fits).step_by(GridSearch::FOLDS) {
                errors[fit] = work.finish(fit, sums.clone());
            }
        }
        Ok(())
    }
}
