//! A counter that many threads increment without taking a cache line from each other.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// How many threads count separately; more of them share stripes, which costs time but no accuracy.
const STRIPES: usize = 64;

/// A count of calls.
///
/// Every thread would contend for one shared word at every call, and the counting would dominate the
/// time; a word per thread costs about a nanosecond. All accesses are relaxed: the reader has already
/// synchronised with the threads that counted, by joining them or by their last message.
pub(super) struct Calls(Box<[Stripe]>);

/// Two lines wide, since processors fetch lines in pairs.
#[derive(Default)]
#[repr(align(128))]
struct Stripe(AtomicU64);

impl Calls {
    pub(super) fn new() -> Self {
        Calls((0..STRIPES).map(|_| Stripe::default()).collect())
    }

    #[inline]
    pub(super) fn count(&self) {
        MINE.with(|&mine| self.0[mine].0.fetch_add(1, Relaxed));
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().map(|stripe| stripe.0.load(Relaxed)).sum()
    }

    pub(super) fn reset(&self) {
        self.0.iter().for_each(|stripe| stripe.0.store(0, Relaxed));
    }
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The stripe on which this thread counts.
    static MINE: usize = NEXT.fetch_add(1, Relaxed) % STRIPES;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_is_lost_when_threads_share_stripes() {
        let calls = Calls::new();
        std::thread::scope(|scope| {
            for _ in 0..2 * STRIPES {
                scope.spawn(|| (0..100).for_each(|_| calls.count()));
            }
        });
        assert_eq!(calls.total(), 200 * STRIPES as u64);
        calls.reset();
        assert_eq!(calls.total(), 0);
    }
}
