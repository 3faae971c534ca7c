//! The sequence lock: a count tells readers whether the words they read belong together, a holder excludes writers.

use super::primitive::Ordering::{Acquire, Relaxed, Release};
use super::primitive::{AtomicU64, fence};

/// The words of a sequence lock, wherever they lie.
#[derive(Clone, Copy)]
pub(crate) struct SeqLock<'a> {
    /// Odd while the words change.
    pub(crate) count: &'a AtomicU64,
    /// The process that changes them; 0 if none does.
    pub(crate) holder: &'a AtomicU64,
    pub(crate) words: &'a [AtomicU64; 2],
}

impl<'a> SeqLock<'a> {
    /// Both words as of one moment; `None` if they changed meanwhile.
    #[inline]
    pub(crate) fn try_read(self) -> Option<[u64; 2]> {
        // Acquire pairs with the last Release in `change`: we see what was written before the count became even.
        let before = self.count.load(Acquire);
        let words = self.load();
        // The fence pairs with the one in `change`: if a word is of a later change, so is the count read below.
        fence(Acquire);
        (before.is_multiple_of(2) && self.count.load(Relaxed) == before).then_some(words)
    }

    /// Excludes other writers; `None` if another one holds the lock.
    #[inline]
    pub(crate) fn try_hold(self, me: u64) -> Option<Held<'a>> {
        // Acquire pairs with the Release of the drop: we see what the holder before has written.
        self.holder.compare_exchange(0, me, Acquire, Relaxed).ok().map(|_| Held(self))
    }

    #[inline]
    fn load(self) -> [u64; 2] {
        [self.words[0].load(Relaxed), self.words[1].load(Relaxed)]
    }
}

/// The right to change the words, until it is dropped.
pub(crate) struct Held<'a>(SeqLock<'a>);

impl Held<'_> {
    /// Replaces the words by the result of `next`. If `next` panics, nothing has been written.
    #[inline]
    pub(crate) fn change(self, next: impl FnOnce([u64; 2]) -> [u64; 2]) {
        let SeqLock { count, words, .. } = self.0;
        let next = next(self.0.load());
        let even = count.load(Relaxed); // only the holder changes it
        count.store(even.wrapping_add(1), Relaxed);
        // The fence pairs with the one in `try_read`: a reader of a word below also sees that the count is odd.
        fence(Release);
        words[0].store(next[0], Relaxed);
        words[1].store(next[1], Relaxed);
        // Release pairs with the Acquire in `try_read`: a reader of this count sees the words.
        count.store(even.wrapping_add(2), Release);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.holder.store(0, Release); // pairs with the Acquire in `try_hold`
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, model, spawn};
    use super::*;

    struct Words {
        count: AtomicU64,
        holder: AtomicU64,
        words: [AtomicU64; 2],
    }

    impl Words {
        fn shared() -> Arc<Self> {
            let [count, holder, first, second] = [(); 4].map(|()| AtomicU64::new(0));
            Arc::new(Words { count, holder, words: [first, second] })
        }

        fn lock(&self) -> SeqLock<'_> {
            SeqLock { count: &self.count, holder: &self.holder, words: &self.words }
        }

        /// Tries `times` times to add one to both words; returns how often it got the lock.
        fn add_ones(&self, me: u64, times: u64) -> u64 {
            let add =
                |_: &u64| self.lock().try_hold(me).map(|held| held.change(|[a, b]| [a + 1, b + 1])).is_some();
            (0..times).filter(add).count() as u64
        }
    }

    #[test]
    fn nobody_reads_half_of_a_change() {
        model(|| {
            let words = Words::shared();
            let theirs = Arc::clone(&words);
            let reader = spawn(move || {
                let read = [(); 2].map(|()| theirs.lock().try_read());
                read.iter().flatten().for_each(|[a, b]| assert_eq!(a, b, "torn"));
                if let [Some([first, _]), Some([second, _])] = read {
                    assert_eq!(second, second.max(first), "older than before");
                }
            });
            assert_eq!(words.add_ones(1, 2), 2);
            reader.join().unwrap();
        });
    }

    #[test]
    fn no_change_is_lost() {
        model(|| {
            let words = Words::shared();
            let theirs = Arc::clone(&words);
            let writer = spawn(move || theirs.add_ones(2, 3));
            let changes = words.add_ones(1, 3) + writer.join().unwrap();
            assert_eq!(words.lock().try_read(), Some([changes; 2]));
        });
    }
}
