//! The forecast of a run: how long a block takes, how many blocks fit, and how narrow the intervals get.

mod told;

pub use told::{table, words};

use crate::analysis::analyse;
use crate::bench::COUNTING_SHARE;
use crate::fleet::Fleet;
use crate::judgement::Judgement;
use crate::pace;
use crate::store::Stored;
use crate::turn::{Patience, ProbeAt, turn};
use anyhow::Result;
use parallax_method::schedule::{self, Next, TECHNIQUES_PER_BLOCK, Turn};
use parallax_method::{Estimate, Rules, median, stop};
use parallax_record::journal::Outcome;
use parallax_record::name::BASELINE;
use parallax_record::plan::{Group, Plan};
use parallax_runner::clock::now_ns;
use parallax_runner::protocol::Prepare;
use std::collections::BTreeMap;

/// The deviation of a technique's blocks, log scale, where none was measured on this machine: that of half of the cells
/// of the published run (`results/earlier/amd-epyc-7003-2-cores`), on two noisy cores.
pub const TYPICAL_DEVIATION: f64 = 0.14;

/// How well the other cells of a run determine a cell's deviation, in degrees of freedom, where there is no run of this
/// machine: as in the published run.
const TYPICAL_FREEDOM: f64 = 1.9;

/// The half-width for which the forecast also states a budget.
const NARROW: f64 = 0.05;

/// Measuring the machine's limits takes at most this share of the budget once its cost is known.
const LIMITS_SHARE: f64 = 0.1;

/// The most time that trying the baselines may take, in seconds.
const PROBES_S: f64 = 10.0;

/// The known facts of a group before it is measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// The time of a turn of the baseline, in seconds.
    pub baseline_s: Option<f64>,
    /// The time of a turn of each technique; where it is missing, it counts as the baseline's.
    pub turns_s: BTreeMap<String, f64>,
    /// The deviation of a technique's blocks.
    pub deviation: Option<f64>,
    /// How well the other cells of its run determine that, in degrees of freedom.
    pub freedom: Option<f64>,
    /// The run these come from; where there is none, the baseline was tried just now.
    pub run: Option<String>,
}

/// The known facts of each group of a plan, from the newest run of this machine that has it. `runs` are sorted, the
/// oldest first.
pub fn known(plan: &Plan, runs: &[Stored]) -> Vec<Known> {
    let newest = |group: &Group| runs.iter().rev().find_map(|run| of_run(run, run.group(group)?));
    plan.groups.iter().map(|group| newest(group).unwrap_or_default()).collect()
}

fn of_run(run: &Stored, group: usize) -> Option<Known> {
    let facts = analyse(&run.plan, run.lines());
    let judgement = Judgement::of(&facts);
    let seen = &pace::groups(&run.plan, &facts, &judgement)[group];
    let names = run.plan.groups[group].cells.iter().map(|cell| cell.technique.clone());
    let turns_s = names.zip(&seen.cells).filter_map(|(name, cell)| Some((name, cell.cost_s?))).collect();
    let deviations = seen.cells.iter().filter_map(|cell| cell.estimate).filter(|of| of.blocks > 1);
    let deviations: Vec<f64> = deviations.map(|of| of.error * (of.blocks as f64).sqrt()).collect();
    let freedom = Some(judgement.priors.cells.spread.freedom).filter(|freedom| *freedom > 0.0);
    let baseline_s = Some(seen.baseline_cost_s?);
    Some(Known { baseline_s, turns_s, deviation: median(&deviations), freedom, run: Some(run.name.clone()) })
}

/// Tries the baseline of each unknown group, for ten seconds in total at most.
///
/// # Errors
///
/// Only if it is interrupted: a baseline that does not answer leaves its group unknown.
pub fn try_the_rest(plan: &Plan, fleet: &Fleet, known: &mut [Known]) -> Result<()> {
    let until_ns = now_ns() + (PROBES_S * 1e9) as u64;
    for (group, known) in plan.groups.iter().zip(known) {
        let Some(launch) = fleet.launches.get(&group.baseline).filter(|_| known.baseline_s.is_none()) else {
            continue;
        };
        if now_ns() >= until_ns {
            break;
        }
        let wanted = Prepare {
            workload: group.workload.clone(),
            case: group.case.clone(),
            technique: BASELINE.into(),
            size: group.size,
            variant: 0,
            workers: group.workers,
            turns: None,
            units: None,
            answer: None,
        };
        let patience = Patience { until_ns: Some(until_ns), ..Patience::of(group.size) };
        let taken = turn(launch, &wanted, &plan.measure, patience, ProbeAt::Never)?;
        let measured = matches!(taken.outcome, Outcome::Measured { .. });
        known.baseline_s = measured.then_some(taken.turn_ns as f64 / 1e9);
    }
    Ok(())
}

/// The expected results of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// How many techniques it has.
    pub cells: usize,
    /// The time of a block, in seconds; none where that is unknown.
    pub block_s: Option<f64>,
    /// How many blocks of it the budget has room for.
    pub blocks: usize,
    /// How many of these include a technique, on average.
    pub blocks_each: f64,
    /// The half-width of a technique's interval after these; none before it has one.
    pub half_width: Option<f64>,
    /// The deviation that this is based on.
    pub deviation: f64,
    /// The time until the half-width is 5 %, in seconds.
    pub narrow_s: Option<f64>,
}

/// Simulates a run of the plan, with blocks whose deviation and time are the known ones.
pub fn expect(plan: &Plan, known: &[Known]) -> Vec<Expected> {
    let (attempts, blocks) = simulate(plan, known);
    let of = |(index, (group, known)): (usize, (&Group, &Known))| {
        let cells = group.cells.len();
        let blocks_each = attempts[index] as f64 / cells as f64;
        let pass_s = pass_s(group, known);
        let narrow = blocks_for(NARROW.ln_1p(), known);
        Expected {
            cells,
            block_s: pass_s.map(|pass| pass / blocks_of_a_pass(group)),
            blocks: blocks[index],
            blocks_each,
            half_width: half_width(blocks_each as usize, known).map(f64::exp_m1),
            deviation: known.deviation(),
            narrow_s: pass_s.zip(narrow).map(|(pass, blocks)| pass * blocks as f64),
        }
    };
    plan.groups.iter().zip(known).enumerate().map(of).collect()
}

/// How often a technique of each group is measured, and how many blocks each group gets. Groups of unknown cost get
/// none, since otherwise the others could not be forecast either.
fn simulate(plan: &Plan, known: &[Known]) -> (Vec<usize>, Vec<usize>) {
    let mut left_s = plan.budget_s * (1.0 - LIMITS_SHARE - COUNTING_SHARE);
    let mut groups: Vec<schedule::Group> =
        plan.groups.iter().zip(known).map(|(group, known)| fresh(group, known)).collect();
    let (mut attempts, mut blocks) = (vec![0; groups.len()], vec![0; groups.len()]);
    for number in 0.. {
        let Next::Run(block) = schedule::next(&groups, left_s, plan.seed, number) else { break };
        let known = &known[block.group];
        blocks[block.group] += 1;
        for turn in block.turns {
            let cost_s = match turn {
                Turn::Baseline | Turn::Twin => known.baseline_s,
                Turn::Technique(cell) => {
                    attempts[block.group] += 1;
                    let cell = &mut groups[block.group].cells[cell];
                    measured(cell, known, &plan.rules);
                    cell.cost_s
                }
            };
            left_s -= cost_s.unwrap_or_default();
        }
    }
    (attempts, blocks)
}

fn fresh(group: &Group, known: &Known) -> schedule::Group {
    let cell = |name: &str| schedule::Cell {
        cost_s: known.turns_s.get(name).copied().or(known.baseline_s),
        failed: known.baseline_s.is_none(),
        ..Default::default()
    };
    let cells = group.cells.iter().map(|of| cell(&of.technique)).collect();
    schedule::Group { baseline_cost_s: known.baseline_s, cells }
}

/// Adds a block to a cell.
fn measured(cell: &mut schedule::Cell, known: &Known, rules: &Rules) {
    cell.blocks += 1;
    let estimate = estimate(cell.blocks, known);
    (cell.estimate, cell.stop) = (Some(estimate), stop(&estimate, rules));
}

impl Known {
    fn deviation(&self) -> f64 {
        self.deviation.unwrap_or(TYPICAL_DEVIATION)
    }
}

/// The estimate after `blocks` blocks with the known deviation, with the help of the run's other cells.
fn estimate(blocks: usize, known: &Known) -> Estimate {
    let freedom = known.freedom.unwrap_or(TYPICAL_FREEDOM) + blocks as f64 - 1.0;
    Estimate::with(blocks, 0.0, known.deviation() / (blocks as f64).sqrt(), freedom)
}

/// The half-width after `blocks` blocks, log scale; none before the first.
fn half_width(blocks: usize, known: &Known) -> Option<f64> {
    if blocks == 0 { None } else { estimate(blocks, known).half_width }
}

/// How many blocks it takes to reach the half-width `wanted`; none if that takes too many.
fn blocks_for(wanted: f64, known: &Known) -> Option<usize> {
    let is_narrow = |&blocks: &usize| half_width(blocks, known).is_some_and(|half| half <= wanted);
    (1..=1000).find(is_narrow)
}

/// How many blocks it takes to have each technique in one.
fn blocks_of_a_pass(group: &Group) -> f64 {
    group.cells.len().div_ceil(TECHNIQUES_PER_BLOCK).max(1) as f64
}

/// The time of such a pass, in seconds: each block has the baseline at both ends, and its twin.
fn pass_s(group: &Group, known: &Known) -> Option<f64> {
    let baseline = known.baseline_s?;
    let turn_s = |name: &String| known.turns_s.get(name).copied().unwrap_or(baseline);
    let turns: f64 = group.cells.iter().map(|cell| turn_s(&cell.technique)).sum();
    Some(turns + 3.0 * baseline * blocks_of_a_pass(group))
}

#[cfg(test)]
mod tests;
