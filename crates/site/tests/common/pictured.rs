//! A run that has figures for all pictures: the rates of its machine, a block of its journal, and a way between hosts.

use super::{gathered, usual};
use serde_json::{Value, json};

/// The usual cells with all of it; `text` stands where hosts and limits have free text.
pub(crate) fn pictured(text: &str) -> Value {
    let mut rows = usual();
    for row in rows.iter_mut().filter(|row| row["workload"] != "bubblesort") {
        // julia computes, and montecarlo stands for what moves bytes
        let (flops, bytes) = if row["workload"] == "julia" { (2e8, 4e6) } else { (3e7, 3.2e8) };
        (row["flops"], row["moved_bytes"]) = (json!(flops), json!(bytes));
        (row["limit"], row["limit_share"]) = (json!("FMA peak"), json!(0.25));
    }
    let mut all = gathered(rows);
    let run = &mut all["runs"][0];
    run["limits"] = json!(limits(text));
    run["block"] = block();
    run["network"] = network(text);
    all
}

/// What a machine with two workers can do: caches, memory, and two sets of vectors.
fn limits(text: &str) -> Vec<Value> {
    let limit = |rate: &str, isa: &str, set: Value, per_second: f64| {
        json!({ "rate": rate, "way": text, "isa": isa, "workers": 2, "set": set, "samples": 9,
                "per_second": per_second, "low": per_second * 0.98, "high": per_second * 1.02 })
    };
    let of = |place: &str, holds: Value, per_second: f64| {
        limit("update", "avx2", json!({ "place": place, "bytes": 1 << 20, "holds": holds }), per_second)
    };
    vec![
        of("L1", json!(65536), 372e9),
        of("L2", json!(1 << 20), 216e9),
        of("memory", Value::Null, 25e9),
        limit("fma", "sse2", Value::Null, 36.5e9),
        limit("fma", text, Value::Null, 87e9),
        limit("spin", "", Value::Null, 4e8),
    ]
}

/// A block of five turns.
pub(crate) fn block() -> Value {
    let turn = |technique: &str, twin: bool, run_ns: f64, ratio: Value| {
        json!({ "technique": technique, "twin": twin, "turn_ns": 100_000_000, "sampled_ns": 60_000_000,
                "run_ns": run_ns, "ratio": ratio })
    };
    json!({ "workload": "julia", "case": "", "size": "medium", "workers": 2, "block": 371,
        "probe_before": { "compute_ns": 9_870_000, "memory_ns": 5_000_000 },
        "probe_after": { "compute_ns": 9_910_000, "memory_ns": 5_000_000 },
        "turns": [
            turn("sequential", false, 1e7, Value::Null), turn("rayon", false, 5.2e6, json!(1.93)),
            turn("sequential", true, 1e7, json!(1.012)),
            turn("multiprocessing-pool-pure-with-a-long-name", false, 2e7, json!(0.503)),
            turn("sequential", false, 1e7, Value::Null),
        ] })
}

/// A way of 20 µs between two hosts.
fn network(text: &str) -> Value {
    let of = |s: f64| json!({ "low": s * 0.9, "median": s, "high": s * 1.1 });
    json!({ "places": [{ "host": text, "workers": 1 }, { "host": "there", "workers": 1 }], "links": [{
        "from": text, "to": "there",
        "latency": of(20e-6), "overhead": of(1e-6), "gap": of(3e-6), "per_byte": of(1e-9) }] })
}
