//! A site with everything: the project's own prose, long names, every cost, pairs, sweeps, and cells of another machine.

use super::{best, gathered, generate, pair, refused, root, row, run_of, said, sweep, usual};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A page of each kind.
pub(crate) const KINDS: [&str; 17] = [
    "index.html",
    "explorer.html",
    "questions/rayon-threads-tokio.html",
    "workloads/index.html",
    "workloads/julia.html",
    "techniques/index.html",
    "techniques/threading/index.html",
    "techniques/threading/rayon.html",
    "guide/index.html",
    "guide/from-python.html",
    "about/index.html",
    "about/bias.html",
    "about/changelog.html",
    "about/run.html",
    "about/ledger.html",
    "about/api.html",
    "source/crates/pattern/src/sequential.rs.html",
];

/// The usual rows with the longest names and notes of a table, and ratios from very small to large.
pub(crate) fn wide() -> Vec<Value> {
    let mut rows = usual();
    rows.push(row("julia", "python", "multiprocessing-pool-pure", 0.000_07));
    rows.push(row("julia", "threading", "hyper+tokio-per-core", 12.0));
    rows.push(refused("julia", "threading", "avx512+rayon", "it has no answer that is both short and true"));
    for row in &mut rows {
        if row["verdict"] == "faster" {
            (row["task_ns"], row["pays_after"]) = (json!(123_456.0), json!(12_345.0));
            (row["pays_after_low"], row["pays_after_high"]) = (json!(11_111.0), json!(99_999.0));
        }
    }
    for (place, row) in rows.iter_mut().enumerate() {
        let lines = 10 + 7 * (place as u64 % 5);
        row["cost"] = json!({ "lines": lines, "kernel_lines": 12, "unsafe_lines": place % 3, "dependencies": 4 * place,
            "build_s": 1.5 * place as f64, "size_bytes": 40_000 * place, "reasons": {} });
    }
    rows
}

/// The input with a run of the user that lacks a row of Python and a workload, which the reference run has.
pub(crate) fn two_machines() -> Value {
    let lacks = [
        row("julia", "python", "numba-njit", 7.0),
        row("heat", "baseline", "sequential", 1.0),
        row("heat", "threading", "rayon", 1.7),
    ];
    let mut all = gathered([&wide()[..], &lacks].concat());
    let mut reference = all["runs"][0].take();
    let mut rows = usual();
    rows[1]["ratio"] = json!(9.9);
    reference["summary"]["cells"] = json!([&rows[..], &lacks].concat());
    reference["summary"]["best"] =
        json!([best("julia", &["rayon"], &["numba-njit"]), best("heat", &["rayon"], &["sequential"])]);
    reference["summary"]["contrasts"] = json!([
        pair("rayon", "numba-njit", [1.3, 1.4, 1.5], "faster"),
        pair("rayon", "scoped", [5.0, 6.0, 7.0], "faster")
    ]);
    let mut own = run_of("mine", "Own CPU", wide());
    own["summary"]["contrasts"] = json!([pair("rayon", "scoped", [1.2, 1.3, 1.4], "faster")]);
    all["runs"] = json!([own, reference]);
    all["sweeps"] = json!([sweep("samples")]);
    all
}

/// The site of these runs, with the repository's own prose, which marks families that are not there.
pub(crate) fn site(folder: &Path) -> PathBuf {
    let mut all = two_machines();
    all["partial"] = json!(true);
    let out = generate(&root(), &all.to_string(), folder);
    assert!(out.status.success(), "{}", said(&out));
    folder.join("site")
}
