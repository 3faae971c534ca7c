//! A mailbox in which a call that waits gets a worker, and a descriptor that wakes it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::event::{EventfdFlags, eventfd};

use crate::pool::pool_state::Slot;

#[derive(Debug)]
pub(crate) struct Waiter {
    given: Mutex<Vec<Slot>>,
    wake: OwnedFd,
}

impl Waiter {
    pub(crate) fn new() -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { given: Mutex::default(), wake })
    }

    /// Readable once [`wake`](Self::wake) was called.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    pub(crate) fn wake(&self) {
        // It fails only after 2^64 calls without a reset.
        let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
    }

    /// Whether [`wake`](Self::wake) was called since the last time.
    pub(crate) fn was_woken(&self) -> bool {
        rustix::io::read(&self.wake, &mut [0; 8]).is_ok()
    }

    pub(crate) fn give(&self, slot: Slot) {
        self.given().push(slot);
        self.wake();
    }

    pub(crate) fn take(&self) -> Option<Slot> {
        self.given().pop()
    }

    fn given(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
