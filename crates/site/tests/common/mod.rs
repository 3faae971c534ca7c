//! A small site for tests: three workloads, four techniques, every kind of row.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod pictured;
pub(crate) mod rich;
pub(crate) mod svg;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// A row with a figure.
pub(crate) fn row(workload: &str, family: &str, technique: &str, ratio: f64) -> Value {
    json!({
        "workload": workload, "case": "", "technique": technique, "family": family, "question": "execute",
        "size": "medium", "workers": 2, "status": "measured", "reason": null, "blocks": 8, "stop_reason": "precision",
        "verdict": if technique == "sequential" { "baseline" } else if ratio > 1.05 { "faster" } else { "slower" },
        "time_ns_median": 1e8 / ratio, "ratio": ratio, "ratio_low": ratio * 0.97, "ratio_high": ratio * 1.03,
        "cores_used": 1.9, "cpu_ns": 1.1e8, "peak_bytes": 9000000, "isa": "sse2", "start_ns": 50000.0,
        "first_ns": 1.2e8, "items": 33219980.0, "unit": "iterations", "libraries": {}, "metrics": {}
    })
}

/// A row without one.
pub(crate) fn refused(workload: &str, family: &str, technique: &str, reason: &str) -> Value {
    json!({ "workload": workload, "case": "", "technique": technique, "family": family, "question": "execute",
            "size": "medium", "workers": 2, "status": "unfit", "reason": reason })
}

/// The file that `cargo xtask docs` would gather, with these rows in its run.
pub(crate) fn gathered(rows: Vec<Value>) -> Value {
    let technique = |family: &str, name: &str| {
        json!({ "family": family, "name": name, "idea": format!("the idea of {name}"), "gives": "speed", "costs": "care",
                "source": "crates/pattern/src/sequential.rs", "implementor": format!("x::{name}"), "libraries": {},
                "doc": "What it is.\n", "example": { "text": "fn main() {}\n", "first": 3, "last": 3 } })
    };
    let part = json!({ "part": "technique", "file": "crates/pattern/src/sequential.rs", "first_line": 10, "last_line": 11,
                       "text": "fn map() {\n}\n" });
    let cells: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({ "family": row["family"], "workload": row["workload"], "case": row["case"].as_str().unwrap_or_default(),
                           "technique": row["technique"], "question": "execute", "pattern": "map",
                           "kernel": "crates/suite/src/workload/julia.rs", "parts": [part], "missing": null })
        })
        .collect();
    let techniques: Vec<Value> = rows
        .iter()
        .filter_map(|row| Some(technique(row["family"].as_str()?, row["technique"].as_str()?)))
        .collect();
    json!({
        "schema": 2,
        "families": [{ "name": "threading", "source": "crates/threading/src/lib.rs", "doc": "Threads: one address space.\n" }],
        "absent": [],
        "techniques": techniques,
        "cells": cells,
        "runs": [{ "name": "test-run", "reference": true, "trace": [], "summary": {
            "schema": 1, "mode": "quick", "precision": 0.05,
            "environment": { "machine": { "cpu_model": "Test CPU", "topology": { "cores": 2 } }, "build": {}, "moment": {} },
            "aa": [{ "workload": "julia", "case": "", "size": "medium", "workers": 2, "blocks": 8, "ratio": 1.0,
                     "ratio_low": 0.98, "ratio_high": 1.02, "floor": 1.02 }],
            "best": [best("julia", &["rayon"], &["scoped", "sequential", "pipes"]), best("montecarlo", &["rayon"], &["sequential"])],
            "cells": rows, "excluded": []
        } }],
        "claims": [
            { "name": "a", "source": "A book", "published": "ten times", "protocol": "the best of three",
                "kept": "rewritten", "differs": "a smaller size", "left_open": "the repeats", "look_at": "no check", "error": null, "outcome": {
                "verdict": "void", "why": "nothing was sorted", "as_published": { "python": 42.0 }, "corrected": { "rust": 1.5, "worst": 1e300 },
                "spread": { "as_published": { "python": [41.0, 43.0, 5] }, "corrected": {} } } },
            { "name": "b", "source": "A blog", "published": "twice", "look_at": "the mean" }
        ]
    })
}

/// A sweep over the sizes of montecarlo, with `text` in all free texts.
pub(crate) fn sweep(text: &str) -> Value {
    let point = |technique: &str, value: &str, at: f64, ratio: f64| {
        json!({ "workload": "montecarlo", "case": "", "technique": technique, "value": value, "at": at, "unit": text,
                "blocks": 8, "time_ns": at / ratio, "ratio": ratio, "reason": text })
    };
    let crossing = json!({ "technique": "rayon", "over": "sequential", "at": 41_000.0, "low": 38_000.0, "high": 44_000.0,
                           "after": 1e4, "before": 1e6, "unit": text });
    let pair = |crossover: Value| json!({ "workload": "montecarlo", "technique": "rayon", "over": "sequential", "crossover": crossover, "reason": text });
    let law = json!({ "workload": "montecarlo", "technique": "rayon", "law": "usl", "residual": 0.01,
        "serial": { "value": 0.03, "low": 0.02, "high": 0.04 }, "reason": text,
        "predicted": [{ "workers": 64, "ratio": 20.0, "low": 15.0, "high": 25.0 }] });
    let grain =
        json!({ "workload": "montecarlo", "technique": "rayon", "alone": "sequential", "reason": text });
    json!({ "machine": text, "scaling": { "axis": "size", "crossovers": [pair(crossing), pair(Value::Null)], "laws": [law],
        "grains": [grain], "points": [point("sequential", "tiny", 1e4, 1.0), point("sequential", "small", 1e6, 1.0),
            point("rayon", "tiny", 1e4, 0.4), point("rayon", "small", 1e6, 1.9)] } })
}

/// Which techniques of a workload can be the best.
pub(crate) fn best(workload: &str, set: &[&str], out: &[&str]) -> Value {
    json!({ "workload": workload, "case": "", "size": "medium", "workers": 2, "set": set, "out": out, "behind": {}, "ranks": {} })
}

/// How many times as fast `a` is as `b` on julia.
pub(crate) fn pair(a: &str, b: &str, [low, ratio, high]: [f64; 3], verdict: &str) -> Value {
    json!({ "workload": "julia", "case": "", "size": "medium", "workers": 2, "a": a, "b": b, "blocks": 9,
            "ratio": ratio, "low": low, "high": high, "verdict": verdict })
}

/// The rows that most tests use.
pub(crate) fn usual() -> Vec<Value> {
    vec![
        row("julia", "baseline", "sequential", 1.0),
        row("julia", "threading", "rayon", 1.9),
        row("julia", "threading", "scoped", 1.5),
        row("julia", "processes", "pipes", 0.5),
        row("montecarlo", "baseline", "sequential", 1.0),
        row("montecarlo", "threading", "rayon", 2.0),
        row("bubblesort", "baseline", "sequential", 1.0),
        refused("bubblesort", "threading", "rayon", "step k needs step k-1"),
    ]
}

/// A run of another machine, with these rows.
pub(crate) fn run_of(name: &str, machine: &str, rows: Vec<Value>) -> Value {
    let mut run = gathered(rows)["runs"][0].take();
    run["name"] = json!(name);
    run["reference"] = json!(false);
    run["summary"]["environment"]["machine"]["cpu_model"] = json!(machine);
    run
}

/// The rows at another size.
pub(crate) fn sized(mut rows: Vec<Value>, size: &str) -> Vec<Value> {
    rows.iter_mut().for_each(|row| row["size"] = json!(size));
    rows
}

/// A copy of the repository's prose in which the guide is replaced, since this site has few cells.
pub(crate) fn root_with_guide(folder: &Path, chapter: &str) -> PathBuf {
    let root = folder.join("root");
    copy(&self::root().join("docs"), &root.join("docs"));
    for file in [
        "METHODOLOGY.md",
        "BIAS.md",
        "CHANGELOG.md",
        "crates/pattern/src/sequential.rs",
        "crates/suite/src/workload/julia.rs",
    ] {
        std::fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
        std::fs::copy(self::root().join(file), root.join(file)).unwrap();
    }
    for part in ["guide", "questions", "workloads"] {
        for entry in std::fs::read_dir(root.join("docs").join(part)).unwrap().flatten() {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            // the headings stay, because pages link to them
            let headings =
                text.lines().filter(|line| line.starts_with("## ")).map(|line| format!("\n{line}\n"));
            let left = if part == "workloads" {
                String::new()
            } else {
                format!("# A chapter\n{}", headings.collect::<String>())
            };
            std::fs::write(entry.path(), left).unwrap();
        }
    }
    std::fs::write(root.join("docs/guide/index.md"), format!("# A chapter\n\n{chapter}\n")).unwrap();
    root
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The same with the real questions.
pub(crate) fn root_with_questions(folder: &Path) -> PathBuf {
    let root = root_with_guide(folder, "");
    copy(&self::root().join("docs/questions"), &root.join("docs/questions"));
    root
}

/// A run in which every cell that a question names has a figure, and every pair a contrast.
pub(crate) fn asked() -> Value {
    let texts = std::fs::read_dir(root().join("docs/questions")).unwrap().flatten();
    let text: String = texts.map(|entry| std::fs::read_to_string(entry.path()).unwrap()).collect();
    let asks: Vec<Vec<&str>> = text
        .split("{{")
        .skip(1)
        .map(|ask| ask.split("}}").next().unwrap().split_whitespace().collect())
        .collect();
    let mut cells: Vec<String> = Vec::new();
    for words in &asks {
        cells.extend(words.iter().filter(|word| word.contains('/')).map(|word| (*word).to_owned()));
        if let ["technique" | "example", name] = words[..] {
            cells.push(format!("montecarlo/{name}"));
        }
    }
    cells.extend(["julia/thread-pool", "memo/cached"].map(str::to_owned));
    cells.extend(
        ["julia", "pairwise", "fanout", "memo", "lookup", "montecarlo", "stream"]
            .map(|workload| format!("{workload}/sequential")),
    );
    cells.sort();
    cells.dedup();
    let rows = cells.iter().map(|cell| {
        let (workload, technique) = cell.split_once('/').unwrap();
        let mut row =
            row(workload, family_of(technique), technique, if technique == "sequential" { 1.0 } else { 1.5 });
        row["case"] = json!(parallax_suite::catalogue::first_case(workload));
        row
    });
    let mut all = gathered(rows.collect());
    let contrasts = asks.iter().filter_map(|words| {
        let ["versus", one, other] = words[..] else { return None };
        let mut pair = pair(one.split_once('/')?.1, other.split_once('/')?.1, [1.1, 1.2, 1.3], "faster");
        let workload = one.split_once('/')?.0;
        (pair["workload"], pair["case"]) =
            (json!(workload), json!(parallax_suite::catalogue::first_case(workload)));
        Some(pair)
    });
    all["runs"][0]["summary"]["contrasts"] = Value::from_iter(contrasts);
    all["sweeps"] = json!([sweep("samples")]);
    all
}

/// Its family, if a test needs its page.
fn family_of(technique: &str) -> &'static str {
    match technique {
        "sequential" => "baseline",
        "cached" => "caching",
        "autovectorised" => "simd",
        _ => "threading",
    }
}

/// The site of these rows.
pub(crate) fn site_of_questions(folder: &Path) -> PathBuf {
    let out = generate(&root_with_questions(folder), &asked().to_string(), folder);
    assert!(out.status.success(), "{}", said(&out));
    folder.join("site")
}

/// Whether a source file below a folder contains the words.
pub(crate) fn says(folder: &Path, words: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).any(|path| match path.is_dir() {
        true => says(&path, words),
        false => std::fs::read_to_string(&path).is_ok_and(|text| text.contains(words)),
    })
}

/// Runs the generator.
pub(crate) fn generate(root: &Path, gathered: &str, folder: &Path) -> Output {
    let input = folder.join("site.json");
    std::fs::write(&input, gathered).unwrap();
    Command::new(env!("CARGO_BIN_EXE_parallax-site"))
        .arg("--input")
        .arg(&input)
        .arg("--root")
        .arg(root)
        .arg("--out")
        .arg(folder.join("site"))
        .output()
        .unwrap()
}

/// A site of the usual rows, with a guide that says `chapter`.
pub(crate) fn site(folder: &Path, chapter: &str) -> PathBuf {
    made(folder, chapter, &gathered(usual()))
}

/// A site of the gathered file, with a guide that says `chapter`.
pub(crate) fn made(folder: &Path, chapter: &str, gathered: &Value) -> PathBuf {
    let out = generate(&root_with_guide(folder, chapter), &gathered.to_string(), folder);
    assert!(out.status.success(), "{}", said(&out));
    folder.join("site")
}

/// The error output of a program.
pub(crate) fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// A page of a site.
pub(crate) fn read(site: &Path, page: &str) -> String {
    std::fs::read_to_string(site.join(page)).unwrap_or_else(|why| panic!("{page}: {why}"))
}

/// All pages below a folder.
pub(crate) fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|extension| extension == "html") {
            found.push(path);
        }
    }
    found
}
