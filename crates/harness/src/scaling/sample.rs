//! Sample plans and journals of sweeps, for tests.

use super::{Judgement, Scaling, of};
use crate::analysis::analyse;
use parallax_record::environment::Environment;
use parallax_record::journal::{BlockLine, Line, Outcome, Role, TurnLine};
use parallax_record::machine::{Machine, Topology};
use parallax_record::plan::Plan;
use parallax_record::scale::Axis;
use serde_json::json;

/// A technique at a point: its name, nanoseconds of a run, the cores that it declares, and its reference.
pub(super) type Of<'a> = (&'a str, f64, usize, &'a str);

/// A point: its name, workers, turns and items, the time of the baseline, and the techniques.
pub(super) struct At<'a> {
    pub(super) value: String,
    pub(super) workers: usize,
    pub(super) turns: Option<u64>,
    pub(super) items: f64,
    pub(super) baseline_ns: f64,
    pub(super) techniques: Vec<Of<'a>>,
}

pub(super) fn plan(axis: Axis, points: &[At]) -> Plan {
    let group = |at: &At| {
        let cell = |(technique, _, _, alone): &Of| json!({ "family": "f", "technique": technique, "question": "execute", "libraries": {}, "alone": alone });
        let cells: Vec<_> = at.techniques.iter().map(cell).collect();
        json!({ "workload": "w", "case": "", "size": "tiny", "workers": at.workers, "baseline": "b",
            "point": { "value": at.value, "turns": at.turns }, "cells": cells })
    };
    let folder = crate::workspace::workspace().join("results/earlier/amd-epyc-7003-2-cores");
    let plan = crate::journal::read_plan(&folder).unwrap();
    let groups = serde_json::from_value(points.iter().map(group).collect()).unwrap();
    let sweep = Some(parallax_record::scale::Sweep { axis });
    Plan { groups, sweep, ..plan }
}

fn measured(at: &At, ns: f64, cores: usize) -> Outcome {
    let facts = json!({ "items": at.items, "unit": "things", "bytes": 0, "flops": 0, "evenness": "even" });
    let ready = json!({ "start_ns": 0, "load_ns": 0, "isa": "", "cores": cores, "facts": facts });
    // a thousand runs, so that rounding to a nanosecond does not matter
    let sample = json!({ "runs": 1000, "wall_ns": (1000.0 * ns) as u64, "cpu_ns": 1, "check_ns": 0, "stray_ns": 0,
        "digest": "", "minor_faults": 0, "major_faults": 0, "waits": 0, "preemptions": 0 });
    let told = json!({ "first_ns": 1, "steady": true, "samples": [sample], "peak_bytes": 1, "threads": 1 });
    Outcome::Measured {
        ready: serde_json::from_value(ready).unwrap(),
        measured: serde_json::from_value(told).unwrap(),
    }
}

/// Eight blocks of each point, which deviate by about a percent; those of points in `loud` were disturbed.
pub(super) fn journal(points: &[At], loud: &[usize]) -> Vec<Line> {
    let mut lines = Vec::new();
    for number in 0..8 * points.len() {
        let (group, round) = (number % points.len(), number / points.len());
        let at = &points[group];
        let noise = |turn: usize| 1.0 + 0.01 * (((round * 7 + turn * 5 + group * 3) % 11) as f64 / 5.0 - 1.0);
        let baseline = |turn| measured(at, at.baseline_ns * noise(turn), 1);
        let of = |(k, (_, ns, cores, _)): (usize, &Of)| {
            (Role::Technique(k), measured(at, ns * noise(k + 3), *cores))
        };
        let techniques = at.techniques.iter().enumerate().map(of);
        let ends = [(Role::Baseline, baseline(0)), (Role::Twin, baseline(1))];
        let turns = ends.into_iter().chain(techniques).chain([(Role::Baseline, baseline(2))]);
        let block = number as u64;
        lines.extend(turns.map(|(role, outcome)| {
            let (variant, turn_ns, regime) = (0, 1_000_000_000, None);
            Line::Turn(TurnLine { block, group, role, variant, turn_ns, regime, outcome })
        }));
        let foreign_cores = if loud.contains(&group) { 0.9 } else { 0.0 };
        lines.push(Line::Block(BlockLine {
            block,
            group,
            block_ns: 4_000_000_000,
            lost_ns: 0,
            repeated: 0,
            foreign_cores,
            probe_before: None,
            probe_after: None,
        }));
    }
    lines
}

/// A machine with `cpus` CPUs.
pub(super) fn machine(cpus: u64) -> Environment {
    let topology = Topology { cpus: Some(cpus), ..Topology::default() };
    Environment { machine: Machine { topology, ..Machine::default() }, ..Environment::default() }
}

pub(super) fn scaling(axis: Axis, points: &[At], lines: &[Line]) -> Scaling {
    scaling_of(&plan(axis, points), lines)
}

pub(super) fn scaling_of(plan: &Plan, lines: &[Line]) -> Scaling {
    let facts = analyse(plan, lines);
    of(plan, &machine(16), &facts, &Judgement::of(&facts)).unwrap()
}
