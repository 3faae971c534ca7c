//! The points of a sweep over hosts: techniques that leave the machine, and those that they are compared with.

use super::is_far;
use crate::point::Point;
use crate::scale::{ScaleArgs, with_baselines};
use anyhow::{Result, bail};
use parallax_harness::fleet::{Fleet, FleetCell};
use parallax_harness::turn::prepare;
use parallax_record::name::{BASELINE, full};
use parallax_runner::protocol::Prepare;
use parallax_suite::Size;

/// A workload, its size, and its turns of work.
pub(super) type Calibration = (&'static str, Size, Option<u64>);
/// Almost no work, in one call.
pub(super) const EMPTY_CALL: Calibration = ("montecarlo", Size::Tiny, None);
/// A hundred rounds of almost only messages.
pub(super) const EMPTY_ROUNDS: Calibration = ("taskgraph:stencil", Size::Small, Some(1));
/// Almost no work on many bytes, which are sent out and returned.
pub(super) const MERE_BYTES: Calibration = ("stream", Size::Small, None);
/// How many hosts these are measured on.
pub(super) const CALIBRATED_ON: usize = 2;
/// The value of points that only measure the engine's own costs.
pub(super) const CALIBRATION: &str = "calibration";

/// The default workloads: no messages, large results, borders, and many small tasks.
const SPREAD_WORKLOADS: [&str; 4] = ["montecarlo", "julia", "heat", "taskgraph"];

/// The points: techniques that leave the machine, on each number of hosts; the others, on this machine; and almost no
/// work on two hosts.
pub(crate) fn points(fleet: &Fleet, args: &ScaleArgs) -> Result<Vec<Point>> {
    let mut chosen = with_baselines(&fleet.cells, fleet.choose_first_cases(&args.filter)?);
    if !args.filter.says_anything() {
        chosen.retain(|cell| {
            let far_or_held_against = !cell.family.starts_with("threading") || cell.info.technique == "rayon";
            far_or_held_against && SPREAD_WORKLOADS.contains(&cell.info.workload.as_str())
        });
    }
    let leaves = |cell: &FleetCell| cell.family.starts_with(parallax_harness::hosts::FAMILY);
    if !chosen.iter().any(|cell| leaves(cell)) {
        bail!("no chosen technique leaves this machine; add -f {}", parallax_harness::hosts::FAMILY);
    }
    let cores = parallax_harness::workers::cores();
    let named = match args.fleet.hosts {
        Some(_) => parallax_harness::hosts::named(fleet)?.iter().map(|place| place.workers).sum(),
        None => cores.max(CALIBRATED_ON),
    };
    let values = match args.values.is_empty() {
        true => (0..)
            .map(|k| 1usize << k)
            .take_while(|hosts| *hosts < named)
            .chain([named])
            .map(|n| n.to_string())
            .collect(),
        false => args.values.clone(),
    };
    let mut points = Vec::new();
    for cell in &chosen {
        if !leaves(cell) {
            points.push(Point::new(
                cell,
                "here",
                prepare(cell, args.size(), 0, args.workers.unwrap_or(cores)),
            ));
            continue;
        }
        for value in &values {
            let hosts = parallax_harness::workers::parse(value).map_err(anyhow::Error::msg)?;
            let wanted = prepare(cell, args.size(), 0, hosts);
            points.push(Point::new(cell, value, wanted));
        }
    }
    for (workload, size, turns) in [EMPTY_CALL, EMPTY_ROUNDS, MERE_BYTES] {
        let work = |cell: &&FleetCell| full(&cell.info.workload, &cell.info.case) == workload;
        for cell in fleet.cells.iter().filter(work).filter(|cell| {
            cell.info.technique == BASELINE
                || chosen.iter().any(|of| leaves(of) && of.info.technique == cell.info.technique)
        }) {
            let wanted = Prepare { turns, ..prepare(cell, size, 0, CALIBRATED_ON) };
            points.push(Point::new(cell, CALIBRATION, wanted));
        }
    }
    Ok(points)
}

/// The largest number of hosts of any point.
pub(crate) fn most(points: &[Point]) -> usize {
    points.iter().filter(|point| is_far(point)).map(|point| point.wanted.workers).max().unwrap_or(1)
}
