//! The scheduler's view of a run: what is known of each cell, and what one more block would cost.

use crate::analysis::{CellFacts, GroupFacts};
use crate::judgement::{Judged, Judgement};
use parallax_method::{Estimate, Standing, Stop, schedule, stop};
use parallax_record::plan::Plan;

/// The groups, as the scheduler takes them.
pub fn groups(plan: &Plan, facts: &[GroupFacts], judgement: &Judgement) -> Vec<schedule::Group> {
    let cell = |((cell, estimate), standing): ((&CellFacts, &Option<Estimate>), Standing)| {
        let estimate = estimate.filter(|_| !cell.noisy);
        schedule::Cell {
            blocks: cell.attempts,
            estimate,
            // Blocks that were excluded are blocks that were run: a cell that is never quiet ends too.
            stop: estimate
                .and_then(|estimate| stop(&estimate, &plan.rules))
                .or((cell.attempts >= plan.rules.max_blocks).then_some(Stop::MaxBlocks)),
            cost_s: cell.cost_s,
            standing,
            failed: cell.refused.is_some(),
        }
    };
    let group = |(facts, judged): (&GroupFacts, &Judged)| schedule::Group {
        baseline_cost_s: facts.baseline_cost_s,
        cells: facts.cells.iter().zip(&judged.estimates).zip(judged.standings()).map(cell).collect(),
    };
    facts.iter().zip(&judgement.groups).map(group).collect()
}
