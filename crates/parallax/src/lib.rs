//! Race every technique on your own problem: a bench of thirty lines, in your own crate.
//!
//! ```toml
//! # Cargo.toml
//! [dev-dependencies]
//! parallax = "0.1"
//!
//! [lib]
//! bench = false # else `cargo bench` gives its tests the bench's options; the same under [[bin]]
//!
//! [[bench]]
//! name = "words"
//! harness = false
//! ```
//!
//! ```no_run
//! // benches/words.rs
//! use parallax::prelude::*;
//! use std::collections::HashMap;
//!
//! struct Words { lines: Vec<String> }
//!
//! impl Reduce for Words {
//!     type Acc = HashMap<String, usize>;
//!     fn len(&self) -> usize { self.lines.len() }
//!     fn empty(&self) -> Self::Acc { HashMap::new() }
//!     fn fold(&self, counts: &mut Self::Acc, lines: Range<usize>) {
//!         for word in self.lines[lines].iter().flat_map(|line| line.split_whitespace()) {
//!             *counts.entry(word.to_owned()).or_default() += 1;
//!         }
//!     }
//!     fn merge(&self, counts: &mut Self::Acc, other: Self::Acc) {
//!         other.into_iter().for_each(|(word, count)| *counts.entry(word).or_default() += count);
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     let text = || std::fs::read_to_string("big.txt").expect("big.txt lies beside Cargo.toml");
//!     parallax::bench("words", move || Words { lines: text().lines().map(str::to_owned).collect() }).main()
//! }
//! ```
//!
//! `cargo bench` then measures your kernel on one thread and with every technique that implements its pattern, each in
//! a separate process. It checks every result, and prints the best technique, by how much it is ahead, and how certain
//! that is. `cargo bench -- --help` shows the options: `--quick`, `--budget`, filters, formats, `--resume`.
//!
//! 1. Describe your work: implement one pattern of [`prelude`]. [`parallax_pattern`] has the table of patterns, and
//!    shows what to do with a problem that fits none.
//! 2. Pass it to [`bench`](fn@bench). The closure makes the input in each process, so it must make the same each time.
//! 3. Results are compared with those of one thread. If they differ in their last bits, as sums of floats do, add
//!    [`Bench::near`]; if two right results may differ, check them with [`Bench::expect`], alone or after `near`.
//! 4. Another inner loop for the same work, such as one with vectors, is added with [`Bench::kernel`]. If the work can
//!    be sent to another process, [`Bench::processes`] adds the techniques of processes.
//!
//! # Features
//!
//! | feature | techniques | default |
//! |---|---|---|
//! | `threading` | rayon, scoped threads, crossbeam, channels, chili | yes |
//! | `atomics` | self-scheduling, spin barriers, locks and atomic words | yes |
//! | `caching` | LRU, sharded and concurrent caches | yes |
//! | `processes` | worker processes by pipes and shared memory ([`Bench::processes`]) | yes |
//! | `async` | tokio, smol, compio | no |

mod bench;
mod cells;
mod check;
mod cli;
mod contender;
mod work;

pub use bench::{Bench, bench};
pub use check::{Check, Close, Equal, Near, Says};
pub use parallax_pattern as pattern;
#[cfg(feature = "processes")]
pub use work::Apart;
pub use work::{Begun, Consulted, Tallies, Work, kind};

/// The imports of a bench: the patterns, and the traits of kernels.
pub mod prelude {
    pub use parallax_pattern::{
        Access, Answer, Channel, Consult, Divide, Expand, Fill, Fold, FoldNest, Graph, Kernel, Map, Nest, No,
        Pass, Recall, Reduce, Search, Stencil, Step, Sweep, Touch, Traffic, Wait,
    };
    pub use std::ops::Range;
    pub use std::process::ExitCode;
}

/// The guide's chapter about benches: its code is compiled here, so that it cannot go stale.
#[cfg(all(doctest, feature = "threading"))]
#[doc = include_str!("../../../docs/guide/your-own-problem.md")]
mod guide {}
