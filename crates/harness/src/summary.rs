//! Computing the summary of a run: a row for each cell, with its interval or the reason why it has none.
//!
//! It is derived from plan, environment and journal alone, and can be computed again at any time.

mod energy;
mod heap;
mod phases;
mod task;

use crate::analysis::{CellFacts, GroupFacts, analyse, over_blocks, run_ns};
use crate::doctor;
use crate::duel;
use crate::judgement::{Judged, Judgement};
use crate::pairs;
use crate::payback::over_baseline;
use crate::scaling;
use crate::share::{self, Binding, Ceilings, Reach, is_far};
use parallax_limits::Limit;
use parallax_method::schedule::Rest;
use parallax_method::{Estimate, Payback, Prior, Verdict, median, stop};
use parallax_record::cost::Cost;
use parallax_record::environment::Environment;
use parallax_record::journal::Line;
use parallax_record::name::{BASELINE, CellId};
use parallax_record::plan::{Group, Plan, SCHEMA};
use parallax_record::summary::{Excluded, Row, RowStatus, RowVerdict, Summary, Twin};
use parallax_runner::protocol::{Measured, Ready, Regime, Sample};
use serde::Serialize;
use std::collections::BTreeMap;

/// Derives the summary of a run; `rests` says why each cell got no more blocks, and is none for an interrupted run. The
/// `named` pairs of cells are compared however large their group is.
pub fn of(
    plan: &Plan,
    environment: &Environment,
    ceilings: &Ceilings,
    lines: &[Line],
    rests: Option<&[Vec<Rest>]>,
    named: &[[CellId; 2]],
) -> Summary {
    let facts = analyse(plan, lines);
    let judgement = Judgement::of(&facts);
    let mut candidates = Vec::new();
    let mut summary = Summary {
        schema: SCHEMA,
        mode: plan.mode,
        environment: environment.clone(),
        precision: plan.rules.half_width,
        spent_s: lines.iter().map(spent_s).sum(),
        aa: Vec::new(),
        cells: Vec::new(),
        best: Vec::new(),
        contrasts: Vec::new(),
        duels: Vec::new(),
        excluded: Vec::new(),
        left_out: plan.left_out.clone(),
        hosts: plan.hosts.clone(),
        limits: ceilings.limits.iter().map(Limit::without_samples).collect(),
        warnings: doctor::warnings(plan, environment, lines),
        scaling: scaling::of(plan, environment, &facts, &judgement),
    };
    for (index, ((group, facts), judged)) in plan.groups.iter().zip(&facts).zip(&judgement.groups).enumerate()
    {
        // a refining point of a sweep that was not needed
        if group.point.as_ref().is_some_and(|point| point.refines) && facts.is_untouched() {
            continue;
        }
        summary.aa.push(twin(group, facts, judged, &judgement.priors.cells));
        let mut rows = vec![baseline_row(group, facts, ceilings)];
        let told = judged.estimates.iter().copied().zip(judged.verdicts.iter().copied());
        for (cell, (cell_facts, (estimate, verdict))) in facts.cells.iter().zip(told).enumerate() {
            let rest = rests.and_then(|rests| rests.get(index)?.get(cell)).copied();
            let mut row = row(plan, ceilings, (group, cell), cell_facts, estimate.zip(verdict), rest);
            row.reason = match row.ratio {
                Some(_) => with(row.reason, doubts(cell_facts, facts.regime)),
                // the reason is not the time
                None if facts.baseline.is_empty()
                    && !facts.excluded.is_empty()
                    && cell_facts.refused.is_none() =>
                {
                    Some(uncounted(facts))
                }
                None => row.reason,
            };
            if let Some(Payback { calls, low, high }) = over_baseline(facts, cell, verdict) {
                (row.pays_after, row.pays_after_low, row.pays_after_high) =
                    (Some(calls), Some(low), Some(high));
            }
            rows.push(row);
        }
        heap::fill(&mut rows, plan, lines, index);
        // A sweep is about how points differ; another run can show which technique is the best at one of them.
        if plan.sweep.is_none() {
            let named: Vec<_> = named.iter().filter_map(|pair| pairs::sides(group, pair)).collect();
            summary.best.push(pairs::best(group, judged));
            summary.contrasts.extend(pairs::contrasts(group, facts, judged, &named));
            candidates.extend(duel::duels(&rows, judged));
        }
        summary.cells.extend(rows);
        summary.excluded.extend(facts.excluded.iter().map(|(block, reason)| Excluded {
            workload: group.workload.clone(),
            case: group.case.clone(),
            block: *block,
            reason: reason.clone(),
        }));
    }
    summary.duels = duel::decide(candidates);
    pairs::mark_duels(&mut summary, plan, &facts);
    summary
}

/// The seconds that a line of the journal took.
fn spent_s(line: &Line) -> f64 {
    match line {
        Line::Turn(turn) => turn.turn_ns as f64 / 1e9,
        Line::Block(_) => 0.0,
        Line::Heap(heap) => heap.turn_ns as f64 / 1e9,
    }
}

/// Why a group has no figures although it has blocks.
fn uncounted(facts: &GroupFacts) -> String {
    let last = facts.excluded.last().map_or_else(String::new, |(_, why)| format!(": {why}"));
    format!("no block of it counts{last}")
}

/// Joins two notes for the reader.
fn with(one: Option<String>, other: Option<String>) -> Option<String> {
    let both: Vec<String> = [one, other].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join("; "))
}

fn twin(group: &Group, facts: &GroupFacts, judged: &Judged, prior: &Prior) -> Twin {
    let values: Vec<f64> = facts.twin.iter().map(|(_, value)| *value).collect();
    let estimate = Estimate::of(&values, prior).ok();
    Twin {
        workload: group.workload.clone(),
        case: group.case.clone(),
        size: group.size,
        workers: group.workers,
        blocks: facts.twin.len(),
        ratio: estimate.map(|e| e.ratio()),
        ratio_low: estimate.and_then(|e| e.low()),
        ratio_high: estimate.and_then(|e| e.high()),
        floor: Some(judged.floor.exp()).filter(|floor| floor.is_finite()),
        regime: facts.regime,
    }
}

fn blank(group: &Group, technique: &str, family: &str) -> Row {
    Row {
        workload: group.workload.clone(),
        case: group.case.clone(),
        technique: technique.into(),
        family: family.into(),
        question: String::new(),
        algorithm: String::new(),
        size: group.size,
        workers: group.workers,
        value: group.point.as_ref().map(|point| point.value.clone()),
        status: RowStatus::NotReached,
        reason: None,
        blocks: 0,
        stop_reason: None,
        verdict: None,
        time_ns_median: None,
        ratio: None,
        ratio_low: None,
        ratio_high: None,
        cores_used: None,
        cores_declared: None,
        cpu_ns: None,
        energy_j: None,
        energy_reason: None,
        peak_bytes: None,
        peak_by: None,
        allocations: None,
        allocated_bytes: None,
        held_bytes: None,
        allocations_reason: None,
        isa: None,
        start_ns: None,
        first_ns: None,
        phases: None,
        check_ns: None,
        faults: None,
        switches: None,
        items: None,
        unit: None,
        flops: None,
        moved_bytes: None,
        task_ns: None,
        limit: None,
        limit_share: None,
        limit_reason: None,
        pays_after: None,
        pays_after_low: None,
        pays_after_high: None,
        cost: Cost::default(),
        libraries: BTreeMap::new(),
        metrics: BTreeMap::new(),
    }
}

/// The baseline's own row: its time, and a speedup of one by definition.
fn baseline_row(group: &Group, facts: &GroupFacts, ceilings: &Ceilings) -> Row {
    let mut row = blank(group, BASELINE, &group.baseline);
    row.question = "execute".into();
    if facts.baseline.is_empty() {
        row.reason = Some(match facts.excluded.is_empty() {
            true => "the time was over before its first block; give more with --budget".into(),
            false => uncounted(facts),
        });
        return row;
    }
    fill(&mut row, &facts.baseline, ceilings, Reach::Home);
    energy::fill(&mut row, &facts.baseline, energy::Place::Here);
    row.reason = with(row.reason, facts.noisy.then(|| DISTURBED.to_owned()));
    row.blocks = facts.baseline.len() / 2;
    row.verdict = Some(RowVerdict::Baseline);
    (row.ratio, row.ratio_low, row.ratio_high) = (Some(1.0), Some(1.0), Some(1.0));
    row
}

fn row(
    plan: &Plan,
    ceilings: &Ceilings,
    (group, cell): (&Group, usize),
    facts: &CellFacts,
    told: Option<(Estimate, Verdict)>,
    rest: Option<Rest>,
) -> Row {
    let member = &group.cells[cell];
    let mut row = blank(group, &member.technique, &member.family);
    row.question.clone_from(&member.question);
    row.algorithm.clone_from(&member.algorithm);
    row.libraries.clone_from(&member.libraries);
    if let Some((status, reason)) = &facts.refused {
        row.status = (*status).into();
        row.reason = Some(reason.clone());
        return row;
    }
    let Some((estimate, verdict)) = told else {
        row.stop_reason = Some(word(rest.unwrap_or(Rest::Budget)));
        row.reason = Some("the time was over before its first block; give more with --budget".into());
        return row;
    };
    let reach = Reach::of(ceilings.network.as_ref(), group, &member.family);
    fill(&mut row, &facts.turns, ceilings, reach);
    let abroad = is_far(&member.family) && !plan.hosts.is_empty();
    energy::fill(&mut row, &facts.turns, if abroad { energy::Place::Hosts } else { energy::Place::Here });
    row.blocks = estimate.blocks;
    row.ratio = Some(estimate.ratio());
    (row.ratio_low, row.ratio_high) = (estimate.low(), estimate.high());
    row.verdict = Some(verdict.into());
    let stopped = stop(&estimate, &plan.rules).map(Rest::Stopped);
    row.stop_reason = Some(stopped.or(rest).map_or_else(|| "interrupted".into(), word));
    row
}

/// Reasons to doubt the number.
fn doubts(facts: &CellFacts, regime: Option<Regime>) -> Option<String> {
    let noisy = facts.noisy.then(|| DISTURBED.to_owned());
    let unsteady = facts.turns.iter().filter(|(_, measured)| !measured.steady).count();
    // Where all are cold, no warm-up can be steady; the group says so once.
    let unsteady = (2 * unsteady > facts.turns.len() && regime != Some(Regime::Cold))
        .then(|| format!("not steady after the warm-up in {unsteady} of {} blocks", facts.turns.len()));
    with(noisy, unsteady)
}

/// Why a number comes from blocks that do not count.
const DISTURBED: &str = "every block of it was disturbed by other load";

/// Fills in the figures of the turns, apart from the speedup.
fn fill(row: &mut Row, turns: &[(&Ready, &Measured)], ceilings: &Ceilings, reach: Reach) {
    let per_run = |measured: &Measured, of: fn(&Sample) -> f64| {
        let each: Vec<f64> = measured.samples.iter().map(|s| of(s) / s.runs as f64).collect();
        median(&each).unwrap_or(f64::NAN)
    };
    let cores = |measured: &Measured| {
        let sum = |of: fn(&Sample) -> u64| measured.samples.iter().map(of).sum::<u64>() as f64;
        sum(|s| s.cpu_ns) / sum(|s| s.wall_ns)
    };
    row.status = RowStatus::Measured;
    row.time_ns_median = over_blocks(turns, |_, m| median(&run_ns(m)).unwrap_or(f64::NAN));
    row.cores_used = over_blocks(turns, |_, m| cores(m));
    row.cpu_ns = over_blocks(turns, |_, m| per_run(m, |s| s.cpu_ns as f64));
    row.peak_bytes = over_blocks(turns, |_, m| m.peak_bytes as f64).map(|bytes| bytes as u64);
    row.start_ns = over_blocks(turns, |ready, _| ready.start_ns as f64);
    row.first_ns = over_blocks(turns, |_, m| m.first_ns as f64);
    row.phases = Some(phases::phases(turns));
    row.check_ns = over_blocks(turns, |_, m| m.samples.last().map_or(f64::NAN, |s| s.check_ns as f64));
    row.faults = over_blocks(turns, |_, m| per_run(m, |s| (s.minor_faults + s.major_faults) as f64));
    row.switches = over_blocks(turns, |_, m| per_run(m, |s| (s.waits + s.preemptions) as f64));
    if let Some((ready, measured)) = turns.last() {
        row.peak_by = measured.peak_by;
        row.isa = Some(ready.isa.clone());
        row.cores_declared = Some(ready.cores);
        row.items = Some(ready.facts.items);
        row.unit = Some(ready.facts.unit.clone());
        row.flops = Some(ready.facts.flops).filter(|flops| *flops > 0.0);
        row.moved_bytes = Some(ready.facts.bytes).filter(|bytes| *bytes > 0.0);
    }
    if let Some(Binding { limit, share, reason }) = share::binding(&ceilings.limits, reach, turns) {
        (row.limit, row.limit_share, row.limit_reason) = (limit, share, reason);
    }
    let names: Vec<&String> = turns.iter().flat_map(|(_, m)| m.metrics.keys()).collect();
    for name in names {
        let of = |_: &Ready, m: &Measured| m.metrics.get(name).copied().unwrap_or(f64::NAN);
        row.metrics.extend(over_blocks(turns, of).map(|value| (name.clone(), value)));
    }
    row.task_ns = task::task_ns(row);
}

/// The name of a plain enum's value, as serde writes it, so that names have one definition.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}
