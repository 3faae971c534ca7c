//! The worker side of the harness: a process that runs cells and reports their times.
//!
//! A family of techniques becomes measurable with one binary:
//!
//! ```no_run
//! // src/bin/worker.rs
//! use parallax_pattern::{Sequential};
//! use parallax_suite::{cell};
//! fn main() -> std::process::ExitCode {
//!     parallax_runner::main("baseline", cell::execute::<Sequential>())
//! }
//! ```
//!
//! The supervisor (`cargo xtask bench`) starts it with `--channel` and speaks [`protocol`] with it
//! over a private pair of descriptors. Started by hand it runs one cell: `worker run julia/sequential`.

pub mod clock;
pub mod control_group;
pub mod energy;
pub mod heap;
pub mod hotspots;
mod libraries;
mod measure;
mod memory;
pub mod print;
pub mod probe;
pub mod protocol;
mod room;
mod serve;
mod served;
mod sustain;
mod ticks;
mod usage;
mod worker;

pub use libraries::stand_on;
pub use served::serve;
pub use worker::{main, main_with};
