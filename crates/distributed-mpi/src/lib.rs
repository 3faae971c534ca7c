//! Work that is spread over machines by MPI, the message passing of clusters since 1994.
//!
//! The technique [`Mpi`] uses Open MPI, which has to be installed separately, so it needs the feature `mpi`. The crate
//! compiles without it as well: [`Mpi`] then refuses to start and says how to get it.
//!
//! The ranks of an MPI job are started by `mpirun`, so the calling program is not one of them, but their client. It
//! starts itself as the ranks, for which [`init`] is the first statement of its `main`:
//!
//! ```no_run
//! use parallax_distributed_mpi::Mpi;
//! use parallax_pattern::{Distribute, Map, No, Technique};
//! use serde::{Deserialize, Serialize};
//! use std::sync::Arc;
//!
//! /// The squares of the first `len` numbers.
//! #[derive(Serialize, Deserialize)]
//! struct Squares {
//!     len: usize,
//! }
//!
//! impl Map for Squares {
//!     type Item = u64;
//!     fn len(&self) -> usize {
//!         self.len
//!     }
//!     fn fill(&self, start: usize, out: &mut [u64]) {
//!         out.iter_mut().zip(start as u64..).for_each(|(square, x)| *square = x * x);
//!     }
//! }
//!
//! fn main() -> Result<(), No> {
//!     parallax_distributed_mpi::init(); // a rank never gets past it
//!     let two = Mpi::start(2)?;
//!     let mut squares = [0; 5];
//!     two.map(&Arc::new(Squares { len: 5 }), &mut squares)?;
//!     assert_eq!(squares, [0, 1, 4, 9, 16]);
//!     Ok(())
//! }
//! ```
//!
//! Ranks are processes of this machine, or of the hosts in the file that `PARALLAX_HOSTS` names: see
//! [`Hosts`](parallax_distributed::Hosts).

#[cfg(not(feature = "mpi"))]
mod absent;
#[cfg(feature = "worker")]
mod cells;
#[cfg(feature = "mpi")]
mod deal;
#[cfg(feature = "mpi")]
mod job;
mod mpi;
#[cfg(feature = "mpi")]
mod ranks;

#[cfg(feature = "worker")]
pub use cells::cells;
pub use mpi::Mpi;

/// The first statement of `main`: does nothing in the program that a user starts, and never returns in a rank.
pub fn init() {
    #[cfg(feature = "mpi")]
    match parallax_distributed::role().as_deref() {
        Some(job::RANK) => ranks::serve(),
        Some(job::AGENT) => job::agent::run(),
        _ => {}
    }
}
