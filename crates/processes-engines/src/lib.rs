//! Existing engines for work between processes, to compare with the pool of [`parallax_processes`].
//!
//! | technique | engine | question | what travels |
//! |---|---|---|---|
//! | [`Iceoryx2`] | iceoryx2 | who hands what to whom? | where a message lies in shared memory |
//! | [`IpcChannel`] | ipc-channel | who does the work? | ranges out, results back, through a socket each |
//! | [`IpcMessages`] | ipc-channel | who hands what to whom? | each message, through a socket |
//! | [`Procspawn`] | procspawn | who does the work? | ranges out, results back, through channels made for each call |
//!
//! ```
//! use parallax_pattern::{Distribute, Map, Technique};
//! use parallax_processes_engines::Procspawn;
//! use serde::{Deserialize, Serialize};
//! use std::sync::Arc;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Squares(usize);
//!
//! impl Map for Squares {
//!     type Item = u64;
//!     fn len(&self) -> usize {
//!         self.0
//!     }
//!     fn grain(&self) -> usize {
//!         1
//!     }
//!     fn fill(&self, start: usize, out: &mut [u64]) {
//!         for (x, square) in (start as u64..).zip(out) {
//!             *square = x * x;
//!         }
//!     }
//! }
//!
//! fn main() -> Result<(), parallax_pattern::No> {
//!     parallax_processes_engines::init(); // the first statement: a worker never gets past it
//!     let mut squares = [0; 5];
//!     Procspawn::start(2)?.map(&Arc::new(Squares(5)), &mut squares)?;
//!     assert_eq!(squares, [0, 1, 4, 9, 16]);
//!     Ok(())
//! }
//! ```

#[cfg(not(target_os = "linux"))]
compile_error!("parallax-processes-engines needs Linux, as parallax-processes does");

mod calls;
#[cfg(feature = "worker")]
mod cells;
// Named like crates, so private: `use parallax_processes_engines::*` must not hide those.
mod iceoryx2;
mod ipc_channel;
mod ipc_messages;
mod procspawn;

pub use self::iceoryx2::Iceoryx2;
pub use self::ipc_channel::IpcChannel;
pub use self::ipc_messages::IpcMessages;
pub use self::procspawn::Procspawn;
#[cfg(feature = "worker")]
pub use cells::cells;

/// Turns this process into a worker if one of the engines started it; otherwise returns. The first statement of `main`.
pub fn init() {
    ::procspawn::init();
    parallax_processes::init();
}
