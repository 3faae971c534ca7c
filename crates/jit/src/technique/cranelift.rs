//! Machine code made at run time: a text becomes a loop in a tenth of a millisecond.
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
//! does not vectorise by itself and has no vectors of more than 128 bits. Where memory is the limit that
//! is enough; elsewhere the functions are called for a block at a time in the widest vectors.
//!
//! The first run of a text pays for parsing and compiling; later runs reuse the compiled code. The
//! example `crossover` shows from which length on compiling pays. `backend/native.rs` generates the code.

use super::evaluated::{Evaluated, Way, vectors_of};
use crate::{Backend, Isa};
use parallax_pattern::{Card, Cores};

/// Expressions as machine code.
pub type Cranelift = Evaluated<MachineCode>;

/// The backend of [`Cranelift`].
#[derive(Debug, Clone, Copy)]
pub struct MachineCode;

impl Way for MachineCode {
    const CARD: Card = Card {
        name: "cranelift",
        idea: "machine code for the expression, made on its first use",
        gives: "one loop for all arithmetic of an expression that is known only at run time",
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
