//! The record of a run: the outcome of each operation and its time, by which the check judges the run.
//!
//! All times are nanoseconds on one clock, read when an operation begins, ends or is given up. So a thread that the
//! system delays makes an operation late or shed, but never a right run wrong.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

/// The terms of an operation: times since the start of the run, and spans.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// When it is offered.
    pub(super) offered_ns: u64,
    /// After this it must not begin any more.
    pub(super) admitted_until_ns: u64,
    /// How long it takes.
    pub(super) lasts_ns: u64,
    /// When it expires: after a span since it began, or was offered.
    pub(super) expires: Expires,
}

/// An operation's span until it expires, and when the span starts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expires {
    AfterBegin(u64),
    AfterOffer(u64),
}

impl Terms {
    /// When an operation that began at `begun_ns` expires.
    fn expiry_ns(&self, begun_ns: u64) -> u64 {
        match self.expires {
            Expires::AfterBegin(ns) => begun_ns + ns,
            Expires::AfterOffer(ns) => self.offered_ns + ns,
        }
    }
}

/// The outcome of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Fate {
    /// It has not begun.
    #[default]
    Open,
    /// It has begun, at this time.
    UnderWay(u64),
    /// It was delivered, this long after its end.
    Served(u64),
    /// It was cancelled, or ended too late to be delivered, this long after it expired.
    Cancelled(u64),
    /// It never began.
    Shed,
}

impl Fate {
    pub(super) fn is_served(&self) -> bool {
        matches!(self, Fate::Served(_))
    }
}

/// The possible faults of operations, each with its index below.
pub(super) const FAULTS: [&str; 5] = [
    "began before they were offered, or ended or were given up before their time",
    "began beyond the limit",
    "were begun or settled other than once",
    "were still under way when the run had ended",
    "were delivered too late, or lost when they were in time",
];
pub(super) const EARLY: usize = 0;
pub(super) const BEYOND: usize = 1;
pub(super) const STRAY: usize = 2;
pub(super) const LEAKED: usize = 3;
pub(super) const UNTRUE: usize = 4;

/// How often each of [`FAULTS`] occurred.
pub(super) type Faults = [u64; FAULTS.len()];

/// The record of a run. One lock for each operation: it is held for nanoseconds, and by one thread at a time.
pub(super) struct Record {
    limit: usize,
    fates: Vec<Mutex<Fate>>,
    under_way: AtomicUsize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    faults: Faults,
    last_ns: u64,
}

impl Record {
    pub(super) fn of(len: usize, limit: usize) -> Self {
        let fates = (0..len).map(|_| Mutex::default()).collect();
        Record { limit, fates, under_way: AtomicUsize::new(0), seen: Mutex::default() }
    }

    /// Operation `i` begins, unless it is too late: returns after how long it must be cancelled.
    pub(super) fn begin(&self, i: usize, terms: &Terms, now_ns: u64) -> Option<u64> {
        let mut fate = lock(&self.fates[i]);
        if *fate != Fate::Open {
            self.fault(STRAY);
            return None;
        }
        if now_ns < terms.offered_ns {
            self.fault(EARLY);
        }
        if now_ns > terms.admitted_until_ns {
            *fate = self.settled(Fate::Shed, now_ns);
            return None;
        }
        if self.under_way.fetch_add(1, Relaxed) >= self.limit {
            self.fault(BEYOND);
        }
        *fate = Fate::UnderWay(now_ns);
        Some(terms.expiry_ns(now_ns) - now_ns)
    }

    /// Whether operation `i` is under way and has not expired.
    pub(super) fn is_worth(&self, i: usize, terms: &Terms, now_ns: u64) -> bool {
        matches!(*lock(&self.fates[i]), Fate::UnderWay(begun_ns) if now_ns <= terms.expiry_ns(begun_ns))
    }

    /// Operation `i` was over at `over_ns`, and its result is there now: returns whether that is in time.
    pub(super) fn end(&self, i: usize, terms: &Terms, over_ns: u64, now_ns: u64) -> bool {
        let mut fate = lock(&self.fates[i]);
        let Fate::UnderWay(begun_ns) = *fate else {
            self.fault(STRAY);
            return false;
        };
        self.under_way.fetch_sub(1, Relaxed);
        let late_ns = over_ns.checked_sub(begun_ns + terms.lasts_ns);
        if late_ns.is_none() {
            self.fault(EARLY);
        }
        let ended = match now_ns.checked_sub(terms.expiry_ns(begun_ns)) {
            None | Some(0) => Fate::Served(late_ns.unwrap_or(0)),
            Some(after_ns) => Fate::Cancelled(after_ns),
        };
        *fate = self.settled(ended, now_ns);
        ended.is_served()
    }

    /// Operation `i` is given up: not before it expires, or is too late to begin.
    pub(super) fn cancel(&self, i: usize, terms: &Terms, now_ns: u64) {
        let mut fate = lock(&self.fates[i]);
        match *fate {
            Fate::Open => {
                if now_ns <= terms.admitted_until_ns {
                    self.fault(EARLY); // or a technique that does nothing would pass
                }
                *fate = self.settled(Fate::Shed, now_ns);
            }
            Fate::UnderWay(begun_ns) => {
                self.under_way.fetch_sub(1, Relaxed);
                let after_ns = now_ns.checked_sub(terms.expiry_ns(begun_ns));
                if after_ns.is_none() {
                    self.fault(EARLY);
                }
                *fate = self.settled(Fate::Cancelled(after_ns.unwrap_or(0)), now_ns);
            }
            _ => self.fault(STRAY),
        }
    }

    /// Resets the record for a new run.
    pub(super) fn restart(&self) {
        self.fates.iter().for_each(|fate| *lock(fate) = Fate::Open);
        self.under_way.store(0, Relaxed);
        *lock(&self.seen) = Seen::default();
    }

    /// The outcome of each operation, the faults, and when the last operation was settled.
    pub(super) fn close(&self) -> (Vec<Fate>, Faults, u64) {
        let fates: Vec<Fate> = self.fates.iter().map(|fate| *lock(fate)).collect();
        let Seen { mut faults, last_ns } = mem::take(&mut *lock(&self.seen));
        let count = |wanted: fn(&Fate) -> bool| fates.iter().filter(|fate| wanted(fate)).count() as u64;
        faults[LEAKED] += count(|fate| matches!(fate, Fate::UnderWay(_)));
        faults[STRAY] += count(|fate| *fate == Fate::Open);
        (fates, faults, last_ns)
    }

    fn settled(&self, fate: Fate, now_ns: u64) -> Fate {
        let mut seen = lock(&self.seen);
        seen.last_ns = seen.last_ns.max(now_ns);
        fate
    }

    fn fault(&self, kind: usize) {
        lock(&self.seen).faults[kind] += 1;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it is held")
}

#[cfg(test)]
mod tests;
