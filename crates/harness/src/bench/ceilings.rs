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
use parallax_limits::Limit;
use parallax_runner::clock::now_ns;
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

/// How the limits are measured after the first time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Again {
    /// The time to measure them once, in seconds.
    pub(super) once_s: f64,
    /// The time between one measurement and the next, in seconds.
    pub(super) apart_s: f64,
    /// How long a measurement may take.
    pub(super) patience: Duration,
}

impl Again {
    /// None where there is no room for another measurement.
    fn of(budget_s: f64, once_s: f64) -> Option<Self> {
        let apart_s = (budget_s / (TIMES - 1.0)).max(once_s / SHARE);
        let patience = LEAST.max(Duration::from_nanos(nanoseconds(2.0 * once_s)));
        (once_s <= SHARE * budget_s).then_some(Again { once_s, apart_s, patience })
    }
}

impl Bench<'_> {
    /// Measures the limits of machine and network for the first time; returns how to go on with the machine's.
    pub(super) fn measure_ceilings(&mut self) -> Result<Option<Again>> {
        let began = now_ns();
        let patience_s = FIRST_SHARE * (self.plan.budget_s - self.spent_before_s);
        let patience = Duration::from_nanos(nanoseconds(patience_s));
        if !self.measure_limits(patience, self.spent_before_s)? {
            return Ok(None);
        }
        let once_s = (now_ns() - began) as f64 / 1e9;
        self.measure_network()?;
        Ok(Again::of(self.plan.budget_s, once_s))
    }

    /// Measures the machine's limits at this second of the run, and adds them to those of other times. Where they
    /// cannot be measured, only the shares of limits are missing. Returns whether it was tried.
    pub(super) fn measure_limits(&mut self, patience: Duration, at_s: f64) -> Result<bool> {
        let Some(launch) = self.fleet.launches.get(fleet::BASELINE_FAMILY) else { return Ok(false) };
        if patience < LEAST {
            say(
                "without the machine's limits: a quarter of the budget is too short for them; give more with --budget",
            );
            return Ok(false);
        }
        let before = Load::now();
        let workers = self.plan.groups.iter().map(|group| group.workers).chain([1]).collect();
        match limits::measure(&launch.program, &workers, self.plan.mode.limit_samples(), patience) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_measured_through_the_run_and_take_their_share_of_it_at_most() {
        for (budget_s, once_s, times) in
            [(300.0, 1.0, 8.0), (300.0, 6.0, 6.0), (60.0, 3.0, 3.0), (30.0, 3.0, 2.0)]
        {
            let again = Again::of(budget_s, once_s).unwrap();
            assert!((1.0 + budget_s / again.apart_s - times).abs() < 1e-9, "{budget_s} {once_s}: {again:?}");
            assert!((times - 1.0) * once_s <= SHARE * budget_s, "all except the first");
        }
        assert_eq!(Again::of(20.0, 3.0), None, "measuring twice would take more than a tenth");
        assert_eq!(Again::of(300.0, 1.0).unwrap().patience, LEAST);
    }
}
