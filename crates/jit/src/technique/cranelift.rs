//! Machine code made at run time: a text arrives, and a tenth of a millisecond later it is a loop.
//!
//! ```
//! use parallax_jit::Expression;
//!
//! let text = "2*a + 3*b"; // known only now
//! let compiled = Expression::parse(text)?.compile()?;
//! let mut out = [0.0; 3];
//! compiled.evaluate(&[("a", &[1.0, 2.0, 3.0]), ("b", &[10.0; 3])], &mut out)?;
//! assert_eq!(out, [32.0, 34.0, 36.0]);
//! # Ok::<(), parallax_jit::Error>(())
//! ```
//!
//! [Cranelift](https://cranelift.dev) compiles some ten times faster than LLVM and optimises less: it
//! vectorises nothing by itself and has no vectors of more than 128 bits. Where memory is the limit that
//! is enough; where it is not, the functions are called for a block at a time in the widest vectors.
//!
//! The first run of a text pays for parsing and compiling; the compiled code is kept, so that later runs
//! do not. The example `crossover` shows from which length on compiling pays.

use crate::formula::{Compiler, Formula};
use crate::kept::Kept;
use crate::loops::{CompiledCount, CompiledJulia, CompiledSort, Escape, Points};
use crate::{Backend, vectors};
use parallax_pattern::{Answer, Card, Cores, No, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::sync::Arc;

/// Expressions and scalar loops, compiled when they are first asked for.
pub struct Cranelift {
    compiler: Compiler,
    counts: Kept<(), CompiledCount>,
    escapes: Kept<u32, CompiledJulia>,
    sorts: Kept<(), CompiledSort>,
}

/// Why it leaves loops to who compiled the program.
const KNOWN_BEFORE: &str =
    "the loop is known before the program runs: the compiler that built it has more time and wider vectors";

impl Technique for Cranelift {
    const CARD: Card = Card {
        name: "cranelift",
        idea: "machine code for the expression at hand, made when it is first asked for",
        gives: "all arithmetic of an expression that nobody knew beforehand in one loop",
        costs: "some tenths of a millisecond for each new text; vectors of 128 bits",
        cores: Cores::One,
        libraries: &["cranelift", "fearless_simd"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Cranelift {
            compiler: Compiler::new(Backend::Native)?,
            counts: Kept::new(),
            escapes: Kept::new(),
            sorts: Kept::new(),
        })
    }
    fn isa(&self) -> String {
        format!("128 bits, functions {}", vectors::used(self.compiler.isa()))
    }
}

impl Compute for Cranelift {
    type Comparison = Formula<Comparison>;
    type Expression = Formula<Expression>;
    type GridSearch = GridSearch;
    type Heat = Heat;
    type Histogram = Histogram;
    type Julia = Escape;
    type Matmul = Matmul;
    type MonteCarlo = Points;
    type Pairwise = Pairwise;
    type Stream = Stream;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<Formula<Comparison>> {
        self.compiler.formula(work)
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<Formula<Expression>> {
        self.compiler.formula(work)
    }
    fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<GridSearch> {
        Err(No::Unfit(
            "nothing in it waits for the run: its algebra was compiled with the program, by a better compiler",
        ))
    }
    fn heat(&self, _: &Arc<Heat>) -> Answer<Heat> {
        Err(No::Unfit(KNOWN_BEFORE))
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Histogram> {
        Err(No::Unfit(
            "its loop is a load, an addition and a store; no compiler, early or late, makes fewer of them",
        ))
    }
    fn julia(&self, work: &Arc<Julia>) -> Answer<Escape> {
        let isa = self.compiler.isa();
        let code = self.escapes.get(work.limit(), |limit| CompiledJulia::new(isa, Julia::C, *limit))?;
        Ok(Escape::new(work.clone(), isa, code))
    }
    fn matmul(&self, _: &Arc<Matmul>) -> Answer<Matmul> {
        Err(No::Unfit(KNOWN_BEFORE))
    }
    fn montecarlo(&self, work: &Arc<MonteCarlo>) -> Answer<Points> {
        let isa = self.compiler.isa();
        let code = self.counts.get((), |()| CompiledCount::new(isa))?;
        Ok(Points::new(work.clone(), isa, code))
    }
    fn pairwise(&self, _: &Arc<Pairwise>) -> Answer<Pairwise> {
        Err(No::Unfit(KNOWN_BEFORE))
    }
    fn stream(&self, _: &Arc<Stream>) -> Answer<Stream> {
        Err(No::Unfit(KNOWN_BEFORE))
    }
    /// The textbook, without a jump over the exchange.
    fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()> {
        let isa = self.compiler.isa();
        let code = self.sorts.get((), |()| CompiledSort::new(isa))?;
        out.values.copy_from_slice(work.values());
        let (comparisons, swaps) = code.sort(&mut out.values);
        (out.comparisons, out.swaps) = (Some(comparisons), swaps);
        Ok(())
    }
}
