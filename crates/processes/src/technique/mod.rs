//! The suite from worker processes: what goes through pipes, what lies in shared memory, what each costs.
//!
//! | technique | question | what travels | take it when |
//! |---|---|---|---|
//! | [`Pipes`] | who does the work? | ranges out, results back | results are small |
//! | [`SharedMemory`] | who does the work? | a command a run | many steps go over the same arrays |
//! | [`SharedCounters`] | who may touch the state? | a command a run | several programs count together |
//! | [`PrivateCaches`] | is it worth remembering? | a command a run | keys can be divided |
//! | [`MessagePipes`] | who answers whom? | each message, through the kernel | any program is at the other end |
//! | [`Prefork`] | who answers whom? | connections, accepted by each | a crash may cost one process only |
//! | [`MessageRings`] | who answers whom? | each message, through memory | messages are many and small |
//!
//! A run costs some tens of microseconds where threads are kept, too, and a piece through a pipe
//! about ten. What processes add is not speed but walls: a heap that nobody else takes from, and a
//! death that is reported and not shared. All failures here are words in a [`No::Failed`].

pub mod message_pipes;
pub mod message_rings;
pub mod pipes;
pub mod prefork;
pub mod private_caches;
pub mod shared_counters;
pub mod shared_memory;

mod actors;
mod crew;
mod packed;
mod sent;
mod stage;

pub use message_pipes::MessagePipes;
pub use message_rings::MessageRings;
pub use pipes::Pipes;
pub use prefork::Prefork;
pub use private_caches::PrivateCaches;
pub use shared_counters::SharedCounters;
pub use shared_memory::SharedMemory;

use parallax_suite::cell::{self, Cell};
use parallax_suite::question::No;
use std::error::Error;

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::serve::<MessagePipes>(),
        cell::serve::<MessageRings>(),
        cell::execute::<Pipes>(),
        cell::reply::<Prefork>(),
        cell::remember::<PrivateCaches>(),
        cell::share::<SharedCounters>(),
        cell::execute::<SharedMemory>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A failure with its causes: the errors of a pool and of shared memory name them apart.
fn failed(error: impl Error) -> No {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    No::failed(words)
}

/// How many items make one of about `count` portions of whole grains.
fn portion(len: usize, grain: usize, count: usize) -> usize {
    len.div_ceil(count).next_multiple_of(grain.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_whole_grains_and_never_empty() {
        assert_eq!([portion(100, 7, 4), portion(100, 100, 4), portion(3, 1, 8)], [28, 100, 1]);
        assert_eq!([portion(0, 0, 4), portion(5, 0, 2)], [1, 3]);
    }

    #[test]
    fn a_failure_tells_its_causes() {
        let error = crate::Error::Spawn(std::io::Error::other("no room"));
        assert!(failed(error).to_string().ends_with(": no room"));
    }
}
