//! A lock whose waiters form a list: each watches its own word, so a release disturbs only the next one.

#![expect(unsafe_code, reason = "waiters are linked by pointers to words on each other's stacks")]

use super::backoff::Backoff;
use super::lock::{Lock, RawLock};
use super::primitive::Ordering::{AcqRel, Acquire, Relaxed, Release};
use super::primitive::{AtomicBool, AtomicPtr};
use std::ptr;

/// An MCS lock: first come, first served, as with a [`TicketLock`](super::ticket_lock::TicketLock), but no two
/// waiters spin on the same word.
///
/// A thread that comes swaps a pointer to its own node into the tail of the list, and links the node before to it. A
/// thread that leaves clears the flag in the next node. So a hand-over is one line transfer, however many wait, where a
/// ticket lock's release takes its line from all of them: it is the lock for many cores. Without waiters, leaving costs
/// one exchange more than with a [`SpinLock`](super::spin_lock::SpinLock). (Mellor-Crummey and Scott, 1991.)
///
/// It shares the weakness of every fair lock: the next in line must be *running* to take its turn. A million additions
/// by two threads took 8 ms on two idle cores, and more than a minute while compilers used them too. That is why no row
/// of the histogram takes this lock: its figure would show what else the machine was doing.
///
/// In their version a node belongs to its thread until the release, and so is part of the interface. Here it is in use
/// only while its thread waits: a thread that enters moves the link to its successor to a node in the lock itself (as
/// in the operating system K42). So this is a lock like the others, and its guard may be released by another thread.
///
/// ```
/// use parallax_atomics::blocks::mcs_lock::McsLock;
///
/// let total = McsLock::new(0);
/// std::thread::scope(|threads| {
///     for _ in 0..2 {
///         threads.spawn(|| (0..1000).for_each(|_| *total.lock() += 1));
///     }
/// });
/// assert_eq!(total.into_inner(), 2000);
/// ```
pub type McsLock<T> = Lock<Mcs, T>;

/// The list of an [`McsLock`]: its tail, and the link from the holder to the first waiter.
#[derive(Debug, Default)]
pub struct Mcs {
    /// Null: no thread is inside. [`HOLDER`]: one is, and none waits. Else the node of the last waiter.
    tail: AtomicPtr<Node>,
    /// The node of the thread inside; only its `next` is used.
    holder: Node,
}

/// The tail's name for `Mcs::holder`: not its address, as a lock with a forgotten guard may move. Nodes are aligned, so
/// none has this address.
const HOLDER: *mut Node = ptr::without_provenance_mut(1);

/// A place in the list.
#[derive(Debug, Default)]
struct Node {
    /// The next node; null until its thread has linked it.
    next: AtomicPtr<Node>,
    waits: AtomicBool,
}

impl Node {
    /// Waits for the next node, whose thread has swapped the tail and is about to link it.
    fn successor(&self) -> *mut Node {
        let mut backoff = Backoff::new();
        loop {
            // Acquire pairs with the Release in `acquire`: the node that we see has been initialised.
            let next = self.next.load(Acquire);
            if !next.is_null() {
                return next;
            }
            backoff.wait();
        }
    }
}

impl Mcs {
    /// Puts the holder's node in the place of `node`, to which nothing points afterwards.
    fn settle(&self, node: &Node) {
        // Acquire pairs with the Release in `acquire`, as in `successor`.
        let mut next = node.next.load(Acquire);
        if next.is_null() {
            // Relaxed: the exchange publishes it, and a thread that overwrites it has seen the exchange.
            self.holder.next.store(ptr::null_mut(), Relaxed);
            let me = ptr::from_ref(node).cast_mut();
            // Release pairs with the Acquire in `acquire` of the next thread.
            if self.tail.compare_exchange(me, HOLDER, Release, Relaxed).is_ok() {
                return;
            }
            next = node.successor();
        }
        // Relaxed: until we leave no other thread reads or writes it, since the tail is another's node.
        self.holder.next.store(next, Relaxed);
    }
}

// SAFETY: one thread at a time swaps or exchanges the tail from null, which is when no thread is inside. Any other
// thread waits until the one before it clears its flag, and each clears one flag, or makes the tail null, when it
// leaves.
unsafe impl RawLock for Mcs {
    #[inline]
    fn acquire(&self) {
        if self.try_acquire() {
            return;
        }
        let node = Node { waits: AtomicBool::new(true), ..Node::default() };
        // Acquire pairs with the Release in `release`, if no thread is inside any more, and in `settle`; Release shows
        // the node to the thread that next swaps the tail, here.
        let before = self.tail.swap(ptr::from_ref(&node).cast_mut(), AcqRel);
        if !before.is_null() {
            // SAFETY: a waiter's node stays until its thread has seen its successor in `settle`, and we publish the
            // successor here.
            let before = if before == HOLDER { &self.holder } else { unsafe { &*before } };
            // Release pairs with the Acquire in `successor`, `settle` and `release`.
            before.next.store(ptr::from_ref(&node).cast_mut(), Release);
            let mut backoff = Backoff::new();
            // Acquire pairs with the Release in `release`: we see what the last holder wrote.
            while node.waits.load(Acquire) {
                backoff.wait();
            }
        }
        self.settle(&node);
    }

    #[inline]
    fn try_acquire(&self) -> bool {
        // Acquire pairs with the Release in `release`: we see what the last holder wrote, and that it had no successor.
        // Looking first keeps failed tries from taking the line away.
        self.tail.load(Relaxed).is_null()
            && self.tail.compare_exchange(ptr::null_mut(), HOLDER, Acquire, Relaxed).is_ok()
    }

    // SAFETY: sound to implement so: the caller is inside, so only it may let the holder's successor in.
    #[inline]
    unsafe fn release(&self) {
        // Acquire pairs with the Release in `acquire`: the node that we see has been initialised.
        let mut next = self.holder.next.load(Acquire);
        if next.is_null() {
            // Release pairs with the Acquire in `acquire` and `try_acquire`: the next holder sees what we wrote.
            if self.tail.compare_exchange(HOLDER, ptr::null_mut(), Release, Relaxed).is_ok() {
                return;
            }
            next = self.holder.successor();
        }
        // Release pairs with the Acquire in `acquire`: the next holder sees what we wrote.
        // SAFETY: its thread waits for this very store, so the node exists until then.
        unsafe { (*next).waits.store(false, Release) };
    }
}

#[cfg(test)]
mod tests {
    use super::super::lock::RawLock;
    use super::super::lock::tests::{refuses_while_held_and_survives_a_panic, two_threads_count};
    use super::super::primitive::Ordering::Relaxed;
    use super::super::primitive::{Arc, Mutex, atomicity, model, spawn, yield_now};
    use super::{HOLDER, Mcs, McsLock};

    #[test]
    fn the_first_to_come_is_the_first_to_enter() {
        model(|| {
            let (raw, order) = (Arc::new(Mcs::default()), Arc::new(Mutex::new(Vec::new())));
            raw.acquire();
            let mut last = HOLDER;
            let waiters = [1, 2].map(|number| {
                let (line, order) = (Arc::clone(&raw), Arc::clone(&order));
                let waiter = spawn(move || {
                    line.acquire();
                    order.lock().unwrap().push(number);
                    // SAFETY: it is inside.
                    unsafe { line.release() };
                });
                while raw.tail.load(Relaxed) == last {
                    yield_now(); // until it is in the list
                }
                last = raw.tail.load(Relaxed);
                waiter
            });
            // SAFETY: it is inside.
            unsafe { raw.release() };
            waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
            assert_eq!(*order.lock().unwrap(), [1, 2]);
        });
    }

    #[test]
    fn a_lock_whose_guard_was_forgotten_may_move() {
        atomicity(|| {
            let lock = McsLock::new(1);
            std::mem::forget(lock.lock());
            let moved = Box::new(lock);
            assert!(moved.try_lock().is_none());
            assert_eq!(moved.into_inner(), 1);
        });
    }

    #[test]
    fn it_loses_no_count() {
        model(|| two_threads_count(Mcs::default()));
    }

    #[test]
    fn it_refuses_while_held_and_survives_a_panic() {
        atomicity(refuses_while_held_and_survives_a_panic::<Mcs>);
    }
}
