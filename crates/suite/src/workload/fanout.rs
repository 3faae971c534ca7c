//! Overlapping waits: concurrency, which hides time, against parallelism, which divides work.
//!
//! ```text
//! for i in range(n), at most `limit` at once:
//!     sleep 1 + i % 5 milliseconds
//!     result[i] = mix(i ^ spin(i, turns))
//! ```
//!
//! Each operation waits for a few milliseconds and then spins for a while. With few turns, one
//! thread for all waits is enough; with many, only more cores help. A technique's efficiency compares
//! it with the ideal schedule; an operation's lateness is how long after its deadline it
//! continues. For operations that are cancelled or shed see [`Urgent`](urgent::Urgent).

mod record;
pub(super) mod settled;
pub(super) mod urgent;

use super::{Evenness, Facts, Mismatch, Params, Size, Workload, explain, sent_as_params};
use crate::bound::Bound;
use crate::buffer::Buffer;
use crate::digest::{Output, POISON};
use parallax_pattern::Answer;
use parallax_pattern::Wait;
use parallax_pattern::random::{GAMMA, mix, spin};
use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Waits, and a record of each.
///
/// All atomics of the record are relaxed: a technique that ends a wait on another thread than it
/// began on, or begins one because another has ended, has synchronised these threads itself, which
/// covers the earlier writes.
pub struct Fanout {
    params: Params,
    turns: u64,
    origin: Instant,
    waits: Vec<Record>,
    /// The right result of each wait; computed on first use.
    right: OnceLock<Vec<u64>>,
    under_way: AtomicUsize,
    first_begin_ns: AtomicU64,
    last_end_ns: AtomicU64,
    faults: [AtomicU64; 3],
}

/// One wait, in nanoseconds since the origin.
#[derive(Default)]
struct Record {
    /// When it may end; 0 while it is not under way.
    deadline_ns: AtomicU64,
    /// How long after its deadline it continued, plus 1; 0 if it has not.
    late_ns: AtomicU64,
}

/// The possible faults of a wait, each with its index below.
const FAULTS: [&str; 3] =
    ["ended before their deadline", "began beyond the limit", "began or ended other than once"];
const EARLY: usize = 0;
const BEYOND: usize = 1;
const STRAY: usize = 2;

/// How many waits, and how many at the same time. Even the smallest size has a limit, so that the
/// tests of all techniques detect one that ignores it.
const fn shape(size: Size) -> (usize, usize) {
    size.of([(8, 4), (32, 32), (32, 32), (128, 128), (10_000, 128)])
}

const fn wait_ms(i: usize) -> u64 {
    1 + i as u64 % 5
}

/// The right results of `len` waits: turn by turn, by the definition.
fn right(len: usize, turns: u64) -> Vec<u64> {
    let turned = |i: u64| (0..turns).fold(i, |h, _| mix(h.wrapping_add(GAMMA)));
    (0..len as u64).map(|i| mix(i ^ turned(i))).collect()
}

/// How long all turns after `len` waits take on all cores.
fn spinning_ns(len: usize, turns: u64) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    len as f64 * turns as f64 * turn_ns() / cores as f64
}

impl Fanout {
    /// The default number of turns of opaque work after a wait: a few microseconds.
    pub const TURNS: u64 = 1000;

    /// How many turns of opaque work follow a wait.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    fn begin_at(&self, i: usize, now_ns: u64) -> Duration {
        let wait = Duration::from_millis(wait_ms(i));
        if self.under_way.fetch_add(1, Relaxed) >= self.limit() {
            self.fault(BEYOND);
        }
        let deadline_ns = now_ns + wait.as_nanos() as u64;
        if self.waits[i].deadline_ns.swap(deadline_ns, Relaxed) != 0 {
            self.fault(STRAY);
        }
        self.first_begin_ns.fetch_min(now_ns, Relaxed);
        wait
    }

    fn end_at(&self, i: usize, now_ns: u64) -> u64 {
        let deadline_ns = self.waits[i].deadline_ns.swap(0, Relaxed);
        if deadline_ns == 0 {
            self.fault(STRAY);
            return POISON;
        }
        self.under_way.fetch_sub(1, Relaxed);
        let Some(late_ns) = now_ns.checked_sub(deadline_ns) else {
            self.fault(EARLY);
            return POISON;
        };
        if self.waits[i].late_ns.swap(late_ns + 1, Relaxed) != 0 {
            self.fault(STRAY);
        }
        mix(i as u64 ^ spin(i as u64, self.turns))
    }

    /// The right result of each wait.
    fn right(&self) -> &[u64] {
        self.right.get_or_init(|| right(self.len(), self.turns))
    }

    fn fault(&self, kind: usize) {
        self.faults[kind].fetch_add(1, Relaxed);
    }

    fn now_ns(&self) -> u64 {
        self.origin.elapsed().as_nanos() as u64
    }

    fn reset(&self) {
        for wait in &self.waits {
            wait.deadline_ns.store(0, Relaxed);
            wait.late_ns.store(0, Relaxed);
        }
        self.under_way.store(0, Relaxed);
        self.first_begin_ns.store(u64::MAX, Relaxed);
        self.last_end_ns.store(0, Relaxed);
        self.faults.iter().for_each(|fault| fault.store(0, Relaxed));
    }

    /// The ideal time, which no schedule can beat: the longest wait, all waits within the limit, all turns on all
    /// cores.
    fn ideal_ns(&self) -> f64 {
        let waits = || (0..self.len()).map(|i| 1e6 * wait_ms(i) as f64);
        waits()
            .fold(spinning_ns(self.len(), self.turns), f64::max)
            .max(waits().sum::<f64>() / self.limit() as f64)
    }
}

impl Wait for Fanout {
    fn len(&self) -> usize {
        shape(self.params.size).0
    }
    fn limit(&self) -> usize {
        shape(self.params.size).1
    }
    fn begin(&self, i: usize) -> Duration {
        self.begin_at(i, self.now_ns())
    }
    fn end(&self, i: usize) -> u64 {
        let result = self.end_at(i, self.now_ns());
        self.last_end_ns.fetch_max(self.now_ns(), Relaxed);
        result
    }
}

/// The results of the waits, and the record of the last run.
pub struct Joined {
    results: Buffer<u64>,
    late_ns: Vec<u64>,
    makespan_ns: u64,
    ideal_ns: f64,
    faults: [u64; 3],
}

impl Joined {
    /// Lets one run do the waits, and takes over its record.
    ///
    /// A technique that waits in other processes leaves no record here, and so has no lateness.
    ///
    /// # Errors
    ///
    /// Those of `run`.
    pub fn join(&mut self, work: &Fanout, run: impl FnOnce(&mut [u64]) -> Answer<()>) -> Answer<()> {
        work.reset();
        run(&mut self.results)?;
        let ended = work.waits.iter().map(|wait| wait.late_ns.load(Relaxed)).filter(|&late| late > 0);
        self.late_ns.clear();
        self.late_ns.extend(ended.map(|late| late - 1));
        let first_begin_ns = work.first_begin_ns.load(Relaxed);
        self.makespan_ns = work.last_end_ns.load(Relaxed).saturating_sub(first_begin_ns);
        let open = if first_begin_ns == u64::MAX { 0 } else { work.len() - self.late_ns.len() };
        for (sum, fault) in self.faults.iter_mut().zip(&work.faults) {
            *sum += fault.load(Relaxed);
        }
        self.faults[STRAY] += open as u64;
        Ok(())
    }
}

impl Output for Joined {
    fn len(&self) -> usize {
        self.results.len()
    }
    fn word(&self, i: usize) -> u64 {
        self.results[i]
    }
    fn set_word(&mut self, i: usize, word: u64) {
        self.results[i] = word;
    }
    fn spoil(&mut self) {
        self.results.spoil();
        self.late_ns.clear();
        self.faults = [0; 3];
    }
    fn metrics(&self) -> Vec<(&'static str, f64)> {
        let mut late_ns = self.late_ns.clone();
        late_ns.sort_unstable();
        let Some(last) = late_ns.len().checked_sub(1) else { return Vec::new() };
        let quantile_us = |percent| late_ns[last * percent / 100] as f64 / 1e3;
        vec![
            ("lateness_us_p50", quantile_us(50)),
            ("lateness_us_p99", quantile_us(99)),
            ("efficiency", self.ideal_ns / self.makespan_ns.max(1) as f64),
        ]
    }
}

impl Workload for Fanout {
    const NAME: &'static str = "fanout";
    const NUMBER: u16 = 14;
    const SHOWS: &'static str = "overlapping waits; concurrency vs parallelism";
    const PATTERN: &'static str = "wait";
    const HEADLINE: &'static [&'static str] = &["tokio", "tokio+pool", "thread-per-wait", "thread-pool"];
    const SOURCE: &'static str = file!();
    type Output = Joined;

    #[expect(clippy::disallowed_methods, reason = "the check compares with a deadline")]
    fn make(params: Params) -> Self {
        let (len, _) = shape(params.size);
        let work = Fanout {
            params,
            turns: params.turns.unwrap_or(Self::TURNS),
            origin: Instant::now(),
            waits: (0..len).map(|_| Record::default()).collect(),
            right: OnceLock::new(),
            under_way: AtomicUsize::new(0),
            first_begin_ns: AtomicU64::new(0),
            last_end_ns: AtomicU64::new(0),
            faults: Default::default(),
        };
        work.reset();
        work
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        5 * 8 * shape(params.size).0 as u64
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
    fn output(&self) -> Joined {
        Joined {
            results: Buffer::new(self.len()),
            late_ns: Vec::with_capacity(self.len()),
            makespan_ns: 0,
            ideal_ns: self.ideal_ns(),
            faults: [0; 3],
        }
    }
    /// The right results, without waiting.
    fn reference(&self, out: &mut Joined) {
        out.results.copy_from_slice(self.right());
    }
    /// The sum of the results, which waits could fold as they end; the check compares each in its place.
    fn digest(&self, out: &Joined) -> u64 {
        out.results.iter().copied().fold(0, u64::wrapping_add)
    }
    /// The faults, then each result in its place, since the digest is a sum.
    fn check(&self, got: &Joined, expected: u64) -> Result<(), Mismatch> {
        if let Some((count, fault)) = got.faults.iter().zip(FAULTS).find(|(count, _)| **count > 0) {
            return Err(Mismatch(format!("{count} waits {fault}")));
        }
        let in_place = got.results[..] == *self.right();
        if in_place && self.digest(got) == expected { Ok(()) } else { Err(explain(self, got, expected)) }
    }
}

sent_as_params!(Fanout);

/// The shortest time of a turn of opaque work on this machine.
#[expect(clippy::disallowed_methods, reason = "the ideal schedule needs the speed of this machine")]
fn turn_ns() -> f64 {
    const TURNS: u64 = 20_000;
    let once = |_| {
        let start = Instant::now();
        black_box(spin(black_box(1), TURNS));
        start.elapsed().as_nanos() as f64 / TURNS as f64
    };
    (0..5).map(once).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn tiny() -> Fanout {
        Fanout::make(Params { turns: Some(1), ..Params::of(Size::Tiny) })
    }

    /// The check's verdict on a simulated run, at given times.
    fn verdict(run: impl FnOnce(&Fanout, &mut [u64])) -> Result<Joined, Mismatch> {
        let work = tiny();
        let mut out = work.output();
        let run = |results: &mut [u64]| {
            run(&work, results);
            Ok(())
        };
        out.join(&work, run).unwrap();
        work.check(&out, work.expected()).map(|()| out)
    }

    /// One after the other, each ending `late_ns` after its deadline.
    fn in_turn(work: &Fanout, out: &mut [u64], late_ns: u64) {
        for (i, result) in out.iter_mut().enumerate() {
            work.begin_at(i, 100 * MS * i as u64);
            *result = work.end_at(i, (100 * i as u64 + wait_ms(i)) * MS + late_ns);
        }
    }

    #[test]
    fn the_sums_are_those_of_another_program() {
        let sums = [
            0xa459a87498118f6b,
            0x98ba07312d7034df,
            0x98ba07312d7034df,
            0x312f5df1c68d79a0,
            0xaeb2fd08513b3e5d,
        ];
        for (size, sum) in Size::ALL.into_iter().zip(sums) {
            assert_eq!(Fanout::make(Params::of(size)).expected(), sum, "{size}");
        }
    }

    #[test]
    fn an_operation_that_skips_its_work_is_rejected() {
        let work = Fanout::make(Params::of(Size::Tiny));
        let mut out = work.output();
        work.reference(&mut out);
        assert_eq!(work.check(&out, work.expected()), Ok(()));
        for turns in [0, Fanout::TURNS - 1] {
            let skips = Fanout::make(Params { turns: Some(turns), ..Params::of(Size::Tiny) });
            work.reference(&mut out);
            out.results[3] = {
                skips.begin_at(3, 0);
                skips.end_at(3, wait_ms(3) * MS)
            };
            assert!(work.check(&out, work.expected()).is_err(), "one that makes {turns} turns");
            skips.reference(&mut out);
            assert!(work.check(&out, work.expected()).is_err(), "all that make {turns} turns");
        }
    }

    #[test]
    fn waits_that_keep_their_time_are_right() {
        let out = verdict(|work, out| in_turn(work, out, 7000)).unwrap();
        assert_eq!(out.late_ns, [7000; 8]);
        assert_eq!(out.metrics()[..2], [("lateness_us_p50", 7.0), ("lateness_us_p99", 7.0)]);
    }

    #[test]
    fn a_wait_that_ends_a_nanosecond_early_is_rejected() {
        let early = verdict(|work, out| {
            for (i, result) in out.iter_mut().enumerate() {
                work.begin_at(i, 0);
                *result = work.end_at(i, wait_ms(i) * MS - u64::from(i == 3));
            }
        });
        assert!(early.is_err_and(|why| why.0.contains("before their deadline")));
    }

    #[test]
    fn one_wait_more_than_the_limit_is_rejected() {
        let at_once = |many: usize| {
            verdict(move |work, out| {
                for wave in 0..8usize.div_ceil(many) {
                    let wave = many * wave..(many * (wave + 1)).min(8);
                    for i in wave.clone() {
                        work.begin_at(i, 0);
                    }
                    wave.for_each(|i| out[i] = work.end_at(i, 5 * MS));
                }
            })
        };
        assert!(at_once(4).is_ok());
        assert!(at_once(5).is_err_and(|why| why.0.contains("beyond the limit")));
    }

    #[test]
    fn waits_that_come_other_than_once_are_rejected() {
        let again = verdict(|work, out| {
            in_turn(work, out, 0);
            work.begin_at(2, 0);
            out[2] = work.end_at(2, 9 * MS);
        });
        let never_ended = verdict(|work, out| {
            in_turn(work, out, 0);
            work.waits[2].late_ns.store(0, Relaxed);
        });
        let never_begun = verdict(|work, out| {
            in_turn(work, out, 0);
            work.end_at(2, 9 * MS);
        });
        for verdict in [again, never_ended, never_begun] {
            assert!(verdict.is_err_and(|why| why.0.contains("other than once")));
        }
    }

    #[test]
    fn a_fault_in_an_earlier_run_is_not_forgotten() {
        let work = tiny();
        let mut out = work.output();
        let right = |results: &mut [u64]| {
            in_turn(&work, results, 0);
            Ok(())
        };
        let stray = |results: &mut [u64]| {
            work.end(1);
            right(results)
        };
        out.join(&work, stray).unwrap();
        out.join(&work, right).unwrap();
        assert!(work.check(&out, work.expected()).is_err());
        out.spoil();
        out.join(&work, right).unwrap();
        assert!(work.check(&out, work.expected()).is_ok());
    }

    #[test]
    fn the_ideal_is_bounded_by_each_of_the_three() {
        let ideal_ms =
            |size, turns| Fanout::make(Params { turns: Some(turns), ..Params::of(size) }).ideal_ns() / 1e6;
        assert_eq!(ideal_ms(Size::Small, 0), 5.0); // the longest wait
        assert_eq!(ideal_ms(Size::Large, 0), 30_000.0 / 128.0); // three milliseconds each on average
        assert!(ideal_ms(Size::Small, 1_000_000_000) > 5.0);
    }
}
