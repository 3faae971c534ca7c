//! An interpreter that chooses each operation once for a thousand elements, so that choosing costs almost nothing.
//!
//! ```
//! use parallax_jit::{Backend, Expression, Isa};
//!
//! let text = "2*a + 3*b"; // known only now
//! let formula = Expression::parse(text)?.compile_for(Backend::Blocked, Isa::detect()?)?;
//! let mut out = [0.0; 3];
//! formula.eval(&[&[1.0, 2.0, 3.0], &[10.0; 3]], &mut out)?;
//! assert_eq!(out, [32.0, 34.0, 36.0]);
//! # Ok::<(), parallax_jit::Error>(())
//! ```
//!
//! The idea is that of numexpr (Cooke, Alted and others, 2006). Temporaries are blocks of a thousand
//! elements, which stay in the first-level cache, and each operation is a loop in the widest vectors of the
//! processor. No code is generated, so a text is ready in microseconds. `backend/blocked.rs` has the loop
//! over blocks, `vectors.rs` the operations.

use super::evaluated::{Evaluated, Way};
use crate::Backend;
use parallax_pattern::{Card, Cores};

/// Vector operations over blocks, chosen by a program in single-assignment form.
pub type Interpreter = Evaluated<Blocks>;

/// The backend of [`Interpreter`].
#[derive(Debug, Clone, Copy)]
pub struct Blocks;

impl Way for Blocks {
    const CARD: Card = Card {
        name: "interpreter",
        idea: "one operation at a time over a block of a thousand elements that stays in cache",
        gives: "a text is ready in microseconds; no temporary reaches memory; the widest vectors",
        costs: "each operation still reads and writes the cache, where a fused loop uses registers",
        cores: Cores::One,
        libraries: &["fearless_simd"],
        source: "",
    };
    const BACKEND: Backend = Backend::Blocked;
}
