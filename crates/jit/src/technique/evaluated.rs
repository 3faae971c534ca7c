//! A technique that evaluates an expression given as text: the code that all ways share, and their refusals.
//!
//! ```
//! use parallax_jit::{Backend, Expression, Isa};
//!
//! let text = "2*a + 3*b"; // known only now
//! for way in [Backend::Walk, Backend::Unfused, Backend::Blocked, Backend::Native] {
//!     let formula = Expression::parse(text)?.compile_for(way, Isa::detect()?)?;
//!     let mut out = [0.0; 3];
//!     formula.eval(&[&[1.0, 2.0, 3.0], &[10.0; 3]], &mut out)?;
//!     assert_eq!(out, [32.0, 34.0, 36.0]);
//! }
//! # Ok::<(), parallax_jit::Error>(())
//! ```

use super::formula::{Compiler, Formula};
use crate::{Backend, Isa};
use parallax_pattern::{Answer, Card, No, Refused, Technique};
use parallax_simd::lanes::{Machine, portable::Portable};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, Matmul32, MonteCarlo,
    Pairwise, Sorted, Stream, TreeSearch,
};
use std::marker::PhantomData;
use std::sync::Arc;

/// A way to evaluate expressions.
pub trait Way: Send + 'static {
    /// Describes the technique; the source is this file's.
    const CARD: Card;
    /// The backend that evaluates.
    const BACKEND: Backend;
    /// The width of its vectors, where those of `isa` are allowed.
    fn width(isa: Isa) -> String {
        vectors_of(isa).to_string()
    }
}

/// The vectors for whole blocks, where those of `isa` are allowed.
pub(crate) fn vectors_of(isa: Isa) -> Isa {
    Portable::of(isa).isa()
}

/// Expressions, evaluated in one way; each is compiled on its first use, and kept.
#[derive(Debug)]
pub struct Evaluated<W> {
    compiler: Compiler,
    way: PhantomData<W>,
}

impl<W: Way> Technique for Evaluated<W> {
    const CARD: Card = Card { source: file!(), ..W::CARD };
    fn start(_: usize) -> Answer<Self> {
        Ok(Evaluated { compiler: Compiler::new(W::BACKEND)?, way: PhantomData })
    }
    fn isa(&self) -> String {
        W::width(self.compiler.isa())
    }
    fn compiled_ns(&self) -> Option<u64> {
        Some(self.compiler.compiled_ns())
    }
}

/// Why it has no matrix product.
const NO_SUM: No = No::Unfit("an expression pairs arrays element by element, and has no sum over a row");

impl<W: Way> Compute for Evaluated<W> {
    fn comparison(&self, work: &Arc<Comparison>) -> Answer<Formula> {
        self.compiler.formula(&**work)
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<Formula> {
        self.compiler.formula(&**work)
    }
    fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<Refused> {
        Err(No::Unfit("its time goes into sums of products and a factorisation: no expression has those"))
    }
    fn heat(&self, _: &Arc<Heat>) -> Answer<Refused> {
        Err(No::Unfit("an expression reads an element, and not its neighbours"))
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Refused> {
        Err(No::Unfit(
            "an expression has one result for each element; here all elements update the same few words",
        ))
    }
    fn julia(&self, _: &Arc<Julia>) -> Answer<Refused> {
        Err(No::Unfit(
            "an expression applies the same operations to each element; here their number depends on it",
        ))
    }
    fn matmul(&self, _: &Arc<Matmul>) -> Answer<Refused> {
        Err(NO_SUM)
    }
    fn matmul32(&self, _: &Arc<Matmul32>) -> Answer<Refused> {
        Err(NO_SUM)
    }
    fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<Refused> {
        Err(No::Unfit(
            "it computes and counts integers; expressions here have float operands and array results",
        ))
    }
    fn pairwise(&self, _: &Arc<Pairwise>) -> Answer<Refused> {
        Err(No::Unfit("an expression pairs arrays element by element, and not each element with each"))
    }
    fn stream(&self, _: &Arc<Stream>) -> Answer<Refused> {
        Err(No::Unfit("it updates an array in place, and an expression cannot write to an array it reads"))
    }
    fn treesearch(&self, _: &Arc<TreeSearch>) -> Answer<Refused> {
        Err(No::Unfit("an expression has one result for each element; a visit finds any number of nodes"))
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit("an expression has no loop that carries a value to the next turn"))
    }
}
