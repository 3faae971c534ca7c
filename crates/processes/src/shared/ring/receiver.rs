//! The reading end: copy, then move the head; look at the tail only when the ring seems empty.

#![expect(unsafe_code, reason = "messages are copied out of shared memory")]

use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Duration;

use bytemuck::Pod;

use super::{CLOSED, Ring, still_there};
use crate::Error;

/// The reading end of a [`Ring`].
pub struct Receiver<T> {
    ring: Ring<T>,
    head: u32,
    /// The tail as last seen: at least the messages up to it can be read.
    tail: u32,
    timeout: Option<Duration>,
}

impl<T: Pod> Receiver<T> {
    pub(super) fn new(ring: Ring<T>) -> Self {
        // Only this end moves the head, and an old tail only seems to leave less to read.
        let head = ring.control().head.0.load(Relaxed);
        let tail = ring.control().tail.0.load(Acquire); // pairs with the store of `publish`
        Self { ring, head, tail, timeout: None }
    }

    /// The next message; `None` once the sender has ended and all its messages have been received. Waits while the
    /// ring is empty.
    ///
    /// # Errors
    ///
    /// [`Error::PeerDied`] if the sender died without ending the stream, after all it had sent was received;
    /// [`Error::PeerLate`].
    #[inline]
    pub fn recv(&mut self) -> Result<Option<T>, Error> {
        let mut message = [T::zeroed()];
        let count = self.recv_into(&mut message)?;
        Ok((count == 1).then_some(message[0]))
    }

    /// Fills the start of `messages` with messages that are there, and returns how many; waits for at least one. 0 is
    /// the end.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    #[inline]
    pub fn recv_into(&mut self, messages: &mut [T]) -> Result<usize, Error> {
        // SAFETY: there is room for as many as the slice is long.
        unsafe { self.take_out(messages.as_mut_ptr(), messages.len()) }
    }

    /// Hands over the messages that are there in one piece, one by one and at most `most`, and frees their places
    /// together. Returns how many; waits for at least one. 0 is the end.
    ///
    /// If `take` panics, the messages that it was handed remain in the ring.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    #[inline]
    pub fn recv_each(&mut self, most: usize, mut take: impl FnMut(T)) -> Result<usize, Error> {
        let (place, count) = self.written_places(most)?;
        for k in 0..count {
            // SAFETY: `written_places` says that `count` messages from `place` on may be read.
            take(unsafe { place.add(k).read() });
        }
        self.release(count);
        Ok(count)
    }

    /// As [`recv_into`](Self::recv_into), into the spare capacity of `messages`.
    pub(crate) fn recv_spare(&mut self, messages: &mut Vec<T>) -> Result<usize, Error> {
        let spare = messages.spare_capacity_mut();
        // SAFETY: there is room for as many as are spare.
        let count = unsafe { self.take_out(spare.as_mut_ptr().cast(), spare.len()) }?;
        // SAFETY: the first `count` spare places have just been written.
        unsafe { messages.set_len(messages.len() + count) };
        Ok(count)
    }

    /// Moves at most `room` messages to `to`; at least one, unless there is no room or the stream has ended.
    ///
    /// # Safety
    ///
    /// There is room for `room` messages at `to`.
    #[inline]
    unsafe fn take_out(&mut self, to: *mut T, room: usize) -> Result<usize, Error> {
        let (place, count) = self.written_places(room)?;
        // SAFETY: `written_places` says that `count` messages from `place` on may be read; it is at most the room at `to`.
        unsafe { std::ptr::copy_nonoverlapping(place, to, count) };
        self.release(count);
        Ok(count)
    }

    /// Where the next messages are, and how many of them, at most `most`. Waits for at least one, unless `most` is 0
    /// or the stream has ended.
    ///
    /// These places are inside the memory and were written before the tail passed them; the sender writes there again
    /// only after the head has passed them. There is no other receiver.
    #[inline]
    fn written_places(&mut self, most: usize) -> Result<(*const T, usize), Error> {
        if self.tail == self.head {
            self.tail = self.ring.control().tail.0.load(Acquire); // pairs with the store of `publish`
        }
        if self.tail == self.head && most > 0 {
            self.wait_for_messages()?;
        }
        let (place, contiguous) = self.ring.place(self.head);
        let there = self.tail.wrapping_sub(self.head) as usize;
        Ok((place.cast_const(), most.min(there).min(contiguous)))
    }

    /// Gives `count` places back to the sender.
    #[inline]
    fn release(&mut self, count: usize) {
        if count > 0 {
            self.head = self.head.wrapping_add(count as u32);
            self.ring.control().head.0.store(self.head, Release); // pairs with the loads of the sender
            self.ring.head_queue().wake();
        }
    }

    /// How long to wait for a message at most; forever by default.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    #[cold]
    fn wait_for_messages(&mut self) -> Result<(), Error> {
        let control = self.ring.control();
        let (empty, sender) = (self.head, &control.sender);
        let ready = || {
            // Read first: messages sent before the end are then seen below.
            let ended = sender.load(Acquire) == CLOSED; // pairs with the store of the sender's drop
            let tail = control.tail.0.load(Acquire); // pairs with the store of `publish`
            (tail != empty || ended).then_some(tail)
        };
        self.tail = self.ring.tail_queue().wait(self.timeout, ready, || still_there(sender))?;
        Ok(())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.ring.control().receiver.store(CLOSED, Release); // pairs with the load of a waiting sender
        self.ring.head_queue().wake();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("received", &self.head).finish_non_exhaustive()
    }
}
