//! A lock that keeps a queue: each thread draws a number and waits for its turn; fairness costs throughput.

#![expect(unsafe_code, reason = "an atomic, not a type, ensures that one thread at a time is inside")]

use super::backoff::Backoff;
use super::lock::{Lock, RawLock};
use super::primitive::AtomicU32;
use super::primitive::Ordering::{Acquire, Relaxed, Release};

/// A ticket lock: eight bytes, first come, first served.
///
/// Taking a ticket is one addition and cannot fail, so no thread starves and none competes for nothing. All waiters
/// still watch one word, so a release costs each of them a miss; an [MCS lock](super::mcs_lock::McsLock) gives each its
/// own word to watch and is the next step on many cores. The order is also its weakness: the next in line must be
/// *running* to take its turn, so with more threads than cores every hand-over may wait for the scheduler, where
/// [`SpinLock`](super::spin_lock::SpinLock) lets any running thread in. (Mellor-Crummey and Scott, 1991.)
///
/// ```
/// use parallax_atomics::blocks::ticket_lock::TicketLock;
///
/// let lock = TicketLock::new(String::from("a"));
/// let mut guard = lock.lock();
/// guard.push('b');
/// assert!(lock.try_lock().is_none());
/// drop(guard);
/// assert_eq!(*lock.lock(), "ab");
/// ```
pub type TicketLock<T> = Lock<Ticket, T>;

/// The counters of a [`TicketLock`]: the number that is served, and the next one to be drawn.
#[derive(Debug, Default)]
pub struct Ticket {
    drawn: AtomicU32,
    served: AtomicU32,
}

// SAFETY: a number is drawn once (until 2^32 wait at the same time) and served once, after the previous holder has
// left.
unsafe impl RawLock for Ticket {
    #[inline]
    fn acquire(&self) {
        // Relaxed: the number only has to be ours alone; what the last holder wrote comes with `served`.
        let mine = self.drawn.fetch_add(1, Relaxed);
        let mut backoff = Backoff::new();
        // Acquire pairs with the Release in `release`.
        while self.served.load(Acquire) != mine {
            backoff.wait();
        }
    }

    #[inline]
    fn try_acquire(&self) -> bool {
        // Acquire pairs with the Release in `release`; a thread that draws the number being served enters.
        let served = self.served.load(Acquire);
        self.drawn.compare_exchange(served, served.wrapping_add(1), Relaxed, Relaxed).is_ok()
    }

    // SAFETY: sound to implement so: the caller is inside, so `served` is its own number.
    #[inline]
    unsafe fn release(&self) {
        // Relaxed: only the holder writes it.
        let mine = self.served.load(Relaxed);
        // Release pairs with the Acquire in `acquire` and `try_acquire`: the next holder sees what we wrote.
        self.served.store(mine.wrapping_add(1), Release);
    }
}

#[cfg(test)]
mod tests {
    use super::super::lock::tests::{refuses_while_held_and_survives_a_panic, two_threads_count};
    use super::super::primitive::{AtomicU32, atomicity, model};
    use super::Ticket;

    #[test]
    fn it_loses_no_count_when_its_numbers_wrap() {
        model(|| {
            let last = u32::MAX - 1;
            two_threads_count(Ticket { drawn: AtomicU32::new(last), served: AtomicU32::new(last) });
        });
    }

    #[test]
    fn it_refuses_while_held_and_survives_a_panic() {
        atomicity(refuses_while_held_and_survives_a_panic::<Ticket>);
    }
}
