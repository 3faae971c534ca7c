//! Operators on arrays: the notation of NumPy, and a pass over memory for each of them.
//!
//! ```
//! use ndarray::{Array1, array};
//!
//! let (a, b) = (array![1.0, 2.0], array![10.0, 20.0]);
//! let sum: Array1<f64> = 2.0 * &a + 3.0 * &b; // an array for each product; the sum takes the first
//! assert_eq!(sum, array![32.0, 64.0]);
//! ```
//!
//! A temporary is written, read and thrown away: what a fused loop keeps in a register goes through
//! memory. While a temporary fits into a cache that hardly costs anything, so in small pieces (spread
//! over threads, say) operators are faster than their number suggests.

use crate::stream::{OutOfPlace, Triad};
use crate::{NO_CHAIN, NO_SCATTER, expression, heat, montecarlo, pairwise};
use parallax_pattern::{Answer, Card, Cores, No, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::sync::Arc;

/// ndarray, with an operator for each operation.
#[derive(Debug, Clone, Copy)]
pub struct NdArrayTemporaries;

/// What is one operation anyway.
const ONE_OPERATION: &str = "it is one operation, which leaves nothing to fuse; see ndarray";

impl Technique for NdArrayTemporaries {
    const CARD: Card = Card {
        name: "ndarray-temporaries",
        idea: "an operator on whole arrays for each operation",
        gives: "formulas that read as on paper",
        costs: "a pass over memory and often a new array for each operator",
        cores: Cores::One,
        libraries: &["ndarray"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(NdArrayTemporaries)
    }
}

impl Compute for NdArrayTemporaries {
    type Comparison = expression::UnfusedTruths;
    type Expression = expression::Unfused;
    type GridSearch = GridSearch;
    type Heat = heat::Slices;
    type Histogram = Histogram;
    type Julia = Julia;
    type Matmul = Matmul;
    type MonteCarlo = montecarlo::Operations;
    type Pairwise = pairwise::Broadcast;
    type Stream = Triad<OutOfPlace>;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<expression::UnfusedTruths> {
        Ok(expression::UnfusedTruths(work.clone()))
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<expression::Unfused> {
        Ok(expression::Unfused(work.clone()))
    }
    fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<GridSearch> {
        Err(No::Unfit(ONE_OPERATION))
    }
    fn heat(&self, work: &Arc<Heat>) -> Answer<heat::Slices> {
        Ok(heat::Slices(work.clone()))
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Histogram> {
        Err(No::Unfit(NO_SCATTER))
    }
    fn julia(&self, _: &Arc<Julia>) -> Answer<Julia> {
        Err(No::Unfit("an operator works on all points, and points that are done must rest; see ndarray"))
    }
    fn matmul(&self, _: &Arc<Matmul>) -> Answer<Matmul> {
        Err(No::Unfit(ONE_OPERATION))
    }
    fn montecarlo(&self, work: &Arc<MonteCarlo>) -> Answer<montecarlo::Operations> {
        Ok(montecarlo::Operations(work.clone()))
    }
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<pairwise::Broadcast> {
        Ok(pairwise::Broadcast::new(work))
    }
    fn stream(&self, work: &Arc<Stream>) -> Answer<Triad<OutOfPlace>> {
        Ok(Triad::new(work, OutOfPlace))
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit(NO_CHAIN))
    }
}
