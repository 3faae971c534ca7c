//! The writing end: copy, then move the tail; look at the head only when the ring seems full.

#![expect(unsafe_code, reason = "messages are copied into shared memory")]

use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Duration;

use bytemuck::Pod;

use super::{CLOSED, Ring, still_there};
use crate::Error;

/// The writing end of a [`Ring`]. Dropping it is the end of the stream.
pub struct Sender<T> {
    ring: Ring<T>,
    tail: u32,
    /// The head as last seen: at least so much has been read.
    head: u32,
    timeout: Option<Duration>,
}

impl<T: Pod> Sender<T> {
    pub(super) fn new(ring: Ring<T>) -> Self {
        // Only this end moves the tail, and an old head only seems to leave less room.
        let tail = ring.control().tail.0.load(Relaxed);
        let head = ring.control().head.0.load(Acquire); // pairs with the store of `recv_into`
        Self { ring, tail, head, timeout: None }
    }

    /// Sends one message; waits while the ring is full.
    ///
    /// # Errors
    ///
    /// [`Error::NoReceiver`], [`Error::PeerDied`], [`Error::PeerLate`].
    #[inline]
    pub fn send(&mut self, message: T) -> Result<(), Error> {
        self.send_all(&[message])
    }

    /// Sends all of `messages`, as many at a time as there is room for.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); some of the messages may have been sent then.
    #[inline]
    pub fn send_all(&mut self, mut messages: &[T]) -> Result<(), Error> {
        while !messages.is_empty() {
            messages = &messages[self.send_some(messages)?..];
        }
        Ok(())
    }

    /// How long to wait for room at most; for ever, if not said.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Sends at least one message, unless there is none, and returns how many.
    #[inline]
    pub(super) fn send_some(&mut self, messages: &[T]) -> Result<usize, Error> {
        let mut room = self.room();
        if room == 0 {
            self.head = self.ring.control().head.0.load(Acquire); // pairs with the store of `recv_into`
            room = self.room();
        }
        if room == 0 {
            self.wait_for_room()?;
            room = self.room();
        }
        let (place, contiguous) = self.ring.place(self.tail);
        let count = messages.len().min(room).min(contiguous);
        // SAFETY: `count` places from `place` on lie inside the memory; the receiver is done with them, since
        // the head it stored is less than a round behind, and reads them again only after the tail has passed
        // them; there is no other sender.
        unsafe { std::ptr::copy_nonoverlapping(messages.as_ptr(), place, count) };
        self.tail = self.tail.wrapping_add(count as u32);
        self.ring.control().tail.0.store(self.tail, Release); // pairs with the loads of the receiver
        self.ring.tail_queue().wake();
        Ok(count)
    }

    #[inline]
    fn room(&self) -> usize {
        (self.ring.capacity() - self.tail.wrapping_sub(self.head)) as usize
    }

    #[cold]
    fn wait_for_room(&mut self) -> Result<(), Error> {
        let control = self.ring.control();
        let (full, receiver) = (self.head, &control.receiver);
        let ready = || {
            if receiver.load(Acquire) == CLOSED {
                return Some(Err(Error::NoReceiver));
            }
            let head = control.head.0.load(Acquire); // pairs with the store of `recv_into`
            (head != full).then_some(Ok(head))
        };
        self.head = self.ring.head_queue().wait(self.timeout, ready, || still_there(receiver))??;
        Ok(())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.ring.control().sender.store(CLOSED, Release); // pairs with the load of a waiting receiver
        self.ring.tail_queue().wake();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("sent", &self.tail).finish_non_exhaustive()
    }
}
