//! One operation at a time over whole arrays, each into a new array: what NumPy does with an expression.
//!
//! ```
//! let (a, b) = (vec![1.0, 2.0, 3.0], vec![10.0; 3]);
//! let double: Vec<f64> = a.iter().map(|a| 2.0 * a).collect();
//! let triple: Vec<f64> = b.iter().map(|b| 3.0 * b).collect();
//! let sum: Vec<f64> = double.iter().zip(&triple).map(|(x, y)| x + y).collect(); // 2*a + 3*b
//! assert_eq!(sum, [32.0, 34.0, 36.0]);
//! ```
//!
//! The operations are those of the interpreter, vectors and all, so what lies between the two is what
//! fusion gives: here every temporary goes out to memory and comes back. Over a technique that hands out
//! pieces, the temporaries shrink to a piece and stay in cache, as they do with Dask's chunks.

use crate::formula::{Compiler, Formula};
use crate::{Backend, level};
use parallax_suite::question::{Answer, Card, Compute, Cores, No, Technique};
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::sync::Arc;

/// Whole arrays as temporaries.
pub struct Unfused {
    compiler: Compiler,
}

impl Technique for Unfused {
    const CARD: Card = Card {
        name: "unfused",
        idea: "one operation at a time over whole arrays, each into a new array, as NumPy does",
        gives: "the measure of fusion: the same vector operations, without it",
        costs: "each temporary is written to memory and read back",
        cores: Cores::One,
        libraries: &["fearless_simd"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Unfused { compiler: Compiler::new(Backend::Unfused)? })
    }
    fn isa(&self) -> String {
        level::name(self.compiler.isa()).to_owned()
    }
}

impl Compute for Unfused {
    type Comparison = Formula<Comparison>;
    type Expression = Formula<Expression>;
    type GridSearch = GridSearch;
    type Heat = Heat;
    type Histogram = Histogram;
    type Julia = Julia;
    type Matmul = Matmul;
    type MonteCarlo = MonteCarlo;
    type Pairwise = Pairwise;
    type Stream = Stream;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<Formula<Comparison>> {
        self.compiler.formula(work)
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<Formula<Expression>> {
        self.compiler.formula(work)
    }
    fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<GridSearch> {
        Err(No::Unfit("its time goes into sums of products and a factorisation, and no text says them"))
    }
    fn heat(&self, _: &Arc<Heat>) -> Answer<Heat> {
        Err(No::Unfit("an expression sees an element, and not its neighbours"))
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Histogram> {
        Err(No::Unfit(
            "an expression gives an element for each element; here all of them hit the same few words",
        ))
    }
    fn julia(&self, _: &Arc<Julia>) -> Answer<Julia> {
        Err(No::Unfit(
            "an expression takes each element through the same operations, and here each decides how many",
        ))
    }
    fn matmul(&self, _: &Arc<Matmul>) -> Answer<Matmul> {
        Err(No::Unfit("an expression pairs arrays element by element, and has no sum over a row"))
    }
    fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<MonteCarlo> {
        Err(No::Unfit(
            "it makes integers from integers and counts; the expressions here are of floats, and give arrays",
        ))
    }
    fn pairwise(&self, _: &Arc<Pairwise>) -> Answer<Pairwise> {
        Err(No::Unfit("an expression pairs arrays element by element, and not each with each"))
    }
    fn stream(&self, _: &Arc<Stream>) -> Answer<Stream> {
        Err(No::Unfit("it updates an array in place, and an expression writes another one than it reads"))
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit("each comparison waits for the one before, so no operation goes over a whole array"))
    }
}
