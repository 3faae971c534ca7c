//! Protocol messages about memory: the allocations of a run, and how the peak of a process tree was added up.

use serde::{Deserialize, Serialize};

/// The allocations of one run by the C library's allocator, in all processes of the technique.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heap {
    /// How many blocks it allocates; a block that grows counts again.
    pub allocations: u64,
    /// How many bytes they have together.
    pub bytes: u64,
    /// How many bytes more than at its start are in use at the peak, as the allocator rounds them up.
    pub peak_bytes: u64,
}

/// How the peak of a process tree counts the pages that several of its processes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeakBy {
    /// There is only one process, so there are none.
    Process,
    /// Once: by the proportional set size, which divides a page by the number of its processes.
    Pss,
    /// Once for each process: the kernel reports only resident sizes here.
    Rss,
}
