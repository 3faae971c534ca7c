//! The scheduler's view of a run: the state of each cell, and the cost of one more block.

use crate::analysis::{CellFacts, GroupFacts};
use crate::judgement::{Judged, Judgement, Side};
use parallax_method::{Estimate, Standing, Stop, schedule, stop};
use parallax_record::name::PEERS;
use parallax_record::plan::{self, Plan};
use std::collections::BTreeSet;

/// Blocks that the best technique and the best peer should share for a duel: of two blocks, one may be luck, and the
/// interval of two is a guess.
const DUEL_BLOCKS: usize = 8;

/// The groups, in the scheduler's form.
pub fn groups(plan: &Plan, facts: &[GroupFacts], judgement: &Judgement) -> Vec<schedule::Group> {
    let group = |((facts, judged), group): ((&GroupFacts, &Judged), &plan::Group)| {
        let known = if group.pairs().is_empty() { in_a_race(judged) } else { in_pairs(group, judged) };
        let mut cells: Vec<schedule::Cell> =
            facts.cells.iter().zip(known).map(|(facts, known)| cell(plan, facts, known)).collect();
        for at in duelists(group, judged) {
            keep(&mut cells[at]);
        }
        schedule::Group { baseline_cost_s: facts.baseline_cost_s, cells }
    };
    facts.iter().zip(&judgement.groups).zip(&plan.groups).map(group).collect()
}

/// The estimate and the standing on which a cell's next blocks depend.
type Known = (Option<Estimate>, Standing);

/// Each cell against the baseline, and as a contender for the best.
fn in_a_race(judged: &Judged) -> Vec<Known> {
    judged.estimates.iter().copied().zip(judged.standings()).collect()
}

/// Each cell against the other build of the same technique. None rests once its pair is decided: checking the verdict
/// after each block would find a difference where there is none.
fn in_pairs(group: &plan::Group, judged: &Judged) -> Vec<Known> {
    let mut known: Vec<Known> = judged.estimates.iter().map(|of| (*of, Standing::default())).collect();
    for (first, second) in group.pairs() {
        let between = judged.contrast(Side::Cell(second), Side::Cell(first));
        (known[first].0, known[second].0) = (between, between);
    }
    known
}

/// The best technique and the best peer so far, of each algorithm that both sides have.
fn duelists(group: &plan::Group, judged: &Judged) -> Vec<usize> {
    let speed = |at: &usize| judged.estimates[*at].map_or(f64::NEG_INFINITY, |estimate| estimate.log_mean);
    let best = |algorithm: &str, peers: bool| {
        let side = |at: &usize| {
            let cell = &group.cells[*at];
            cell.algorithm == algorithm && (cell.family == PEERS) == peers && judged.estimates[*at].is_some()
        };
        (0..group.cells.len()).filter(side).max_by(|a, b| speed(a).total_cmp(&speed(b)))
    };
    let algorithms: BTreeSet<&str> = group.cells.iter().map(|cell| cell.algorithm.as_str()).collect();
    let pairs = algorithms.into_iter().filter_map(|of| Some([best(of, false)?, best(of, true)?]));
    pairs.flatten().collect()
}

/// Lets a cell run on to the blocks that its duel needs, whatever its standing.
fn keep(cell: &mut schedule::Cell) {
    if cell.blocks < DUEL_BLOCKS && !cell.failed {
        cell.stop = None;
        cell.standing.contender = true;
        cell.standing.missing = cell.standing.missing.min((DUEL_BLOCKS - cell.blocks) as f64);
    }
}

fn cell(plan: &Plan, facts: &CellFacts, (estimate, standing): Known) -> schedule::Cell {
    let estimate = estimate.filter(|_| !facts.noisy);
    schedule::Cell {
        blocks: facts.attempts,
        estimate,
        // Excluded blocks count here, so that a cell that is never quiet ends too.
        stop: estimate
            .and_then(|estimate| stop(&estimate, &plan.rules))
            .or((facts.attempts >= plan.rules.max_blocks).then_some(Stop::MaxBlocks)),
        cost_s: facts.cost_s,
        standing,
        failed: facts.refused.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_builds_run_on_until_their_difference_is_known_and_not_until_each_is() {
        let group = serde_json::json!({ "workload": "w", "case": "", "size": "tiny", "workers": 1, "baseline": "b",
            "cells": [{ "family": "f", "technique": "t", "question": "execute", "libraries": {} },
                      { "family": "f-2", "technique": "t-2", "asked": "t", "question": "execute", "libraries": {} }] });
        let group: plan::Group = serde_json::from_value(group).unwrap();
        let noise = |block: u64| 0.2 * ((block * 7 % 10) as f64 / 10.0 - 0.5);
        let cell = |ahead: f64| CellFacts {
            // the effect of a block on both is large, on one of them alone it is small
            series: (0..8)
                .map(|block| (block, 0.5 + noise(block) + ahead * (1.0 + 0.1 * noise(block))))
                .collect(),
            attempts: 8,
            ..CellFacts::default()
        };
        let twin = (0..8).map(|block| (block, 0.01 * noise(block))).collect();
        let facts = [GroupFacts { twin, cells: vec![cell(0.0), cell(0.05)], ..GroupFacts::of(0) }];
        let judged = &Judgement::of(&facts).groups[0];
        let alone = in_a_race(judged);
        assert!(alone[0].0.unwrap().half_width.unwrap() > 0.05);
        let pair = in_pairs(&group, judged);
        for (estimate, standing) in pair {
            let estimate = estimate.unwrap();
            assert!((estimate.log_mean - 0.05).abs() < 0.01 && estimate.half_width.unwrap() < 0.01);
            assert!(standing.contender, "it rests by its precision alone");
        }
    }

    #[test]
    fn the_best_of_both_worlds_run_on_to_the_blocks_of_a_duel() {
        let cell = |family: &str, technique: &str| {
            serde_json::json!({ "family": family, "technique": technique,
            "question": "execute", "libraries": {} })
        };
        let group = serde_json::json!({ "workload": "w", "case": "", "size": "tiny", "workers": 1, "baseline": "b",
            "cells": [cell("simd", "fast"), cell("threading", "slow"), cell(PEERS, "numba"), cell(PEERS, "plain")] });
        let group: plan::Group = serde_json::from_value(group).unwrap();
        let plan: Plan = serde_json::from_str(&plan_of(&group)).unwrap();
        let after = |blocks: u64| {
            let noise = |block: u64| 0.001 * (block % 3) as f64;
            let series = |log: f64| (0..blocks).map(|block| (block, log + noise(block))).collect();
            let cells = [2.0, 0.5, 1.5, -2.0].map(|log| CellFacts {
                series: series(log),
                attempts: blocks as usize,
                ..CellFacts::default()
            });
            let facts = [GroupFacts { twin: series(0.0), cells: cells.into(), ..GroupFacts::of(0) }];
            groups(&plan, &facts, &Judgement::of(&facts)).remove(0).open()
        };
        assert_eq!(after(4), 2, "the winners are far ahead of the rest, and owe their duel four blocks");
        assert_eq!(after(DUEL_BLOCKS as u64), 0, "and owe nothing then");
    }

    fn plan_of(group: &plan::Group) -> String {
        let rules = parallax_method::Rules::default();
        serde_json::json!({ "schema": parallax_record::plan::SCHEMA, "mode": "default", "budget_s": 1.0, "rules": rules,
            "measure": plan::Mode::Default.defaults().3, "exclusion": plan::EXCLUSION, "limit_s": 1, "start_limit_s": 1,
            "seed": 1, "groups": [group] })
        .to_string()
    }
}
