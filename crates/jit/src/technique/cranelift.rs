//! Machine code made at run time: a text arrives, and a tenth of a millisecond later it is a loop.
//!
//! ```
//! use parallax_jit::Expression;
//!
//! let text = "2*a + 3*b"; // known only now
//! let formula = Expression::parse(text)?.compile()?;
//! let mut out = [0.0; 3];
//! formula.eval(&[&[1.0, 2.0, 3.0], &[10.0; 3]], &mut out)?;
//! assert_eq!(out, [32.0, 34.0, 36.0]);
//! # Ok::<(), parallax_jit::Error>(())
//! ```
//!
//! [Cranelift](https://cranelift.dev) compiles some ten times faster than LLVM and optimises less: it
//! vectorises nothing by itself and has no vectors of more than 128 bits. Where memory is the limit that
//! is enough; where it is not, the functions are called for a block at a time in the widest vectors.
//!
//! The first run of a text pays for parsing and compiling; the compiled code is kept, so that later runs
//! do not. The example `crossover` shows from which length on compiling pays. `backend/native.rs` has the
//! code that is made.

use super::evaluated::{Evaluated, Way, vectors_of};
use crate::{Backend, Isa};
use parallax_pattern::{Card, Cores};

/// Expressions as machine code.
pub type Cranelift = Evaluated<MachineCode>;

/// The way of [`Cranelift`].
#[derive(Debug, Clone, Copy)]
pub struct MachineCode;

impl Way for MachineCode {
    const CARD: Card = Card {
        name: "cranelift",
        idea: "machine code for the expression at hand, made when it is first asked for",
        gives: "all arithmetic of an expression that nobody knew beforehand in one loop",
        costs: "some tenths of a millisecond for each new text; vectors of 128 bits",
        cores: Cores::One,
        libraries: &["cranelift", "fearless_simd"],
        source: "",
    };
    const BACKEND: Backend = Backend::Native;
    fn width(isa: Isa) -> String {
        format!("128 bits, functions {}", vectors_of(isa))
    }
}
