//! Waiting without missed wake-ups: a sleeper counts itself and checks again, a waker writes and checks the count.

use std::time::Duration;

use super::primitive::Ordering::{Relaxed, SeqCst};
use super::primitive::{AtomicU32, fence, futex_wait, futex_wake};

/// A word to wait for, and the number of its sleepers.
#[derive(Clone, Copy)]
pub(crate) struct WaitQueue<'a> {
    pub(crate) word: &'a AtomicU32,
    pub(crate) sleepers: &'a AtomicU32,
}

impl WaitQueue<'_> {
    /// Wakes all sleepers; call it after writing what they wait for.
    #[inline]
    pub(crate) fn wake(self) {
        fence(SeqCst); // the write comes before the look at the sleepers; pairs with the fence in `sleep`
        if self.sleepers.load(Relaxed) != 0 {
            futex_wake(self.word);
        }
    }

    /// Sleeps for one slice, unless `ready` finds something immediately.
    pub(crate) fn sleep<T>(self, slice: Duration, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
        let seen = self.word.load(Relaxed); // only compared; what was written with it is read by `ready`
        self.sleepers.fetch_add(1, Relaxed); // ordered by the fence that follows
        fence(SeqCst); // being counted comes before the last look; pairs with the fence in `wake`
        let found = ready().or_else(|| {
            futex_wait(self.word, seen, slice);
            ready()
        });
        self.sleepers.fetch_sub(1, Relaxed); // if late, a waker makes one needless system call
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::Ordering::{Acquire, Release};
    use super::super::primitive::{Arc, model, spawn};
    use super::*;

    /// No sleeper wakes by itself here, so a missed wake-up is a deadlock.
    #[test]
    fn no_wake_is_missed() {
        model(|| {
            let words = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
            let theirs = Arc::clone(&words);
            let sleeper = spawn(move || {
                let queue = WaitQueue { word: &theirs[0], sleepers: &theirs[1] };
                let ready = || Some(queue.word.load(Acquire)).filter(|value| *value == 2);
                while queue.sleep(Duration::from_secs(1), ready).is_none() {}
            });
            let queue = WaitQueue { word: &words[0], sleepers: &words[1] };
            for value in 1..=2 {
                queue.word.store(value, Release);
                queue.wake();
            }
            sleeper.join().unwrap();
        });
    }
}
