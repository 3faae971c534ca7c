//! Memory that several processes map, and what keeps them from getting in each other's way there.
//!
//! | | like | waits |
//! |---|---|---|
//! | [`Shared<T>`] | a `RefCell<[T]>` whose borrow flags lie in the memory too | never |
//! | [`Counters`] | a `Vec<AtomicU64>` | never |
//! | [`Barrier`] | `std::sync::Barrier` | spins, then sleeps on a futex |
//! | [`Ring<T>`] | a bounded channel with one sender and one receiver; `Ring<u8>` a pipe | spins, then sleeps on a futex |
//!
//! All are made in one process, usually the parent, and reach the others as arguments: serialised, they
//! become the address under which the memory is found (`/proc/<pid>/fd/<n>`), not its contents. Nothing has a
//! name in the file system, so the memory is gone with the last process that maps it, however that ended.
//!
//! The maker must keep the memory until the others have it. A pool does so for the arguments of a task until
//! the task is done, so clones can be given away; a result cannot bring memory from a worker. Between tasks a
//! worker keeps its mapping, so that the pages need not be faulted in again, and lets go of it at its next
//! task once the maker has dropped its last clone.
//!
//! # Example
//!
//! ```
//! use parallax_processes::{Pool, shared::Shared};
//!
//! fn square(job: (Shared<f64>, usize)) {
//!     let (numbers, part) = job;
//!     for number in &mut *numbers.write(part..part + 1).unwrap() {
//!         *number *= *number;
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     parallax_processes::init();
//!     let pool = Pool::builder().workers(2).build()?;
//!     let numbers = Shared::from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0], 2)?; // parts of 2, 2 and 1
//!     pool.map(square, (0..numbers.parts()).map(|part| (numbers.clone(), part)))?;
//!     assert_eq!(numbers.read(..)?[..], [1.0, 4.0, 9.0, 16.0, 25.0]);
//!     Ok(())
//! }
//! ```

mod array;
mod barrier;
mod blob;
mod claims;
mod counters;
mod guard;
mod memory;
mod owner;
mod region;
mod ring;
mod shape;
mod waiting;

pub use array::Shared;
pub use barrier::{Barrier, Member};
pub use counters::Counters;
pub use guard::{Reading, Writing};
pub use ring::{Receiver, Ring, Sender};

pub(crate) use blob::Blob;
pub(crate) use memory::{Memory, Words};
pub(crate) use region::{Region, forget_closed, regions_in, take_refusal};

use std::io;
use std::time::Duration;

use rustix::io::Errno;

use crate::error::way_out;

/// Why shared memory cannot be had or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SharedError {
    /// Whoever made the memory has dropped it, or has ended, or may not be looked at.
    #[error("the shared memory is gone: keep it where it was made until every process has it")]
    Gone(#[source] io::Error),
    /// The system has no memory or descriptor to give.
    #[error("the system gives no shared memory{}", way_out(.0))]
    System(#[from] io::Error),
    /// Elements of no size, parts of no length, or more than can be counted.
    #[error("{0}")]
    Shape(&'static str),
    /// Another process or thread uses this part, and not both of you only read.
    #[error("part {part} is in use{}: wait at a barrier before you swap parts", by(*.process))]
    Busy {
        /// Which part.
        part: usize,
        /// Who writes to it; a reader is not known by name.
        process: Option<u32>,
    },
    /// More participants than there is room for.
    #[error("no more than {0} can take part: make it for more, or drop some first")]
    Crowded(usize),
    /// A ring has one sender and one receiver.
    #[error("process {0} has this end of the ring, and each end can be had once: make a ring for each pair")]
    Taken(u32),
    /// The receiver is gone, so nobody will read what would be sent.
    #[error("the receiver was dropped: stop sending")]
    NoReceiver,
    /// A process that the others wait for has died.
    #[error("process {0} died, and the others would wait for ever")]
    Died(u32),
    /// A member left the barrier while others waited there.
    #[error("a member left the barrier before the others were done: all must wait equally often")]
    Left,
    /// Somebody gave up the barrier: a thread that panicked, or [`Barrier::poison`].
    #[error("the barrier was given up by one of its members: make a new one")]
    Poisoned,
    /// The others did not come in time.
    #[error("nothing happened for {0:?}: raise the timeout, or look at the other side")]
    TimedOut(Duration),
}

impl SharedError {
    fn gone(error: io::Error) -> Self {
        Self::Gone(error)
    }

    /// Why memory could not be opened where it was made. It is gone if it is not there or not for us; a
    /// process without descriptors is told of those.
    fn unopened(error: io::Error) -> Self {
        use io::ErrorKind::{NotFound, PermissionDenied};
        let no_process = error.raw_os_error() == Some(Errno::SRCH.raw_os_error());
        match error.kind() {
            NotFound | PermissionDenied => Self::Gone(error),
            _ if no_process => Self::Gone(error),
            _ => Self::System(error),
        }
    }
}

fn by(process: Option<u32>) -> String {
    process.map_or_else(|| " for reading".to_owned(), |process| format!(" by process {process}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_gone_only_if_it_is_not_there() {
        let unopened = |errno: Errno| SharedError::unopened(errno.into());
        for errno in [Errno::NOENT, Errno::SRCH, Errno::ACCESS] {
            assert!(matches!(unopened(errno), SharedError::Gone(_)), "{errno}");
        }
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOMEM] {
            assert!(matches!(unopened(errno), SharedError::System(_)), "{errno}");
        }
        assert!(unopened(Errno::MFILE).to_string().contains("raise ulimit -n"));
    }
}
