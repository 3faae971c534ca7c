//! What the machine can do changes while a run goes on, so it is measured at both ends of a run and between.

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

/// The machine's limits are measured so many times in a run, if that takes no more than their share of it.
const TIMES: f64 = 8.0;

/// The most of the budget that all these times may take; they are measured once only where two would take more.
const SHARE: f64 = 0.1;

/// The most of what is left of the budget that they may take the first time.
const FIRST_SHARE: f64 = 0.25;

/// How often the ways between hosts that were named are measured: each time takes some hundred messages there and back.
const NAMED_SAMPLES: usize = 5;

/// Less time than this is not enough to measure the limits.
const LEAST: Duration = Duration::from_secs(3);

/// How the limits are measured after the first time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Again {
    /// What measuring them once takes.
    pub(super) once_s: f64,
    /// How much lies between one time and the next.
    pub(super) apart_s: f64,
    /// How long it may take.
    pub(super) patience: Duration,
}

impl Again {
    /// None where there is no room for another time.
    fn of(budget_s: f64, once_s: f64) -> Option<Self> {
        let apart_s = (budget_s / (TIMES - 1.0)).max(once_s / SHARE);
        let patience = LEAST.max(Duration::from_nanos(nanoseconds(2.0 * once_s)));
        (once_s <= SHARE * budget_s).then_some(Again { once_s, apart_s, patience })
    }
}

impl Bench<'_> {
    /// Measures the limits of machine and network for the first time; says how to go on with the machine's.
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

    /// What the machine can do at most at this second of the run, added to what it could at other times of it. A machine
    /// that does not tell costs the shares only. Says whether it was tried.
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
                // Samples of one moment agree with each other, disturbed as they may be: their interval tells nothing.
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

    /// What the ways between hosts take, for the rows of techniques that have several: once in a run, between the hosts that
    /// were named, or as many processes on this machine. Where it cannot be measured, these rows have no share of it.
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
            assert!((times - 1.0) * once_s <= SHARE * budget_s, "all but the first");
        }
        assert_eq!(Again::of(20.0, 3.0), None, "two times would take more than a tenth");
        assert_eq!(Again::of(300.0, 1.0).unwrap().patience, LEAST);
    }
}
