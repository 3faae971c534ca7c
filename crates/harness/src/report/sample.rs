//! Sample summaries for the tests of the report, row by row.

use parallax_record::summary::{Row, Summary};
use serde_json::{Value, json};

/// A measured row of the group `julia`.
pub(super) fn row(technique: &str, ratio: f64, (low, high): (f64, f64), verdict: &str) -> Row {
    let row = json!({ "workload": "julia", "case": "", "technique": technique, "family": "threading",
        "question": "execute", "size": "medium", "workers": 2, "status": "measured", "blocks": 8,
        "stop_reason": "precision", "verdict": verdict, "time_ns_median": 1e8 / ratio, "ratio": ratio,
        "ratio_low": low, "ratio_high": high, "cores_used": 1.99, "cpu_ns": 1e8, "peak_bytes": 10_485_760,
        "isa": "avx2", "libraries": {}, "metrics": {} });
    serde_json::from_value(row).unwrap()
}

/// A row with a verdict against `sequential`, and an interval of 2 %.
pub(super) fn judged(technique: &str, ratio: f64, verdict: &str) -> Row {
    row(technique, ratio, (ratio / 1.02, ratio * 1.02), verdict)
}

/// A row for which the time was too short.
pub(super) fn missing(technique: &str) -> Row {
    let row = json!({ "workload": "julia", "case": "", "technique": technique, "family": "threading",
        "question": "execute", "size": "medium", "workers": 2, "status": "not_reached", "blocks": 0,
        "reason": "the time was over before its first block; give more with --budget", "libraries": {}, "metrics": {} });
    serde_json::from_value(row).unwrap()
}

/// A run of one group, with its baseline.
pub(super) fn summary(rows: Vec<Row>) -> Summary {
    let baseline = Row { family: "baseline".into(), ..row("sequential", 1.0, (1.0, 1.0), "baseline") };
    let cells: Vec<Row> = std::iter::once(baseline).chain(rows).collect();
    let twin = json!({ "workload": "julia", "case": "", "size": "medium", "workers": 2, "blocks": 9, "ratio": 1.0,
        "ratio_low": 0.99, "ratio_high": 1.01, "floor": 1.012 });
    let environment = parallax_record::environment::Environment::default();
    let summary = json!({ "schema": 1, "mode": "default", "environment": environment, "precision": 0.02,
        "aa": [twin], "cells": cells, "excluded": [] });
    serde_json::from_value(summary).unwrap()
}

/// The same run with a best set; `out` has the other techniques, each with the least that it is behind.
pub(super) fn with_best(rows: Vec<Row>, set: &[&str], out: &[(&str, f64)]) -> Summary {
    let mut summary = summary(rows);
    let behind: Value = out.iter().map(|(name, behind)| ((*name).to_owned(), json!(behind))).collect();
    let out: Vec<&str> = out.iter().map(|(name, _)| *name).collect();
    let best = json!({ "workload": "julia", "case": "", "size": "medium", "workers": 2, "set": set, "out": out,
        "behind": behind, "ranks": {} });
    summary.best.push(serde_json::from_value(best).unwrap());
    summary
}

/// Adds the contrast of `a` over `b`.
pub(super) fn contrast(summary: &mut Summary, a: &str, b: &str, ratio: f64, verdict: &str) {
    let contrast = json!({ "workload": "julia", "case": "", "size": "medium", "workers": 2, "a": a, "b": b,
        "blocks": 8, "ratio": ratio, "low": ratio / 1.03, "high": ratio * 1.01, "verdict": verdict });
    summary.contrasts.push(serde_json::from_value(contrast).unwrap());
}

/// The same group under another name.
pub(super) fn renamed(summary: &Summary, workload: &str) -> Summary {
    let text = serde_json::to_string(summary).unwrap();
    serde_json::from_str(&text.replace("julia", workload)).unwrap()
}

/// Four techniques that are faster than the baseline.
pub(super) fn four() -> Vec<Row> {
    [("portable+rayon", 8.84), ("openmp", 2.93), ("rayon", 1.92), ("scoped", 1.88)]
        .map(|(name, ratio)| judged(name, ratio, "faster"))
        .into()
}
