//! Your own formula over your own arrays, compiled while the program runs.
//!
//! A formula that arrives as text (from a user, a configuration file, a query) is not known when the program is built.
//! An [`Expression`] reads it, compiles it to machine code in some tenths of a millisecond, and evaluates it over
//! slices, nearly as fast as a loop that was compiled with the program.
//!
//! ```
//! use parallax_jit::Expression;
//!
//! let text = "2*a + 3*b"; // known only now
//! let formula = Expression::parse(text)?.compile()?;
//!
//! let (a, b) = (vec![1.0; 1000], vec![2.0; 1000]);
//! let mut out = vec![0.0; 1000];
//! formula.eval(&[&a, &b], &mut out)?; // in the order in which the text names them
//! assert_eq!(out, [8.0; 1000]);
//!
//! formula.eval_by_name(&[("b", &b), ("unused", &a), ("a", &a)], &mut out)?;
//! assert_eq!(out, [8.0; 1000]);
//! # Ok::<(), parallax_jit::Error>(())
//! ```
//!
//! An error points to its place in the text:
//!
//! ```
//! # use parallax_jit::Expression;
//! let text = "2*a + 3*b < c < d";
//! let error = Expression::parse(text).unwrap_err();
//! assert_eq!(
//!     error.in_text(text).to_string(),
//!     "2*a + 3*b < c < d\n              ^\ncolumn 15: comparisons do not chain; use (a < b) & (b < c)",
//! );
//! ```
//!
//! Any number of threads can use a compiled formula. Check its arrays once with [`Compiled::bind`], and assign each
//! thread a part of the output ([`Bound::fill`]); any split computes the same bits. With a pattern of
//! [`parallax_pattern`], every technique does that for you:
//!
//! ```
//! use parallax_jit::{Compiled, Expression};
//! use parallax_pattern::{Execute, Map, Sequential, Technique};
//! use std::sync::Arc;
//!
//! struct Distances { formula: Compiled, x: Vec<f64>, y: Vec<f64> }
//! impl Map for Distances {
//!     type Item = f64;
//!     fn len(&self) -> usize { self.x.len() }
//!     fn fill(&self, start: usize, out: &mut [f64]) {
//!         let part = start..start + out.len();
//!         self.formula.eval(&[&self.x[part.clone()], &self.y[part]], out).expect("arrays of one length");
//!     }
//! }
//!
//! let formula = Expression::parse("sqrt(x*x + y*y)")?.compile()?;
//! let work = Arc::new(Distances { formula, x: vec![3.0; 1000], y: vec![4.0; 1000] });
//! let mut out = vec![0.0; 1000];
//! Sequential::start(1)?.map(&work, &mut out)?; // or any other technique, such as rayon
//! assert_eq!(out, [5.0; 1000]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! NumPy evaluates such a formula one operation at a time and sends every intermediate array out to memory and back.
//! This crate does in Rust what numexpr does in Python: it evaluates the whole formula for a few elements at a time.
//! There are four ways:
//!
//! | [`Backend`] | one element costs | take it when |
//! |---|---|---|
//! | [`Native`](Backend::Native) | memory traffic, or its arithmetic in vectors of two | a text meets many elements |
//! | [`Blocked`](Backend::Blocked) | a cache access for each operation | a text is new, or full of functions |
//! | [`Walk`](Backend::Walk) | a branch for each operation | nothing depends on the time |
//! | [`Unfused`](Backend::Unfused) | memory traffic for each operation | never, if you can choose |
//!
//! If you know the formula when you build the program, take [`parallax_simd::evaluate`], which has the same functions.
//!
//! A text passes through these stages: `token` and `parse` make a `tree`, whose operators `meaning` defines; `program`
//! turns it into single-assignment form; one of the backends makes it ready to run. [`parallax_simd::math`] has the
//! functions that no processor has.
//!
//! # Features
//!
//! `worker` adds the techniques that `cargo xtask bench` measures, and the worker of this family.

mod backend;
#[cfg(feature = "worker")]
mod cells;
mod compiled;
mod error;
mod expression;
mod machine;
mod meaning;
mod parse;
mod program;
mod slots;
#[cfg(feature = "worker")]
pub mod technique;
mod token;
mod tree;
mod vectors;

#[cfg(feature = "worker")]
pub use self::cells::cells;
pub use self::compiled::{Bound, Compiled, Element};
pub use self::error::{Error, InText};
pub use self::expression::{Backend, Expression};
#[cfg(feature = "worker")]
pub use self::technique::{Cranelift, Interpreter, TreeWalk, Unfused};
pub use self::tree::Kind;
pub use parallax_pattern::isa::Isa;

/// Compiles and runs the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
