//! The suite from worker processes: over pipes, in shared memory, and message by message.

mod packed;
mod sent;
mod stage;

pub mod pipes;
pub mod prefork;
pub mod shared_memory;

pub use pipes::Pipes;
pub use prefork::Prefork;
pub use shared_memory::SharedMemory;

use parallax_suite::cell::{self, Cell};
use parallax_suite::question::No;
use std::error::Error;

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::execute::<Pipes>(),
        cell::reply::<Prefork>(),
        cell::execute::<SharedMemory>(),
        cell::share::<SharedMemory>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A failure, with what caused it: an error of the pool or of shared memory names its source apart.
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
