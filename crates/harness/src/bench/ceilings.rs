//! The machine's limits during a run: they change, so they are measured at both ends of a run and in between.

use super::{Bench, nanoseconds};
use crate::fleet;
use crate::hosts;
use crate::limits;
use crate::load::Load;
use crate::say::say;
use crate::share::is_far;
use crate::worker::Interrupted;
use anyhow::Result;
use parallax_limits::{Limit, Need};
use parallax_record::journal::{Line, Outcome, TurnLine};
use parallax_runner::clock::now_ns;
use parallax_suite::Bound;
use std::time::Duration;

/// How many times the machine's limits are measured in a run, if that takes no more than their share of it.
const TIMES: f64 = 8.0;

/// The most of the budget that all these times may take; they are measured once only where two would take more.
const SHARE: f64 = 0.1;

/// The most of what is left of the budget that they may take the first time.
const FIRST_SHARE: f64 = 0.25;

/// How often the links between named hosts are measured: each time takes some hundred messages there and back.
const NAMED_SAMPLES: usize = 5;

/// Less time than this is not enough to measure the limits.
const LEAST: Duration = Duration::from_secs(3);

/// When the machine's limits are measured next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Due {
    /// Once a turn has told which limits its row is compared with.
    First,
    /// When the last time is long enough ago, and at the end.
    Next(Again),
    /// Not in this run, or not any more.
    Never,
}

/// How the limits are measured after the first time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Again {
    /// The time to measure them once, in seconds.
    once_s: f64,
    /// The time from one measurement to the next, in seconds; infinite where there is no room for another.
    apart_s: f64,
    /// The time limit of one measurement.
    patience: Duration,
    /// When they were measured last, on our clock, and how many.
    at_ns: u64,
    needs: usize,
}

impl Again {
    fn of(budget_s: f64, once_s: f64, (at_ns, needs): (u64, usize)) -> Self {
        let apart_s = (budget_s / (TIMES - 1.0)).max(once_s / SHARE);
        let has_room = once_s <= SHARE * budget_s;
        let patience = LEAST.max(Duration::from_nanos(nanoseconds(2.0 * once_s)));
        Again { once_s, apart_s: if has_room { apart_s } else { f64::INFINITY }, patience, at_ns, needs }
    }

    /// At the end also for those that rows have needed since, even where there is no room.
    fn is_due(&self, now_ns: u64, needs: usize, is_end: bool) -> bool {
        let is_long_ago = now_ns - self.at_ns > nanoseconds(self.apart_s);
        is_long_ago || is_end && (self.apart_s.is_finite() || needs > self.needs)
    }
}

impl Due {
    /// The part of the budget that is kept for the last measurement, in seconds.
    pub(super) fn kept_s(self) -> f64 {
        if let Due::Next(again) = self { again.once_s } else { 0.0 }
    }
}

impl Bench<'_> {
    /// Measures the limits if they are due, or if the run is at its end; returns whether it did.
    pub(super) fn measure_what_is_due(&mut self, due: &mut Due, spent_s: f64, is_end: bool) -> Result<bool> {
        let Some(needs) = needs(&self.lines) else { return Ok(false) };
        let patience = match *due {
            Due::Never => return Ok(false),
            Due::First => {
                Duration::from_nanos(nanoseconds(FIRST_SHARE * (self.plan.budget_s - self.spent_before_s)))
            }
            Due::Next(again) if again.is_due(now_ns(), needs.len(), is_end) => again.patience,
            Due::Next(_) => return Ok(false),
        };
        let began = now_ns();
        let is_first = *due == Due::First;
        *due = match self.measure_limits(&needs, patience, spent_s)? {
            false => Due::Never,
            true => {
                let took_s = (now_ns() - began) as f64 / 1e9;
                let last = (now_ns(), needs.len());
                Due::Next(Again::of(self.plan.budget_s, took_s.max(due.kept_s()), last))
            }
        };
        if is_first {
            self.measure_network()?;
        }
        Ok(true)
    }

    /// Measures the needed limits of the machine at this second of the run, and adds them to those of other times. Where
    /// they cannot be measured, only the shares of limits are missing. Returns whether it was tried.
    fn measure_limits(&mut self, needs: &[Need], patience: Duration, at_s: f64) -> Result<bool> {
        let Some(launch) = self.fleet.launches.get(fleet::BASELINE_FAMILY) else { return Ok(false) };
        if patience < LEAST {
            say(
                "without the machine's limits: a quarter of the budget is too short for them; give more with --budget",
            );
            return Ok(false);
        }
        let before = Load::now();
        let workers = self.plan.groups.iter().map(|group| group.workers).chain([1]).collect();
        let samples = self.plan.mode.limit_samples();
        match limits::measure(&launch.program, &workers, samples, Some(needs), patience) {
            Err(why) if !why.is::<Interrupted>() => {
                say(&format!("without the machine's limits: {why:#}"));
            }
            measured => {
                let measured = measured?;
                // Samples of one moment agree with each other even when they are disturbed: their interval does not
                // show it.
                if Load::now().since(&before).cores() > self.plan.exclusion.foreign_cores {
                    say("the machine's limits were disturbed by other load and do not count this time");
                } else {
                    let measured = measured.into_iter().map(|limit| Limit { at_s: vec![at_s], ..limit });
                    parallax_limits::add(&mut self.ceilings.limits, measured.collect());
                    self.run.keep_ceilings(&self.ceilings)?;
                }
            }
        }
        Ok(true)
    }

    /// Measures the links between hosts once in a run, for the rows of techniques that use several: between the named
    /// hosts, or between as many processes on this machine. Where that fails, these rows have no share of the network's
    /// limit.
    fn measure_network(&mut self) -> Result<()> {
        let far = self.plan.groups.iter().filter(|group| group.cells.iter().any(|cell| is_far(&cell.family)));
        let workers = far.map(|group| group.workers).max().unwrap_or(0);
        if workers < 2 || self.ceilings.network.is_some() || !self.fleet.launches.contains_key(hosts::FAMILY)
        {
            return Ok(());
        }
        let (hosts, samples) = match self.plan.hosts.is_empty() {
            true => (workers, self.plan.mode.limit_samples()),
            false => (0, NAMED_SAMPLES),
        };
        match hosts::measure(self.fleet, hosts, samples) {
            Err(why) if !why.is::<Interrupted>() => say(&format!("without the network's limits: {why:#}")),
            measured => {
                self.ceilings.network = Some(measured?);
                self.run.keep_ceilings(&self.ceilings)?;
            }
        }
        Ok(())
    }
}

/// The limits that the rows so far are compared with; none before the first row.
fn needs(lines: &[Line]) -> Option<Vec<Need>> {
    let measured = lines.iter().filter_map(|line| match line {
        Line::Turn(TurnLine { outcome: Outcome::Measured { ready, .. }, .. }) => Some(ready),
        _ => None,
    });
    let mut needs = None;
    for ready in measured {
        let needs: &mut Vec<Need> = needs.get_or_insert_default();
        for bound in &ready.facts.limits {
            let Bound::Rate { rate, data, .. } = bound else { continue };
            let need = Need { rate: *rate, bytes: data.unwrap_or(ready.footprint) };
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_measured_through_the_run_and_take_their_share_of_it_at_most() {
        for (budget_s, once_s, times) in
            [(300.0, 1.0, 8.0), (300.0, 6.0, 6.0), (60.0, 3.0, 3.0), (30.0, 3.0, 2.0)]
        {
            let again = Again::of(budget_s, once_s, (0, 1));
            assert!((1.0 + budget_s / again.apart_s - times).abs() < 1e-9, "{budget_s} {once_s}: {again:?}");
            assert!((times - 1.0) * once_s <= SHARE * budget_s, "all except the first");
        }
        let once = Again::of(20.0, 3.0, (0, 1));
        assert!(once.apart_s.is_infinite(), "measuring twice would take more than a tenth");
        assert!(!once.is_due(u64::MAX / 2, 2, false) && !once.is_due(1, 1, true), "nothing new is needed");
        assert!(once.is_due(1, 2, true), "a later row needs another");
        assert_eq!(Again::of(300.0, 1.0, (0, 1)).patience, LEAST);
    }
}
