//! A queue for any number of threads: each slot carries a number that says whose turn it is.

#![expect(unsafe_code, reason = "a slot's turn says which thread owns it, and no type can express that")]

use super::capacity::{self, CapacityError};
use super::primitive::Ordering::{Acquire, Relaxed, Release};
use super::primitive::{AtomicUsize, CachePadded, UnsafeCell, spin_loop};
use std::fmt;
use std::mem::MaybeUninit;

/// A bounded queue that any thread may push to and pop from without waiting for a lock.
///
/// After Dmitry Vyukov's bounded MPMC queue (1024cores, 2010). Two counters say which slot is next to be filled and
/// emptied, and a thread claims its slot by a compare-and-swap on one of them. Whether the slot is ready is in the
/// slot itself: producers and consumers meet at slots only, never at one shared count.
///
/// Ticket `t` of a slot counts in twos: turn `t` means *empty, waiting for message `t`*, and `t + 1` means
/// *holds message `t`*. So even one slot tells full from empty, and the odd bit of `tail` is free to say
/// *closed*: a push whose compare-and-swap succeeded was before the close, and no message is lost between the
/// two.
///
/// It waits for no lock, yet it is not lock-free in the strict sense: a thread that stops between claiming a
/// slot and passing its turn on holds up the others when they reach that slot, and they see it as full, or
/// empty. An operation costs one compare-and-swap on a shared line, about the time of a line transfer when
/// threads contend.
///
/// ```
/// use parallax_atomics::blocks::mpmc::{PopError, PushError, Queue};
///
/// let queue = Queue::new(2)?;
/// assert_eq!([queue.try_push('a'), queue.try_push('b')], [Ok(()), Ok(())]);
/// assert_eq!(queue.try_push('c'), Err(PushError::Full('c')));
/// queue.close();
/// assert_eq!(queue.try_push('d'), Err(PushError::Closed('d')));
/// assert_eq!([queue.try_pop(), queue.try_pop()], [Ok('a'), Ok('b')]);
/// assert_eq!(queue.try_pop(), Err(PopError::Closed));
/// # Ok::<(), parallax_atomics::blocks::capacity::CapacityError>(())
/// ```
pub struct Queue<T> {
    /// The ticket of the next pop.
    head: CachePadded<AtomicUsize>,
    /// The ticket of the next push, and `CLOSED`.
    tail: CachePadded<AtomicUsize>,
    slots: Box<[Slot<T>]>,
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Queue").field("capacity", &self.slots.len()).finish_non_exhaustive()
    }
}

/// Why a push failed; the message comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError<T> {
    /// Every slot holds a message, or the oldest is still being read.
    #[error("the queue is full; pop from it, or push again later")]
    Full(T),
    /// No more messages are accepted.
    #[error("the queue is closed; push before closing it")]
    Closed(T),
}

/// Why a pop failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PopError {
    /// No slot holds a message, or the oldest is still being written.
    #[error("the queue is empty; push to it, or pop again later")]
    Empty,
    /// Every message has been popped, and no other will come.
    #[error("the queue is closed and drained; stop popping")]
    Closed,
}

impl<T> Queue<T> {
    /// A queue with room for `capacity` messages, rounded up to a power of two.
    ///
    /// # Errors
    ///
    /// A capacity of 0, or one beyond an eighth of the address space.
    pub fn new(capacity: usize) -> Result<Self, CapacityError> {
        Self::starting_at(capacity, 0)
    }

    /// Adds a message at the end.
    ///
    /// # Errors
    ///
    /// The message itself, when there is no room or the queue is closed.
    pub fn try_push(&self, message: T) -> Result<(), PushError<T>> {
        let mut ticket = self.tail.load(Relaxed);
        loop {
            if ticket & CLOSED != 0 {
                return Err(PushError::Closed(message));
            }
            let slot = self.slot(ticket);
            // Acquire pairs with the Release in `try_pop`: the slot has been read before it is written again.
            match distance(slot.turn.load(Acquire), ticket) {
                // Relaxed: the claim carries no data, the turn does.
                0 => match self.tail.compare_exchange_weak(ticket, next(ticket), Relaxed, Relaxed) {
                    Ok(_) => {
                        // SAFETY: the slot's turn was ours to take, and the claim says that no other thread took it.
                        slot.message.with_mut(|place| unsafe { (*place).write(message) });
                        // Release pairs with the Acquire in `try_pop`: the message is written before it is
                        // seen.
                        slot.turn.store(ticket.wrapping_add(HOLDS), Release);
                        return Ok(());
                    }
                    Err(current) => ticket = current,
                },
                behind if behind < 0 => return Err(PushError::Full(message)),
                _ => {
                    spin_loop();
                    ticket = self.tail.load(Relaxed);
                }
            }
        }
    }

    /// Takes the oldest message.
    ///
    /// # Errors
    ///
    /// [`PopError::Empty`] when there is none yet, [`PopError::Closed`] when there will be none.
    pub fn try_pop(&self) -> Result<T, PopError> {
        let mut ticket = self.head.load(Relaxed);
        loop {
            let slot = self.slot(ticket);
            // Acquire pairs with the Release in `try_push`: the message has been written before it is read.
            match distance(slot.turn.load(Acquire), ticket.wrapping_add(HOLDS)) {
                // Relaxed: the claim carries no data, the turn does.
                0 => match self.head.compare_exchange_weak(ticket, next(ticket), Relaxed, Relaxed) {
                    Ok(_) => {
                        // SAFETY: the slot holds message `ticket`, and the claim says that no other thread reads it.
                        let message = slot.message.with(|place| unsafe { (*place).assume_init_read() });
                        // Release pairs with the Acquire in `try_push`: the slot is read before it is written
                        // again.
                        slot.turn.store(self.a_lap_after(ticket), Release);
                        return Ok(message);
                    }
                    Err(current) => ticket = current,
                },
                // Acquire pairs with the Release in `close`. Once closed, `tail` stands still, so a ticket that reached
                // it has seen every message claimed.
                behind if behind < 0 => {
                    let drained = self.tail.load(Acquire) == ticket | CLOSED;
                    return Err(if drained { PopError::Closed } else { PopError::Empty });
                }
                _ => {
                    spin_loop();
                    ticket = self.head.load(Relaxed);
                }
            }
        }
    }

    /// Accepts no more messages; those inside can still be popped.
    pub fn close(&self) {
        // Release pairs with the Acquire in `try_pop`: a thread that sees the end sees what was done before the close.
        self.tail.fetch_or(CLOSED, Release);
    }

    /// Whether the queue has been closed; messages may be left inside.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        // Acquire pairs with the Release in `close`.
        self.tail.load(Acquire) & CLOSED != 0
    }

    /// How many messages the queue holds at most.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// The first ticket is `ticket`, so that a test can begin just before the counters wrap.
    fn starting_at(capacity: usize, ticket: usize) -> Result<Self, CapacityError> {
        let slots = capacity::slots(capacity)?;
        let mut turns = vec![0; slots];
        let mut turn = ticket;
        for _ in 0..slots {
            turns[(turn / TICKET) % slots] = turn;
            turn = next(turn);
        }
        let slot =
            |turn| Slot { turn: AtomicUsize::new(turn), message: UnsafeCell::new(MaybeUninit::uninit()) };
        Ok(Self {
            head: CachePadded::new(AtomicUsize::new(ticket)),
            tail: CachePadded::new(AtomicUsize::new(ticket)),
            slots: turns.into_iter().map(slot).collect(),
        })
    }

    fn slot(&self, ticket: usize) -> &Slot<T> {
        &self.slots[(ticket / TICKET) & (self.slots.len() - 1)]
    }

    fn a_lap_after(&self, ticket: usize) -> usize {
        ticket.wrapping_add(TICKET * self.slots.len())
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        while self.try_pop().is_ok() {}
    }
}

// SAFETY: a slot's message is touched only by the thread that claimed the slot's turn, and the turn is passed
// on with Release and Acquire. So messages move between threads but are never shared.
unsafe impl<T: Send> Sync for Queue<T> {}

/// Not padded: neighbouring slots are used at nearly the same time, and eight messages a line are worth more.
struct Slot<T> {
    turn: AtomicUsize,
    message: UnsafeCell<MaybeUninit<T>>,
}

const CLOSED: usize = 1;
const HOLDS: usize = 1;
const TICKET: usize = 2;

fn next(ticket: usize) -> usize {
    ticket.wrapping_add(TICKET)
}

/// How far `turn` is past `expected`; tickets wrap, so only the sign counts.
fn distance(turn: usize, expected: usize) -> isize {
    turn.wrapping_sub(expected).cast_signed()
}

#[cfg(test)]
mod tests;
