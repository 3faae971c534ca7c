//! Problems with exact inputs and checks, and every technique on each of them as a cell.
//!
//! A *workload* ([`Workload`]) is a problem with exact inputs, a plain reference and a check. It has a *pattern*
//! ([`parallax_pattern`]), and a technique that implements a pattern runs every workload of that pattern. Kernels,
//! which define how one piece is computed ([`Compute`]), are written for these workloads only.
//!
//! A *cell* ([`Cell`]) is one technique on one workload: the unit that the harness measures.
//!
//! ```
//! use parallax_pattern::Sequential;
//! use parallax_suite::{Size, cell};
//!
//! let cells = cell::execute::<Sequential>();
//! let julia = cells.iter().find(|cell| cell.workload == "julia").expect("one of the workloads");
//! let mut run = julia.start(1)?.load(julia.params(Size::Tiny, 0))?;
//! run.run(1)?;
//! assert!(run.check().is_ok());
//! # Ok::<(), parallax_pattern::No>(())
//! ```

pub mod baseline;
pub mod bound;
pub mod buffer;
pub mod catalogue;
pub mod cell;
mod compute;
pub mod digest;
pub mod spread;
pub mod units;
pub mod workload;

pub use bound::{Bound, Rate};
pub use buffer::Buffer;
pub use cell::Cell;
pub use compute::Compute;
pub use spread::Spread;
pub use workload::{Params, Size, Workload};
