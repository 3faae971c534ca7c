//! Where the loops end: a function that is called once for a block splits the program into stages.
//!
//! The functions of [`parallax_simd::math`] want whole vectors, so machine code does not call them for each element.
//! It runs a loop that does all the arithmetic before them and leaves their arguments in blocks of scratch
//! memory, calls them, and runs another loop. A program without them is one loop, and needs no scratch
//! memory.

use std::collections::BTreeSet;

use super::call;
use crate::program::{Operand, Program, Step};
use crate::slots::{self, Life};
use crate::tree::Kind;

/// The stages of a program, in order.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) stages: Vec<Stage>,
    /// For each step that is passed on in memory, the block of scratch memory.
    pub(super) slots: Vec<Option<usize>>,
    /// How many blocks there are.
    pub(super) count: usize,
}

/// A loop and the calls after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stage {
    /// The steps of the loop; a comparison is repeated in each loop that needs it, since booleans are not
    /// stored.
    pub(super) steps: Vec<usize>,
    pub(super) calls: Vec<usize>,
}

impl Plan {
    pub(super) fn new(program: &Program) -> Self {
        let steps = &program.steps;
        let stage_of = stages(steps);
        let count = stage_of.iter().max().map_or(0, |last| last + 1);
        // In which stages a step is done, and the last one in which its result is read from memory.
        let mut wanted: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); steps.len()];
        let mut deaths: Vec<Option<usize>> = vec![None; steps.len()];
        if let Operand::Step(result) = program.result {
            wanted[result].insert(stage_of[result]);
        }
        for (reader, step) in steps.iter().enumerate().rev() {
            for stage in wanted[reader].clone() {
                for read in step.reads() {
                    if steps[read].kind() == Kind::Boolean {
                        wanted[read].insert(stage);
                        continue;
                    }
                    wanted[read].insert(stage_of[read]);
                    if stage_of[read] < stage || is_call(*step) || is_call(steps[read]) {
                        deaths[read] = deaths[read].max(Some(stage));
                    }
                }
            }
        }
        let (slots, blocks) = place(&stage_of, &deaths);
        let mut stages = vec![Stage::default(); count];
        for (place, step) in steps.iter().enumerate() {
            for stage in &wanted[place] {
                let Stage { steps, calls } = &mut stages[*stage];
                if is_call(*step) { calls.push(place) } else { steps.push(place) }
            }
        }
        Self { stages, slots, count: blocks }
    }

    /// There are calls, so the code works on blocks.
    pub(super) fn calls(&self) -> bool {
        self.stages.iter().any(|stage| !stage.calls.is_empty())
    }
}

/// Steps that are a call for a whole block.
pub(super) fn is_call(step: Step) -> bool {
    match step {
        Step::Unary(op, _) => call::UNARY.contains(&op),
        Step::Binary(op, ..) => call::BINARY.contains(&op),
        Step::Compare(..) | Step::Where(..) => false,
    }
}

/// The first stage in which all operands are there: one later than a call that gives one.
fn stages(steps: &[Step]) -> Vec<usize> {
    let mut stages = Vec::with_capacity(steps.len());
    for step in steps {
        let ready = step.reads().map(|read| stages[read] + usize::from(is_call(steps[read])));
        let stage = ready.max().unwrap_or(0);
        stages.push(stage);
    }
    stages
}

fn place(births: &[usize], deaths: &[Option<usize>]) -> (Vec<Option<usize>>, usize) {
    let mut lives: Vec<(usize, Life)> = (0..births.len())
        .filter_map(|step| deaths[step].map(|death| (step, Life { birth: births[step], death })))
        .collect();
    lives.sort_by_key(|(_, life)| life.birth);
    let (places, count) = slots::assign(lives.iter().map(|(_, life)| *life));
    let mut slots = vec![None; births.len()];
    lives.iter().zip(places).for_each(|((step, _), slot)| slots[*step] = Some(slot));
    (slots, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    fn plan(text: &str) -> Plan {
        Plan::new(&Program::new(&parse(text).unwrap()))
    }

    #[test]
    fn arithmetic_is_one_loop_without_memory() {
        let plan = plan("where(a*b - 4.125*a > 2.5*b, min(a, b), abs(a) / 4)");
        assert_eq!((plan.stages.len(), plan.count, plan.calls()), (1, 0, false));
    }

    #[test]
    fn a_call_ends_a_loop() {
        let plan = plan("sin(a) + log(b*b + 1)*sqrt(c*c + 1)");
        // First b*b + 1 and c*c + 1, then their functions and sin(a); then the product and the sum.
        assert_eq!(plan.stages[0], Stage { steps: vec![1, 2, 4, 5], calls: vec![0, 3, 6] });
        assert_eq!(plan.stages[1], Stage { steps: vec![7, 8], calls: vec![] });
        assert_eq!((plan.stages.len(), plan.count), (2, 5));
    }

    #[test]
    fn a_comparison_is_repeated_where_it_is_needed() {
        let plan = plan("where(a < b, sin(where(a < b, a, b)), 1)");
        assert!(plan.stages.iter().all(|stage| stage.steps.contains(&0)), "{plan:?}");
        assert_eq!(plan.slots[0], None);
    }

    #[test]
    fn memory_is_used_again() {
        let text = (0..50).fold("x".to_owned(), |text, _| format!("sin({text} + 1)"));
        assert!(plan(&text).count <= 4);
    }
}
