//! An interpreter that chooses each operation once for a thousand elements, and so hardly pays for choosing.
//!
//! ```
//! use parallax_jit::{Backend, Expression, Isa};
//!
//! let text = "2*a + 3*b"; // known only now
//! let compiled = Expression::parse(text)?.compile_for(Backend::Blocked, Isa::detect()?)?;
//! let mut out = [0.0; 3];
//! compiled.evaluate(&[("a", &[1.0, 2.0, 3.0]), ("b", &[10.0; 3])], &mut out)?;
//! assert_eq!(out, [32.0, 34.0, 36.0]);
//! # Ok::<(), parallax_jit::Error>(())
//! ```
//!
//! The idea is that of numexpr (Cooke, Alted and others, 2006). Temporaries are blocks of a thousand
//! elements, which stay in the first-level cache, and each operation is a loop in the widest vectors of
//! the processor. Nothing is generated, so a text is ready in microseconds. `backend/blocked.rs` has the
//! loop over blocks, `vectors.rs` the operations.

use crate::formula::{Compiler, Formula};
use crate::{Backend, level};
use parallax_suite::question::{Answer, Card, Compute, Cores, No, Technique};
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::sync::Arc;

/// Vector operations over blocks, chosen by a program in single-assignment form.
pub struct Interpreter {
    compiler: Compiler,
}

impl Technique for Interpreter {
    const CARD: Card = Card {
        name: "interpreter",
        idea: "one operation at a time over a block of a thousand elements that stays in cache",
        gives: "a text is ready in microseconds; no temporary reaches memory; the widest vectors",
        costs: "each operation still reads and writes the cache, where a fused loop keeps registers",
        cores: Cores::One,
        libraries: &["fearless_simd"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Interpreter { compiler: Compiler::new(Backend::Blocked)? })
    }
    fn isa(&self) -> String {
        level::name(self.compiler.isa()).to_owned()
    }
}

impl Compute for Interpreter {
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
        Err(No::Unfit(
            "each comparison waits for the one before, so an operation could be chosen for one element only",
        ))
    }
}
