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
//! A temporary is written, read and thrown away: values that a fused loop keeps in a register go
//! through memory. While a temporary fits into a cache that costs hardly anything, so in small pieces
//! (spread over threads, say) operators are faster than their number suggests.

use crate::cells::{NO_CHAIN, NO_SCATTER, NO_SEARCH};
use crate::pairwise::Axes;
use parallax_pattern::{Answer, Card, Cores, No, Refused, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, Matmul32, MonteCarlo,
    Pairwise, Sorted, Stream, TreeSearch,
};
use std::sync::Arc;

/// ndarray, with an operator for each operation.
#[derive(Debug, Clone, Copy)]
pub struct NdArrayTemporaries;

/// Why workloads that are a single operation are refused.
const ONE_OPERATION: &str = "this workload is one operation, so there is nothing to fuse; see ndarray";

impl Technique for NdArrayTemporaries {
    const CARD: Card = Card {
        name: "ndarray-temporaries",
        idea: "an operator on whole arrays for each operation",
        gives: "formulas that read like mathematics",
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
    fn comparison(&self, _: &Arc<Comparison>) -> Answer<Self> {
        Ok(NdArrayTemporaries)
    }
    fn expression(&self, _: &Arc<Expression>) -> Answer<Self> {
        Ok(NdArrayTemporaries)
    }
    fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<Refused> {
        Err(No::Unfit(ONE_OPERATION))
    }
    fn heat(&self, _: &Arc<Heat>) -> Answer<Self> {
        Ok(NdArrayTemporaries)
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Refused> {
        Err(No::Unfit(NO_SCATTER))
    }
    fn julia(&self, _: &Arc<Julia>) -> Answer<Refused> {
        Err(No::Unfit("an operator works on all points, and escaped points must not change; see ndarray"))
    }
    fn matmul(&self, _: &Arc<Matmul>) -> Answer<Refused> {
        Err(No::Unfit(ONE_OPERATION))
    }
    fn matmul32(&self, _: &Arc<Matmul32>) -> Answer<Refused> {
        Err(No::Unfit(ONE_OPERATION))
    }
    fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<Self> {
        Ok(NdArrayTemporaries)
    }
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<Axes> {
        Ok(Axes::of(work))
    }
    fn stream(&self, _: &Arc<Stream>) -> Answer<Self> {
        Ok(NdArrayTemporaries)
    }
    fn treesearch(&self, _: &Arc<TreeSearch>) -> Answer<Refused> {
        Err(No::Unfit(NO_SEARCH))
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit(NO_CHAIN))
    }
}
