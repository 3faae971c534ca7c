//! One workload, seen from every technique: the vocabulary that techniques, harness and reader share.
//!
//! A *workload* ([`Workload`]) is a problem with exact inputs and a check. It has a *pattern*
//! ([`pattern`]): map, reduce, sweep, touch. A *technique* ([`question::Technique`]) answers a
//! *question* ([`question`]): who does the work, who may touch the state. A technique that answers a
//! pattern answers every workload of that pattern, and yours too. (Kernels, which say how one piece
//! is computed, are written for the suite's own workloads.)
//!
//! ```
//! use parallax_suite::{Sequential, pattern::Map, question::{Execute, Technique}};
//! use serde::{Deserialize, Serialize};
//! use std::sync::Arc;
//!
//! /// The squares of the first `n` numbers.
//! #[derive(Serialize, Deserialize)]
//! struct Squares { n: usize }
//!
//! impl Map for Squares {
//!     type Item = u64;
//!     fn len(&self) -> usize { self.n }
//!     fn grain(&self) -> usize { 1024 }
//!     fn fill(&self, start: usize, out: &mut [u64]) {
//!         for (k, square) in out.iter_mut().enumerate() {
//!             *square = ((start + k) as u64).pow(2);
//!         }
//!     }
//! }
//!
//! let mut out = vec![0; 5];
//! let technique = Sequential::start(1)?;
//! technique.map(&Arc::new(Squares { n: 5 }), &mut out)?;
//! assert_eq!(out, [0, 1, 4, 9, 16]);
//! # Ok::<(), parallax_suite::question::No>(())
//! ```
//!
//! A *cell* ([`Cell`]) is one technique on one workload: what the harness measures.

pub mod bound;
pub mod buffer;
pub mod catalogue;
pub mod cell;
pub mod conform;
pub mod digest;
pub mod double_buffer;
pub mod http;
pub mod isa;
pub mod lockstep;
pub mod optional;
pub mod pattern;
pub mod question;
pub mod random;
pub mod sequential;
pub mod stop;
pub mod team;
pub mod within;
pub mod workload;

pub use bound::{Bound, Rate};
pub use buffer::Buffer;
pub use cell::Cell;
pub use double_buffer::DoubleBuffer;
pub use lockstep::Lockstep;
pub use sequential::Sequential;
pub use workload::{Params, Size, Workload};
