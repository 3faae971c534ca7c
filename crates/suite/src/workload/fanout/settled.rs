//! The results of the operations of a run, and their outcomes.

use super::record::{Fate, Faults, UNTRUE};
use super::urgent::Urgent;
use crate::digest::{Output, POISON};
use parallax_pattern::Answer;

/// The results of the operations, and the outcome of each in the last run.
pub struct Settled {
    pub(super) results: Vec<Option<u64>>,
    pub(super) fates: Vec<Fate>,
    pub(super) faults: Faults,
    makespan_ns: u64,
    ideal_ns: f64,
}

impl Settled {
    pub(super) fn of(len: usize) -> Self {
        Settled {
            results: vec![Some(POISON); len],
            fates: vec![Fate::Open; len],
            faults: Faults::default(),
            makespan_ns: 0,
            ideal_ns: 0.0,
        }
    }

    /// Lets one run settle the operations, and takes over its record.
    ///
    /// # Errors
    ///
    /// Those of `run`.
    pub fn settle(
        &mut self,
        work: &Urgent,
        run: impl FnOnce(&mut [Option<u64>]) -> Answer<()>,
    ) -> Answer<()> {
        work.restart();
        run(&mut self.results)?;
        self.close(work);
        Ok(())
    }

    fn close(&mut self, work: &Urgent) {
        let faults;
        (self.fates, faults, self.makespan_ns) = work.record.close();
        self.faults.iter_mut().zip(faults).for_each(|(sum, fault)| *sum += fault);
        let untrue = |(result, fate): &(&Option<u64>, &Fate)| result.is_some() != fate.is_served();
        self.faults[UNTRUE] += self.results.iter().zip(&self.fates).filter(untrue).count() as u64;
        self.ideal_ns = work.ideal_ns(self.served());
    }

    /// How many were served in time.
    pub(super) fn served(&self) -> usize {
        self.fates.iter().filter(|fate| fate.is_served()).count()
    }
}

/// The word of an operation without a result: it is not the result of any operation.
const NOTHING: u64 = 0x6e6f_7468_696e_6721;

impl Output for Settled {
    fn len(&self) -> usize {
        self.results.len()
    }
    fn word(&self, i: usize) -> u64 {
        self.results[i].unwrap_or(NOTHING)
    }
    fn set_word(&mut self, i: usize, word: u64) {
        self.results[i] = (word != NOTHING).then_some(word);
    }
    fn spoil(&mut self) {
        self.results.fill(Some(POISON));
        self.faults = Faults::default();
    }
    /// The share of offered operations that were served in time, and their rate per second.
    fn metrics(&self) -> Vec<(&'static str, f64)> {
        let (served, makespan_ns) = (self.served() as f64, self.makespan_ns.max(1) as f64);
        let mut metrics = vec![
            ("served_share", served / self.len() as f64),
            ("goodput_per_s", served * 1e9 / makespan_ns),
            ("efficiency", self.ideal_ns / makespan_ns),
        ];
        let late_ns =
            self.fates.iter().filter_map(|fate| if let Fate::Served(ns) = fate { Some(*ns) } else { None });
        if let Some([half, most]) = quantiles_us(late_ns) {
            metrics.extend([("lateness_us_p50", half), ("lateness_us_p99", most)]);
        }
        let after_ns = self
            .fates
            .iter()
            .filter_map(|fate| if let Fate::Cancelled(ns) = fate { Some(*ns) } else { None });
        metrics.extend(quantiles_us(after_ns).map(|[_, most]| ("cancelled_late_us_p99", most)));
        metrics
    }
}

/// The median and the 99th percentile, in microseconds; `None` without times.
fn quantiles_us(times_ns: impl Iterator<Item = u64>) -> Option<[f64; 2]> {
    let mut times_ns: Vec<u64> = times_ns.collect();
    times_ns.sort_unstable();
    let last = times_ns.len().checked_sub(1)?;
    Some([50, 99].map(|percent| times_ns[last * percent / 100] as f64 / 1e3))
}
