//! Tests of which blocks count: quiet ones, loud ones only if there are no others, and never void ones.

use super::*;

/// A plan of one group with `cells` cells.
fn plan(cells: usize) -> Plan {
    let member = |cell: usize| serde_json::json!({ "family": "f", "technique": format!("t{cell}"), "question": "execute", "libraries": {} });
    let members: Vec<serde_json::Value> = (0..cells).map(member).collect();
    let group = serde_json::json!({ "workload": "w", "case": "", "size": "tiny", "workers": 1, "baseline": "b",
        "cells": members });
    let (_, budget_s, _, measure) = parallax_record::plan::Mode::Default.defaults();
    Plan {
        schema: parallax_record::plan::SCHEMA,
        mode: parallax_record::plan::Mode::Default,
        budget_s,
        rules: parallax_method::Rules::default(),
        measure,
        exclusion: parallax_record::plan::EXCLUSION,
        start_limit_s: 1,
        limit_s: 1,
        seed: 0,
        left_out: Vec::new(),
        hosts: Vec::new(),
        sweep: None,
        groups: vec![serde_json::from_value(group).unwrap()],
    }
}

/// A run of one sample.
fn measured(ns: u64) -> Outcome {
    let facts = serde_json::json!({ "items": 1, "unit": "x", "bytes": 0, "flops": 0, "evenness": "even" });
    let ready = serde_json::json!({ "start_ns": 0, "load_ns": 0, "isa": "", "cores": 1, "facts": facts });
    let sample = serde_json::json!({ "runs": 1, "wall_ns": ns, "cpu_ns": ns, "check_ns": 0, "stray_ns": 0,
        "digest": "", "minor_faults": 0, "major_faults": 0, "waits": 0, "preemptions": 0 });
    let told = serde_json::json!({ "first_ns": ns, "steady": true, "samples": [sample], "peak_bytes": 1, "threads": 1 });
    Outcome::Measured {
        ready: serde_json::from_value(ready).unwrap(),
        measured: serde_json::from_value(told).unwrap(),
    }
}

fn refused(reason: &str) -> Outcome {
    Outcome::Refused { status: Status::Failed, reason: reason.into() }
}

/// A block in the journal, with other programs busy on `foreign_cores`.
fn block(number: u64, foreign_cores: f64, turns: Vec<(Role, Outcome)>) -> Vec<Line> {
    let turn = |(role, outcome)| {
        let (block, group, variant, turn_ns, regime) = (number, 0, 0, 1_000_000_000, None);
        Line::Turn(TurnLine { block, group, role, variant, turn_ns, regime, outcome })
    };
    let (block, group, block_ns, probe_before, probe_after) = (number, 0, 4_000_000_000, None, None);
    let end = Line::Block(BlockLine {
        block,
        group,
        block_ns,
        lost_ns: 0,
        repeated: 0,
        foreign_cores,
        probe_before,
        probe_after,
    });
    turns.into_iter().map(turn).chain([end]).collect()
}

/// The baseline at both ends, the twin, and one outcome for each technique.
fn whole(number: u64, foreign_cores: f64, techniques: Vec<Outcome>) -> Vec<Line> {
    let ends = || (Role::Baseline, measured(2000));
    let techniques = techniques.into_iter().enumerate().map(|(cell, of)| (Role::Technique(cell), of));
    let turns = [ends(), (Role::Twin, measured(2000))].into_iter().chain(techniques).chain([ends()]);
    block(number, foreign_cores, turns.collect())
}

#[test]
fn a_refused_cell_does_not_bring_loud_blocks_back() {
    let quiet = |number| whole(number, 0.0, vec![measured(1000), refused("broken")]);
    let loud = |number| whole(number, 0.9, vec![measured(900), refused("broken")]);
    let lines: Vec<Line> =
        (0..6).flat_map(|number| if number < 4 { quiet(number) } else { loud(number) }).collect();
    let facts = &analyse(&plan(2), &lines)[0];
    assert_eq!((facts.twin.len(), facts.baseline.len(), facts.excluded.len()), (4, 8, 2));
    assert_eq!((facts.cells[0].series.len(), facts.cells[0].noisy), (4, false));
    assert!(facts.cells[1].refused.is_some() && !facts.cells[1].noisy);
}

#[test]
fn a_cell_that_is_always_disturbed_is_shown_without_touching_twin_and_baseline() {
    let without = |number| whole(number, 0.0, vec![measured(1000)]);
    let with = |number| whole(number, 0.9, vec![measured(1000), measured(500)]);
    let lines: Vec<Line> =
        (0..6).flat_map(|number| if number < 4 { without(number) } else { with(number) }).collect();
    let facts = &analyse(&plan(2), &lines)[0];
    assert_eq!((facts.twin.len(), facts.baseline.len(), facts.noisy), (4, 8, false));
    assert_eq!((facts.cells[1].series.len(), facts.cells[1].noisy), (2, true));
    assert_eq!(facts.cells[0].series.len(), 4);
    // where no block is quiet, there is a baseline to show, but no floor to judge by
    let lines: Vec<Line> = (0..4).flat_map(with).collect();
    let facts = &analyse(&plan(2), &lines)[0];
    assert_eq!((facts.baseline.len(), facts.noisy, facts.twin.len()), (8, true, 0));
    assert_eq!(
        crate::judgement::Judgement::of(std::slice::from_ref(facts)).groups[0].verdicts,
        [Some(parallax_method::Verdict::Undecided); 2]
    );
}

#[test]
fn a_refused_turn_of_the_baseline_voids_its_block_and_three_in_a_row_the_group() {
    let good = |number| whole(number, 0.0, vec![measured(1000)]);
    let void = |number| block(number, 0.0, vec![(Role::Baseline, refused("it hung"))]);
    // a technique that fails together with the baseline is not blamed
    let late = |number| {
        let turns = [(Role::Baseline, measured(2000)), (Role::Technique(0), refused("starved"))];
        block(number, 0.0, turns.into_iter().chain([(Role::Baseline, refused("it hung"))]).collect())
    };
    let lines = [good(0), void(1), late(2), good(3), void(4)].concat();
    let facts = &analyse(&plan(1), &lines)[0];
    assert_eq!((facts.cells[0].refused.clone(), facts.cells[0].series.len()), (None, 2));
    let told: Vec<&str> = facts.excluded.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(told, ["its baseline has no number: it hung"; 3]);

    let lines = [good(0), void(1), late(2), void(3)].concat();
    let (status, why) = analyse(&plan(1), &lines)[0].cells[0].refused.clone().unwrap();
    assert_eq!(
        (status, why.as_str()),
        (Status::Failed, "its baseline has no number: it hung, 3 blocks in a row")
    );
}

#[test]
fn the_regime_is_that_of_the_first_turn_of_the_baseline_and_of_no_other() {
    let plan = plan(1);
    let of = |first_ms: &[(Role, u64)]| {
        let turns = first_ms.iter().map(|(role, ms)| (*role, measured(ms * 1_000_000))).collect();
        regime(&plan, &block(0, 0.0, turns), 0)
    };
    let technique = Role::Technique(0);
    assert_eq!(of(&[(technique, 5000)]), None);
    assert_eq!(
        of(&[(Role::Baseline, 900), (technique, 5000), (Role::Baseline, 1200)]),
        Some(Regime::Singles)
    );
    assert_eq!(of(&[(Role::Baseline, 1100), (technique, 1)]), Some(Regime::Cold));
    assert_eq!(of(&[(Role::Baseline, 1)]), Some(Regime::Batches));
    assert_eq!(
        regime(&plan, &block(0, 0.0, vec![(Role::Baseline, measured(1))]), 1),
        None,
        "another group's"
    );
}
