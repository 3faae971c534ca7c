//! Self-scheduling: work is a counter, and a free thread takes the next piece.

use super::primitive::Ordering::Relaxed;
use super::primitive::{AtomicUsize, CachePadded};
use std::ops::Range;

/// `len` items given out in pieces of `grain`, in order, to the next thread that asks.
///
/// OpenMP calls this `schedule(dynamic, grain)`. It balances unknown costs: a thread with slow items merely comes back
/// later. A piece costs one atomic addition, tens of nanoseconds when threads contend, so a piece should hold
/// microseconds of work; a large grain costs the wait for the last one.
///
/// ```
/// use parallax_atomics::blocks::counter::WorkCounter;
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
///
/// let (work, sum) = (WorkCounter::new(1000, 64), AtomicUsize::new(0));
/// std::thread::scope(|threads| {
///     for _ in 0..2 {
///         threads.spawn(|| {
///             while let Some(items) = work.next() {
///                 sum.fetch_add(items.sum(), Relaxed);
///             }
///         });
///     }
/// });
/// assert_eq!(sum.into_inner(), 499_500);
/// ```
#[derive(Debug)]
pub struct WorkCounter {
    /// Counts pieces, not items: past the end it grows by 1 for each call, so it never wraps round to
    /// work again.
    next: CachePadded<AtomicUsize>,
    len: usize,
    grain: usize,
}

impl WorkCounter {
    /// The items `0..len` in pieces of `grain`; a grain of 0 counts as 1.
    #[must_use]
    pub fn new(len: usize, grain: usize) -> Self {
        Self { next: CachePadded::new(AtomicUsize::new(0)), len, grain: grain.max(1) }
    }

    /// The next piece; `None` when all have been given out.
    #[inline]
    pub fn next(&self) -> Option<Range<usize>> {
        // Relaxed is enough. That no piece is given twice needs only that the addition is one step, which it
        // is under any ordering. The items need no publishing: they were written before the threads started,
        // and the results are read after they are joined, and starting and joining synchronise.
        let piece = self.next.fetch_add(1, Relaxed);
        let start = piece.checked_mul(self.grain).filter(|start| *start < self.len)?;
        Some(start..self.len.min(start.saturating_add(self.grain)))
    }

    /// Begins again. It needs exclusive access, so no thread can be in the middle of the old round.
    pub fn reset(&mut self) {
        self.next.store(0, Relaxed);
    }
}

/// `len` items given out in pieces that shrink with the rest: coarse at first, fine at the end.
///
/// Guided self-scheduling (Polychronopoulos and Kuck, 1987), OpenMP's `schedule(guided, grain)`: a piece is the rest
/// divided by twice the number of workers, and at least `grain`. So `len` items take about `2 * workers * ln(len / (2 *
/// workers * grain))` pieces and not `len / grain`, yet the last ones are as small. It fails where the slow items come
/// first: the first pieces are the largest.
///
/// ```
/// use parallax_atomics::blocks::counter::GuidedCounter;
///
/// let work = GuidedCounter::new(100, 10, 2);
/// let pieces: Vec<usize> = std::iter::from_fn(|| work.next()).map(|items| items.len()).collect();
/// assert_eq!(pieces, [25, 18, 14, 10, 10, 10, 10, 3]);
/// ```
#[derive(Debug)]
pub struct GuidedCounter {
    next: CachePadded<AtomicUsize>,
    len: usize,
    grain: usize,
    shares: usize,
}

impl GuidedCounter {
    /// The items `0..len` in pieces of at least `grain` for `workers` threads; a grain or a number of 0
    /// counts as 1.
    #[must_use]
    pub fn new(len: usize, grain: usize, workers: usize) -> Self {
        let shares = workers.max(1).saturating_mul(SHARES_PER_WORKER);
        Self { next: CachePadded::new(AtomicUsize::new(0)), len, grain: grain.max(1), shares }
    }

    /// The next piece; `None` when all have been given out.
    #[inline]
    pub fn next(&self) -> Option<Range<usize>> {
        // Relaxed throughout, as in `WorkCounter::next`. The size depends on the count, so the addition
        // becomes a compare-and-swap, which fails and tries again when another thread took a piece in
        // between.
        let mut start = self.next.load(Relaxed);
        while start < self.len {
            let left = self.len - start;
            let end = start + (left / self.shares).max(self.grain).min(left);
            match self.next.compare_exchange_weak(start, end, Relaxed, Relaxed) {
                Ok(_) => return Some(start..end),
                Err(current) => start = current,
            }
        }
        None
    }

    /// Begins again. It needs exclusive access, so no thread can be in the middle of the old round.
    pub fn reset(&mut self) {
        self.next.store(0, Relaxed);
    }
}

/// With one share each, the first worker's piece would be as long as a static share: too long to balance if it is slow.
const SHARES_PER_WORKER: usize = 2;

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, atomicity, spawn};
    use super::{GuidedCounter, WorkCounter};
    use std::ops::Range;

    fn two_threads_cover(len: usize, next: impl Fn() -> Option<Range<usize>> + Send + Sync + 'static) {
        let next = Arc::new(next);
        let other = spawn({
            let next = Arc::clone(&next);
            move || std::iter::from_fn(&*next).flatten().collect::<Vec<_>>()
        });
        let mut items: Vec<_> = std::iter::from_fn(&*next).flatten().collect();
        items.extend(other.join().unwrap());
        items.sort_unstable();
        assert_eq!(items, (0..len).collect::<Vec<_>>());
    }

    #[test]
    fn every_item_is_given_to_one_of_two_threads() {
        atomicity(|| {
            let work = WorkCounter::new(3, 2);
            two_threads_cover(3, move || work.next());
        });
    }

    #[test]
    fn guided_too() {
        atomicity(|| {
            let work = GuidedCounter::new(5, 1, 1);
            two_threads_cover(5, move || work.next());
        });
    }

    #[test]
    fn extremes_are_given_out_once_and_never_wrap() {
        atomicity(|| {
            for (len, grain) in
                [(usize::MAX, usize::MAX), (usize::MAX, usize::MAX - 1), (5, usize::MAX), (1, 0)]
            {
                let mut work = WorkCounter::new(len, grain);
                for _round in 0..2 {
                    let pieces: Vec<_> = std::iter::from_fn(|| work.next()).collect();
                    assert_eq!(pieces.iter().map(ExactSizeIterator::len).sum::<usize>(), len);
                    assert_eq!([work.next(), work.next(), work.next()], [None, None, None]);
                    work.reset();
                }
                let guided = GuidedCounter::new(len, grain.max(2), usize::MAX);
                assert_eq!(std::iter::from_fn(|| guided.next()).map(|items| items.len()).sum::<usize>(), len);
            }
            assert_eq!(WorkCounter::new(0, 8).next(), None);
            assert_eq!(GuidedCounter::new(0, 8, 2).next(), None);
        });
    }
}
