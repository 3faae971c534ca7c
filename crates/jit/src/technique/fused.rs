//! The ceiling: each expression as a loop that a programmer wrote who knew it beforehand.
//!
//! ```
//! let (a, b) = ([1.0, 2.0, 3.0], [10.0; 3]);
//! let mut out = [0.0; 3];
//! for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
//!     *out = 2.0 * a + 3.0 * b; // no temporary leaves a register
//! }
//! assert_eq!(out, [32.0, 34.0, 36.0]);
//! ```
//!
//! What is told the expression at run time can come near this, and not past it. The baseline's loops are
//! the same, but compiled for the oldest processor of the architecture and with the standard library's
//! functions; these are compiled for each instruction set, and have vector functions.

use crate::ceiling::Ceiling;
use crate::{Isa, vectors};
use parallax_pattern::{Answer, Card, Cores, No, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::sync::Arc;

/// A loop for each of the suite's expressions, for the instructions that are found at run time.
pub struct Fused {
    isa: Isa,
}

/// Why it has no other kernel.
const ONLY_EXPRESSIONS: &str =
    "written by hand is what the kernels of the baseline and of other families are; here are expressions";

impl Technique for Fused {
    const CARD: Card = Card {
        name: "fused",
        idea: "each expression as a loop by hand, in the widest vectors",
        gives: "the ceiling: every value in a register from its arrays to its result",
        costs: "somebody must know the expression before the program is built",
        cores: Cores::One,
        libraries: &["fearless_simd"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Fused { isa: Isa::detect()? })
    }
    fn isa(&self) -> String {
        vectors::used(self.isa).to_string()
    }
}

impl Compute for Fused {
    type Comparison = Ceiling<Comparison>;
    type Expression = Ceiling<Expression>;
    type GridSearch = GridSearch;
    type Heat = Heat;
    type Histogram = Histogram;
    type Julia = Julia;
    type Matmul = Matmul;
    type MonteCarlo = MonteCarlo;
    type Pairwise = Pairwise;
    type Stream = Stream;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<Ceiling<Comparison>> {
        Ok(Ceiling::new(work.clone(), self.isa))
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<Ceiling<Expression>> {
        Ok(Ceiling::new(work.clone(), self.isa))
    }
    fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<GridSearch> {
        Err(No::Unfit(ONLY_EXPRESSIONS))
    }
    fn heat(&self, _: &Arc<Heat>) -> Answer<Heat> {
        Err(No::Unfit(ONLY_EXPRESSIONS))
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Histogram> {
        Err(No::Unfit(ONLY_EXPRESSIONS))
    }
    fn julia(&self, _: &Arc<Julia>) -> Answer<Julia> {
        Err(No::Unfit(ONLY_EXPRESSIONS))
    }
    fn matmul(&self, _: &Arc<Matmul>) -> Answer<Matmul> {
        Err(No::Unfit(ONLY_EXPRESSIONS))
    }
    fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<MonteCarlo> {
        Err(No::Unfit(ONLY_EXPRESSIONS))
    }
    fn pairwise(&self, _: &Arc<Pairwise>) -> Answer<Pairwise> {
        Err(No::Unfit(ONLY_EXPRESSIONS))
    }
    fn stream(&self, _: &Arc<Stream>) -> Answer<Stream> {
        Err(No::Unfit(ONLY_EXPRESSIONS))
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit("it is written by hand already, in the baseline; there is nothing to fuse in it"))
    }
}
