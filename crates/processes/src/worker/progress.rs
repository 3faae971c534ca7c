//! A shared count of the tasks that a worker has finished: after a crash the parent sees which task was running.

use std::os::fd::BorrowedFd;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed};

use bytemuck::Zeroable;

use crate::error::Error;
use crate::shared::{Memory, Words};

#[derive(Debug)]
pub(crate) struct Progress(Memory);

#[derive(Zeroable)]
#[repr(C)]
pub(crate) struct ProgressWords {
    /// Tasks of the current chunk that are done.
    pub(crate) done: AtomicU64,
}

impl Words for ProgressWords {}

impl Progress {
    pub(crate) fn new() -> Result<Self, Error> {
        Memory::create("parallax-progress", size_of::<ProgressWords>()).map(Self)
    }

    pub(crate) fn words(&self) -> &ProgressWords {
        self.0.words()
    }

    pub(crate) fn file(&self) -> BorrowedFd<'_> {
        self.0.file()
    }

    /// Call it before a chunk is sent; the worker is then idle and does not count.
    pub(crate) fn reset(&self) {
        self.words().done.store(0, Relaxed); // reaches the worker before the request does, through the pipe
    }

    pub(crate) fn done(&self) -> usize {
        self.words().done.load(Acquire) as usize // pairs with the worker's count after each task
    }
}

impl From<Memory> for Progress {
    fn from(memory: Memory) -> Self {
        Self(memory)
    }
}
