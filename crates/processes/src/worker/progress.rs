//! One shared word in which a worker counts its finished tasks, so that after a crash the parent knows which
//! task was running.

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

    /// Before a chunk is sent; its worker is idle then and does not count.
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
