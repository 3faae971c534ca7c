//! How workers are supervised: which ones are used, how long one may take, and what the budget allows.

mod common;

use assert_cmd::Command;
use common::python3;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FAULTY: &str = env!("CARGO_BIN_EXE_faulty");

/// Xtask with these workers and no others.
fn xtask(workers: &[&Path], args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.envs([common::NO_LOCK]);
    command.args(args).arg("--no-build").timeout(Duration::from_secs(150));
    for worker in workers {
        command.arg("--worker").arg(worker);
    }
    command
}

/// Runs to the end and returns exit status, standard output and standard error.
fn run(mut command: Command) -> (i32, String, String) {
    let out = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
}

fn rows(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap_or_else(|why| panic!("{why}: {json}"))
}

fn program(path: PathBuf, text: &str) -> PathBuf {
    common::program(&path, text);
    path
}

/// A worker of the family `other` with these cells, as JSON; each `prepare` is written to `asked`, with the process,
/// and then runs `script`.
fn other(folder: &Path, cells: &[Value], script: &str) -> PathBuf {
    let (cells, asked) = (serde_json::to_string(cells).unwrap(), folder.join("asked"));
    let text = format!(
        r#"#!/usr/bin/env python3
import json, os, sys, time
CELLS = json.loads(r'''{cells}''')
requests, replies = os.fdopen(3), os.fdopen(4, "w")
def reply(**told):
    now = time.monotonic_ns()
    print(json.dumps({{"began_ns": now, "ended_ns": now, **told}}), file=replies, flush=True)
for line in requests:
    wanted = json.loads(line)
    if wanted["do"] == "hello":
        reply(reply="hello", protocol=1, family="other", isa="test")
    elif wanted["do"] == "list":
        reply(reply="cells", cells=CELLS)
    elif wanted["do"] == "shutdown":
        break
    else:
        with open("{}", "a") as asked:
            print(os.getpid(), wanted["workload"], file=asked)
        {script}
"#,
        asked.display()
    );
    program(folder.join("other"), &text)
}

fn cell(workload: &str, technique: &str) -> Value {
    serde_json::json!({
        "workload": workload, "technique": technique, "question": "execute", "pattern": "map", "idea": "", "gives": "",
        "costs": "", "source": "", "implementor": "", "kernel": "", "libraries": {}
    })
}

/// The lines that `other` has written, each split into words.
fn asked(folder: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join("asked")).unwrap_or_default();
    text.lines().map(|line| line.split(' ').map(ToOwned::to_owned).collect()).collect()
}

const REFUSES: &str = r#"reply(reply="refused", status="unavailable", reason="on demand")"#;

#[test]
fn a_crash_in_one_family_leaves_the_other_familys_worker_alone() {
    if python3().is_none() {
        return;
    }
    for verb in [&["verify", "--size", "tiny"][..], &["list"]] {
        let folder = tempfile::tempdir().unwrap();
        // in the order of the workloads, one is before the crash and one after it
        let worker = other(folder.path(), &[cell("stream", "odd"), cell("treesearch", "odd")], REFUSES);
        let chosen = ["--format", "json", "-t", "^(odd|crashes)$"];
        let (_, out, error) = run(xtask(&[FAULTY.as_ref(), &worker], &[verb, &chosen].concat()));
        assert!(!error.contains("without"), "{error}");
        let crashed = rows(&out).iter().filter(|row| row.to_string().contains("died")).count();
        assert_eq!(crashed, 1, "{out}");
        let asked = asked(folder.path());
        let workloads: Vec<&str> = asked.iter().map(|words| words[1].as_str()).collect();
        assert_eq!(workloads, ["stream", "treesearch"], "{out}");
        assert_eq!(asked[0][0], asked[1][0], "the worker was restarted: {out}");
    }
}

#[test]
fn a_listing_starts_nothing_of_which_the_worker_knows_whether_it_is_there() {
    if python3().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let known = |technique: &str, known: Value| {
        let mut cell = cell("stream", technique);
        cell["known"] = known;
        cell
    };
    let cells = [
        known("there", serde_json::json!({ "status": "ready" })),
        known("absent", serde_json::json!({ "status": "unavailable", "reason": "not installed; run `it`" })),
        known("odd", serde_json::json!({ "status": "unfit", "reason": "not its kind of work" })),
    ];
    let worker = other(folder.path(), &cells, "time.sleep(86399)");
    let (code, out, error) = run(xtask(&[&worker], &["list", "--format", "json"]));
    assert_eq!(code, 0, "{error}");
    let rows = rows(&out);
    let told = |technique: &str| {
        let row = rows.iter().find(|row| row["technique"] == technique).unwrap();
        [&row["status"], &row["reason"]].map(|text| text.as_str().unwrap().to_owned())
    };
    assert_eq!(told("there"), ["ready", ""]);
    assert_eq!(told("absent"), ["unavailable", "not installed; run `it`"]);
    assert_eq!(told("odd"), ["unfit", "not its kind of work"]);
    assert!(asked(folder.path()).is_empty(), "{:?}", asked(folder.path()));
}

#[test]
fn a_listing_waits_once_for_a_technique_that_does_not_start() {
    let chosen = ["list", "--format", "json", "-t", "honest,never-starts"];
    let (code, out, error) = run(xtask(&[FAULTY.as_ref()], &chosen));
    assert_eq!(code, 0, "{error}");
    let rows = rows(&out);
    let told: Vec<[&str; 3]> = rows
        .iter()
        .map(|row| ["workload", "status", "reason"].map(|key| row[key].as_str().unwrap()))
        .collect();
    let [julia, honest, montecarlo] = told[..] else { panic!("{out}") };
    assert_eq!(honest, ["montecarlo", "ready", ""]);
    assert_eq!(julia, ["julia", "unavailable", "fails: no answer within 10 s, ended"]);
    let why = "fails: julia/never-starts gave no answer; `cargo xtask verify` waits";
    assert_eq!(montecarlo, ["montecarlo", "unavailable", why]);
}

#[test]
fn a_slow_start_is_no_failure_and_has_a_limit_of_its_own() {
    let verify = ["verify", "--size", "tiny", "--format", "json", "-t", "starts-late", "--limit", "2s"];
    let (code, out, error) = run(xtask(&[FAULTY.as_ref()], &verify));
    assert_eq!(code, 0, "{out}{error}");
    assert_eq!(rows(&out)[0]["ok"], true, "{out}");
    let (code, out, _) = run(xtask(&[FAULTY.as_ref()], &[&verify[..], &["--start-limit", "1s"]].concat()));
    assert_eq!(code, 1, "{out}");
    assert!(rows(&out)[0]["error"].as_str().unwrap().contains("no answer within 1 s"), "{out}");
}

#[test]
fn a_name_that_is_none_is_refused_in_every_verb() {
    if python3().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let worker = other(folder.path(), &[cell("stream", "zebra\u{1b}[2J<img src=x>")], REFUSES);
    let out = folder.path().join("run");
    let bench =
        ["bench", "--quick", "--size", "tiny", "--budget", "2s", "--workers", "1", "-t", "honest", "--out"];
    for verb in [&["list", "-t", "honest"][..], &[&bench[..], &[out.to_str().unwrap()]].concat()] {
        let (code, out, error) = run(xtask(&[FAULTY.as_ref(), &worker], verb));
        assert_eq!(code, 0, "{error}");
        let why = r"without other: 'zebra\u{1b}[2J<img src=x>' cannot be the name of a technique: give";
        assert!(error.contains(why), "{error}");
        assert!(!out.contains("zebra") && !error.contains('\u{1b}'), "{out}");
    }
    assert!(!std::fs::read_to_string(out.join("plan.json")).unwrap().contains("zebra"));
}

#[test]
fn two_workers_of_one_family_stand_side_by_side() {
    let twice = |args: &[&str]| run(xtask(&[FAULTY.as_ref(), FAULTY.as_ref()], args));
    let names = |args: &[&str]| -> Vec<String> {
        let (code, shown, error) = twice(&[&["list", "--format", "json"], args].concat());
        assert_eq!(code, 0, "{error}");
        rows(&shown).iter().map(|row| row["technique"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&["-t", "honest"]), ["honest", "honest-2"], "the name means both builds");
    assert_eq!(names(&["-t", "honest-2"]), ["honest-2"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let bench = bench(&out, "honest", &["--budget", "3s", "--workers", "1", "--format", "csv"]);
    let (code, shown, error) = twice(&bench.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(code, 0, "{error}");
    let measured = |name: &str| shown.lines().any(|line| line.contains(name) && line.contains(",measured,"));
    assert!(
        measured(",honest,") && measured(",honest-2,"),
        "each gets requests under the name that it has itself: {shown}"
    );

    // and are compared, the second over the first, in the blocks that both have
    let out = folder.path().join("compared");
    let compare =
        ["compare", "-w", "montecarlo", "-t", "honest", "--quick", "--size", "tiny", "--budget", "20s"];
    let compare =
        [&compare[..], &["--workers", "1", "--format", "json", "--out", out.to_str().unwrap()]].concat();
    let (code, shown, error) = twice(&compare);
    let compared = rows(&shown);
    if compared.is_empty() {
        let why =
            error.lines().find(|line| line.contains("not compared: montecarlo: honest-2 over honest: "));
        let busy = why.is_some_and(|why| why.contains("others kept ") || why.contains("speed changed"));
        assert!(code == 2 && busy, "only a busy machine leaves no block, and it says so: {code}, {error}");
        return;
    }
    assert_eq!(code, 0, "{error}");
    assert_eq!(compared.len(), 1, "{shown}");
    assert_eq!((&compared[0]["technique"], &compared[0]["against"]), (&"honest-2".into(), &"honest".into()));
    assert!(compared[0]["ratio"].as_f64().is_some_and(|ratio| (0.2..5.0).contains(&ratio)), "{shown}");
}

#[test]
fn a_library_that_is_in_no_lock_file_is_told() {
    let unversioned = run(xtask(&[FAULTY.as_ref()], &["list", "--format", "json", "-t", "unversioned"])).1;
    let why = rows(&unversioned)[0]["reason"].as_str().unwrap().to_owned();
    assert!(why.contains("no-such-library cannot be read") && why.contains("Card::libraries"), "{why}");
}

/// A short run of `techniques` on tiny inputs.
fn bench(out: &Path, techniques: &str, more: &[&str]) -> Vec<String> {
    let args = ["bench", "--quick", "--size", "tiny", "-w", "montecarlo", "-t", techniques, "--out"];
    let args = args.into_iter().chain([out.to_str().unwrap()]).chain(more.iter().copied());
    args.map(ToOwned::to_owned).collect()
}

fn run_bench(worker: &Path, args: &[String]) -> (i32, String, String) {
    run(xtask(&[worker], &args.iter().map(String::as_str).collect::<Vec<_>>()))
}

#[test]
fn a_number_of_workers_that_is_given_twice_is_measured_once() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let (code, _, error) =
        run_bench(FAULTY.as_ref(), &bench(&out, "honest", &["--budget", "3s", "--workers", "1,1,2,1"]));
    assert_eq!(code, 0, "{error}");
    let plan: Value = serde_json::from_slice(&std::fs::read(out.join("plan.json")).unwrap()).unwrap();
    let groups = plan["groups"].as_array().unwrap();
    let told: Vec<(&Value, usize)> =
        groups.iter().map(|group| (&group["workers"], group["cells"].as_array().unwrap().len())).collect();
    assert_eq!(told, [(&1.into(), 1), (&2.into(), 1)]);
}

#[test]
fn an_absurd_number_of_workers_is_refused_before_anything_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    for number in ["0", "1000000", "many"] {
        let (code, _, error) =
            run_bench(FAULTY.as_ref(), &bench(&out, "honest", &["--budget", "3s", "--workers", number]));
        assert!(
            code == 2 && error.contains("invalid number of workers; give a number from 1 to "),
            "{number}: {error}"
        );
        assert!(!out.exists());
    }
    for verb in
        [&["verify", "--workers"][..], &["scale", "size", "--workers"], &["scale", "workers", "--values"]]
    {
        let (code, _, error) = run(xtask(
            &[FAULTY.as_ref()],
            &[verb, &["1000000", "-w", "montecarlo", "-t", "honest"]].concat(),
        ));
        assert!(
            code != 0 && error.contains("invalid number of workers; give a number from 1 to "),
            "{verb:?}: {error}"
        );
    }
}

#[test]
fn the_exit_status_tells_a_wrong_result_from_no_number_and_from_a_technique_that_broke() {
    for (technique, status, words) in [
        ("lies", 1, &["nothing was measured: lies: wrong result", "a result was wrong: montecarlo/lies"][..]),
        ("^(honest|lies)$", 1, &["a result was wrong: montecarlo/lies"]),
        ("crashes", 2, &["nothing was measured: crashes: the worker died"]),
        ("^(honest|crashes|unfit|unversioned)$", 0, &[]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let args = bench(&out, technique, &["--budget", "8s", "--workers", "1"]);
        let (code, shown, error) = run_bench(FAULTY.as_ref(), &args);
        assert_eq!(code, status, "{technique}: {error}");
        words.iter().for_each(|word| assert!(error.contains(word), "{technique}: {error}"));
        assert_eq!(shown.contains("failed: wrong result"), status == 1, "{technique}: {shown}");
        assert!(out.join("summary.json").exists());
    }
}

#[test]
fn a_run_without_any_number_is_told_before_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let (_, _, error) =
        run_bench(FAULTY.as_ref(), &bench(&out, "crashes", &["--budget", "5s", "--workers", "1"]));
    assert!(error.contains("first look at montecarlo: no technique has a number yet"), "{error}");
}

#[test]
fn a_block_of_unknown_cost_does_not_take_the_budget_for_a_proposal() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    // the limit of a request alone would allow ten minutes
    let args = bench(&out, "hangs", &["--budget", "1s", "--limit", "600s", "--workers", "1"]);
    let (code, _, error) = run_bench(FAULTY.as_ref(), &args);
    assert_eq!(code, 2, "{error}");
    let why =
        "nothing was measured: hangs: the time was over before its first block; give more with --budget";
    assert!(error.contains(why), "{error}");
}

#[test]
fn a_machine_that_is_never_quiet_is_measured_and_the_report_says_what_it_cost() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut burner = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
    let (code, shown, error) =
        run_bench(FAULTY.as_ref(), &bench(&out, "honest", &["--budget", "8s", "--workers", "1"]));
    burner.kill().unwrap();
    burner.wait().unwrap();
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("waiting for a quiet machine: others keep"), "{error}");
    assert!(shown.contains("warning: load: others were busy; 1 s went to waiting"), "{shown}");
    let summary: Value = serde_json::from_slice(&std::fs::read(out.join("summary.json")).unwrap()).unwrap();
    let warnings = summary["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|line| line.as_str().unwrap().starts_with("load: ")), "{warnings:?}");
    let journal = std::fs::read_to_string(out.join("journal.ndjson")).unwrap();
    let lines = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let blocks: Vec<u64> = lines.filter_map(|line| line["lost_ns"].as_u64()).collect();
    let lost_ns: u64 = blocks.iter().sum();
    assert!(blocks.len() > 1 && blocks[0] > 0 && blocks.last() == Some(&0), "{blocks:?}");
    assert!(lost_ns <= 1_000_000_000, "a tenth of the budget, and the last look: {lost_ns}");
}

/// A baseline whose measurement of limits never ends.
fn without_limits(folder: &Path) -> PathBuf {
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = limits ]; then echo > '{}'; exec sleep 86399; fi\nexec '{FAULTY}' \"$@\"\n",
        folder.join("asked").display()
    );
    program(folder.join("baseline"), &text)
}

#[test]
fn limits_take_a_share_of_the_budget_at_most_or_are_left_out() {
    for (budget, word, is_asked) in [
        ("4s", "without the machine's limits: a quarter of the budget is too short", false),
        ("16s", "without the machine's limits: not measured within 4 s", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (worker, out) = (without_limits(folder.path()), folder.path().join("run"));
        let args = bench(&out, "honest", &["--budget", budget, "--workers", "1"]);
        let mut command = xtask(&[&worker], &args.iter().map(String::as_str).collect::<Vec<_>>());
        command.env("FAULTY_FAMILY", "baseline");
        let (code, _, error) = run(command);
        assert_eq!(code, 0, "{error}");
        assert!(error.contains(word), "{error}");
        assert_eq!(folder.path().join("asked").exists(), is_asked);
        let summary: Value =
            serde_json::from_slice(&std::fs::read(out.join("summary.json")).unwrap()).unwrap();
        let honest =
            summary["cells"].as_array().unwrap().iter().find(|row| row["technique"] == "honest").unwrap();
        assert!(honest["ratio"].is_number(), "{honest}");
    }
}
