//! The analysis of journal lines: which blocks count, the log ratios of each cell, and failures.

use parallax_method::{log_ratio, median};
use parallax_record::journal::Outcome;
use parallax_record::journal::{BlockLine, Line, Role, TurnLine, blocks};
use parallax_record::plan::{Exclusion, Plan};
use parallax_runner::protocol::{Measured, Probed, Ready, Regime, Status};

/// A group with this many void blocks in a row has failed.
const VOID_BLOCKS: usize = 3;

/// The facts of one group in a run's lines.
pub struct GroupFacts<'a> {
    /// The baseline's turns in blocks that count; where there are none, those in blocks that do not.
    pub baseline: Vec<(&'a Ready, &'a Measured)>,
    /// Whether these are from blocks that do not count.
    pub noisy: bool,
    /// The sampling regime of the whole group; none before the first turn of the baseline.
    pub regime: Option<Regime>,
    /// The twin's log ratio in each block that counts.
    pub twin: Vec<(u64, f64)>,
    /// The cost of a turn of the baseline, in seconds.
    pub baseline_cost_s: Option<f64>,
    /// The techniques, in the plan's order.
    pub cells: Vec<CellFacts<'a>>,
    /// Blocks that do not count, with the rule that excludes each.
    pub excluded: Vec<(u64, String)>,
}

/// The facts of one cell in a run's lines.
#[derive(Default)]
pub struct CellFacts<'a> {
    /// Blocks in which it ran.
    pub attempts: usize,
    /// Its log ratio in each block that counts.
    pub series: Vec<(u64, f64)>,
    /// Its turns in them.
    pub turns: Vec<(&'a Ready, &'a Measured)>,
    /// The turns of the baseline around each of them.
    pub brackets: Vec<[(&'a Ready, &'a Measured); 2]>,
    /// The cost of a turn, in seconds.
    pub cost_s: Option<f64>,
    /// Why it has no number.
    pub refused: Option<(Status, String)>,
    /// Whether all its blocks were excluded, and are used as there are no better ones.
    pub noisy: bool,
}

impl GroupFacts<'_> {
    /// Whether no block of the group has ended.
    pub fn is_untouched(&self) -> bool {
        self.baseline.is_empty()
            && self.excluded.is_empty()
            && self.cells.iter().all(|cell| cell.attempts == 0 && cell.refused.is_none())
    }
}

impl CellFacts<'_> {
    /// Its log ratios, without their blocks.
    pub fn values(&self) -> Vec<f64> {
        self.series.iter().map(|(_, value)| *value).collect()
    }
}

/// Derives the facts of each group from a run's lines and plan.
pub fn analyse<'a>(plan: &Plan, lines: &'a [Line]) -> Vec<GroupFacts<'a>> {
    let ended = blocks(lines);
    let of_group = |index: usize| {
        let blocks = ended.iter().filter(move |(block, _)| block.group == index);
        let blocks = blocks.map(|(block, turns)| (*block, turns.as_slice())).collect();
        GroupFacts { regime: regime(plan, lines, index), ..group_facts(plan, index, blocks) }
    };
    (0..plan.groups.len()).map(of_group).collect()
}

/// The sampling regime of a group, which the very first turn of its baseline decides. It is in the journal, so it is
/// the same after a resume.
pub fn regime(plan: &Plan, lines: &[Line], group: usize) -> Option<Regime> {
    let first_ns = |line: &Line| match line {
        Line::Turn(TurnLine { role: Role::Baseline | Role::Twin, outcome, group: of, .. })
            if *of == group =>
        {
            match outcome {
                Outcome::Measured { measured, .. } => Some(measured.first_ns),
                Outcome::Refused { .. } => None,
            }
        }
        _ => None,
    };
    lines.iter().find_map(first_ns).map(|first_ns| plan.measure.regime_after(first_ns))
}

type Block<'a, 'b> = (&'a BlockLine, &'b [&'a TurnLine]);

fn group_facts<'a>(plan: &Plan, index: usize, blocks: Vec<Block<'a, '_>>) -> GroupFacts<'a> {
    let cells = plan.groups[index].cells.len();
    let mut facts = GroupFacts::of(cells);
    let (mut quiet, mut loud, mut void) = (Vec::new(), Vec::new(), 0);
    for block in blocks {
        let why_void = why_void(block.1);
        facts.note_costs_and_refusals(block.1, why_void.is_some());
        void = if why_void.is_some() { void + 1 } else { 0 };
        if let Some((status, why)) = why_void {
            if void == VOID_BLOCKS {
                let why = (status, format!("{why}, {void} blocks in a row"));
                facts.cells.iter_mut().for_each(|cell| cell.refused = Some(why.clone()));
            }
            facts.excluded.push((block.0.block, why));
            continue;
        }
        match why_excluded(block.0, &plan.exclusion) {
            None => quiet.push(block),
            Some(why) => {
                facts.excluded.push((block.0.block, why));
                loud.push(block);
            }
        }
    }
    quiet.iter().for_each(|block| facts.count(block));
    // A cell without quiet blocks is shown from the loud ones: a number marked as doubtful is better than none. The
    // twin is not, since verdicts depend on the floor.
    let mut doubtful = GroupFacts::of(cells);
    loud.iter().for_each(|block| doubtful.count(block));
    if facts.baseline.is_empty() && !doubtful.baseline.is_empty() {
        (facts.baseline, facts.noisy) = (doubtful.baseline, true);
    }
    for (cell, doubtful) in facts.cells.iter_mut().zip(doubtful.cells) {
        if cell.series.is_empty() && !doubtful.series.is_empty() {
            let CellFacts { series, turns, brackets, .. } = doubtful;
            *cell = CellFacts { series, turns, brackets, noisy: true, ..std::mem::take(cell) };
        }
    }
    facts
}

/// Why nothing of a block counts: one of its turns of the baseline has no number, so there is nothing to compare the
/// others with.
fn why_void(turns: &[&TurnLine]) -> Option<(Status, String)> {
    let refusal = |turn: &&&TurnLine| match &turn.outcome {
        Outcome::Refused { status, reason } => {
            Some((*status, format!("its baseline has no number: {reason}")))
        }
        Outcome::Measured { .. } => None,
    };
    turns.iter().filter(|turn| !matches!(turn.role, Role::Technique(_))).find_map(|turn| refusal(&turn))
}

impl<'a> GroupFacts<'a> {
    /// Empty facts of a group of `cells` cells.
    pub fn of(cells: usize) -> Self {
        GroupFacts {
            baseline: Vec::new(),
            noisy: false,
            regime: None,
            twin: Vec::new(),
            baseline_cost_s: None,
            cells: (0..cells).map(|_| CellFacts::default()).collect(),
            excluded: Vec::new(),
        }
    }

    fn note_costs_and_refusals(&mut self, turns: &[&'a TurnLine], void: bool) {
        for turn in turns {
            let cost_s = turn.turn_ns as f64 / 1e9;
            let refusal = match &turn.outcome {
                Outcome::Refused { status, reason } => Some((*status, reason.clone())),
                Outcome::Measured { .. } => None,
            };
            let averaged = |cost: Option<f64>| Some(cost.map_or(cost_s, |cost| cost.midpoint(cost_s)));
            match turn.role {
                Role::Technique(cell) => {
                    let Some(cell) = self.cells.get_mut(cell) else { continue };
                    cell.attempts += 1;
                    cell.cost_s = averaged(cell.cost_s);
                    cell.refused = cell.refused.take().or(refusal.filter(|_| !void));
                }
                _ if refusal.is_none() => self.baseline_cost_s = averaged(self.baseline_cost_s),
                _ => {}
            }
        }
    }

    /// Adds the turns of one block.
    fn count(&mut self, (block, turns): &Block<'a, '_>) {
        let measured = |turn: &&&'a TurnLine| match &turn.outcome {
            Outcome::Measured { ready, measured } => Some((turn.role, ready, measured)),
            Outcome::Refused { .. } => None,
        };
        let measured: Vec<_> = turns.iter().filter_map(|turn| measured(&turn)).collect();
        let ends: Vec<_> = measured.iter().filter(|(role, ..)| *role == Role::Baseline).collect();
        let [&(_, ready_before, before), &(_, ready_after, after)] = ends[..] else { return };
        let bracket = [(ready_before, before), (ready_after, after)];
        let value = |measured: &Measured| log_ratio(&run_ns(before), &run_ns(after), &run_ns(measured)).ok();
        for (role, ready, measured) in &measured {
            match (role, value(measured)) {
                (Role::Baseline, _) => self.baseline.push((*ready, *measured)),
                (Role::Twin, Some(value)) => self.twin.push((block.block, value)),
                (Role::Technique(index), Some(value)) => {
                    if let Some(cell) = self.cells.get_mut(*index) {
                        cell.series.push((block.block, value));
                        cell.turns.push((*ready, *measured));
                        cell.brackets.push(bracket);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Nanoseconds of each run, sample by sample.
pub fn run_ns(measured: &Measured) -> Vec<f64> {
    measured.samples.iter().map(|sample| sample.wall_ns as f64 / sample.runs as f64).collect()
}

/// The median over blocks of the value that `of` returns for a turn.
pub fn over_blocks(turns: &[(&Ready, &Measured)], of: impl Fn(&Ready, &Measured) -> f64) -> Option<f64> {
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
mod tests;
