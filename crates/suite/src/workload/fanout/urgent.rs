//! Operations with deadlines: those that take too long are cancelled, those that would begin too late are shed.
//!
//! ```text
//! deadline: for i in range(n), at most `limit` at once:
//!     sleep 1 + i % 5 milliseconds, or 50 if i % 3 == 2; after 20 of those, cancel
//!     result[i] = mix(i ^ spin(i, turns)), or none if it was cancelled
//! overload: operation i is offered at i * 125 µs, and due 20 ms later; at most 8 at once:
//!     shed it if it has waited for half of that; else sleep 2 milliseconds; cancel it when it is due
//!     result[i] = mix(i ^ spin(i, turns)), or none if it was shed or cancelled
//! ```
//!
//! The same workload as [`Fanout`](super::Fanout) by name. In `deadline` it is known which operations are delivered: all
//! except every third. In `overload` twice as much is offered as eight at a time can do, so about half of it must be
//! shed. The longer a technique's timers and hand-overs take, the less it serves in time; a busy machine lowers that
//! number, but never makes a right run wrong.

use super::record::{Expires, FAULTS, Fate, Record, Terms};
use super::settled::Settled;
use super::{Fanout, right, shape, spinning_ns, wait_ms};
use crate::bound::Bound;
use crate::digest::POISON;
use crate::workload::{Evenness, Facts, Mismatch, Params, Size, Workload, cases, sent_as_params};
use parallax_pattern::random::{mix, spin};
use parallax_pattern::{Expire, Span};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

cases! {
    /// Why operations are not all done in time.
    pub enum Pressure {
        /// Some take too long.
        Deadline = "deadline",
        /// There are too many.
        Overload = "overload",
    }
}

/// Operations that expire.
pub struct Urgent {
    params: Params,
    turns: u64,
    origin: Instant,
    /// When the run began, in nanoseconds since the origin.
    start_ns: AtomicU64,
    pub(super) record: Record,
    /// The result of each operation, if it is delivered; computed on first use.
    right: OnceLock<Vec<u64>>,
}

const US: u64 = 1_000;
const MS: u64 = 1_000 * US;

/// Longer than any machine delays an operation: the deadline of operations that have none.
const NO_HURRY_NS: u64 = 3_600_000 * MS;

/// How long an operation that takes too long takes, and how long it may.
const TOO_LONG_NS: u64 = 50 * MS;
const CANCELLED_AFTER_NS: u64 = 20 * MS;

/// How long an operation under overload takes, how often one is offered, and how long after that it is due.
const SERVICE_NS: u64 = 2 * MS;
const EVERY_NS: u64 = 125 * US;
const DUE_NS: u64 = 20 * MS;

/// An operation that has waited for longer than this is shed: half of the time until it is due. Those that are served
/// have all waited about that long, as the oldest goes first. If they had just enough time left, the first delay would
/// make all of them late, and the capacity would be wasted on them.
const PATIENCE_NS: u64 = DUE_NS / 2;

/// How many operations are offered under overload: for 20 ms, 0.1 s, 1 s and 10 s.
const fn offered(size: Size) -> usize {
    size.of([160, 800, 800, 8_000, 80_000])
}

const fn is_too_long(i: usize) -> bool {
    i % 3 == 2
}

impl Urgent {
    fn pressure(&self) -> Pressure {
        Pressure::ALL[self.params.case]
    }

    /// The terms of operation `i`; times are since the start of the run.
    fn terms(&self, i: usize) -> Terms {
        match self.pressure() {
            Pressure::Deadline => {
                let (lasts_ns, expires_ns) = if is_too_long(i) {
                    (TOO_LONG_NS, CANCELLED_AFTER_NS)
                } else {
                    (wait_ms(i) * MS, NO_HURRY_NS)
                };
                let expires = Expires::AfterBegin(expires_ns);
                Terms { offered_ns: 0, admitted_until_ns: u64::MAX, lasts_ns, expires }
            }
            Pressure::Overload => {
                let offered_ns = i as u64 * EVERY_NS;
                Terms {
                    offered_ns,
                    admitted_until_ns: offered_ns + PATIENCE_NS,
                    lasts_ns: SERVICE_NS,
                    expires: Expires::AfterOffer(DUE_NS),
                }
            }
        }
    }

    fn now_ns(&self) -> u64 {
        (self.origin.elapsed().as_nanos() as u64).saturating_sub(self.start_ns.load(Relaxed))
    }

    /// Begins a run.
    pub(super) fn restart(&self) {
        self.start_ns.store(self.origin.elapsed().as_nanos() as u64, Relaxed);
        self.record.restart();
    }

    fn right(&self) -> &[u64] {
        self.right.get_or_init(|| right(self.len(), self.turns))
    }

    /// Whether operation `i` must be delivered; `None` if that depends on the clock.
    fn must_deliver(&self, i: usize) -> Option<bool> {
        match self.pressure() {
            Pressure::Deadline => Some(!is_too_long(i)),
            Pressure::Overload => None,
        }
    }

    /// The ideal time, which no schedule can beat, for a run that delivers `served`.
    pub(super) fn ideal_ns(&self, served: usize) -> f64 {
        let (longest_ns, sum_ns) = match self.pressure() {
            Pressure::Deadline => {
                let waits = (0..self.len()).map(|i| self.terms(i).lasts_ns.min(CANCELLED_AFTER_NS));
                (CANCELLED_AFTER_NS, waits.sum())
            }
            Pressure::Overload => (0, SERVICE_NS * served as u64),
        };
        let within_limit_ns = sum_ns as f64 / self.limit() as f64;
        spinning_ns(served, self.turns).max(longest_ns as f64).max(within_limit_ns)
    }
}

impl Expire for Urgent {
    fn len(&self) -> usize {
        match self.pressure() {
            Pressure::Deadline => shape(self.params.size).0,
            Pressure::Overload => offered(self.params.size),
        }
    }
    fn limit(&self) -> usize {
        match self.pressure() {
            Pressure::Deadline => shape(self.params.size).1,
            Pressure::Overload => 8,
        }
    }
    fn offered_in(&self, i: usize) -> Duration {
        Duration::from_nanos(self.terms(i).offered_ns.saturating_sub(self.now_ns()))
    }
    fn begin(&self, i: usize) -> Option<Span> {
        let terms = self.terms(i);
        let cancel_after = Duration::from_nanos(self.record.begin(i, &terms, self.now_ns())?);
        Some(Span { lasts: Duration::from_nanos(terms.lasts_ns), cancel_after })
    }
    fn end(&self, i: usize) -> Option<u64> {
        let (terms, over_ns) = (self.terms(i), self.now_ns());
        let worth = self.record.is_worth(i, &terms, over_ns);
        let result = if worth { mix(i as u64 ^ spin(i as u64, self.turns)) } else { POISON };
        self.record.end(i, &terms, over_ns, self.now_ns()).then_some(result)
    }
    fn cancel(&self, i: usize) {
        self.record.cancel(i, &self.terms(i), self.now_ns());
    }
}

impl Workload for Urgent {
    const NAME: &'static str = Fanout::NAME;
    const NUMBER: u16 = Fanout::NUMBER;
    const SHOWS: &'static str = Fanout::SHOWS;
    const PATTERN: &'static str = "expire";
    const CASES: &'static [&'static str] = Pressure::NAMES;
    const HEADLINE: &'static [&'static str] = Fanout::HEADLINE;
    const SOURCE: &'static str = file!();
    type Output = Settled;

    #[expect(clippy::disallowed_methods, reason = "the check needs to know whether operations are in time")]
    fn make(params: Params) -> Self {
        let mut work = Urgent {
            params,
            turns: params.turns.unwrap_or(Fanout::TURNS),
            origin: Instant::now(),
            start_ns: AtomicU64::new(0),
            record: Record::of(0, 0),
            right: OnceLock::new(),
        };
        work.record = Record::of(work.len(), work.limit());
        work
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        12 * 8 * offered(params.size) as u64
    }
    fn facts(&self) -> Facts {
        Facts {
            items: self.len() as f64,
            unit: "operations".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Uneven,
            limits: vec![Bound::share("efficiency", "ideal schedule")],
            spread: None,
        }
    }
    fn output(&self) -> Settled {
        Settled::of(self.len())
    }
    /// All are delivered, without waiting, except those that take too long.
    fn reference(&self, out: &mut Settled) {
        for (i, &right) in self.right().iter().enumerate() {
            let delivered = self.must_deliver(i).unwrap_or(true);
            out.results[i] = delivered.then_some(right);
            out.fates[i] = if delivered { Fate::Served(0) } else { Fate::Cancelled(0) };
        }
    }
    /// The sum of all results. An operation that was rightly shed counts with the result it would have had.
    fn digest(&self, out: &Settled) -> u64 {
        let shed = |i: usize| self.must_deliver(i).map_or(self.right()[i], |_| 0);
        let words = out.results.iter().enumerate().map(|(i, result)| result.unwrap_or_else(|| shed(i)));
        words.fold(0, u64::wrapping_add)
    }
    /// The faults; then the delivered results, and whether they had to be delivered.
    fn check(&self, got: &Settled, expected: u64) -> Result<(), Mismatch> {
        if let Some((count, fault)) = got.faults.iter().zip(FAULTS).find(|(count, _)| **count > 0) {
            return Err(Mismatch(format!("{count} operations {fault}")));
        }
        for (i, (result, right)) in got.results.iter().zip(self.right()).enumerate() {
            let wrong = match (result, self.must_deliver(i)) {
                (Some(_), Some(false)) => "was delivered, but takes longer than allowed",
                (None, Some(true)) => "was not delivered, but is in time",
                (Some(result), _) if result != right => "has a wrong result",
                _ => continue,
            };
            return Err(Mismatch(format!("operation {i} {wrong}")));
        }
        let digest = self.digest(got);
        if digest == expected {
            Ok(())
        } else {
            Err(Mismatch(format!("digest {digest:016x}, not {expected:016x}")))
        }
    }
}

sent_as_params!(Urgent);

#[cfg(test)]
mod tests;
