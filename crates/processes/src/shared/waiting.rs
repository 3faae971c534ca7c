//! Waiting for a word that another process changes: look, look patiently, then sleep where the kernel can
//! find you.
//!
//! A futex wakes whoever sleeps on a word. So that nobody makes that system call for nobody, sleepers are
//! counted; and so that a sleeper is not overlooked, it counts itself first and looks once more, while the
//! other side writes first and then looks at the count, each with a full fence in between (Dekker's idea).
//! Sleep is cut into slices: in between the sleeper makes sure that those it waits for still live. (A sleeper
//! that is killed stays counted; then the other side wakes nobody now and again.)

use std::hint::spin_loop;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicU32, fence};
use std::time::Duration;

use rustix::thread::futex::{self, Flags};
use rustix::time::Timespec;

use super::SharedError;
use crate::clock::Deadline;
use crate::patience::patiently;

/// About a microsecond: the other side runs on another core and is about to write.
const LOOKS: u32 = 100;
const SLICE: Duration = Duration::from_millis(20);

/// A word, and how many sleep on it.
#[derive(Clone, Copy)]
pub(crate) struct Bell<'a> {
    pub(crate) word: &'a AtomicU32,
    pub(crate) sleepers: &'a AtomicU32,
}

impl Bell<'_> {
    /// Waits until `ready` finds something. `doubt` is asked now and then, and its error ends the waiting.
    ///
    /// Whatever `ready` looks at must be written before [`ring`](Self::ring), and the word as well; what
    /// cannot change the word is noticed a slice later at worst.
    pub(crate) fn wait<T>(
        self,
        timeout: Option<Duration>,
        mut ready: impl FnMut() -> Option<T>,
        mut doubt: impl FnMut() -> Result<(), SharedError>,
    ) -> Result<T, SharedError> {
        for _ in 0..LOOKS {
            if let Some(found) = ready() {
                return Ok(found);
            }
            spin_loop();
        }
        if let Some(found) = patiently(&mut ready) {
            return Ok(found);
        }
        let deadline = Deadline::of(timeout);
        loop {
            let slice = deadline.left().map_or(SLICE, |left| left.min(SLICE));
            if let Some(found) = sleep(&self, slice, &mut ready) {
                return Ok(found);
            }
            if let Err(error) = doubt() {
                // They may have done their part before they left.
                return ready().ok_or(error);
            }
            if let Some(limit) = timeout.filter(|_| deadline.passed()) {
                return Err(SharedError::TimedOut(limit));
            }
        }
    }

    /// Wakes all who sleep; to be called after what they wait for was written.
    #[inline]
    pub(crate) fn ring(self) {
        ring(&self);
    }
}

impl Futex for Bell<'_> {
    fn word(&self) -> u32 {
        self.word.load(Relaxed) // only compared; what was written with it is read by `ready`
    }

    fn count_in(&self) {
        self.sleepers.fetch_add(1, Relaxed); // ordered by the fence that follows
    }

    fn count_out(&self) {
        self.sleepers.fetch_sub(1, Relaxed); // too late costs one needless call of the kernel
    }

    #[inline]
    fn sleepers(&self) -> u32 {
        self.sleepers.load(Relaxed) // ordered by the fence before it
    }

    #[inline]
    fn fence(&self) {
        fence(SeqCst); // in `ring` and in `sleep`, which pair with each other
    }

    fn wait(&self, seen: u32, slice: Duration) {
        // It returns when woken, when the word is not `seen` any more, after the slice, or for a signal.
        let _ = futex::wait(self.word, Flags::empty(), seen, Timespec::try_from(slice).ok().as_ref());
    }

    #[cold]
    fn wake(&self) {
        // The word lies in memory of ours, so there is nothing to fail.
        let _ = futex::wake(self.word, Flags::empty(), i32::MAX as u32);
    }
}

/// What the protocol needs: the kernel has it, and so has a model in which it is checked.
trait Futex {
    fn word(&self) -> u32;
    fn count_in(&self);
    fn count_out(&self);
    fn sleepers(&self) -> u32;
    fn fence(&self);
    /// Sleeps until woken, unless the word is not `seen` any more.
    fn wait(&self, seen: u32, slice: Duration);
    fn wake(&self);
}

#[inline]
fn ring(futex: &impl Futex) {
    // The write comes before the look at the sleepers.
    futex.fence();
    if futex.sleepers() != 0 {
        futex.wake();
    }
}

fn sleep<T>(futex: &impl Futex, slice: Duration, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let seen = futex.word();
    futex.count_in();
    // Being counted comes before the last look.
    futex.fence();
    let found = ready().or_else(|| {
        futex.wait(seen, slice);
        ready()
    });
    futex.count_out();
    found
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::Ordering::{Acquire, Release};
    use std::thread;

    use super::*;

    #[test]
    fn a_sleeper_is_woken_by_the_ring_and_not_by_the_end_of_its_slice() {
        let (word, sleepers) = (AtomicU32::new(0), AtomicU32::new(0));
        let bell = Bell { word: &word, sleepers: &sleepers };
        thread::scope(|scope| {
            let sleeper = scope.spawn(move || {
                let ready = || Some(bell.word.load(Acquire)).filter(|value| *value != 0);
                sleep(&bell, Duration::from_secs(3600), ready)
            });
            while sleepers.load(Relaxed) == 0 {
                thread::yield_now();
            }
            word.store(7, Release);
            bell.ring();
            assert_eq!(sleeper.join().unwrap(), Some(7));
        });
        assert_eq!(sleepers.load(Relaxed), 0);
    }

    #[test]
    fn doubts_and_timeouts_end_the_waiting() {
        let (word, sleepers) = (AtomicU32::new(0), AtomicU32::new(0));
        let bell = Bell { word: &word, sleepers: &sleepers };
        let died = bell.wait(None, || None::<()>, || Err(SharedError::Died(5)));
        assert!(matches!(died, Err(SharedError::Died(5))));
        let limit = Duration::from_millis(5);
        let late = bell.wait(Some(limit), || None::<()>, || Ok(()));
        assert!(matches!(late, Err(SharedError::TimedOut(limit)) if limit.as_millis() == 5));
    }
}

/// All interleavings of a sleeper and a ringer: `RUSTFLAGS="--cfg loom" cargo test --lib model`.
#[cfg(all(test, loom))]
mod model {
    use loom::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
    use loom::sync::atomic::{AtomicU32, fence};
    use loom::sync::{Arc, Condvar, Mutex};
    use loom::thread;

    use super::*;

    /// A kernel in which nobody wakes by himself: a ring that is not heard is a deadlock, which loom reports.
    #[derive(Default)]
    struct Kernel {
        word: AtomicU32,
        sleepers: AtomicU32,
        bucket: Mutex<()>,
        woken: Condvar,
    }

    impl Futex for Kernel {
        fn word(&self) -> u32 {
            self.word.load(Relaxed)
        }

        fn count_in(&self) {
            self.sleepers.fetch_add(1, Relaxed);
        }

        fn count_out(&self) {
            self.sleepers.fetch_sub(1, Relaxed);
        }

        fn sleepers(&self) -> u32 {
            self.sleepers.load(Relaxed)
        }

        fn fence(&self) {
            fence(SeqCst);
        }

        fn wait(&self, seen: u32, _: Duration) {
            let bucket = self.bucket.lock().unwrap();
            if self.word.load(Relaxed) == seen {
                drop(self.woken.wait(bucket));
            }
        }

        fn wake(&self) {
            let _bucket = self.bucket.lock().unwrap();
            self.woken.notify_all();
        }
    }

    #[test]
    fn no_ring_goes_unheard() {
        loom::model(|| {
            let kernel = Arc::new(Kernel::default());
            let sleeper = {
                let kernel = Arc::clone(&kernel);
                thread::spawn(move || {
                    let ready = || Some(kernel.word.load(Acquire)).filter(|value| *value == 2);
                    while sleep(&*kernel, Duration::ZERO, ready).is_none() {}
                })
            };
            for value in 1..=2 {
                kernel.word.store(value, Release);
                ring(&*kernel);
            }
            sleeper.join().unwrap();
        });
    }
}
