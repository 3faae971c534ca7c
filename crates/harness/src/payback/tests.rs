//! Tests of payback with known phases: all phases count, and undecided pairs have no payback.

use super::*;
use serde_json::{Value, json};

/// A turn: the times of starting, compiling, the first run and a steady one, in milliseconds.
fn turn(start: f64, compile: f64, first: f64, steady: f64) -> Value {
    json!({ "start": start, "compile": compile, "first": first, "steady": steady })
}

fn read(turn: &Value) -> (Ready, Measured) {
    let ns = |ms: &Value| (ms.as_f64().unwrap_or(0.0) * 1e6) as u64;
    let facts = json!({ "items": 1, "unit": "x", "bytes": 0, "flops": 0, "evenness": "even" });
    let ready = json!({ "start_ns": ns(&turn["start"]), "load_ns": 1_000_000_000, "isa": "", "cores": 1, "facts": facts,
        "spawn_ns": turn.get("spawn").map(ns) });
    let sample = json!({ "runs": 10, "wall_ns": 10 * ns(&turn["steady"]), "cpu_ns": 0, "check_ns": 0, "stray_ns": 0,
        "digest": "", "minor_faults": 0, "major_faults": 0, "waits": 0, "preemptions": 0 });
    let warm_up = turn.get("warm_up").cloned().unwrap_or_else(|| json!([]));
    let measured = json!({ "first_ns": ns(&turn["first"]), "warm_up": warm_up, "steady": true, "samples": [sample],
        "peak_bytes": 1, "threads": 1, "metrics": { "compile_ms": turn["compile"] } });
    (serde_json::from_value(ready).unwrap(), serde_json::from_value(measured).unwrap())
}

/// The facts of two techniques and their baseline, with the given blocks of each.
fn told(
    cells: [&[Value]; 2],
    baseline: &Value,
    regime: Regime,
    of: impl Fn(&GroupFacts) -> Option<Payback>,
) -> Option<Payback> {
    let (cells, baseline) = (cells.map(|turns| turns.iter().map(read).collect::<Vec<_>>()), read(baseline));
    let facts_of = |turns: &'_ [(Ready, Measured)]| CellFacts {
        series: (0..turns.len() as u64).map(|block| (block, 0.0)).collect(),
        ..CellFacts::default()
    };
    let mut facts = GroupFacts::of(0);
    facts.regime = Some(regime);
    for turns in &cells {
        let mut cell = facts_of(turns);
        cell.turns = turns.iter().map(|(ready, measured)| (ready, measured)).collect();
        cell.brackets = vec![[(&baseline.0, &baseline.1); 2]; turns.len()];
        facts.cells.push(cell);
    }
    of(&facts)
}

fn over(turns: &[Value], baseline: &Value, verdict: Verdict, regime: Regime) -> Option<Payback> {
    told([turns, &[]], baseline, regime, |facts| over_baseline(facts, 0, Some(verdict)))
}

const NOISE: [f64; 4] = [0.98, 1.02, 0.99, 1.01];

#[test]
fn every_phase_is_counted_but_for_loading() {
    let baseline = turn(0.0, 0.0, 12.0, 10.0);
    // 50 + 700 + (352 - 2) - (12 - 10) = 1098 ms before it is steady, and a gain of 8 ms a call
    let turns = NOISE.map(|noise| turn(50.0 * noise, 700.0 * noise, 352.0 * noise, 2.0));
    let found = over(&turns, &baseline, Verdict::Faster, Regime::Batches).unwrap();
    assert_eq!(found.calls, 138.0);
    assert!(found.low < 138.0 && found.high > 138.0 && found.low > 120.0 && found.high < 160.0, "{found:?}");
}

#[test]
fn the_start_of_a_process_counts_where_both_tell_it() {
    let with = |mut turn: Value, spawn: f64| {
        turn["spawn"] = json!(spawn);
        turn
    };
    let turns = NOISE.map(|noise| with(turn(16.0 * noise, 0.0, 2.0, 2.0), 90.0));
    let calls =
        |baseline: &Value| over(&turns, baseline, Verdict::Faster, Regime::Batches).map(|found| found.calls);
    assert_eq!(calls(&with(turn(0.0, 0.0, 10.0, 10.0), 10.0)), Some(12.0)); // (90 - 10 + 16) / 8
    assert_eq!(calls(&turn(0.0, 0.0, 10.0, 10.0)), Some(2.0)); // 16 / 8, as one of them does not report it
}

#[test]
fn runs_that_are_slow_for_long_are_counted() {
    let turns = NOISE.map(|noise| {
        let mut turn = turn(0.0, 0.0, 20.0, 2.0 * noise);
        turn["warm_up"] = json!([[1, 20_000_000], [10, 110_000_000]]);
        turn
    });
    let found = over(&turns, &turn(0.0, 0.0, 6.0, 6.0), Verdict::Faster, Regime::Batches).unwrap();
    assert_eq!(found.calls, 23.0); // (110 - 10 * 2) / (6 - 2)
}

#[test]
fn what_costs_nothing_pays_at_once() {
    let baseline = turn(0.0, 0.0, 12.0, 10.0);
    let turns = NOISE.map(|noise| turn(0.0, 0.0, 2.0 * noise, 2.0));
    let found = over(&turns, &baseline, Verdict::Faster, Regime::Singles);
    assert_eq!(found, Some(Payback { calls: 1.0, low: 1.0, high: 1.0 }));
}

#[test]
fn any_two_of_a_group_are_told_from_the_blocks_that_both_have() {
    let baseline = turn(0.0, 0.0, 10.0, 10.0);
    let [compiled, plain] = [turn(0.0, 600.0, 2.0, 2.0), turn(0.0, 0.0, 5.0, 5.0)];
    let [compiled, plain] = [compiled, plain].map(|turn| vec![turn; 4]);
    let pair = |a, b, verdict| {
        told([&compiled, &plain[..3]], &baseline, Regime::Batches, |facts| of_pair(facts, (a, b), verdict))
    };
    let (a, b) = (Side::Cell(0), Side::Cell(1));
    let found = Some(Payback { calls: 200.0, low: 200.0, high: 200.0 }); // 600 / (5 - 2)
    assert_eq!(pair(a, b, Verdict::Faster), found);
    assert_eq!(pair(b, a, Verdict::Slower), found, "in the other order");
    assert_eq!(pair(b, a, Verdict::Faster), None, "the slower one never gets ahead for good");
    assert_eq!(pair(b, Side::Baseline, Verdict::Faster).map(|found| found.calls), Some(1.0));
    assert_eq!(pair(Side::Baseline, Side::Baseline, Verdict::Faster), None);
}

#[test]
fn nothing_is_said_of_what_is_undecided_or_cold_or_seen_too_seldom() {
    let baseline = turn(0.0, 0.0, 12.0, 10.0);
    let turns = NOISE.map(|noise| turn(5.0 * noise, 0.0, 2.0, 2.0));
    assert!(over(&turns, &baseline, Verdict::Faster, Regime::Batches).is_some());
    for verdict in [Verdict::Undecided, Verdict::Same, Verdict::Slower] {
        assert_eq!(over(&turns, &baseline, verdict, Regime::Batches), None);
    }
    assert_eq!(over(&turns, &baseline, Verdict::Faster, Regime::Cold), None);
    assert_eq!(over(&turns[..1], &baseline, Verdict::Faster, Regime::Batches), None);
    // a gain that may be 0 has no payback
    let wild = [9.0, 1.0, 11.0, 18.0].map(|steady| turn(5.0, 0.0, steady, steady));
    assert_eq!(over(&wild, &baseline, Verdict::Faster, Regime::Batches), None);
}
