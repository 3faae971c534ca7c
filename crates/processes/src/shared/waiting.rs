//! Waiting for a word that another process changes: look, look again while yielding, then sleep on a futex.
//!
//! A futex wakes the processes that sleep on a word. Sleepers are counted, so that the system call is made only
//! if there are some. So that no sleeper is overlooked, it counts itself first and then checks once more, while
//! the other side writes first and then checks the count, each with a full fence in between (Dekker's idea).
//! Sleep is cut into slices: in between, the sleeper checks that its peers are still alive. (A sleeper
//! that is killed stays counted; then the other side makes a needless call now and again.)

mod primitive;
mod protocol;

pub(crate) use protocol::WaitQueue;

use std::hint::spin_loop;
use std::time::Duration;

use crate::error::Error;
use crate::worker::deadline::Deadline;
use crate::worker::spin::spin;

/// About a microsecond: the other side runs on another core and is about to write.
const LOOKS: u32 = 100;
const SLICE: Duration = Duration::from_millis(20);

impl WaitQueue<'_> {
    /// Waits until `ready` finds something. `check_peers` is called now and then, and its error ends the wait.
    ///
    /// The other side must write everything that `ready` reads, and the word, before it calls [`wake`](Self::wake);
    /// a change that does not change the word is noticed one slice later at worst.
    pub(crate) fn wait<T>(
        self,
        timeout: Option<Duration>,
        mut ready: impl FnMut() -> Option<T>,
        mut check_peers: impl FnMut() -> Result<(), Error>,
    ) -> Result<T, Error> {
        for _ in 0..LOOKS {
            if let Some(found) = ready() {
                return Ok(found);
            }
            spin_loop();
        }
        if let Some(found) = spin(&mut ready) {
            return Ok(found);
        }
        let deadline = Deadline::of(timeout);
        loop {
            let slice = deadline.left().map_or(SLICE, |left| left.min(SLICE));
            if let Some(found) = self.sleep(slice, &mut ready) {
                return Ok(found);
            }
            if let Err(error) = check_peers() {
                // They may have done their part before they left.
                return ready().ok_or(error);
            }
            if let Some(limit) = timeout.filter(|_| deadline.passed()) {
                return Err(Error::PeerLate(limit));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
    use std::thread;

    use super::*;

    #[test]
    fn a_sleeper_is_woken_by_the_ring_and_not_by_the_end_of_its_slice() {
        let (word, sleepers) = (AtomicU32::new(0), AtomicU32::new(0));
        let queue = WaitQueue { word: &word, sleepers: &sleepers };
        thread::scope(|scope| {
            let sleeper = scope.spawn(move || {
                let ready = || Some(queue.word.load(Acquire)).filter(|value| *value != 0);
                queue.sleep(Duration::from_secs(3600), ready)
            });
            while sleepers.load(Relaxed) == 0 {
                thread::yield_now();
            }
            word.store(7, Release);
            queue.wake();
            assert_eq!(sleeper.join().unwrap(), Some(7));
        });
        assert_eq!(sleepers.load(Relaxed), 0);
    }

    #[test]
    fn doubts_and_timeouts_end_the_waiting() {
        let (word, sleepers) = (AtomicU32::new(0), AtomicU32::new(0));
        let queue = WaitQueue { word: &word, sleepers: &sleepers };
        let died = queue.wait(None, || None::<()>, || Err(Error::PeerDied(5)));
        assert!(matches!(died, Err(Error::PeerDied(5))));
        let limit = Duration::from_millis(5);
        let late = queue.wait(Some(limit), || None::<()>, || Ok(()));
        assert!(matches!(late, Err(Error::PeerLate(limit)) if limit.as_millis() == 5));
    }
}
