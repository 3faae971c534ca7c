//! Code made at run time: an expression that arrives as a text runs as fast as a loop that was compiled
//! beforehand.
//!
//! NumPy evaluates `2*a + 3*b` one operation at a time and sends every intermediate array out to memory and
//! back. What numexpr does about it in Python this crate does in Rust: the whole expression is evaluated for
//! a few elements at a time, either by an interpreter of vector operations or by machine code that Cranelift
//! makes.
//!
//! ```
//! use parallax_jit::Expression;
//!
//! let text = "2*a + 3*b"; // known only now
//! let (a, b) = (vec![1.0; 1000], vec![2.0; 1000]);
//! let mut out = vec![0.0; 1000];
//! Expression::parse(text)?.compile()?.evaluate(&[("a", &a), ("b", &b)], &mut out)?;
//! assert_eq!(out, [8.0; 1000]);
//! # Ok::<(), parallax_jit::Error>(())
//! ```
//!
//! | technique | one element costs | take it when |
//! |---|---|---|
//! | [`Cranelift`] | its share of memory traffic, or its arithmetic in vectors of two | a text meets many elements |
//! | [`Fused`] | the least there is | the expression is known beforehand |
//! | [`Interpreter`] | a cache access for each operation | a text is new, or full of functions |
//! | [`TreeWalk`] | a branch for each operation | nothing hangs on time |
//! | [`Unfused`] | memory traffic for each operation | never, if you can choose |
//!
//! Two of them are also spread over the cores: `cranelift+rayon` where the formula comes with the data, and
//! `interpreter+rayon` where it is used once as well.
//!
//! A text goes through these stages: `token` and `parse` make a `tree`, whose operators mean what `meaning`
//! says; `program` turns it into single-assignment form; one of the backends (`backend`) makes it ready to
//! run. [`parallax_simd::math`] has the functions that no processor has, [`ceiling`] the loops by hand that
//! everything is measured against. [`loops`] compiles three scalar loops by the same means.

mod backend;
pub mod ceiling;
mod compiled;
mod error;
mod expression;
pub mod formula;
mod kept;
pub mod loops;
mod machine;
mod meaning;
mod parse;
mod program;
mod slots;
pub mod technique;
mod token;
mod tree;
mod vectors;

pub use self::compiled::{Bound, Compiled, Element};
pub use self::error::Error;
pub use self::expression::{Backend, Expression};
pub use self::technique::{Cranelift, Fused, Interpreter, TreeWalk, Unfused};
pub use self::tree::Kind;
pub use parallax_pattern::isa::Isa;

use parallax_suite::cell::{self, Cell, product};
use parallax_threading::Rayon;

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::compute::<Cranelift>(),
        of(product::<Cranelift, Rayon>(), &["expression", "julia", "montecarlo"]),
        cell::compute::<Fused>(),
        cell::compute::<Interpreter>(),
        of(product::<Interpreter, Rayon>(), &["expression"]),
        cell::compute::<TreeWalk>(),
        cell::compute::<Unfused>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of(cells: Vec<Cell>, workloads: &[&str]) -> Vec<Cell> {
    cells.into_iter().filter(|cell| workloads.contains(&cell.workload)).collect()
}
