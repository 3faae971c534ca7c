//! The rules of a technique that cancels operations: those that take too long are ended, and none is left under way.

use super::{Deadline, ON_PURPOSE, refused};
use parallax_pattern::{Cancel, Expire, Span};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// Checks that operations which would last an hour are cancelled after a millisecond, that those which are shed or end
/// too late have no result and all others their results in their places, each settled once and within the limit; that
/// nothing is left under way; and that an output of another length is refused.
///
/// # Panics
///
/// With the number of operations and the limit, if that does not hold.
pub fn gives_up_in_time<T: Cancel<Chores>>(technique: &T) {
    for (len, limit) in [(0, 1), (1, 1), (5, 1), (3, 8), (30, 3), (5, 0)] {
        let what = format!("{}, {len} operations, at most {limit} at once", T::CARD.name);
        let _deadline = Deadline::of(what.clone());
        settles_all(technique, &what, Chores::of(len, limit, None));
        for room in [0, len + 1].into_iter().filter(|&room| room != len) {
            let work = Arc::new(Chores::of(len, limit, None));
            refused(&format!("{what}, room for {room}"), technique.expire(&work, &mut vec![None; room]));
            assert_eq!(work.settled.load(SeqCst), 0, "{what}: begun before it is refused");
        }
    }
}

/// Checks that a panic at the end of an operation reaches the caller, and that the same technique works afterwards.
///
/// # Panics
///
/// If it does not.
pub fn gives_up_after_a_panic<T: Cancel<Chores>>(technique: &T) {
    let what = format!("{}, one operation of which panics", T::CARD.name);
    let _deadline = Deadline::of(what.clone());
    let work = Arc::new(Chores::of(30, 4, Some(8)));
    let run = || technique.expire(&work, &mut [None; 30]);
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "{what}: no panic");
    settles_all(technique, &what, Chores::of(30, 4, None));
}

fn settles_all<T: Cancel<Chores>>(technique: &T, what: &str, work: Chores) {
    let work = Arc::new(work);
    let mut out = vec![Some(u64::MAX); work.len];
    technique.expire(&work, &mut out).unwrap_or_else(|no| panic!("{what}: {no}"));
    let right = (0..work.len).map(|i| (Lot::of(i) == Lot::Served).then_some(i as u64));
    assert!(out.iter().copied().eq(right), "{what}: gave {out:?}");
    let [under_way, most, settled] =
        [&work.under_way, &work.most, &work.settled].map(|count| count.load(SeqCst));
    assert_eq!(under_way, 0, "{what}: left under way");
    assert!(most <= work.limit.max(1), "{what}: {most} at once");
    assert_eq!(settled, work.len, "{what}: not each settled once");
}

/// The expected outcome of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lot {
    Served,
    /// It would last an hour, and has a deadline of a millisecond.
    Cancelled,
    /// It is too late to begin it.
    Shed,
    /// It ends too late to be delivered.
    Late,
}

impl Lot {
    fn of(i: usize) -> Self {
        match i % 6 {
            1 => Lot::Cancelled,
            3 => Lot::Shed,
            5 => Lot::Late,
            _ => Lot::Served,
        }
    }
}

/// Operations with every outcome, some of which are offered later, and a count of those under way.
#[derive(Debug)]
pub struct Chores {
    len: usize,
    limit: usize,
    fails_at: Option<usize>,
    under_way: AtomicUsize,
    most: AtomicUsize,
    settled: AtomicUsize,
}

impl Chores {
    fn of(len: usize, limit: usize, fails_at: Option<usize>) -> Self {
        let [under_way, most, settled] = [0; 3].map(AtomicUsize::new);
        Chores { len, limit, fails_at, under_way, most, settled }
    }

    fn settle(&self) {
        self.under_way.fetch_sub(1, SeqCst);
        self.settled.fetch_add(1, SeqCst);
    }
}

impl Expire for Chores {
    fn len(&self) -> usize {
        self.len
    }
    fn limit(&self) -> usize {
        self.limit
    }
    fn offered_in(&self, i: usize) -> Duration {
        Duration::from_micros(200 * u64::from(i % 4 == 2))
    }
    fn begin(&self, i: usize) -> Option<Span> {
        if Lot::of(i) == Lot::Shed {
            self.settled.fetch_add(1, SeqCst);
            return None;
        }
        self.most.fetch_max(self.under_way.fetch_add(1, SeqCst) + 1, SeqCst);
        const HOUR: Duration = Duration::from_secs(3600);
        Some(match Lot::of(i) {
            Lot::Cancelled => Span { lasts: HOUR, cancel_after: Duration::from_millis(1) },
            _ => Span { lasts: Duration::from_micros(100 * (i as u64 % 4)), cancel_after: HOUR },
        })
    }
    fn end(&self, i: usize) -> Option<u64> {
        self.settle();
        if self.fails_at == Some(i) {
            resume_unwind(Box::new(ON_PURPOSE));
        }
        (Lot::of(i) != Lot::Late).then_some(i as u64)
    }
    fn cancel(&self, _: usize) {
        self.settle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::{Answer, Card, Operation, Sequential, Technique, covers};
    use std::mem::forget;

    /// Settles each operation by the given function, one after the other, and never sleeps.
    struct Broken(fn(Operation<Chores>, usize) -> Option<u64>);

    impl Technique for Broken {
        const CARD: Card = Sequential::CARD;
        fn start(_: usize) -> Answer<Self> {
            Ok(Broken(|operation, _| operation.end()))
        }
    }

    impl Cancel<Chores> for Broken {
        fn expire(&self, work: &Arc<Chores>, out: &mut [Option<u64>]) -> Answer<()> {
            covers(work.len(), out.len())?;
            for (i, result) in out.iter_mut().enumerate() {
                *result = Operation::begin(work, i).and_then(|operation| (self.0)(operation, i));
            }
            Ok(())
        }
    }

    #[test]
    fn the_baseline_gives_up() {
        gives_up_in_time(&Sequential);
        gives_up_after_a_panic(&Sequential);
    }

    #[test]
    #[should_panic(expected = "5 operations, at most 1 at once: gave [Some(0), Some(1)")]
    fn one_that_is_delivered_though_it_takes_too_long_is_found() {
        gives_up_in_time(&Broken(|operation, _| operation.end()));
    }

    #[test]
    #[should_panic(expected = "left under way")]
    fn a_leak_is_found() {
        gives_up_in_time(&Broken(|operation, i| match Lot::of(i) {
            Lot::Cancelled => {
                forget(operation);
                None
            }
            _ => operation.end(),
        }));
    }

    #[test]
    #[should_panic(expected = "30 operations, at most 3 at once: gave")]
    fn one_that_comes_too_late_and_is_delivered_is_found() {
        gives_up_in_time(&Broken(|operation, i| match Lot::of(i) {
            Lot::Cancelled => None,
            _ => operation.end().or(Some(i as u64)),
        }));
    }
}
