//! Operations with a deadline: those that take too long are cancelled, those that would start too late are shed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// Operations that can overlap, arrive on a schedule, and have no result once they are too late.
///
/// What a technique may assume, and must keep:
///
/// - Operation `i` is settled once: by an [`end`](Expire::end), by a [`cancel`](Expire::cancel), or by a
///   [`begin`](Expire::begin) that returns `None`, which sheds it. [`Operation`] ensures that.
/// - `begin(i)` is not called before the operation is offered, nor `end(i)` before the span that it returned is over.
/// - An operation counts as under way from `begin` to its end or cancellation. A technique that returns while one
///   still is has leaked it.
/// - `end` returns the result; where it returns `None`, the operation ended too late and is not delivered.
/// - `end` works and does not wait, as [`Wait::end`](crate::Wait::end).
pub trait Expire: Send + Sync + 'static {
    /// How many operations there are.
    fn len(&self) -> usize;
    /// How many may be under way at the same time. 0 means 1.
    fn limit(&self) -> usize;
    /// How long it is until operation `i` is offered; zero if it has been. They are offered in their order.
    fn offered_in(&self, i: usize) -> Duration;
    /// Begins operation `i`, unless it is too late for that.
    fn begin(&self, i: usize) -> Option<Span>;
    /// Ends operation `i`, which has lasted as long as it must: does the work that follows, unless it is too late.
    fn end(&self, i: usize) -> Option<u64>;
    /// Gives up operation `i`: cancels it if it is under way, and sheds it if it has not begun and is too late.
    fn cancel(&self, i: usize);
}

/// How long an operation takes, and how long it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// It ends after this.
    pub lasts: Duration,
    /// It must be cancelled after this, if it has not ended.
    pub cancel_after: Duration,
}

/// An operation that is under way. Dropping it cancels it, so a future or a thread that holds one and is dropped or
/// ended leaks nothing.
#[derive(Debug)]
pub struct Operation<W: Expire> {
    work: Arc<W>,
    i: usize,
    span: Span,
    under_way: bool,
}

impl<W: Expire> Operation<W> {
    /// Begins operation `i` of some work; `None` if it is shed.
    pub fn begin(work: &Arc<W>, i: usize) -> Option<Self> {
        let span = work.begin(i)?;
        Some(Operation { work: work.clone(), i, span, under_way: true })
    }

    /// How long it takes, and how long it may.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Its result, once it has lasted as long as it must; `None` if that is too late.
    pub fn end(mut self) -> Option<u64> {
        self.under_way = false;
        self.work.end(self.i)
    }
}

impl<W: Expire> Drop for Operation<W> {
    fn drop(&mut self) {
        if self.under_way {
            self.work.cancel(self.i);
        }
    }
}

/// A queue of the operations of some work, in their order, for as many lanes as may be under way at the same time: each
/// lane takes the next operation when it has settled its last.
///
/// The oldest goes first, and operations that have become too old are shed ([`Expire::begin`] returns `None`). So under
/// overload every operation that is served has waited for nearly as long as one may.
#[derive(Debug)]
pub struct Offers<W> {
    work: Arc<W>,
    next: AtomicUsize,
}

impl<W: Expire> Offers<W> {
    /// All operations of some work.
    pub fn of(work: &Arc<W>) -> Self {
        Offers { work: work.clone(), next: AtomicUsize::new(0) }
    }

    /// How many lanes to use.
    pub fn lanes(&self) -> usize {
        self.work.limit().max(1).min(self.work.len())
    }

    /// The work.
    pub fn work(&self) -> &Arc<W> {
        &self.work
    }

    /// The number of the next operation, and how long it is until it is offered. Relaxed: only the number is shared.
    pub fn take(&self) -> Option<(usize, Duration)> {
        let i = self.next.fetch_add(1, Relaxed);
        (i < self.work.len()).then(|| (i, self.work.offered_in(i)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Four operations, of which number 2 is shed; and a record of the outcome of each.
    #[derive(Default)]
    struct Four(Mutex<Vec<String>>);

    impl Four {
        fn note(&self, what: &str, i: usize) {
            self.0.lock().unwrap().push(format!("{what} {i}"));
        }
    }

    impl Expire for Four {
        fn len(&self) -> usize {
            4
        }
        fn limit(&self) -> usize {
            0
        }
        fn offered_in(&self, i: usize) -> Duration {
            Duration::from_secs(i as u64)
        }
        fn begin(&self, i: usize) -> Option<Span> {
            (i != 2).then_some(Span { lasts: Duration::ZERO, cancel_after: Duration::ZERO })
        }
        fn end(&self, i: usize) -> Option<u64> {
            self.note("ended", i);
            Some(i as u64)
        }
        fn cancel(&self, i: usize) {
            self.note("cancelled", i);
        }
    }

    #[test]
    fn an_operation_is_ended_or_cancelled_and_never_both() {
        let work = Arc::new(Four::default());
        drop(Operation::begin(&work, 0));
        assert_eq!(Operation::begin(&work, 1).and_then(Operation::end), Some(1));
        assert!(Operation::begin(&work, 2).is_none());
        assert_eq!(*work.0.lock().unwrap(), ["cancelled 0", "ended 1"]);
    }

    #[test]
    fn operations_are_taken_once_each_in_their_order() {
        let offers = Offers::of(&Arc::new(Four::default()));
        let taken: Vec<_> = std::iter::from_fn(|| offers.take()).collect();
        assert!(taken.into_iter().eq((0..4).map(|i| (i, Duration::from_secs(i as u64)))));
        assert_eq!(offers.lanes(), 1, "a limit of none means one");
    }
}
