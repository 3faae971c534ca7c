//! A table of pairs of words, each behind a sequence lock: readers write nothing, and both words change together.

mod primitive;
mod protocol;

use std::hint::spin_loop;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use bytemuck::Zeroable;
use serde::{Deserialize, Serialize};

use super::memory::Words;
use super::owner::Owner;
use super::region::{Region, Use};
use crate::error::Error;
use crate::worker::spin::spin;
use protocol::SeqLock;

/// Pairs of words in memory that other processes see, too, each behind its own sequence lock.
///
/// A reader reads a count, both words, and the count again: if it has not changed, the words belong together. So
/// readers write nothing, and an unchanged pair stays in the cache of every core. A writer notes its process in the
/// pair; a process that waits for a dead writer gets an error and does not wait forever.
///
/// ```
/// use parallax_processes::{Pool, shared::Pairs};
///
/// fn raise(prices: Pairs) {
///     for _ in 0..1000 {
///         prices[1].change(|[price, tenfold]| [price + 1, tenfold + 10]).unwrap();
///         let [price, tenfold] = prices[1].read().unwrap();
///         assert_eq!(tenfold, 10 * price); // whatever the others do
///     }
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     parallax_processes::init();
///     let pool = Pool::builder().workers(2).build()?;
///     let prices = Pairs::zeroed(2)?;
///     pool.broadcast(raise, |_| prices.clone())?;
///     assert_eq!(prices[1].read()?, [2000, 20_000]);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pairs {
    region: Region,
}

/// Two words that change together; half a cache line, so that a read fetches one line.
#[derive(Debug, Zeroable)]
#[repr(C, align(32))]
pub struct Pair {
    count: AtomicU64,
    holder: AtomicU64,
    words: [AtomicU64; 2],
}

impl Words for Pair {}

impl Pairs {
    /// `length` pairs of zeros.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for more pairs than there are addresses, [`Error::Memory`].
    pub fn zeroed(length: usize) -> Result<Self, Error> {
        let region = Region::row::<Pair>(Use::Pairs, length, "too many pairs")?;
        Ok(Self { region })
    }
}

impl std::ops::Deref for Pairs {
    type Target = [Pair];

    fn deref(&self) -> &[Pair] {
        self.region.cells()
    }
}

/// About a microsecond: a change takes some nanoseconds.
const LOOKS: u32 = 100;
/// After this long without success, the holder was preempted, or it has died.
const NAP: Duration = Duration::from_micros(100);

impl Pair {
    /// Both words as of one moment.
    ///
    /// # Errors
    ///
    /// [`Error::PeerDied`] if a process died in the middle of a change: the words may be half changed.
    #[inline]
    pub fn read(&self) -> Result<[u64; 2], Error> {
        self.lock().try_read().map_or_else(|| self.wait(SeqLock::try_read), Ok)
    }

    /// Replaces the words by the result of `next`, while other writers wait. If `next` panics, the words stay.
    ///
    /// # Errors
    ///
    /// [`Error::PeerDied`] if a process died while it held the pair, [`Error::Memory`] if this process cannot look itself
    /// up.
    #[inline]
    pub fn change(&self, next: impl FnOnce([u64; 2]) -> [u64; 2]) -> Result<(), Error> {
        let me = Owner::me().map_err(Error::Memory)?.word();
        let held = self.lock().try_hold(me).map_or_else(|| self.wait(|lock| lock.try_hold(me)), Ok);
        held?.change(next);
        Ok(())
    }

    fn lock(&self) -> SeqLock<'_> {
        SeqLock { count: &self.count, holder: &self.holder, words: &self.words }
    }

    /// Retries until `look` finds something, or the process that holds the pair has died.
    #[cold]
    fn wait<'a, T>(&'a self, look: impl Fn(SeqLock<'a>) -> Option<T>) -> Result<T, Error> {
        for _ in 0..LOOKS {
            if let Some(found) = look(self.lock()) {
                return Ok(found);
            }
            spin_loop();
        }
        loop {
            if let Some(found) = spin(|| look(self.lock())) {
                return Ok(found);
            }
            let holder = Owner::from_word(self.holder.load(Relaxed)); // only looked up; it passes nothing on
            if let Some(dead) = holder.filter(|holder| holder.has_died()) {
                return look(self.lock()).ok_or(Error::PeerDied(dead.pid()));
            }
            thread::sleep(NAP);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Process 1, born before the machine was started.
    const DEAD: u64 = 1 << 32 | 1 << 31;

    #[test]
    fn what_comes_back_is_the_same_memory() {
        let pairs = Pairs::zeroed(3).unwrap();
        let again: Pairs = postcard::from_bytes(&postcard::to_stdvec(&pairs).unwrap()).unwrap();
        pairs[2].change(|_| [7, 8]).unwrap();
        assert_eq!((again.len(), again[2].read().unwrap(), again[1].read().unwrap()), (3, [7, 8], [0, 0]));
        assert!(Pairs::zeroed(0).unwrap().is_empty());
        assert!(matches!(Pairs::zeroed(usize::MAX), Err(Error::Shape(_))));
    }

    #[test]
    fn no_pair_lies_on_two_cache_lines() {
        let pairs = Pairs::zeroed(3).unwrap();
        assert!(pairs.iter().all(|pair| std::ptr::from_ref(pair).addr() % 64 <= 32));
    }

    #[test]
    fn a_change_that_panics_changes_nothing_and_lets_others_in() {
        let pairs = Pairs::zeroed(1).unwrap();
        pairs[0].change(|_| [1, 2]).unwrap();
        let panics = || pairs[0].change(|_| std::panic::resume_unwind(Box::new("on purpose")));
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        assert_eq!(pairs[0].read().unwrap(), [1, 2]);
        pairs[0].change(|[a, b]| [a + 1, b + 1]).unwrap();
        assert_eq!(pairs[0].read().unwrap(), [2, 3]);
    }

    #[test]
    fn nobody_waits_for_the_dead() {
        let pairs = Pairs::zeroed(1).unwrap();
        pairs[0].holder.store(DEAD, Relaxed);
        assert_eq!(pairs[0].read().unwrap(), [0, 0], "it died before it wrote");
        assert!(matches!(pairs[0].change(|words| words), Err(Error::PeerDied(1))));
        pairs[0].count.store(1, Relaxed);
        assert!(matches!(pairs[0].read(), Err(Error::PeerDied(1))), "half of a change may stand there");
    }
}
