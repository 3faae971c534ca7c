//! A run in one file: a row for each cell, with its interval or the reason why it has none.
//!
//! It is derived from plan, environment and journal alone, and can be made anew at any time.

use crate::against::{self, Duel};
use crate::analysis::{CellFacts, GroupFacts, analyse, over_blocks, run_ns};
use crate::environment::Environment;
use crate::fleet::BASELINE;
use crate::journal::Line;
use crate::payback::{Payback, payback};
use crate::plan::{Group, Mode, Plan, SCHEMA};
use crate::share::{self, Binding};
use parallax_limits::Limit;
use parallax_method::estimate::{Estimate, Verdict, median, stop};
use parallax_method::schedule::Rest;
use parallax_runner::protocol::{Measured, Ready, Regime, Sample};
use parallax_suite::Size;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `summary.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// The version of this form.
    pub(crate) schema: u32,
    /// How thorough the run was; `quick` is indicative only.
    pub(crate) mode: Mode,
    /// The machine and the build.
    pub(crate) environment: Environment,
    /// The half-width that was asked for.
    pub(crate) precision: f64,
    /// The A/A pairs: what this machine shows of identical code.
    pub(crate) aa: Vec<Twin>,
    /// Every cell.
    pub(crate) cells: Vec<Row>,
    /// Each workload's best Rust cell beside its best peer.
    #[serde(default)]
    pub(crate) duels: Vec<Duel>,
    /// Blocks that do not count, and why.
    pub(crate) excluded: Vec<Excluded>,
}

/// The baseline under a second name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Twin {
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) size: Size,
    pub(crate) workers: usize,
    pub(crate) blocks: usize,
    pub(crate) ratio: Option<f64>,
    pub(crate) ratio_low: Option<f64>,
    pub(crate) ratio_high: Option<f64>,
    /// The factor within which nothing is said to differ.
    pub(crate) floor: Option<f64>,
    /// How warm everything in the group is sampled: `batches`, `singles` or `cold`.
    #[serde(default)]
    pub(crate) regime: Option<Regime>,
}

/// A block that does not count.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Excluded {
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) block: u64,
    pub(crate) reason: String,
}

/// One cell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) technique: String,
    pub(crate) family: String,
    pub(crate) question: String,
    pub(crate) size: Size,
    pub(crate) workers: usize,
    /// `measured`, `unfit`, `unavailable`, `failed` or `not_reached`.
    pub(crate) status: String,
    /// Why there is no number, or what is doubtful about it.
    pub(crate) reason: Option<String>,
    pub(crate) blocks: usize,
    /// Why it got no more blocks: `precision`, `gulf`, `max_blocks`, `budget`, `interrupted`.
    pub(crate) stop_reason: Option<String>,
    /// `baseline`, `faster`, `slower`, `same` or `undecided`.
    pub(crate) verdict: Option<String>,
    /// Nanoseconds of a run: the median over the blocks of each one's median.
    pub(crate) time_ns_median: Option<f64>,
    /// Baseline time over technique time: the speedup.
    pub(crate) ratio: Option<f64>,
    pub(crate) ratio_low: Option<f64>,
    pub(crate) ratio_high: Option<f64>,
    /// CPU time over wall time.
    pub(crate) cores_used: Option<f64>,
    pub(crate) cores_declared: Option<usize>,
    /// CPU nanoseconds of a run.
    pub(crate) cpu_ns: Option<f64>,
    /// The largest resident size during the measured runs, input and output included.
    pub(crate) peak_bytes: Option<u64>,
    pub(crate) isa: Option<String>,
    /// Starting the technique: pools, processes.
    pub(crate) start_ns: Option<f64>,
    /// The first, cold run.
    pub(crate) first_ns: Option<f64>,
    /// Checking one result.
    pub(crate) check_ns: Option<f64>,
    /// Page faults, and context switches, of a run.
    pub(crate) faults: Option<f64>,
    pub(crate) switches: Option<f64>,
    /// Units of work in one run, and what a unit is.
    pub(crate) items: Option<f64>,
    pub(crate) unit: Option<String>,
    /// What of the machine binds it, and the least time that this allows over the measured time.
    pub(crate) limit: Option<String>,
    pub(crate) limit_share: Option<f64>,
    /// Why there is no share of a limit that binds it.
    #[serde(default)]
    pub(crate) limit_reason: Option<String>,
    /// From how many calls on it has paid for its start, compilation and first run, with the 95 % interval; none
    /// unless it is faster.
    #[serde(default)]
    pub(crate) pays_after: Option<f64>,
    #[serde(default)]
    pub(crate) pays_after_low: Option<f64>,
    #[serde(default)]
    pub(crate) pays_after_high: Option<f64>,
    /// The libraries it stands on.
    pub(crate) libraries: BTreeMap<String, Option<String>>,
    /// What else its results tell: hit ratios, lateness, percentiles.
    pub(crate) metrics: BTreeMap<String, f64>,
}

/// Derives the summary of a run; `rests` says why the scheduler gave each cell no more, and is
/// none for a run that was interrupted.
pub(crate) fn of(
    plan: &Plan,
    environment: &Environment,
    limits: &[Limit],
    lines: &[Line],
    rests: Option<&[Vec<Rest>]>,
) -> Summary {
    let facts = analyse(plan, lines);
    let mut candidates = Vec::new();
    let mut summary = Summary {
        schema: SCHEMA,
        mode: plan.mode,
        environment: environment.clone(),
        precision: plan.rules.half_width,
        aa: Vec::new(),
        cells: Vec::new(),
        duels: Vec::new(),
        excluded: Vec::new(),
    };
    for (index, (group, facts)) in plan.groups.iter().zip(&facts).enumerate() {
        summary.aa.push(twin(group, facts));
        let mut rows = vec![baseline_row(group, facts, limits)];
        let verdicts = facts.verdicts();
        for (cell, (cell_facts, verdict)) in facts.cells.iter().zip(verdicts).enumerate() {
            let rest = rests.and_then(|rests| rests.get(index)?.get(cell)).copied();
            let mut row = row(plan, limits, (group, cell), cell_facts, verdict, rest);
            row.reason = match row.ratio {
                Some(_) => with(row.reason, doubts(cell_facts, facts.regime)),
                // it is not for want of time
                None if facts.baseline.is_empty()
                    && !facts.excluded.is_empty()
                    && cell_facts.refused.is_none() =>
                {
                    Some(uncounted(facts))
                }
                None => row.reason,
            };
            if let Some(Payback { calls, low, high }) = payback(cell_facts, verdict, facts.regime) {
                (row.pays_after, row.pays_after_low, row.pays_after_high) =
                    (Some(calls), Some(low), Some(high));
            }
            rows.push(row);
        }
        candidates.extend(against::duel(&rows, facts));
        summary.cells.extend(rows);
        summary.excluded.extend(facts.excluded.iter().map(|(block, reason)| Excluded {
            workload: group.workload.clone(),
            case: group.case.clone(),
            block: *block,
            reason: reason.clone(),
        }));
    }
    summary.duels = against::decide(candidates);
    summary
}

/// Why a group has no figures though it has blocks.
fn uncounted(facts: &GroupFacts) -> String {
    let last = facts.excluded.last().map_or_else(String::new, |(_, why)| format!(": {why}"));
    format!("no block of it counts{last}")
}

/// Two things that a reader should know, one after the other.
fn with(one: Option<String>, other: Option<String>) -> Option<String> {
    let both: Vec<String> = [one, other].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join("; "))
}

fn twin(group: &Group, facts: &GroupFacts) -> Twin {
    let estimate = Estimate::of(&facts.twin).ok();
    Twin {
        workload: group.workload.clone(),
        case: group.case.clone(),
        size: group.size,
        workers: group.workers,
        blocks: facts.twin.len(),
        ratio: estimate.map(|e| e.ratio()),
        ratio_low: estimate.and_then(|e| e.low()),
        ratio_high: estimate.and_then(|e| e.high()),
        floor: Some(facts.floor().exp()).filter(|floor| floor.is_finite()),
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
        size: group.size,
        workers: group.workers,
        status: "not_reached".into(),
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
        peak_bytes: None,
        isa: None,
        start_ns: None,
        first_ns: None,
        check_ns: None,
        faults: None,
        switches: None,
        items: None,
        unit: None,
        limit: None,
        limit_share: None,
        limit_reason: None,
        pays_after: None,
        pays_after_low: None,
        pays_after_high: None,
        libraries: BTreeMap::new(),
        metrics: BTreeMap::new(),
    }
}

/// The baseline's own row: its time, and a speedup of one by definition.
fn baseline_row(group: &Group, facts: &GroupFacts, limits: &[Limit]) -> Row {
    let mut row = blank(group, BASELINE, &group.baseline);
    row.question = "execute".into();
    if facts.baseline.is_empty() {
        row.reason = Some(match facts.excluded.is_empty() {
            true => "the time was over before its first block; give more with --budget".into(),
            false => uncounted(facts),
        });
        return row;
    }
    fill(&mut row, &facts.baseline, limits);
    row.reason = with(row.reason, facts.noisy.then(|| DISTURBED.to_owned()));
    row.blocks = facts.baseline.len() / 2;
    row.verdict = Some("baseline".into());
    (row.ratio, row.ratio_low, row.ratio_high) = (Some(1.0), Some(1.0), Some(1.0));
    row
}

fn row(
    plan: &Plan,
    limits: &[Limit],
    (group, cell): (&Group, usize),
    facts: &CellFacts,
    verdict: Option<Verdict>,
    rest: Option<Rest>,
) -> Row {
    let member = &group.cells[cell];
    let mut row = blank(group, &member.technique, &member.family);
    row.question.clone_from(&member.question);
    row.libraries.clone_from(&member.libraries);
    if let Some((status, reason)) = &facts.refused {
        row.status = status.name().into();
        row.reason = Some(reason.clone());
        return row;
    }
    let Some(estimate) = facts.estimate() else {
        row.stop_reason = Some(word(rest.unwrap_or(Rest::Budget)));
        row.reason = Some("the time was over before its first block; give more with --budget".into());
        return row;
    };
    fill(&mut row, &facts.turns, limits);
    row.blocks = estimate.blocks;
    row.ratio = Some(estimate.ratio());
    (row.ratio_low, row.ratio_high) = (estimate.low(), estimate.high());
    row.verdict = verdict.map(word);
    let stopped = stop(&estimate, &plan.rules).map(Rest::Stopped);
    row.stop_reason = Some(stopped.or(rest).map_or_else(|| "interrupted".into(), word));
    row
}

/// What a reader should know before trusting the number.
fn doubts(facts: &CellFacts, regime: Option<Regime>) -> Option<String> {
    let noisy = facts.noisy.then(|| DISTURBED.to_owned());
    let unsteady = facts.turns.iter().filter(|(_, measured)| !measured.steady).count();
    // Where all are cold, no warm-up could be steady; the group says so once.
    let unsteady = (2 * unsteady > facts.turns.len() && regime != Some(Regime::Cold))
        .then(|| format!("not steady after the warm-up in {unsteady} of {} blocks", facts.turns.len()));
    with(noisy, unsteady)
}

/// Why a number rests on blocks that do not count.
const DISTURBED: &str = "every block of it was disturbed by other load";

/// What the turns say, apart from the speedup.
fn fill(row: &mut Row, turns: &[(&Ready, &Measured)], limits: &[Limit]) {
    let per_run = |measured: &Measured, of: fn(&Sample) -> f64| {
        let each: Vec<f64> = measured.samples.iter().map(|s| of(s) / s.runs as f64).collect();
        median(&each).unwrap_or(f64::NAN)
    };
    let cores = |measured: &Measured| {
        let sum = |of: fn(&Sample) -> u64| measured.samples.iter().map(of).sum::<u64>() as f64;
        sum(|s| s.cpu_ns) / sum(|s| s.wall_ns)
    };
    row.status = "measured".into();
    row.time_ns_median = over_blocks(turns, |_, m| median(&run_ns(m)).unwrap_or(f64::NAN));
    row.cores_used = over_blocks(turns, |_, m| cores(m));
    row.cpu_ns = over_blocks(turns, |_, m| per_run(m, |s| s.cpu_ns as f64));
    row.peak_bytes = over_blocks(turns, |_, m| m.peak_bytes as f64).map(|bytes| bytes as u64);
    row.start_ns = over_blocks(turns, |ready, _| ready.start_ns as f64);
    row.first_ns = over_blocks(turns, |_, m| m.first_ns as f64);
    row.check_ns = over_blocks(turns, |_, m| m.samples.last().map_or(f64::NAN, |s| s.check_ns as f64));
    row.faults = over_blocks(turns, |_, m| per_run(m, |s| (s.minor_faults + s.major_faults) as f64));
    row.switches = over_blocks(turns, |_, m| per_run(m, |s| (s.waits + s.preemptions) as f64));
    if let Some((ready, _)) = turns.last() {
        row.isa = Some(ready.isa.clone());
        row.cores_declared = Some(ready.cores);
        row.items = Some(ready.facts.items);
        row.unit = Some(ready.facts.unit.clone());
    }
    if let Some(Binding { limit, share, refused, doubt }) = share::binding(limits, turns) {
        (row.limit, row.limit_share, row.limit_reason) = (Some(limit), share, refused);
        row.reason = with(row.reason.take(), doubt);
    }
    let names: Vec<&String> = turns.iter().flat_map(|(_, m)| m.metrics.keys()).collect();
    for name in names {
        let of = |_: &Ready, m: &Measured| m.metrics.get(name).copied().unwrap_or(f64::NAN);
        row.metrics.extend(over_blocks(turns, of).map(|value| (name.clone(), value)));
    }
}

/// How serde writes a plain enum: the one place where its names stand.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}
