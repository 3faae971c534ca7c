//! Words that change together, for readers that write nothing: a count tells them whether a read was torn.

use super::backoff::Backoff;
use super::primitive::Ordering::{Acquire, Relaxed, Release};
use super::primitive::{AtomicU64, fence};
use std::array;

/// `N` words behind a count that is odd while a writer changes them.
///
/// A reader looks at the count, reads the words, and looks again: if it is the same and even, no writer came in
/// between; else the reader tries again. So readers take no cache line from each other, and may read as often as they
/// like; a writer never waits for them, only for other writers. A reader that meets one change after another may retry
/// for long. (Lameter, "Effective synchronization on Linux/NUMA systems", 2005; the orderings are those of Boehm, "Can
/// seqlocks get along with programming language memory models?", 2012.)
///
/// The words are atomics, each read and written by itself without an order, since a reader may read words that a writer
/// is writing; it only must not use them.
///
/// ```
/// use parallax_atomics::blocks::seq_lock::SeqLock;
///
/// let pair = SeqLock::new([0, 0]);
/// std::thread::scope(|threads| {
///     threads.spawn(|| (0..1000).for_each(|_| pair.change(|[a, b]| [a + 1, b + 1])));
///     threads.spawn(|| (0..1000).for_each(|_| assert!(matches!(pair.read(), [a, b] if a == b))));
/// });
/// assert_eq!(pair.read(), [1000, 1000]);
/// ```
#[derive(Debug)]
#[repr(align(32))] // up to three words and their count lie on one cache line
pub struct SeqLock<const N: usize> {
    count: AtomicU64,
    words: [AtomicU64; N],
}

impl<const N: usize> SeqLock<N> {
    /// Words that are not shared yet.
    pub fn new(words: [u64; N]) -> Self {
        SeqLock { count: AtomicU64::new(0), words: words.map(AtomicU64::new) }
    }

    /// The words as they were together at one moment.
    #[inline]
    pub fn read(&self) -> [u64; N] {
        self.try_read().unwrap_or_else(|| self.read_again())
    }

    /// The words, unless a writer came in between.
    #[inline]
    fn try_read(&self) -> Option<[u64; N]> {
        // Acquire pairs with the last Release of a writer: we see what was written before the count became even.
        let before = self.count.load(Acquire);
        let words = self.load();
        // The fence pairs with the one in `change`: if a word is of a later change, so is the count read below.
        fence(Acquire);
        (before.is_multiple_of(2) && self.count.load(Relaxed) == before).then_some(words)
    }

    /// Apart from the first try, which is nearly always enough, so that a loop of reads keeps its registers.
    #[cold]
    #[inline(never)]
    fn read_again(&self) -> [u64; N] {
        let mut backoff = Backoff::new();
        loop {
            backoff.wait();
            if let Some(words) = self.try_read() {
                return words;
            }
        }
    }

    /// Replaces the words by the result of `next`. If it panics, they stay as they are.
    #[inline]
    pub fn change(&self, next: impl FnOnce([u64; N]) -> [u64; N]) {
        let entered = self.enter();
        // The fence pairs with the one in `read`: seeing one of the words below implies seeing that the count is odd.
        fence(Release);
        for (word, new) in self.words.iter().zip(next(self.load())) {
            word.store(new, Relaxed);
        }
        drop(entered);
    }

    /// Waits until no other writer is inside, and makes the count odd.
    #[inline]
    fn enter(&self) -> Entered<'_> {
        self.try_enter().unwrap_or_else(|| self.enter_again())
    }

    /// Makes the count odd, unless another writer is inside.
    #[inline]
    fn try_enter(&self) -> Option<Entered<'_>> {
        let count = self.count.load(Relaxed);
        // Acquire pairs with the last Release of a writer: we see what the previous writer wrote.
        let is_free = count.is_multiple_of(2)
            && self.count.compare_exchange_weak(count, count.wrapping_add(1), Acquire, Relaxed).is_ok();
        is_free.then(|| Entered { count: &self.count, even: count }) // made only if it is: dropping it leaves
    }

    #[cold]
    #[inline(never)]
    fn enter_again(&self) -> Entered<'_> {
        let mut backoff = Backoff::new();
        loop {
            backoff.wait();
            if let Some(entered) = self.try_enter() {
                return entered;
            }
        }
    }

    fn load(&self) -> [u64; N] {
        array::from_fn(|k| self.words[k].load(Relaxed))
    }
}

/// A writer that is inside; dropping it, after a panic too, makes the count even.
struct Entered<'a> {
    count: &'a AtomicU64,
    even: u64,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // Release pairs with the Acquire in `read` and in `enter`: a thread that sees this count sees the words.
        self.count.store(self.even.wrapping_add(2), Release);
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, model, spawn};
    use super::SeqLock;

    #[test]
    fn nobody_reads_half_of_a_change() {
        model(|| {
            let pair = Arc::new(SeqLock::new([0, 0]));
            let reader = spawn({
                let pair = pair.clone();
                move || {
                    let (first, second) = (pair.read(), pair.read());
                    assert_eq!(first[0], first[1], "torn");
                    assert_eq!(second[0], second[1], "torn");
                    assert_eq!(second[0], second[0].max(first[0]), "older than before");
                }
            });
            (0..2).for_each(|_| pair.change(|[a, b]| [a + 1, b + 1]));
            reader.join().unwrap();
        });
    }

    #[test]
    fn no_change_is_lost() {
        model(|| {
            let word = Arc::new(SeqLock::new([0]));
            let writer = spawn({
                let word = word.clone();
                move || word.change(|[n]| [n + 1])
            });
            word.change(|[n]| [n + 1]);
            writer.join().unwrap();
            assert_eq!(word.read(), [2]);
        });
    }
}
