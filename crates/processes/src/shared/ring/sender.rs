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
    /// The head as last seen: at least the messages up to it have been read.
    head: u32,
    timeout: Option<Duration>,
}

impl<T: Pod> Sender<T> {
    pub(super) fn new(ring: Ring<T>) -> Self {
        // Only this end moves the tail, and an old head only seems to leave less room.
        let tail = ring.control().tail.0.load(Relaxed);
        let head = ring.control().head.0.load(Acquire); // pairs with the store of `release`
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
    /// As [`send`](Self::send); some of the messages may then have been sent.
    #[inline]
    pub fn send_all(&mut self, mut messages: &[T]) -> Result<(), Error> {
        while !messages.is_empty() {
            messages = &messages[self.send_some(messages)?..];
        }
        Ok(())
    }

    /// Makes messages in the ring itself, as many as fit in one piece and at most `most`, and sends them together: one
    /// fence, and one check for sleepers, for all of them. Waits for room for one.
    ///
    /// If `make` panics, the messages that it made before are not sent.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_from(&mut self, most: usize, mut make: impl FnMut() -> T) -> Result<usize, Error> {
        let (place, count) = self.free_places(most)?;
        for k in 0..count {
            // SAFETY: `free_places` says that `count` places from `place` on are free, and only this end writes them.
            unsafe { place.add(k).write(make()) };
        }
        self.publish(count);
        Ok(count)
    }

    /// How long to wait for room at most; forever by default.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Sends at least one message, unless there is none, and returns how many.
    #[inline]
    pub(super) fn send_some(&mut self, messages: &[T]) -> Result<usize, Error> {
        let (place, count) = self.free_places(messages.len())?;
        // SAFETY: `free_places` says that `count` places from `place` on are free, and only this end writes them.
        unsafe { std::ptr::copy_nonoverlapping(messages.as_ptr(), place, count) };
        self.publish(count);
        Ok(count)
    }

    /// Where the next messages go, and how many of `most` fit there. Waits for room for at least one.
    ///
    /// These places are inside the memory, and the receiver is done with them: the head that it stored is less than
    /// a round behind, and it reads them again only after the tail has passed them. There is no other sender.
    #[inline]
    fn free_places(&mut self, most: usize) -> Result<(*mut T, usize), Error> {
        let mut room = self.room();
        if room == 0 {
            self.head = self.ring.control().head.0.load(Acquire); // pairs with the store of `release`
            room = self.room();
        }
        if room == 0 {
            self.wait_for_room()?;
            room = self.room();
        }
        let (place, contiguous) = self.ring.place(self.tail);
        Ok((place, most.min(room).min(contiguous)))
    }

    /// Shows the receiver that `count` more places are written.
    #[inline]
    fn publish(&mut self, count: usize) {
        self.tail = self.tail.wrapping_add(count as u32);
        self.ring.control().tail.0.store(self.tail, Release); // pairs with the loads of the receiver
        self.ring.tail_queue().wake();
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
            let head = control.head.0.load(Acquire); // pairs with the store of `release`
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
