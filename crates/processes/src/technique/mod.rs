//! The suite run by worker processes: what goes through pipes, what is in shared memory, and what each costs.
//!
//! | technique | question | what travels | take it when |
//! |---|---|---|---|
//! | [`Pipes`] | who does the work? | ranges out, results back | results are small |
//! | [`SharedMemory`] | who does the work? | a command a run | many steps go over the same arrays |
//! | [`SharedCounters`] | who may touch the state? | a command a run | several programs count together |
//! | [`SharedSeqlock`] | who may touch the state? | a command a run | several programs read one table |
//! | [`PrivateCaches`] | is it worth remembering? | a command a run | keys can be divided |
//! | [`MessagePipes`] | who hands what to whom? | each message, through the kernel | any program is at the other end |
//! | [`Prefork`] | who answers clients? | connections, accepted by each | a crash may cost one process only |
//! | [`MessageRings`] | who hands what to whom? | each message, through memory | messages are many and small |
//!
//! A run costs some tens of microseconds even if threads are kept, too, and a piece through a pipe
//! about ten. The workload itself is read and built once in each worker. A small one travels with
//! every piece and is recognised there; one of 64 KiB or more lies in shared memory, and a piece
//! says where, so that it costs the same however large the workload is. Processes do not add speed;
//! they add isolation: a separate heap, and a death that is reported and not shared.
//! All failures here are text in a [`No::Failed`]; reaching a limit of the system is a
//! [`No::Unavailable`] that says how to raise it.

pub mod exchange;
pub mod message_pipes;
pub mod message_rings;
pub mod pipes;
pub mod prefork;
pub mod private_caches;
pub mod shared_counters;
pub mod shared_memory;
pub mod shared_seqlock;
pub mod tasks;

#[cfg(feature = "worker")]
mod cells;
mod fixed_pool;
pub(crate) mod numbers;
pub(crate) mod packed;
mod run_memory;
pub(crate) mod sent;

#[cfg(feature = "worker")]
pub use cells::cells;
pub use fixed_pool::FixedPool;
pub use message_pipes::MessagePipes;
pub use message_rings::MessageRings;
pub use pipes::Pipes;
pub use prefork::Prefork;
pub use private_caches::PrivateCaches;
pub use shared_counters::SharedCounters;
pub use shared_memory::SharedMemory;
pub use shared_seqlock::SharedSeqlock;

use crate::error::remedy;
use parallax_pattern::No;
use std::error::Error;
use std::io;

/// A failure with its causes, which the errors of a pool and of shared memory list separately. If one of them is
/// a resource that has run out, the text says how to get more.
fn failed(error: impl Error + 'static) -> No {
    let mut words = error.to_string();
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some((error, remedy)) = error.downcast_ref().and_then(|error| Some((error, remedy(error)?))) {
            let error: &io::Error = error;
            return No::Unavailable(format!("{error}: fewer --workers, or {remedy}"));
        }
        cause = error.source();
        words.extend(cause.into_iter().flat_map(|cause| [": ".to_owned(), cause.to_string()]));
    }
    No::failed(words)
}

/// As [`failed`], for something that a technique needs before it can try anything.
fn unavailable(error: impl Error + 'static) -> No {
    match failed(error) {
        No::Failed(words) => No::Unavailable(words.to_string()),
        no => no,
    }
}

/// Taking a piece costs some tens of nanoseconds under contention, so more pieces would only cost time.
const MOST_PIECES: usize = 1 << 16;

/// The number of items in one of at most `count` portions, however many items there are. Portions begin at
/// multiples of the grain, so no grain is cut.
fn portion(len: usize, grain: usize, count: usize) -> usize {
    let whole = len.div_ceil(count).checked_next_multiple_of(grain.max(1));
    whole.map_or(len, |whole| whole.min(len)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_whole_grains_and_never_empty() {
        assert_eq!([portion(100, 7, 4), portion(100, 100, 4), portion(3, 1, 8)], [28, 100, 1]);
        assert_eq!([portion(0, 0, 4), portion(5, 0, 2)], [1, 3]);
        assert_eq!([portion(9, usize::MAX, 4), portion(usize::MAX, 1000, 1)], [9, usize::MAX], "no overflow");
    }

    #[test]
    fn a_failure_tells_its_causes() {
        let error = crate::Error::Spawn(std::io::Error::other("no room"));
        assert!(failed(error).to_string().ends_with(": no room"));
    }

    #[test]
    fn a_limit_that_is_reached_is_no_failure_and_is_named() {
        let limit = |errno: i32| io::Error::from_raw_os_error(errno);
        let (files, processes) = (24, 11); // EMFILE, EAGAIN
        for (no, words) in [
            (failed(crate::Error::Spawn(limit(files))), "fewer --workers, or raise ulimit -n"),
            (failed(crate::Error::Spawn(limit(processes))), "fewer --workers, or raise ulimit -u"),
            (failed(crate::Error::Memory(limit(files))), "fewer --workers, or raise ulimit -n"),
            (failed(limit(processes)), "fewer --workers, or raise ulimit -u"),
        ] {
            assert!(matches!(&no, No::Unavailable(why) if why.contains(words)), "{no}");
        }
        assert!(matches!(failed(crate::Error::NoWorkers), No::Failed(_)));
        assert!(matches!(unavailable(crate::Error::NotInitialized), No::Unavailable(_)));
    }
}
