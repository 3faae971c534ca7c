//! Payback: the number of calls from which on a cell is ahead of another one, counted from the start of each process.

use crate::analysis::{CellFacts, GroupFacts, run_ns};
use crate::judgement::Side;
use parallax_method::{Beside, Course, Payback, Verdict, median, payback};
use parallax_runner::protocol::{Measured, Ready, Regime};

type Turn<'a> = (&'a Ready, &'a Measured);

/// The number of calls from which on a cell is ahead of the baseline.
///
/// There is none unless it is faster, nor where all runs are cold, so that no steady call was seen.
pub fn over_baseline(facts: &GroupFacts, cell: usize, verdict: Option<Verdict>) -> Option<Payback> {
    let verdict = verdict.filter(|verdict| *verdict == Verdict::Faster)?;
    of_pair(facts, (Side::Cell(cell), Side::Baseline), verdict)
}

/// The number of calls from which on the faster of two is ahead of the other.
pub fn of_pair(facts: &GroupFacts, (a, b): (Side, Side), verdict: Verdict) -> Option<Payback> {
    match verdict {
        Verdict::Faster => between(facts, a, b),
        Verdict::Slower => between(facts, b, a),
        Verdict::Same | Verdict::Undecided => None,
    }
}

/// The number of calls from which on `one`, the faster, is ahead of `other`, from the blocks that have both.
fn between(facts: &GroupFacts, one: Side, other: Side) -> Option<Payback> {
    if facts.regime == Some(Regime::Cold) {
        return None;
    }
    let pairs = blocks(facts, one, other);
    let all = pairs.iter().flat_map(|(one, other)| one.iter().chain(other));
    // Runs of older versions do not have the start of their processes: it is left out on both sides.
    let with_spawn = all.clone().all(|(ready, _)| ready.spawn_ns.is_some());
    let courses = |turns: &[Turn]| turns.iter().map(|turn| course(*turn, with_spawn)).collect::<Option<_>>();
    let beside =
        |(one, other): &(Vec<Turn>, Vec<Turn>)| Some(Beside { one: courses(one)?, other: courses(other)? });
    payback(&pairs.iter().map(beside).collect::<Option<Vec<_>>>()?)
}

/// The turns of both sides in each block that has both; the baseline has two in each.
fn blocks<'a>(facts: &GroupFacts<'a>, one: Side, other: Side) -> Vec<(Vec<Turn<'a>>, Vec<Turn<'a>>)> {
    let is_turned = one == Side::Baseline;
    let (cell, other) = if is_turned { (other, one) } else { (one, other) };
    let Side::Cell(at) = cell else { return Vec::new() };
    let Some(cell) = facts.cells.get(at) else { return Vec::new() };
    let beside = |place: usize, block: u64| match other {
        Side::Baseline => cell.brackets.get(place).map(|bracket| bracket.to_vec()),
        Side::Cell(other) => turn_in(facts.cells.get(other)?, block).map(|turn| vec![turn]),
    };
    let pair = |(place, (block, _)): (usize, &(u64, f64))| {
        let (own, others) = (vec![*cell.turns.get(place)?], beside(place, *block)?);
        Some(if is_turned { (others, own) } else { (own, others) })
    };
    cell.series.iter().enumerate().filter_map(pair).collect()
}

fn turn_in<'a>(cell: &CellFacts<'a>, block: u64) -> Option<Turn<'a>> {
    let place = cell.series.iter().position(|(of, _)| *of == block)?;
    cell.turns.get(place).copied()
}

/// The times of a process, without loading, which builds the input and is not part of a technique.
fn course((ready, measured): Turn, with_spawn: bool) -> Option<Course> {
    let spawn_ns = ready.spawn_ns.filter(|_| with_spawn).unwrap_or(0);
    let before_ns = spawn_ns + ready.start_ns + compile_ns(ready, measured).unwrap_or(0);
    let first = match measured.warm_up.is_empty() {
        true => vec![(1.0, measured.first_ns as f64)],
        false => measured.warm_up.iter().map(|[calls, ns]| (*calls as f64, *ns as f64)).collect(),
    };
    Some(Course { before: before_ns as f64, first, each: median(&run_ns(measured))? })
}

/// The time of compiling, where it was before the first run. Journals of older versions have it among the metrics.
pub(crate) fn compile_ns(ready: &Ready, measured: &Measured) -> Option<u64> {
    let of_metric = || measured.metrics.get("compile_ms").map(|ms| (ms * 1e6) as u64);
    ready.compile_ns.or_else(of_metric)
}

#[cfg(test)]
mod tests;
