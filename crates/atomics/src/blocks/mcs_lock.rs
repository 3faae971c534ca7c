//! A lock whose waiters stand in a list: each watches a word of its own, so a release disturbs the next one only.

#![expect(unsafe_code, reason = "waiters are linked by pointers to words on each other's stacks")]

use super::backoff::Backoff;
use super::lock::{Lock, RawLock};
use super::primitive::Ordering::{AcqRel, Acquire, Relaxed, Release};
use super::primitive::{AtomicBool, AtomicPtr};
use std::ptr;

/// An MCS lock: first come, first served, as with a [`TicketLock`](super::ticket_lock::TicketLock), but no two
/// waiters spin on the same word.
///
/// Who comes swaps a pointer to a node of its own into the tail of the list, and tells the one before. Who leaves
/// clears the flag in the node of the next. So a hand-over is one line transfer, however many wait, where a ticket
/// lock's release takes its line from all of them: it is the lock for many cores. Where nobody waits, it costs one
/// exchange more than a [`SpinLock`](super::spin_lock::SpinLock), to leave. (Mellor-Crummey and Scott, 1991.)
///
/// It shares the weakness of every fair lock: the next in line must be *running* to take its turn. A million additions
/// by two threads took 8 ms on two idle cores, and more than a minute while compilers had them too. That is why no row
/// of the histogram takes this lock: its figure would tell who else was at work.
///
/// In their version a node belongs to its thread until the release, and so stands in the interface. Here it is in use
/// while its thread waits: who enters moves what stands behind it to a node that the lock itself has (the way of K42,
/// an operating system). So this is a lock like the others, and its guard may be released by another thread.
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

/// The end of the list, and what stands behind the holder: what decides who gets into an [`McsLock`].
#[derive(Debug, Default)]
pub struct Mcs {
    /// Null: nobody is inside. [`HOLDER`]: somebody is, and nobody waits. Else the node of the last who waits.
    tail: AtomicPtr<Node>,
    /// Stands for whoever is inside; only its `next` is used.
    holder: Node,
}

/// What the tail says of `Mcs::holder`: no address, for a lock that is held by a forgotten guard may move. Nodes are
/// aligned, so none is here.
const HOLDER: *mut Node = ptr::without_provenance_mut(1);

/// A place in the list.
#[derive(Debug, Default)]
struct Node {
    /// Who comes next; null until that one has said so.
    next: AtomicPtr<Node>,
    waits: AtomicBool,
}

impl Node {
    /// Who comes next, waited for: it has swapped the tail, and is about to say so.
    fn successor(&self) -> *mut Node {
        let mut backoff = Backoff::new();
        loop {
            // Acquire pairs with the Release in `acquire`: the node that we are shown has been made.
            let next = self.next.load(Acquire);
            if !next.is_null() {
                return next;
            }
            backoff.wait();
        }
    }
}

impl Mcs {
    /// Puts the holder's node where `node` stood, of which nobody knows any more afterwards.
    fn settle(&self, node: &Node) {
        // Acquire pairs with the Release in `acquire`, as in `successor`.
        let mut next = node.next.load(Acquire);
        if next.is_null() {
            // Relaxed: the exchange publishes it, and whoever writes over it has seen the exchange.
            self.holder.next.store(ptr::null_mut(), Relaxed);
            let me = ptr::from_ref(node).cast_mut();
            // Release pairs with the Acquire in `acquire` of the one that comes next.
            if self.tail.compare_exchange(me, HOLDER, Release, Relaxed).is_ok() {
                return;
            }
            next = node.successor();
        }
        // Relaxed: until we leave nobody else reads or writes it, since the tail is another's node.
        self.holder.next.store(next, Relaxed);
    }
}

// SAFETY: one thread at a time swaps or exchanges the tail from null, which is when nobody is inside. Any other waits
// until the one before it clears its flag, and each clears one flag, or makes the tail null, when it leaves.
unsafe impl RawLock for Mcs {
    #[inline]
    fn acquire(&self) {
        if self.try_acquire() {
            return;
        }
        let node = Node { waits: AtomicBool::new(true), ..Node::default() };
        // Acquire pairs with the Release in `release`, if nobody is inside any more, and in `settle`; Release shows the
        // node to whoever swaps it out again, here.
        let before = self.tail.swap(ptr::from_ref(&node).cast_mut(), AcqRel);
        if !before.is_null() {
            // SAFETY: the node of one that waits stays until its thread has seen in `settle` who comes next, which is
            // what we say here.
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
        // Acquire pairs with the Release in `release`: we see what the last holder wrote, and that nobody stood behind
        // it. Looking first keeps failed tries from taking the line away.
        self.tail.load(Relaxed).is_null()
            && self.tail.compare_exchange(ptr::null_mut(), HOLDER, Acquire, Relaxed).is_ok()
    }

    // SAFETY: sound to implement so: the caller is inside, so what stands behind the holder is its own to call in.
    #[inline]
    unsafe fn release(&self) {
        // Acquire pairs with the Release in `acquire`: the node that we are shown has been made.
        let mut next = self.holder.next.load(Acquire);
        if next.is_null() {
            // Release pairs with the Acquire in `acquire` and `try_acquire`: the next holder sees what we wrote.
            if self.tail.compare_exchange(HOLDER, ptr::null_mut(), Release, Relaxed).is_ok() {
                return;
            }
            next = self.holder.successor();
        }
        // Release pairs with the Acquire in `acquire`: the next holder sees what we wrote.
        // SAFETY: its thread waits for this very store, and the node is there until then.
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
                    yield_now(); // until it stands in line
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
