//! Sweeps with a worker of the tests: their output, their files, and how they go on after an interruption.

mod common;

use assert_cmd::Command;
use common::{faulty, run, xtask};
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

fn show(folder: &Path, format: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("show").arg(folder).args(["--format", format]);
    run(command)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// A sweep over two sizes.
fn sweep(folder: &Path, more: &[&str]) -> Command {
    let mut command =
        xtask(&["scale", "size", "--values", "tiny,small", "--workers", "1", "-w", "montecarlo"]);
    command.args(more).arg("--out").arg(folder);
    command
}

#[test]
fn a_sweep_has_points_crossings_or_reasons_and_is_kept_as_a_run() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let (code, out, error) =
        run(sweep(&folder, &["-t", "honest", "-t", "sleeps", "--blocks", "2", "--format", "json"]));
    assert_eq!(code, 0, "{error}");
    let told = json(&out);
    assert_eq!(told["axis"], "size");
    let points = told["points"].as_array().unwrap();
    let names: Vec<_> =
        points.iter().map(|of| (of["technique"].as_str().unwrap(), of["value"].as_str().unwrap())).collect();
    let expected = ["sequential", "honest", "sleeps"].map(|name| [(name, "tiny"), (name, "small")]);
    assert_eq!(names, expected.concat());
    assert_eq!((&points[0]["at"], &points[1]["at"]), (&10_000.0.into(), &1_000_000.0.into()));
    let pairs = told["crossovers"].as_array().unwrap();
    assert!(pairs.len() >= 2, "{out}");
    for pair in pairs {
        match pair["crossover"].as_object() {
            Some(at) => {
                assert!(["technique", "over"].iter().all(|key| at[*key].is_string()), "{pair}");
                let [at, low, high] = ["at", "low", "high"].map(|key| at[key].as_f64().unwrap());
                assert!(low <= at && at <= high, "{pair}");
            }
            None => assert!(!pair["reason"].as_str().unwrap().is_empty(), "{pair}"),
        }
    }
    // the same from the files, and in the summary
    assert_eq!(json(&show(&folder, "json").1), told);
    let summary = json(&std::fs::read_to_string(folder.join("summary.json")).unwrap());
    assert_eq!(summary["scaling"], told);
    assert!(summary["cells"].as_array().unwrap().iter().all(|row| row["value"].is_string()));
    let (code, text, error) = show(&folder, "text");
    assert_eq!(code, 0, "{error}");
    assert!(text.starts_with("montecarlo over the size of the input"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert_eq!(show(&folder, "csv").1.lines().count(), 1 + points.len());
}

#[test]
fn sizes_may_be_numbers_below_the_smallest_one() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let mut command =
        xtask(&["scale", "size", "--values", "4000,16,tiny", "--workers", "1", "-w", "montecarlo"]);
    command.args(["-t", "honest", "-t", "lies", "--blocks", "1", "--format", "json", "--out"]).arg(&folder);
    let (code, out, error) = run(command);
    assert!(
        error.contains("a result was wrong: montecarlo/lies") && code != 0,
        "checked at each size: {error}"
    );
    let told = json(&out);
    let at = |technique: &str, value: &str| -> Value {
        let points = told["points"].as_array().unwrap();
        points.iter().find(|of| of["technique"] == technique && of["value"] == value).unwrap().clone()
    };
    for (value, items) in [("16", 16.0), ("4000", 4000.0), ("tiny", 10_000.0)] {
        assert_eq!(at("honest", value)["at"], items);
        assert!(at("honest", value)["time_ns"].is_number(), "{out}");
        assert!(at("lies", value)["time_ns"].is_null() && at("lies", value)["reason"].is_string(), "{out}");
    }
}

#[test]
fn unasked_a_sweep_over_sizes_begins_below_all_names_and_tells_no_point_that_it_left_out() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let mut command = xtask(&["scale", "size", "--size", "tiny", "--workers", "1", "-w", "montecarlo"]);
    command.args(["-t", "sleeps", "--blocks", "1", "--format", "json", "--out"]).arg(&folder);
    let (code, out, error) = run(command);
    assert_eq!(code, 0, "{error}");
    let told = json(&out);
    let points = told["points"].as_array().unwrap().iter();
    let values: Vec<&str> = points.map(|of| of["value"].as_str().unwrap()).collect();
    assert_eq!(values, [["10", "100", "1000", "tiny"]; 2].concat(), "one block tells of no crossing");
    let plan = json(&std::fs::read_to_string(folder.join("plan.json")).unwrap());
    let refining = |group: &&Value| group["point"]["refines"] == true;
    assert_eq!(
        plan["groups"].as_array().unwrap().iter().filter(refining).count(),
        6,
        "20, 50 and so on to 5000"
    );
    let summary = json(&std::fs::read_to_string(folder.join("summary.json")).unwrap());
    assert_eq!(summary["cells"].as_array().unwrap().len(), 8);
}

/// Numbers of the blocks that a journal has to the end, with their groups.
fn blocks(folder: &Path) -> Vec<(u64, u64)> {
    let journal = std::fs::read_to_string(folder.join("journal.ndjson")).unwrap_or_default();
    let whole = journal.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let lines = whole.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let number = |line: &Value, key: &str| line[key].as_u64().unwrap();
    lines
        .filter(|line| line["line"] == "block")
        .map(|of| (number(&of, "block"), number(&of, "group")))
        .collect()
}

/// Starts a sweep, and waits until it has some blocks.
fn begun(folder: &Path, at_least: usize) -> Child {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.envs([common::NO_LOCK]);
    command.args([
        "scale",
        "size",
        "--values",
        "tiny,small",
        "--workers",
        "1",
        "-t",
        "honest",
        "--blocks",
        "500",
    ]);
    command.args(["--no-build", "--worker"]).arg(faulty()).arg("--out").arg(folder);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut looks = 0;
    while blocks(folder).len() < at_least {
        looks += 1;
        assert!(looks < 6000, "no block within two minutes");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

#[test]
fn kill_9_loses_no_block_and_a_resume_goes_on_with_the_round() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let mut child = begun(&folder, 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let before = blocks(&folder);
    let mut again = xtask(&["scale", "--format", "json"]);
    again.arg("--resume").arg(&folder).args(["--budget", "8s"]);
    let (code, out, error) = run(again);
    assert_eq!(code, 0, "{error}");
    let after = blocks(&folder);
    assert_eq!(after[..before.len()], before, "what was finished is kept");
    assert!(json(&out)["points"].as_array().unwrap().len() == 4, "{out}");
    // round by round: no point is ever more than a block ahead of the other
    for end in 1..=after.len() {
        let of = |group| after[..end].iter().filter(|(_, of)| *of == group).count();
        assert!(of(0).abs_diff(of(1)) <= 1, "{after:?}");
    }
}

#[test]
fn ctrl_c_prints_what_there_is_and_how_it_goes_on() {
    common::hear_ctrl_c();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let child = begun(&folder, 2);
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let out = child.wait_with_output().unwrap();
    let [told, said] = [out.stdout, out.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(out.status.code(), Some(130), "{said}");
    assert!(said.contains("go on with `cargo xtask scale --resume"), "{said}");
    assert!(told.contains("over the size of the input"), "{told}");
    let (code, ..) = show(&folder, "json");
    assert_eq!(code, 0);
}

#[test]
fn what_cannot_be_swept_is_refused_with_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let refused = |args: &[&str], word: &str| {
        let mut command = xtask(args);
        command.arg("--out").arg(home.path().join("none"));
        let (code, _, error) = run(command);
        assert!(code != 0 && error.contains(word) && !error.contains("panicked"), "{args:?}: {error}");
        assert!(!home.path().join("none").exists(), "{args:?} leaves nothing behind");
    };
    refused(&["scale", "grain", "-w", "montecarlo"], "only `taskgraph` has tasks of any length");
    refused(&["scale", "writes"], "only `lookup` has several shares of writes");
    refused(&["scale", "size", "--values", "huge", "-t", "honest"], "there is no size");
    refused(&["scale", "size", "--values", "0", "-t", "honest"], "give 1 to 2500000000");
    refused(&["scale", "size", "--values", "4k", "-t", "honest"], "numbers of items, such as 4000");
    refused(&["scale", "size", "--values", "16,16", "-t", "honest"], "'16' is in --values twice");
    refused(&["scale", "size", "--values", "10000,tiny", "-t", "honest"], "the same size of montecarlo");
    refused(&["scale", "workers", "--values", "0", "-t", "honest"], "invalid number of workers");
    refused(&["scale", "size", "-t", "honset"], "did you mean");
    refused(&["scale"], "required");
}

#[test]
fn a_bench_is_no_sweep_and_a_damaged_plan_is_named() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let (code, _, error) = run(sweep(&folder, &["-t", "honest", "--blocks", "1"]));
    assert_eq!(code, 0, "{error}");
    let path = folder.join("plan.json");
    let plan = json(&std::fs::read_to_string(&path).unwrap());
    let with = |change: &dyn Fn(&mut Value)| {
        let mut plan = plan.clone();
        change(&mut plan);
        std::fs::write(&path, plan.to_string()).unwrap();
        let (code, out, error) = show(&folder, "text");
        assert!(!error.contains("panicked") && !out.contains('\u{1b}'), "{error}{out}");
        (code, error)
    };
    for change in [
        (&|plan: &mut Value| plan["groups"][0]["point"]["value"] = "\u{1b}[31mred".into())
            as &dyn Fn(&mut Value),
        &|plan| plan["groups"][0]["point"]["turns"] = 0.into(),
        &|plan| plan["groups"][0]["point"] = Value::Null,
        &|plan| plan["sweep"] = Value::Null,
        &|plan| plan["sweep"]["axis"] = "moon".into(),
    ] {
        let (code, error) = with(change);
        assert!(code != 0 && error.contains("plan.json"), "{error}");
    }
    // a point that is not a number has no place on the axis, but is shown
    let (code, error) = with(&|plan| plan["sweep"]["axis"] = "writes".into());
    assert_eq!(code, 0, "{error}");

    let bench = home.path().join("bench");
    let mut command =
        xtask(&["bench", "--quick", "--size", "tiny", "--workers", "1", "--budget", "2s", "-t", "honest"]);
    command.arg("--out").arg(&bench);
    run(command);
    let mut again = xtask(&["scale"]);
    again.arg("--resume").arg(&bench);
    let (code, _, error) = run(again);
    assert!(code != 0 && error.contains("is not a sweep"), "{error}");
}
