//! From journal lines to estimates: which blocks count, what each cell's blocks say, what failed.

use crate::estimate::{Estimate, Stop, TRUSTED_BLOCKS, Verdict, floor, log_ratio, median, stop, verdicts};
use crate::journal::{BlockLine, Line, Role, TurnLine, blocks};
use crate::plan::{Exclusion, Plan};
use crate::schedule;
use crate::turn::Outcome;
use parallax_runner::protocol::{Measured, Probed, Ready, Status};

/// What a run's lines say of one group.
pub(crate) struct GroupFacts<'a> {
    /// The baseline's turns, of blocks that count.
    pub(crate) baseline: Vec<(&'a Ready, &'a Measured)>,
    /// The twin's log ratios.
    pub(crate) twin: Vec<f64>,
    /// What a turn of the baseline costs, in seconds.
    pub(crate) baseline_cost_s: Option<f64>,
    /// The techniques, in the plan's order.
    pub(crate) cells: Vec<CellFacts<'a>>,
    /// Blocks that do not count, with the rule that excludes each.
    pub(crate) excluded: Vec<(u64, String)>,
}

/// What a run's lines say of one cell.
#[derive(Default)]
pub(crate) struct CellFacts<'a> {
    /// Blocks in which it ran.
    pub(crate) attempts: usize,
    /// The log ratios of the blocks that count.
    pub(crate) values: Vec<f64>,
    /// Which blocks these are.
    pub(crate) blocks: Vec<u64>,
    /// Its turns in them.
    pub(crate) turns: Vec<(&'a Ready, &'a Measured)>,
    /// What a turn costs, in seconds.
    pub(crate) cost_s: Option<f64>,
    /// Why it has no number.
    pub(crate) refused: Option<(Status, String)>,
    /// Whether all its blocks were excluded, and are used for want of better.
    pub(crate) noisy: bool,
}

impl CellFacts<'_> {
    /// What its blocks say.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        Estimate::of(&self.values).ok()
    }

    /// How much faster it is than another cell: by the blocks that both share, if these are enough, for there the
    /// baseline cancels and whatever slows a whole block down; by all that each has otherwise.
    pub(crate) fn over(&self, other: &CellFacts) -> Option<Estimate> {
        let of_other = |block| other.blocks.iter().position(|at| at == block).map(|at| other.values[at]);
        let pairs = self.blocks.iter().zip(&self.values);
        let shared: Vec<f64> = pairs.filter_map(|(block, value)| Some(value - of_other(block)?)).collect();
        match shared.len() < TRUSTED_BLOCKS {
            true => Some(self.estimate()?.over(&other.estimate()?)),
            false => Estimate::of(&shared).ok(),
        }
    }
}

impl GroupFacts<'_> {
    /// The noise floor of the group, log scale; infinite before two blocks.
    pub(crate) fn floor(&self) -> f64 {
        floor(&self.twin)
    }

    /// What may be said of each cell; none where it has no number.
    pub(crate) fn verdicts(&self) -> Vec<Option<Verdict>> {
        let usable = |cell: &CellFacts| (cell.refused.is_none()).then(|| cell.estimate()).flatten();
        let estimates: Vec<Option<Estimate>> = self.cells.iter().map(usable).collect();
        let judged: Vec<Estimate> = estimates.iter().flatten().copied().collect();
        let mut verdicts = verdicts(&judged, self.floor()).into_iter();
        let verdict = |(estimate, cell): (&Option<Estimate>, &CellFacts)| {
            estimate.and_then(|_| verdicts.next()).map(|v| if cell.noisy { Verdict::Undecided } else { v })
        };
        estimates.iter().zip(&self.cells).map(verdict).collect()
    }
}

/// Reads a run's lines against its plan.
pub(crate) fn analyse<'a>(plan: &Plan, lines: &'a [Line]) -> Vec<GroupFacts<'a>> {
    let ended = blocks(lines);
    let of_group = |index: usize| {
        let blocks = ended.iter().filter(move |(block, _)| block.group == index);
        group_facts(plan, index, blocks.map(|(block, turns)| (*block, turns.as_slice())).collect())
    };
    (0..plan.groups.len()).map(of_group).collect()
}

/// The scheduler's view of the same.
pub(crate) fn schedule(plan: &Plan, facts: &[GroupFacts]) -> Vec<schedule::Group> {
    let cell = |cell: &CellFacts| {
        let estimate = cell.estimate().filter(|_| !cell.noisy);
        schedule::Cell {
            blocks: cell.attempts,
            estimate,
            // Blocks that were excluded are blocks that were run: a cell that is never quiet ends too.
            stop: estimate
                .and_then(|estimate| stop(&estimate, &plan.rules))
                .or((cell.attempts >= plan.rules.max_blocks).then_some(Stop::MaxBlocks)),
            cost_s: cell.cost_s,
            failed: cell.refused.is_some(),
        }
    };
    let group = |group: &GroupFacts| schedule::Group {
        baseline_cost_s: group.baseline_cost_s,
        cells: group.cells.iter().map(cell).collect(),
    };
    facts.iter().map(group).collect()
}

type Block<'a, 'b> = (&'a BlockLine, &'b [&'a TurnLine]);

fn group_facts<'a>(plan: &Plan, index: usize, blocks: Vec<Block<'a, '_>>) -> GroupFacts<'a> {
    let cells = plan.groups[index].cells.len();
    let mut facts = GroupFacts {
        baseline: Vec::new(),
        twin: Vec::new(),
        baseline_cost_s: None,
        cells: (0..cells).map(|_| CellFacts::default()).collect(),
        excluded: Vec::new(),
    };
    let (mut quiet, mut loud) = (Vec::new(), Vec::new());
    for block in blocks {
        facts.note_costs_and_refusals(block.1);
        match why_excluded(block.0, &plan.exclusion) {
            None => quiet.push(block),
            Some(why) => {
                facts.excluded.push((block.0.block, why));
                loud.push(block);
            }
        }
    }
    quiet.iter().for_each(|block| facts.count(block, |_| true));
    // A cell that no quiet block has is shown by its loud ones: a doubtful number, said to be so,
    // tells more than none.
    let wanting: Vec<bool> = facts.cells.iter().map(|cell| cell.values.is_empty()).collect();
    if wanting.contains(&true) {
        loud.iter().for_each(|block| facts.count(block, |cell| wanting[cell]));
        for (cell, wanting) in facts.cells.iter_mut().zip(wanting) {
            cell.noisy = wanting && !cell.values.is_empty();
        }
    }
    facts
}

impl<'a> GroupFacts<'a> {
    fn note_costs_and_refusals(&mut self, turns: &[&'a TurnLine]) {
        for turn in turns {
            let cost_s = turn.turn_ns as f64 / 1e9;
            let refusal = match &turn.outcome {
                Outcome::Refused { status, reason } => Some((*status, reason.clone())),
                Outcome::Measured { .. } => None,
            };
            match (turn.role, refusal) {
                (Role::Technique(cell), refusal) => {
                    let Some(cell) = self.cells.get_mut(cell) else { continue };
                    cell.attempts += 1;
                    cell.cost_s = Some(cell.cost_s.map_or(cost_s, |cost| cost.midpoint(cost_s)));
                    cell.refused = cell.refused.take().or(refusal);
                }
                (_, Some((status, reason))) => {
                    let why = (status, format!("its baseline has no number: {reason}"));
                    self.cells.iter_mut().for_each(|cell| cell.refused = Some(why.clone()));
                }
                (_, None) => {
                    let cost = self.baseline_cost_s.map_or(cost_s, |cost| cost.midpoint(cost_s));
                    self.baseline_cost_s = Some(cost);
                }
            }
        }
    }

    /// Adds what the turns of one block say of the cells that are `wanted`.
    fn count(&mut self, (block, turns): &Block<'a, '_>, wanted: impl Fn(usize) -> bool) {
        let measured = |turn: &&&'a TurnLine| match &turn.outcome {
            Outcome::Measured { ready, measured } => Some((turn.role, ready, measured)),
            Outcome::Refused { .. } => None,
        };
        let measured: Vec<_> = turns.iter().filter_map(|turn| measured(&turn)).collect();
        let ends: Vec<_> = measured.iter().filter(|(role, ..)| *role == Role::Baseline).collect();
        let [(_, _, before), (_, _, after)] = ends[..] else { return };
        let value = |measured: &Measured| log_ratio(&run_ns(before), &run_ns(after), &run_ns(measured)).ok();
        for (role, ready, measured) in &measured {
            match (role, value(measured)) {
                (Role::Baseline, _) => self.baseline.push((*ready, *measured)),
                (Role::Twin, Some(value)) => self.twin.push(value),
                (Role::Technique(index), Some(value)) if wanted(*index) => {
                    if let Some(cell) = self.cells.get_mut(*index) {
                        cell.values.push(value);
                        cell.blocks.push(block.block);
                        cell.turns.push((*ready, *measured));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Nanoseconds of each run, sample by sample.
pub(crate) fn run_ns(measured: &Measured) -> Vec<f64> {
    measured.samples.iter().map(|sample| sample.wall_ns as f64 / sample.runs as f64).collect()
}

/// The median over blocks of what `of` gives for a turn.
pub(crate) fn over_blocks(
    turns: &[(&Ready, &Measured)],
    of: impl Fn(&Ready, &Measured) -> f64,
) -> Option<f64> {
    median(&turns.iter().map(|(ready, measured)| of(ready, measured)).collect::<Vec<_>>())
}

/// The rule of the plan that excludes a block, in words.
fn why_excluded(block: &BlockLine, rules: &Exclusion) -> Option<String> {
    if block.foreign_cores > rules.foreign_cores {
        let cores = block.foreign_cores;
        return Some(format!("others kept {cores:.2} cores busy, over {}", rules.foreign_cores));
    }
    let drift = |of: fn(&Probed) -> u64| {
        let (before, after) =
            (of(block.probe_before.as_ref()?) as f64, of(block.probe_after.as_ref()?) as f64);
        Some((before / after).max(after / before))
    };
    let drift = drift(|probe| probe.compute_ns)?;
    (drift > rules.probe_drift)
        .then(|| format!("the machine's speed changed by {drift:.2}x meanwhile, over {}x", rules.probe_drift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_cells_are_compared_by_the_blocks_they_share() {
        let of = |blocks: &[u64], values: &[f64]| CellFacts {
            values: values.to_vec(),
            blocks: blocks.to_vec(),
            ..CellFacts::default()
        };
        // each block is slow or fast as a whole, and the one is always 0.5 ahead
        let one = of(&[3, 4, 7, 9, 10], &[0.8, 1.9, 0.2, -5.0, 0.6]);
        let other = of(&[10, 4, 3, 7, 8], &[0.1, 1.4, 0.3, -0.3, 7.0]);
        let estimate = one.over(&other).unwrap();
        assert_eq!(estimate.blocks, 4);
        assert!((estimate.log_mean - 0.5).abs() < 1e-12 && estimate.half_width.unwrap() < 1e-12);
        assert!((other.over(&one).unwrap().log_mean + 0.5).abs() < 1e-12);
        // three are too few
        let few = of(&[3, 4, 7, 8], &[0.3, 1.4, -0.3, 0.0]);
        let apart = one.estimate().unwrap().over(&few.estimate().unwrap());
        assert_eq!(one.over(&few), Some(apart));
        assert!(apart.half_width.unwrap() > 1.0);
        assert!(one.over(&CellFacts::default()).is_none());
    }

    #[test]
    fn a_verdict_stays_with_its_cell() {
        let of = |center: f64| CellFacts {
            values: [-0.002, -0.001, 0.0, 0.0, 0.001, 0.002].map(|noise| center + noise).to_vec(),
            ..CellFacts::default()
        };
        let refuses =
            || CellFacts { refused: Some((Status::Unfit, "a reason".into())), ..CellFacts::default() };
        let group = GroupFacts {
            baseline: Vec::new(),
            twin: vec![0.001, -0.001, 0.0, 0.001, -0.001, 0.0],
            baseline_cost_s: None,
            cells: vec![refuses(), of(0.5), CellFacts::default(), of(-0.5), refuses(), of(0.5)],
            excluded: Vec::new(),
        };
        let expected =
            [None, Some(Verdict::Faster), None, Some(Verdict::Slower), None, Some(Verdict::Faster)];
        assert_eq!(group.verdicts(), expected);
    }
}
