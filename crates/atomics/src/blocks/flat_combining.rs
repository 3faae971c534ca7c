//! Requests instead of turns: the thread that has the lock serves all others, with the data in its cache.

use super::backoff::Backoff;
use super::primitive::Ordering::{Acquire, Relaxed, Release};
use super::primitive::{AtomicUsize, CachePadded};
use super::spin_lock::SpinLock;
use std::fmt;

/// A value that threads change by requests: the thread that gets the lock serves all open ones.
///
/// Each thread has a seat, a word on its own cache line, to which it writes its request. Then it tries the lock: if it
/// gets the lock, it goes along the seats and applies every request that it finds; if not, it watches its own word,
/// which the lock's holder clears. So the value stays in one core's cache for as many requests as are open, and a
/// waiter never takes the lock's line. A lone thread pays for the seat, the lock and a look at all seats, where a plain
/// lock costs one of the three: flat combining pays with many threads, and with requests that are expensive one by one,
/// as on a heap or a list. (Hendler, Incze, Shavit and Tzafrir, 2010.)
///
/// A request is a number, which `apply` interprets. If `apply` panics, the panic reaches the serving thread; the
/// request stays, so the next serving thread panics too.
///
/// ```
/// use parallax_atomics::blocks::flat_combining::FlatCombining;
///
/// let counts = FlatCombining::new([0; 4], 2, |counts: &mut [u32; 4], word| counts[word] += 1);
/// std::thread::scope(|threads| {
///     for _ in 0..2 {
///         threads.spawn(|| {
///             let mut seat = counts.sit().expect("there are two");
///             (0..100).for_each(|i| seat.ask(i % 4));
///         });
///     }
/// });
/// assert_eq!(counts.into_inner(), [50; 4]);
/// ```
pub struct FlatCombining<T, F> {
    state: SpinLock<T>,
    apply: F,
    seats: Box<[CachePadded<AtomicUsize>]>,
    taken: AtomicUsize,
}

/// An empty seat's word; a request is one more than its number.
const NOTHING: usize = 0;

impl<T, F: Fn(&mut T, usize)> FlatCombining<T, F> {
    /// A value that up to `seats` threads change by `apply`.
    pub fn new(state: T, seats: usize, apply: F) -> Self {
        let seats = (0..seats).map(|_| CachePadded::new(AtomicUsize::new(NOTHING))).collect();
        Self { state: SpinLock::new(state), apply, seats, taken: AtomicUsize::new(0) }
    }

    /// Takes a seat for good; `None` if all are taken.
    pub fn sit(&self) -> Option<Seat<'_, T, F>> {
        // Relaxed: the number only has to be ours alone.
        let request = self.seats.get(self.taken.fetch_add(1, Relaxed))?;
        Some(Seat { all: self, request })
    }

    /// The value, once no thread can send requests.
    pub fn into_inner(self) -> T {
        self.state.into_inner()
    }

    /// Applies all requests that are open.
    fn serve(&self, state: &mut T) {
        for seat in &self.seats {
            // Acquire pairs with the Release in `ask`: a thread's earlier writes happen before its request is applied.
            let request = seat.load(Acquire);
            if request != NOTHING {
                (self.apply)(state, request - 1);
                // Release pairs with the Acquire in `ask`: the request is applied before its thread goes on.
                seat.store(NOTHING, Release);
            }
        }
    }
}

/// One thread's place for its requests.
pub struct Seat<'a, T, F> {
    all: &'a FlatCombining<T, F>,
    request: &'a AtomicUsize,
}

impl<T, F: Fn(&mut T, usize)> Seat<'_, T, F> {
    /// Returns when the request has been applied, by this thread or by another.
    ///
    /// # Panics
    ///
    /// At `usize::MAX`, which is not a valid request.
    #[inline]
    pub fn ask(&mut self, request: usize) {
        let request = request.checked_add(1).expect("a request must be less than usize::MAX");
        self.request.store(request, Release); // pairs with the Acquire in `serve`
        let mut backoff = Backoff::new();
        loop {
            if let Some(mut state) = self.all.state.try_lock() {
                return self.all.serve(&mut state); // ours among them, unless the last to serve was quicker
            }
            // Acquire pairs with the Release in `serve`.
            if self.request.load(Acquire) == NOTHING {
                return;
            }
            backoff.wait();
        }
    }
}

impl<T: fmt::Debug, F> fmt::Debug for FlatCombining<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("FlatCombining").field("state", &self.state).finish_non_exhaustive()
    }
}

impl<T, F> fmt::Debug for Seat<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Seat").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, atomicity, model, spawn};
    use super::FlatCombining;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    /// Counts requests by their number.
    fn count(counts: &mut [u8; 2], request: usize) {
        counts[request] += 1;
    }

    #[test]
    fn what_was_asked_is_applied_once_and_before_the_thread_goes_on() {
        model(|| {
            let all = Arc::new(FlatCombining::new([0; 2], 2, count));
            let other = spawn({
                let all = Arc::clone(&all);
                move || {
                    let mut seat = all.sit().unwrap();
                    seat.ask(1);
                    assert_eq!(all.state.lock()[1], 1);
                }
            });
            let mut seat = all.sit().unwrap();
            (0..2).for_each(|_| seat.ask(0));
            assert_eq!(all.state.lock()[0], 2);
            other.join().unwrap();
            assert_eq!(*all.state.lock(), [2, 1]);
        });
    }

    #[test]
    fn there_are_as_many_seats_as_were_asked_for() {
        atomicity(|| {
            let all = FlatCombining::new([0; 2], 1, count);
            let mut seat = all.sit().unwrap();
            assert!(all.sit().is_none() && all.sit().is_none());
            seat.ask(1);
            assert_eq!(format!("{all:?} {seat:?}"), "FlatCombining { state: Lock([0, 1]), .. } Seat { .. }");
            assert_eq!(all.into_inner(), [0, 1]);
        });
    }

    #[test]
    fn a_panic_reaches_those_who_serve_and_leaves_the_lock_free() {
        atomicity(|| {
            let all = FlatCombining::new(0, 2, |sum: &mut usize, request| match request {
                0 => resume_unwind(Box::new("a request that fails")),
                more => *sum += more,
            });
            let (mut first, mut second) = (all.sit().unwrap(), all.sit().unwrap());
            assert!(catch_unwind(AssertUnwindSafe(|| second.ask(0))).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| first.ask(5))).is_err(), "the request is still there");
            assert_eq!(*all.state.lock(), 5, "the first seat comes first");
        });
    }
}
