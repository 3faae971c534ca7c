//! The Python peers from outside: absent, dying, hanging, printing; and their answers compared with the suite's.

mod common;

use assert_cmd::Command;
use common::python3;
use parallax_pattern::optional;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, Histogram, Julia, Lookup, Mailbox, Matmul, Memo, MonteCarlo,
    Pairwise, Parcels, Records, Sort, Stream, TaskGraph, Wordcount, Workload,
};
use parallax_suite::{Params, Size};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Xtask with the faulty worker in place of the workspace's, the peers, and `python` as their interpreter.
fn xtask(python: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.envs([common::NO_LOCK]);
    command.args(args).args(["--peers", "--no-build", "--worker", env!("CARGO_BIN_EXE_faulty")]);
    let out = command.env("PARALLAX_PYTHON", python).timeout(Duration::from_secs(120)).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
}

/// A program in place of the interpreter, which runs `script` after the requests `hello` and `list`.
fn interpreter(folder: &Path, script: &str) -> PathBuf {
    let cell = |workload: &str, case: &str, pattern: &str| {
        json!({ "workload": workload, "case": case, "technique": "odd", "question": "execute", "pattern": pattern,
            "idea": "", "gives": "", "costs": "", "source": "", "implementor": "", "kernel": "", "libraries": {} })
    };
    let cells = json!([cell("montecarlo", "", "reduce"), cell("taskgraph", "stencil", "graph")]);
    let program = format!(
        r#"#!/usr/bin/env python3
import json, os, sys, time
if "run" in sys.argv:
    print(json.dumps([sys.argv[1:], dict(os.environ)]))
    sys.exit()
requests, replies = os.fdopen(3), os.fdopen(4, "w")
def reply(**told):
    now = time.monotonic_ns()
    print(json.dumps({{"began_ns": now, "ended_ns": now, **told}}), file=replies, flush=True)
for line in requests:
    asked = json.loads(line)["do"]
    if asked == "hello":
        reply(reply="hello", protocol=1, family="python", isa="test")
    elif asked == "list":
        reply(reply="cells", cells=json.loads('{cells}'))
    elif asked == "shutdown":
        break
    else:
        {script}
"#
    );
    let path = folder.join("python");
    common::program(&path, &program);
    path
}

#[test]
fn without_an_environment_the_rust_part_goes_on_and_the_way_to_get_it_is_told() {
    let (code, out, error) = xtask(Path::new("/no/such/python"), &["list", "-w", "julia"]);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("ready"), "{out}");
    assert!(error.contains("without python") && error.contains("cargo xtask peers install"), "{error}");
}

#[test]
fn what_is_hidden_is_as_good_as_not_installed() {
    let folder = tempfile::tempdir().unwrap();
    let python = interpreter(folder.path(), "os._exit(3)");
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.envs([common::NO_LOCK]);
    command.args(["list", "--peers", "--no-build", "--worker", env!("CARGO_BIN_EXE_faulty"), "-w", "julia"]);
    command.env("PARALLAX_PYTHON", python).env("PARALLAX_HIDE", "peers").timeout(Duration::from_secs(120));
    let error = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(error.contains("without python") && error.contains("cargo xtask peers install"), "{error}");
}

#[test]
fn a_peer_that_dies_or_hangs_costs_its_own_row_only() {
    if python3().is_none() {
        return;
    }
    for (script, limit, word) in
        [("os._exit(3)", "60s", "died"), ("time.sleep(60)", "2s", "no answer within")]
    {
        let folder = tempfile::tempdir().unwrap();
        let python = interpreter(folder.path(), script);
        let (code, out, error) = xtask(
            &python,
            &["verify", "--size", "tiny", "--start-limit", limit, "--format", "json", "-t", "honest,odd"],
        );
        assert_eq!(code, 1, "{error}");
        let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
        let row = |name: &str| rows.iter().find(|row| row["technique"] == name).unwrap();
        assert_eq!(row("honest")["ok"], true);
        assert!(row("odd")["error"].as_str().unwrap().contains(word), "{out}");
    }
}

#[test]
fn what_a_peer_prints_does_not_reach_the_protocol() {
    if python3().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script =
        r#"print("{noise" * 9999, flush=True); reply(reply="refused", status="unavailable", reason="quiet")"#;
    let python = interpreter(folder.path(), script);
    let (code, out, error) = xtask(&python, &["list", "--format", "json", "-t", "odd"]);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("quiet") && !out.contains("noise"), "{out}");
}

/// The words and the environment that the peer's program was run with.
fn ran(out: &str) -> (Vec<String>, Value) {
    let (words, environment): (Vec<String>, Value) = serde_json::from_str(out).unwrap();
    (words, environment)
}

#[test]
fn one_cell_of_a_peer_is_run_by_hand_in_the_environment_of_a_bench() {
    if python3().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let with_space = folder.path().join("it's a folder");
    std::fs::create_dir(&with_space).unwrap();
    let python = interpreter(&with_space, "pass");
    let args = ["repro", "montecarlo/odd", "--size", "tiny", "--workers", "3"];
    let (code, out, error) = xtask(&python, &args);
    assert_eq!(code, 0, "{error}");
    let (words, environment) = ran(&out);
    assert!(words.starts_with(&["-m".into(), "peers.worker".into()]), "{words:?}");
    let expected = ["run", "montecarlo/odd", "--size", "tiny", "--variant", "0", "--workers", "3"];
    assert!(words.ends_with(&expected.map(str::to_owned)), "{words:?}");
    for (name, value) in
        [("OMP_NUM_THREADS", "3"), ("NUMBA_NUM_THREADS", "3"), ("OMP_WAIT_POLICY", "passive")]
    {
        assert_eq!(environment[name], value, "{name}");
    }
    assert!(environment["PYTHONPATH"].as_str().unwrap().ends_with("peers/python"));

    // the printed command does the same in a shell
    let (code, printed, error) = xtask(&python, &[&args[..], &["--command"]].concat());
    assert_eq!(code, 0, "{error}");
    let shell =
        std::process::Command::new("sh").args(["-c", &printed]).env_remove("OMP_NUM_THREADS").output();
    let (again, environment) = ran(str::from_utf8(&shell.unwrap().stdout).unwrap());
    assert_eq!((again, &environment["OMP_NUM_THREADS"]), (words, &Value::from("3")), "{printed}");
}

/// The replies of a peer whose results have another digest.
fn another_digest() -> String {
    let facts = r#"{"items": 1, "unit": "u", "bytes": 0, "flops": 0, "evenness": "even", "limit": ""}"#;
    let sample = r#"{"runs": 1, "wall_ns": 1, "cpu_ns": 0, "check_ns": 0, "stray_ns": 0, "digest": "0" * 16, "minor_faults": 0, "major_faults": 0, "waits": 0, "preemptions": 0}"#;
    format!(
        r#"reply(reply="ready", start_ns=0, load_ns=0, isa="", cores=1, exact=True, facts={facts}) if asked == "prepare" else (lambda began: (time.sleep(.01), print(json.dumps({{"began_ns": began, "ended_ns": time.monotonic_ns(), "reply": "measured", "first_ns": 1, "steady": True, "samples": [{sample}], "peak_bytes": 1, "threads": 1}}), file=replies, flush=True)))(time.monotonic_ns())"#
    )
}

#[test]
fn a_peer_with_another_digest_than_the_baseline_is_wrong() {
    if python3().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let python = interpreter(folder.path(), &another_digest());
    let args =
        ["verify", "--size", "tiny", "--format", "json", "-w", "montecarlo", "-t", "^(sequential|odd)$"];
    let (code, out, error) = xtask(&python, &args);
    assert_eq!(code, 1, "{error}");
    assert!(out.contains("was found before"), "{out}");
}

/// In a sweep over the turns of tasks, a peer's request contains the digest of the baseline's result, and its own
/// result is compared with that.
#[test]
fn a_peer_is_told_the_answer_of_other_turns_and_found_out_if_it_has_another() {
    let baseline = Path::new(env!("CARGO_BIN_EXE_faulty")).with_file_name("baseline");
    if !baseline.exists() {
        optional::skip(
            "workers",
            "the worker of the baseline is not built; a test of the whole workspace builds it",
        );
        return;
    }
    if python3().is_none() {
        return;
    }
    let told =
        r#"reply(reply="refused", status="unavailable", reason="told " + str(json.loads(line)["answer"]))"#;
    for (script, reason, status) in
        [(told, "told 54eddc52269c90df", 2), (&another_digest(), "was found before", 1)]
    {
        let folder = tempfile::tempdir().unwrap();
        let python = interpreter(folder.path(), script);
        let sweep = [
            "scale", "grain", "--values", "7", "--size", "tiny", "--blocks", "1", "--format", "json", "--out",
        ];
        let run = folder.path().join("run");
        let of = [run.to_str().unwrap(), "-w", "taskgraph:stencil", "-t", "^(sequential|odd)$", "--worker"];
        let (code, out, error) = xtask(&python, &[&sweep[..], &of, &[baseline.to_str().unwrap()]].concat());
        assert_eq!(code, status, "{error}");
        let swept: Value = serde_json::from_str(&out).unwrap();
        let rows = swept["points"].as_array().unwrap();
        let row = |name: &str| rows.iter().find(|row| row["technique"] == name).unwrap();
        assert!(row("sequential")["time_ns"].is_f64(), "{out}");
        assert!(row("odd")["reason"].as_str().unwrap().contains(reason), "{out}");
    }
}

#[test]
fn every_cell_of_the_peers_is_found_in_its_source_without_importing_anything() {
    // any Python can list the cells: nothing is imported
    let Some(python) = python3() else { return };
    let (code, out, error) = xtask(&python, &["code", "--format", "json", "-f", "python"]);
    assert_eq!(code, 0, "{error}");
    let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert!(rows.len() > 150, "{}", rows.len());
    assert!(rows.iter().all(|row| row["error"].is_null() && row["first_line"].is_u64()), "{out}");
}

/// `parallax.bench` in Python, measured by the real harness; Python's own tests use one that sends each request once.
#[test]
fn a_python_function_of_ones_own_is_measured_by_the_harness_itself() {
    let python = parallax_harness::peers::interpreter();
    if !python.exists() || optional::hidden("peers") {
        optional::skip("peers", "the peers are not installed; `cargo xtask peers install` does it");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
import threading, parallax

@parallax.workload
def steps(n):
    found = 0
    while n != 1:
        n, found = n // 2 if n % 2 == 0 else 3 * n + 1, found + 1
    return found if threading.current_thread() is threading.main_thread() else -1

if __name__ == "__main__":
    wanted = ["sequential", "threads", "processes", "numba"]
    parallax.bench(steps, range(1, 2000), quick=True, budget="2m", precision="30%", out="run", techniques=wanted)
"#;
    std::fs::write(folder.path().join("slow.py"), script).unwrap();
    let code = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/python");
    let mut command = Command::new(python);
    command.arg("slow.py").current_dir(folder.path()).envs([common::NO_LOCK]).env("PYTHONPATH", code);
    command.env("PARALLAX_XTASK", env!("CARGO_BIN_EXE_xtask")).timeout(Duration::from_secs(300));
    let out = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, error, status) = (text(out.stdout), text(out.stderr), out.status);
    assert!(!status.success() && error.contains("WrongResult: threads: wrong result: item "), "{error}");
    assert!(out.contains("speedup") && out.contains("python -m parallax --show"), "{out}");
    let summary = std::fs::read(folder.path().join("run/summary.json")).unwrap();
    let rows = serde_json::from_slice::<Value>(&summary).unwrap()["cells"].as_array().unwrap().clone();
    let of = |technique: &str| rows.iter().find(|row| row["technique"] == technique).unwrap();
    assert_eq!(of("threads")["status"], "failed", "{}", of("threads"));
    assert_eq!(of("processes")["status"], "measured", "{}", of("processes"));
    assert!(
        of("numba")["reason"].as_str().unwrap().contains("numba cannot compile steps"),
        "{}",
        of("numba")
    );
}

/// The peers' table of right answers must equal the suite's answers.
#[test]
fn the_peers_know_the_suites_answers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/python/peers/suite/answers.json");
    let table: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut entries = 0;
    fn hold<W: Workload>(table: &Value, entries: &mut usize) {
        for (case, name) in W::CASES.iter().enumerate() {
            for size in [Size::Tiny, Size::Small] {
                for variant in 0..4 {
                    let work = W::make(Params { case, variant, ..Params::of(size) });
                    let key = format!("{}:{name}", W::NAME);
                    let told = &table[&key][size.name()][variant as usize];
                    assert_eq!(told, &format!("{:016x}", work.expected()), "{key} {size} {variant}");
                    *entries += 1;
                }
            }
        }
    }
    hold::<Stream>(&table, &mut entries);
    hold::<Matmul>(&table, &mut entries);
    hold::<Comparison>(&table, &mut entries);
    hold::<Pairwise>(&table, &mut entries);
    hold::<Julia>(&table, &mut entries);
    hold::<Bubblesort>(&table, &mut entries);
    hold::<MonteCarlo>(&table, &mut entries);
    hold::<Histogram>(&table, &mut entries);
    hold::<Memo>(&table, &mut entries);
    hold::<Mailbox>(&table, &mut entries);
    hold::<Parcels>(&table, &mut entries);
    hold::<TaskGraph>(&table, &mut entries);
    hold::<Wordcount>(&table, &mut entries);
    hold::<Sort>(&table, &mut entries);
    hold::<Records>(&table, &mut entries);
    hold::<Lookup>(&table, &mut entries);
    for variant in 0..4 {
        for case in 1..=3 {
            let work = Expression::make(Params { case, variant, ..Params::of(Size::Tiny) });
            let told = &table[format!("expression:{}", Expression::CASES[case])]["tiny"][variant as usize];
            assert_eq!(told, &format!("{:016x}", work.expected()));
        }
    }
    assert_eq!(entries, 8 * (7 + 4 + 2 + 4 + 3 + 5 + 1 + 3 + 4));
}
