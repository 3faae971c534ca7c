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
        for pair in duelists(group, judged) {
            keep(&mut cells, pair, shared(facts, pair), plan.rules.max_blocks);
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
fn duelists(group: &plan::Group, judged: &Judged) -> Vec<[usize; 2]> {
    let speed = |at: &usize| judged.estimates[*at].map_or(f64::NEG_INFINITY, |estimate| estimate.log_mean);
    let best = |algorithm: &str, peers: bool| {
        let side = |at: &usize| {
            let cell = &group.cells[*at];
            cell.algorithm == algorithm && (cell.family == PEERS) == peers && judged.estimates[*at].is_some()
        };
        (0..group.cells.len()).filter(side).max_by(|a, b| speed(a).total_cmp(&speed(b)))
    };
    let algorithms: BTreeSet<&str> = group.cells.iter().map(|cell| cell.algorithm.as_str()).collect();
    algorithms.into_iter().filter_map(|of| Some([best(of, false)?, best(of, true)?])).collect()
}

/// The blocks that count and have both.
fn shared(facts: &GroupFacts, [a, b]: [usize; 2]) -> usize {
    let blocks =
        |at: usize| facts.cells[at].series.iter().map(|(block, _)| *block).collect::<BTreeSet<u64>>();
    blocks(a).intersection(&blocks(b)).count()
}

/// Lets both sides of a duel run on, in the same blocks, until they share as many as it needs, whatever their standings:
/// on a machine that is never quiet, until one of them has `most` blocks.
fn keep(cells: &mut [schedule::Cell], [a, b]: [usize; 2], shared: usize, most: usize) {
    let is_over = |at: usize| cells[at].failed || cells[at].blocks >= most;
    if shared >= DUEL_BLOCKS || is_over(a) || is_over(b) {
        return;
    }
    for (own, other) in [(a, b), (b, a)] {
        let cell = &mut cells[own];
        cell.stop = None;
        cell.with = Some(other);
        cell.standing.contender = true;
        cell.standing.missing = cell.standing.missing.min((DUEL_BLOCKS - shared) as f64);
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
        with: None,
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
        let noise = |block: u64| 0.001 * (block % 3) as f64;
        let series = |log: f64, blocks: &[u64]| blocks.iter().map(|at| (*at, log + noise(*at))).collect();
        let after = |of_peers: &[u64]| {
            let all: Vec<u64> = (0..16).collect();
            let cells = [(2.0, all.as_slice()), (0.5, &all), (1.5, of_peers), (-2.0, of_peers)];
            let cells = cells.map(|(log, blocks)| CellFacts {
                series: series(log, blocks),
                attempts: blocks.len(),
                ..CellFacts::default()
            });
            let facts = [GroupFacts { twin: series(0.0, &all), cells: cells.into(), ..GroupFacts::of(0) }];
            groups(&plan, &facts, &Judgement::of(&facts)).remove(0)
        };
        let four = after(&[0, 1, 2, 3]);
        assert_eq!(four.open(), 2, "the winners are far ahead of the rest, and owe their duel four blocks");
        assert_eq!([four.cells[0].with, four.cells[2].with, four.cells[1].with], [Some(2), Some(0), None]);
        assert_eq!(four.cells[0].standing.missing, 4.0, "its own sixteen are not shared");
        let elsewhere: Vec<u64> = (10..18).collect();
        assert_eq!(after(&elsewhere).open(), 2, "eight blocks each, of which they share six");
        assert_eq!(after(&(0..8).collect::<Vec<_>>()).open(), 0, "and owe nothing then");
    }

    fn plan_of(group: &plan::Group) -> String {
        let rules = parallax_method::Rules::default();
        serde_json::json!({ "schema": parallax_record::plan::SCHEMA, "mode": "default", "budget_s": 1.0, "rules": rules,
            "measure": plan::Mode::Default.defaults().3, "exclusion": plan::EXCLUSION, "limit_s": 1, "start_limit_s": 1,
            "seed": 1, "groups": [group] })
        .to_string()
    }
}
