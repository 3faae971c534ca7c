//! Checks of data read from files: every index exists in the plan, and every figure is within possible bounds.

use crate::journal::{BlockLine, Counted, HeapLine, Line, Outcome, Role, TurnLine};
use crate::name::{ensure_name, full};
use crate::plan::{Group, Plan};
use crate::plausible::{counted_sanely, plausible, probed_sanely};
use crate::scale::SweepPoint;
use anyhow::{Context, Result, bail, ensure};
use parallax_limits::Limit;
use parallax_limits::network::{Interval, Link, Network, Place};
use std::ops::RangeInclusive;

/// The largest number of a block, and the longest time in nanoseconds: `f64` holds both exactly.
const MOST: u64 = 1 << 53;

/// The longest time in seconds: a month, and a day for the end.
const MOST_S: u64 = 31 * 24 * 3600;

/// The most workers of a group, and the most blocks of a cell, that are accepted.
const MANY: u64 = 1 << 16;

/// The most samples of a turn, so that their sums do not overflow.
const MOST_SAMPLES: u64 = 1 << 10;

/// Checks that a line of a journal fits this plan.
pub fn line(line: &Line, plan: &Plan) -> Result<()> {
    match line {
        Line::Turn(turn) => self::turn(turn, plan),
        Line::Block(block) => self::block(block, plan),
        Line::Heap(heap) => self::heap(heap, plan),
    }
}

fn turn(turn: &TurnLine, plan: &Plan) -> Result<()> {
    role(turn.group, turn.role, plan)?;
    whole("block", turn.block, 0..=MOST)?;
    whole("turn_ns", turn.turn_ns, 1..=MOST)?;
    match &turn.outcome {
        Outcome::Measured { ready, measured } => {
            plausible(ready, measured, &plan.measure).context("its outcome")
        }
        Outcome::Refused { .. } => Ok(()),
    }
}

fn block(block: &BlockLine, plan: &Plan) -> Result<()> {
    group(block.group, plan)?;
    whole("block", block.block, 0..=MOST)?;
    whole("block_ns", block.block_ns, 1..=MOST)?;
    whole("lost_ns", block.lost_ns, 0..=MOST)?;
    whole("repeated", block.repeated, 0..=MOST)?;
    amount("foreign_cores", block.foreign_cores)?;
    let mut probes = block.probe_before.iter().chain(&block.probe_after);
    probes.try_for_each(probed_sanely)
}

fn heap(heap: &HeapLine, plan: &Plan) -> Result<()> {
    role(heap.group, heap.role, plan)?;
    whole("turn_ns", heap.turn_ns, 1..=MOST)?;
    match &heap.outcome {
        Counted::Counted(heap) => counted_sanely(heap).context("its outcome"),
        Counted::Uncounted { .. } => Ok(()),
    }
}

/// Checks that the plan has such a group with such a technique.
fn role(index: usize, role: Role, plan: &Plan) -> Result<()> {
    let techniques = group(index, plan)?.cells.len();
    match role {
        Role::Technique(index) if index >= techniques => {
            bail!("its technique is number {index} of only {techniques}")
        }
        _ => Ok(()),
    }
}

fn group(index: usize, plan: &Plan) -> Result<&Group> {
    let groups = plan.groups.len();
    plan.groups.get(index).with_context(|| format!("its group is number {index} of only {groups}"))
}

/// Checks that a plan is valid.
pub fn plan(plan: &Plan) -> Result<()> {
    let rules = &plan.rules;
    let positive = [
        ("half_width", rules.half_width),
        ("gulf.half_width", rules.gulf.half_width),
        ("gulf.ratio", rules.gulf.ratio),
        ("exclusion.probe_drift", plan.exclusion.probe_drift),
    ];
    for (name, value) in positive {
        ensure!(value.is_finite() && value > 0.0, "{name} is {value}, but must be above 0");
    }
    amount("exclusion.foreign_cores", plan.exclusion.foreign_cores)?;
    let budget_s = plan.budget_s;
    ensure!((0.0..=MOST_S as f64).contains(&budget_s), "budget_s is {budget_s}, not from 0 to {MOST_S}");
    for (name, seconds) in [("limit_s", plan.limit_s), ("start_limit_s", plan.start_limit_s)] {
        whole(name, seconds, 1..=MOST_S)?;
    }
    let measure = &plan.measure;
    whole("measure.samples", u64::from(measure.samples), 1..=MOST_SAMPLES)?;
    let times = [measure.min_sample_ns, measure.warmup_ns, measure.max_warmup_ns, measure.long_ns];
    times.into_iter().try_for_each(|ns| whole("a time of measure", ns, 0..=MOST))?;
    let blocks = [rules.min_blocks, rules.look_every, rules.max_blocks, rules.gulf.min_blocks];
    blocks.into_iter().try_for_each(|n| whole("a number of blocks", n as u64, 0..=MANY))?;
    plan.left_out.iter().try_for_each(|family| ensure_name("family", family))?;
    let is_shown = |host: &String| host.len() <= 200 && !host.chars().any(char::is_control);
    ensure!(plan.hosts.iter().all(is_shown), "the name of a host is too long or has control characters");
    let points = plan.groups.iter().filter(|group| group.point.is_some()).count();
    let all = if plan.sweep.is_some() { plan.groups.len() } else { 0 };
    ensure!(points == all, "{points} of its {} groups are points of a sweep, not {all}", plan.groups.len());
    plan.groups.iter().try_for_each(names)
}

fn names(group: &Group) -> Result<()> {
    ensure_name("workload", &group.workload)?;
    if !group.case.is_empty() {
        ensure_name("case", &group.case)?;
    }
    ensure_name("family", &group.baseline)?;
    let of = || full(&group.workload, &group.case);
    whole("workers", group.workers as u64, 1..=MANY).with_context(of)?;
    group.point.iter().try_for_each(point).with_context(of)?;
    for cell in &group.cells {
        ensure_name("technique", &cell.technique).with_context(of)?;
        cell.asked.iter().try_for_each(|name| ensure_name("technique", name)).with_context(of)?;
        ensure_name("family", &cell.family).with_context(of)?;
    }
    Ok(())
}

fn point(point: &SweepPoint) -> Result<()> {
    ensure_name("point of a sweep", &point.value)?;
    for (name, number) in [("turns", point.turns), ("units", point.units)] {
        number.map_or(Ok(()), |number| whole(name, number, 1..=MOST))?;
    }
    Ok(())
}

/// Checks that the machine's limits are plausible.
pub fn limits(limits: &[Limit]) -> Result<()> {
    for limit in limits {
        let Limit { per_second, low, high, workers, samples, at_s, .. } = limit;
        let is_rate = |rate: f64| rate.is_finite() && rate > 0.0;
        if ![*low, *per_second, *high].into_iter().all(is_rate) || low > per_second || per_second > high {
            bail!("{} is {per_second}, from {low} to {high}, which is not an interval", limit.rate.name());
        }
        whole("workers", *workers as u64, 1..=MANY)?;
        whole("samples", *samples as u64, 1..=MOST)?;
        whole("times of sampling", at_s.len() as u64, 0..=*samples as u64)?;
        let is_time = |s: &f64| (0.0..=MOST_S as f64).contains(s);
        ensure!(at_s.is_sorted() && at_s.iter().all(is_time), "its sampling times are not valid: {at_s:?} s");
    }
    Ok(())
}

/// Checks that the measurements of a network are plausible.
pub fn network(network: &Network) -> Result<()> {
    let is_shown = |text: &String| text.len() <= 200 && !text.chars().any(char::is_control);
    for Place { host, address, machine, cores, workers } in &network.places {
        ensure!([host, address, machine].into_iter().all(is_shown), "a name of a host is not printable");
        whole("workers", *workers as u64, 1..=MANY)?;
        whole("cores", *cores as u64, 0..=MANY)?;
    }
    ensure!(network.links.len() + 1 == network.places.len(), "it does not have a link to each of its hosts");
    for Link { from, to, latency, overhead, gap, per_byte } in &network.links {
        ensure!([from, to].into_iter().all(is_shown), "a host's name in a link is not printable");
        for Interval { low, median, high } in [latency, overhead, gap, per_byte] {
            let is_time = [low, median, high].iter().all(|s| (0.0..=MOST_S as f64).contains(*s));
            ensure!(
                is_time && low <= median && median <= high,
                "a time is {median}, from {low} to {high}, which is not an interval"
            );
        }
    }
    Ok(())
}

fn whole(name: &str, value: u64, range: RangeInclusive<u64>) -> Result<()> {
    ensure!(
        range.contains(&value),
        "{name} is {value}, but must be from {} to {}",
        range.start(),
        range.end()
    );
    Ok(())
}

fn amount(name: &str, value: f64) -> Result<()> {
    ensure!(value.is_finite() && value >= 0.0, "{name} is {value}, but must be 0 or more");
    Ok(())
}
