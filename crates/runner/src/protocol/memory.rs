//! What a worker says of memory: what a run allocates, and how the peak of a process tree was added up.

use serde::{Deserialize, Serialize};

/// What one run takes from the C library's allocator, in all processes of the technique.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heap {
    /// How many blocks of memory it asks for; a block that grows is asked for anew.
    pub allocations: u64,
    /// How many bytes, all together.
    pub bytes: u64,
    /// How many bytes more than at its begin are in use at most, as the allocator rounds them up.
    pub peak_bytes: u64,
}

/// How the peak of a process tree counts the pages that several of its processes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeakBy {
    /// It has one process, so there are none.
    Process,
    /// Once: by the proportional set size, in which each of so many processes has its part of a page.
    Pss,
    /// For each of them: the kernel tells only resident sizes here.
    Rss,
}
