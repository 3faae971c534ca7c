//! A ring between two threads: each side owns one index, and looks at the other's only when it must.

#![expect(unsafe_code, reason = "two indices say which side owns a slot, and no type can express that")]

use super::backoff::Backoff;
use super::capacity::{self, CapacityError};
use super::primitive::Ordering::{Acquire, Relaxed, Release};
use super::primitive::{Arc, AtomicBool, AtomicUsize, CachePadded, UnsafeCell};
use std::fmt;
use std::mem::MaybeUninit;

mod batch;

/// Makes a ring with room for `capacity` messages, rounded up to a power of two, and returns its two ends.
///
/// The plain version is Lamport's (*Proving the Correctness of Multiprocess Programs*, 1977): the producer
/// writes a slot and then moves `tail`, the consumer reads a slot and then moves `head`; no operation ever
/// waits. What differs:
///
/// 1. `head` and `tail` count on forever and are masked, so all slots are usable and full differs from
///    empty.
/// 2. Each index has cache lines of its own, or every push would take the consumer's line away (false
///    sharing).
/// 3. Each side keeps the last value it saw of the other's index and looks again only when that value says
///    full or empty: a line transfer per lap instead of per message (as `SPSCQueue` by Erik Rigtorp does).
/// 4. A batch moves its index once ([`Producer::push_slice`], [`Consumer::pop_into`]), the idea of
///    MCRingBuffer (Lee, Bu and Chandranmenon, 2010).
///
/// ```
/// use parallax_atomics::blocks::spsc::ring;
///
/// let (mut producer, mut consumer) = ring(64)?;
/// std::thread::scope(|threads| {
///     threads.spawn(move || {
///         for message in 0..1000_u64 {
///             producer.send(message).expect("the consumer stays to the end");
///         }
///     });
///     let mut sum = 0;
///     while let Some(message) = consumer.recv() {
///         sum += message;
///     }
///     assert_eq!(sum, 499_500);
/// });
/// # Ok::<(), parallax_atomics::blocks::capacity::CapacityError>(())
/// ```
///
/// # Errors
///
/// A capacity of 0, or one beyond an eighth of the address space.
pub fn ring<T>(capacity: usize) -> Result<(Producer<T>, Consumer<T>), CapacityError> {
    starting_at(capacity, 0)
}

/// The sending end. Messages stay in the ring when it is dropped; they are dropped when both ends are gone.
// Padded, so that two ends in one stack frame do not share a cache line.
#[repr(align(128))]
pub struct Producer<T> {
    ring: Arc<Ring<T>>,
    /// Where the next message goes; `Ring::tail` is its published copy.
    tail: usize,
    /// `Ring::head` as last seen. The real one is this or further on, so a slot that looks free is free.
    head_seen: usize,
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Producer").field("capacity", &self.ring.slots.len()).finish_non_exhaustive()
    }
}

impl<T> Producer<T> {
    /// Sends one message, or returns it when the ring is full. Wait-free.
    ///
    /// # Errors
    ///
    /// The message itself, when the ring is full.
    #[inline]
    pub fn push(&mut self, message: T) -> Result<(), T> {
        if self.free(1) == 0 {
            return Err(message);
        }
        // SAFETY: `free` says that the consumer is done with this slot, and only this end writes slots.
        self.ring.slot(self.tail).with_mut(|slot| unsafe { (*slot).write(message) });
        self.ring.publish(&mut self.tail, 1);
        Ok(())
    }

    /// Sends one message, waiting while the ring is full.
    ///
    /// # Errors
    ///
    /// The message itself, when the ring is full and the consumer is gone.
    #[inline]
    pub fn send(&mut self, mut message: T) -> Result<(), T> {
        let mut backoff = Backoff::new();
        loop {
            match self.push(message) {
                Ok(()) => return Ok(()),
                Err(full) => message = full,
            }
            if self.is_abandoned() {
                return Err(message);
            }
            backoff.wait();
        }
    }

    /// Whether the consumer is gone, so that pushed messages would be lost.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        // Acquire pairs with the Release in the consumer's drop: the slots that it freed are seen to be free.
        self.ring.one_end_gone.load(Acquire)
    }

    /// How many messages the ring holds at most.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ring.slots.len()
    }

    /// How many slots are free; looks at the consumer's index only if fewer than `wanted` are known to be.
    #[inline]
    fn free(&mut self, wanted: usize) -> usize {
        let capacity = self.ring.slots.len();
        let free = capacity - self.tail.wrapping_sub(self.head_seen);
        if free >= wanted {
            return free;
        }
        // Acquire pairs with the Release in `Ring::release`: the slots have been read before we write them
        // again.
        self.head_seen = self.ring.head.load(Acquire);
        capacity - self.tail.wrapping_sub(self.head_seen)
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        // Release pairs with the Acquire in `Consumer::is_abandoned`.
        self.ring.one_end_gone.store(true, Release);
    }
}

/// The receiving end.
// Padded, so that two ends in one stack frame do not share a cache line.
#[repr(align(128))]
pub struct Consumer<T> {
    ring: Arc<Ring<T>>,
    /// Where the next message comes from; `Ring::head` is its published copy.
    head: usize,
    /// `Ring::tail` as last seen. The real one is this or further on, so a slot that looks filled is filled.
    tail_seen: usize,
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Consumer").field("capacity", &self.ring.slots.len()).finish_non_exhaustive()
    }
}

impl<T> Consumer<T> {
    /// Takes the oldest message, if there is one. Wait-free.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.available(1) == 0 {
            return None;
        }
        // SAFETY: `available` says that the producer has written this slot, and `release` gives it up, so it
        // is read once.
        let message = self.ring.slot(self.head).with(|slot| unsafe { (*slot).assume_init_read() });
        self.ring.release(&mut self.head, 1);
        Some(message)
    }

    /// Takes the oldest message, waiting while there is none; `None` once the producer is gone and the ring
    /// empty.
    #[inline]
    pub fn recv(&mut self) -> Option<T> {
        let mut backoff = Backoff::new();
        loop {
            if let Some(message) = self.pop() {
                return Some(message);
            }
            if self.is_abandoned() {
                // Once more: the producer may have pushed between our look and its going.
                return self.pop();
            }
            backoff.wait();
        }
    }

    /// Whether the producer is gone, so that no messages will follow those in the ring.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        // Acquire pairs with the Release in the producer's drop: the messages that it pushed are seen.
        self.ring.one_end_gone.load(Acquire)
    }

    /// How many messages are there; looks at the producer's index only if fewer than `wanted` are known to
    /// be.
    #[inline]
    fn available(&mut self, wanted: usize) -> usize {
        let available = self.tail_seen.wrapping_sub(self.head);
        if available >= wanted {
            return available;
        }
        // Acquire pairs with the Release in `Producer::publish`: the messages have been written before we
        // read them.
        self.tail_seen = self.ring.tail.load(Acquire);
        self.tail_seen.wrapping_sub(self.head)
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        // Release pairs with the Acquire in `Producer::is_abandoned`.
        self.ring.one_end_gone.store(true, Release);
    }
}

type Slot<T> = UnsafeCell<MaybeUninit<T>>;

struct Ring<T> {
    head: CachePadded<AtomicUsize>,
    tail: CachePadded<AtomicUsize>,
    /// Set by the first end that goes. There are only two, so it tells the other end that its peer is gone.
    one_end_gone: CachePadded<AtomicBool>,
    slots: Box<[Slot<T>]>,
}

// SAFETY: a slot is touched by the producer while it is beyond `tail` and by the consumer while it is between
// `head` and `tail`; the indices pass it on with Release and Acquire. So messages move between threads but
// are never shared.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    #[inline]
    fn slot(&self, position: usize) -> &Slot<T> {
        &self.slots[position & (self.slots.len() - 1)]
    }

    /// Shows the consumer that `count` more slots are written.
    #[inline]
    fn publish(&self, tail: &mut usize, count: usize) {
        *tail = tail.wrapping_add(count);
        // Release pairs with the Acquire in `Consumer::available`: the messages are written before they can
        // be seen.
        self.tail.store(*tail, Release);
    }

    #[inline]
    fn release(&self, head: &mut usize, count: usize) {
        *head = head.wrapping_add(count);
        // Release pairs with the Acquire in `Producer::free`: the slots are read before they can be written
        // again.
        self.head.store(*head, Release);
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        // Relaxed: the last `Arc` to go has synchronised with both ends.
        let (mut head, tail) = (self.head.load(Relaxed), self.tail.load(Relaxed));
        while head != tail {
            // SAFETY: both ends are gone, and the slots between the indices hold messages that were not received.
            self.slot(head).with_mut(|slot| unsafe { (*slot).assume_init_drop() });
            head = head.wrapping_add(1);
        }
    }
}

/// Both indices begin at `position`, so that a test can begin just before they wrap.
fn starting_at<T>(capacity: usize, position: usize) -> Result<(Producer<T>, Consumer<T>), CapacityError> {
    let slots = capacity::slots(capacity)?;
    let ring = Arc::new(Ring {
        head: CachePadded::new(AtomicUsize::new(position)),
        tail: CachePadded::new(AtomicUsize::new(position)),
        one_end_gone: CachePadded::new(AtomicBool::new(false)),
        slots: (0..slots).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect(),
    });
    let producer = Producer { ring: Arc::clone(&ring), tail: position, head_seen: position };
    Ok((producer, Consumer { ring, head: position, tail_seen: position }))
}

#[cfg(test)]
mod tests;
