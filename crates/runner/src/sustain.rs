//! Repeats the same work, for a profiler that samples from outside or by a timer inside.

use crate::clock::now_ns;
use crate::protocol::{Sustain, Sustained};
use crate::ticks::Ticks;
use parallax_pattern::{Answer, No};
use parallax_suite::cell::Run;
use std::num::NonZeroU64;

/// Runs are batched until a batch lasts this long, so that a window is long compared with the time between two looks.
const BATCH_NS: u64 = 20_000_000;

/// The longest that a profiler may ask for.
const LONGEST_NS: u64 = 600_000_000_000;

/// Repeats `run` as `plan` says. Each batch is checked, so that wrong work is not profiled.
///
/// # Errors
///
/// The cell's refusal, [`No::Failed`] if a result is wrong, or [`No::Unavailable`] if there is no timer.
pub(crate) fn sustain(run: &mut dyn Run, plan: &Sustain) -> Answer<Sustained> {
    let at_least_ns = plan.at_least_ns.min(LONGEST_NS);
    let ticks = plan.hertz.map(Ticks::start).transpose()?;
    let mut done = Sustained::default();
    let (mut spent_ns, mut times) = (0, plan.calls.map_or(1, NonZeroU64::get));
    while spent_ns < at_least_ns || done.windows.is_empty() {
        run.spoil();
        let began = now_ns();
        run.run(times)?;
        let ended = now_ns();
        run.check().map_err(|mismatch| No::Failed(Box::new(mismatch)))?;
        done.runs += times;
        done.windows.push([began, ended]);
        spent_ns += ended - began;
        if ended - began < BATCH_NS {
            times *= 2;
        }
    }
    done.looked = ticks.map(Ticks::stop);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotspots;
    use parallax_suite::Size;

    fn load() -> Box<dyn Run> {
        let cell = hotspots::cells().remove(0);
        cell.start(1).unwrap().load(cell.params(Size::Tiny, 0)).ok().unwrap()
    }

    #[test]
    fn runs_until_it_has_been_long_enough_and_tells_when_the_clock_ran() {
        let began = now_ns();
        let done =
            sustain(load().as_mut(), &Sustain { at_least_ns: 60_000_000, calls: None, hertz: None }).unwrap();
        let inside: u64 = done.windows.iter().map(|[from, to]| to - from).sum();
        assert!(inside >= 60_000_000 && inside <= now_ns() - began, "{inside}");
        assert!(done.runs >= done.windows.len() as u64);
        assert!(done.windows.is_sorted_by(|one, next| one[0] <= one[1] && one[1] <= next[0]));
        assert_eq!(done.looked, None);
    }

    #[test]
    fn a_number_of_calls_is_one_batch() {
        let plan = Sustain { at_least_ns: 0, calls: NonZeroU64::new(7), hertz: None };
        let done = sustain(load().as_mut(), &plan).unwrap();
        assert_eq!((done.runs, done.windows.len()), (7, 1));
    }

    #[test]
    fn a_wrong_result_is_nothing_to_look_at() {
        struct Wrong(Box<dyn Run>);
        impl Run for Wrong {
            fn spoil(&mut self) {
                self.0.spoil();
            }
            fn run(&mut self, _: u64) -> Answer<()> {
                Ok(())
            }
            fn check(&self) -> Result<u64, parallax_suite::workload::Mismatch> {
                self.0.check()
            }
            fn facts(&self) -> parallax_suite::workload::Facts {
                self.0.facts()
            }
            fn is_exact(&self) -> bool {
                true
            }
        }
        let refused =
            sustain(&mut Wrong(load()), &Sustain { at_least_ns: 0, calls: None, hertz: None }).unwrap_err();
        assert!(refused.to_string().contains("wrong result"), "{refused}");
    }
}
