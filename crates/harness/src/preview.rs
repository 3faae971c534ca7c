//! The preview: a first look at the families that build quickly, before the others are built.
//!
//! It is one process each, without an interval, and not part of the run: it shows a user who has just cloned
//! the repository what will come, and that it works.

use crate::fleet::{Fleet, FleetArgs, FleetCell, Wanted};
use crate::plan::Selection;
use crate::turn::{self, Patience, ProbeAt};
use crate::{units, workers};
use anyhow::Result;
use parallax_record::journal::Outcome;
use parallax_record::name::BASELINE;
use parallax_record::plan::Mode;
use parallax_runner::clock::now_ns;
use parallax_suite::Size;
use std::time::Duration;

/// How long it may take, without the time to build.
const PATIENCE_NS: u64 = 15_000_000_000;

/// Measures the first families once, if there are others that were never built.
///
/// # Errors
///
/// Only if it is interrupted: other errors will occur again, and are reported, when all is built.
pub fn look(args: &FleetArgs, wanted: &Wanted, selection: Selection) -> Result<()> {
    if args.no_build {
        return Ok(());
    }
    let Ok(Some(fleet)) = Fleet::first(args, wanted) else { return Ok(()) };
    let Ok(chosen) = selection.choose(&fleet) else { return Ok(()) };
    let began_ns = now_ns();
    let left = || Duration::from_nanos((began_ns + PATIENCE_NS).saturating_sub(now_ns()));
    for cells in chosen.chunk_by(|a, b| a.info.workload == b.info.workload) {
        let mut times = Vec::new();
        for cell in cells {
            if !left().is_zero() {
                times.extend(time_ns(&fleet, cell, left())?.map(|ns| (cell.info.technique.as_str(), ns)));
            }
        }
        if let Some(line) = line(&cells[0].info.workload, &times) {
            crate::say::say(&line);
        }
    }
    Ok(())
}

fn time_ns(fleet: &Fleet, cell: &FleetCell, left: Duration) -> Result<Option<u64>> {
    let wanted = turn::prepare(cell, Size::Small, 0, workers::cores());
    let (_, _, _, measure) = Mode::Quick.defaults();
    let until_ns = now_ns() + u64::try_from(left.as_nanos()).unwrap_or(u64::MAX / 2);
    let patience = Patience { until_ns: Some(until_ns), ..Patience::of(Size::Small) };
    let taken = turn::turn(&fleet.launches[&cell.family], &wanted, &measure, patience, ProbeAt::Never)?;
    Ok(match taken.outcome {
        Outcome::Measured { measured, .. } => {
            measured.samples.iter().map(|sample| sample.wall_ns / sample.runs.max(1)).min()
        }
        Outcome::Refused { .. } => None,
    })
}

/// The line for one workload; none without the baseline, or without a technique to compare with it.
fn line(workload: &str, times: &[(&str, u64)]) -> Option<String> {
    let baseline = times.iter().find(|(name, _)| *name == BASELINE)?.1 as f64;
    let mut others: Vec<_> = times.iter().filter(|(name, _)| *name != BASELINE).collect();
    others.sort_by_key(|(_, ns)| *ns);
    let best: Vec<String> = others
        .iter()
        .take(3)
        .map(|(name, ns)| format!("{name} {}", units::ratio(baseline / *ns as f64)))
        .collect();
    let best = (!best.is_empty()).then(|| best.join(", "))?;
    Some(format!("first look at {workload}: {best} (small input; one process each, no interval)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_a_lone_baseline_is_no_result() {
        let times = [("sequential", 100), ("slow", 400), ("fast", 50), ("faster", 25), ("even", 100)];
        let line = line("julia", &times).unwrap();
        assert!(line.contains("julia: faster 4.00x, fast 2.00x, even 1.00x ("), "{line}");
        assert_eq!(super::line("julia", &times[..1]), None);
        assert_eq!(super::line("julia", &times[1..]), None);
    }
}
