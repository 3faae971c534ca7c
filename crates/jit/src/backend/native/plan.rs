//! Splits a program into loops: a function that is called once for a block ends a stage.
//!
//! The functions of [`parallax_simd::math`] work on whole vectors, so machine code does not call them for each
//! element. It runs a loop that does all the arithmetic before them and leaves their arguments in blocks of scratch
//! memory, calls them, and runs another loop. A program without such functions is one loop, and needs no scratch
//! memory, unless it is long: a loop keeps all its constants and arrays in reach, and Cranelift's time to place them
//! grows with the square of their number.

use std::collections::BTreeSet;

use super::call;
use crate::program::{Operand, Program, Step};
use crate::slots::{self, Life};

/// The stages of a program, in order.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) stages: Vec<Stage>,
    /// For each step whose result is passed on in memory, its block of scratch memory.
    pub(super) slots: Vec<Option<usize>>,
    /// The number of blocks.
    pub(super) count: usize,
}

/// A loop and the calls after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stage {
    /// The steps of the loop; a comparison is repeated in each loop that needs it, which costs less than
    /// memory.
    pub(super) steps: Vec<usize>,
    pub(super) calls: Vec<usize>,
}

impl Plan {
    pub(super) fn new(program: &Program) -> Self {
        let steps = &program.steps;
        let stage_of = stages(steps);
        let count = stage_of.iter().max().map_or(0, |last| last + 1);
        // The stages in which each step is computed, and the last one in which its result is read from memory.
        let mut wanted: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); steps.len()];
        let mut deaths: Vec<Option<usize>> = vec![None; steps.len()];
        if let Operand::Step(result) = program.result {
            wanted[result].insert(stage_of[result]);
        }
        for (reader, step) in steps.iter().enumerate().rev() {
            for stage in wanted[reader].clone() {
                for read in step.reads() {
                    if matches!(steps[read], Step::Compare(..)) {
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

    /// Whether the code works on blocks: there are calls, or values that one loop passes to the next.
    pub(super) fn blocked(&self) -> bool {
        self.count > 0 || self.stages.iter().any(|stage| !stage.calls.is_empty())
    }
}

/// Whether a step is a call for a whole block.
pub(super) fn is_call(step: Step) -> bool {
    match step {
        Step::Unary(op, _) => call::UNARY.contains(&op),
        Step::Binary(op, ..) => call::BINARY.contains(&op),
        Step::Compare(..) | Step::Not(..) | Step::Logic(..) | Step::Where(..) => false,
    }
}

/// The limit on the steps of one loop.
const LONGEST: usize = 64;

/// The first stage for each step that has all operands (one later than a call that returns one), and whose loop is
/// not too long already.
fn stages(steps: &[Step]) -> Vec<usize> {
    let mut stages: Vec<usize> = Vec::with_capacity(steps.len());
    let mut lengths: Vec<usize> = Vec::new();
    for step in steps {
        let ready = step.reads().map(|read| stages[read] + usize::from(is_call(steps[read])));
        let mut stage = ready.max().unwrap_or(0);
        if !is_call(*step) {
            while lengths.get(stage) == Some(&LONGEST) {
                stage += 1;
            }
            lengths.resize(lengths.len().max(stage + 1), 0);
            lengths[stage] += 1;
        }
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
        assert_eq!((plan.stages.len(), plan.count, plan.blocked()), (1, 0, false));
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
    fn a_long_program_is_many_short_loops() {
        let sum = (0..1000).map(|i| format!("a*{i}.5")).collect::<Vec<_>>().join("+");
        let any = (0..1000).map(|i| format!("(a < {i})")).collect::<Vec<_>>().join("|");
        for text in [sum, any] {
            let plan = plan(&text);
            assert!(plan.stages.len() > 20 && plan.blocked());
            // a comparison is counted where it is first ready, and repeated where it is needed
            let longest = plan.stages.iter().map(|stage| stage.steps.len()).max();
            assert!(longest <= Some(3 * LONGEST), "{longest:?}");
            let steps: usize = plan.stages.iter().map(|stage| stage.steps.len()).sum();
            assert!(steps <= 2 * 1999, "{steps}");
        }
    }

    #[test]
    fn memory_is_used_again() {
        let text = (0..50).fold("x".to_owned(), |text, _| format!("sin({text} + 1)"));
        assert!(plan(&text).count <= 4);
    }
}
