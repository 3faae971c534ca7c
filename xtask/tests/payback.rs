//! The verb `payback` checks a run's predictions by making the calls, with a worker of the tests.

mod common;

use assert_cmd::Command;
use common::{run, xtask};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// A run of a technique that starts slowly and is far ahead then, and of one that is like the baseline.
fn bench(folder: &Path) {
    // enough blocks for a verdict, on a busy machine as well
    let mut command =
        xtask(&["bench", "-w", "montecarlo", "--size", "small", "--workers", "1", "--budget", "24s"]);
    command.args(["-t", "remembers", "-t", "sleeps", "--out"]).arg(folder);
    let (code, _, error) = run(command);
    assert_eq!(code, 0, "{error}");
    as_on_a_quiet_machine(folder);
    let mut show = Command::new(env!("CARGO_BIN_EXE_xtask"));
    show.arg("show").arg(folder).args(["--format", "json"]);
    let (code, out, error) = run(show);
    assert_eq!(code, 0, "{error}");
    let summary: Value = serde_json::from_str(&out).unwrap();
    let row = |name: &str| {
        let rows = summary["cells"].as_array().unwrap();
        rows.iter().find(|row| row["technique"] == name).unwrap().clone()
    };
    let [ahead, behind] = ["remembers", "sleeps"].map(row);
    let [low, calls, high] =
        ["_low", "", "_high"].map(|end| ahead[format!("pays_after{end}")].as_f64().unwrap());
    assert!(1.0 <= low && low <= calls && calls <= high, "{ahead}");
    assert!(behind["pays_after"].is_null(), "{behind}");
    for name in ["spawn_ns", "start_ns", "load_ns", "first_ns", "steady_ns"] {
        assert!(ahead["phases"][name].as_f64().unwrap() > 0.0, "{name}: {ahead}");
    }
    assert!(ahead["phases"]["start_ns"].as_f64().unwrap() >= 60e6, "{ahead}");
    for name in ["import", "compile"] {
        assert!(ahead["phases"][format!("{name}_ns")].is_null(), "{name}: {ahead}");
        assert!(ahead["phases"]["reasons"][name].is_string(), "{name}: {ahead}");
    }
}

/// Edits the journal so that every block counts: other load on the machine would exclude some.
fn as_on_a_quiet_machine(folder: &Path) {
    let foreign = regex::Regex::new(r#""foreign_cores":[^,}]+"#).unwrap();
    let journal = folder.join("journal.ndjson");
    let text = std::fs::read_to_string(&journal).unwrap();
    assert!(foreign.is_match(&text), "blocks say otherwise what else ran: {text}");
    std::fs::write(&journal, foreign.replace_all(&text, r#""foreign_cores":0.0"#).as_bytes()).unwrap();
}

fn payback(folder: &Path, more: &[&str]) -> Command {
    let mut command = xtask(&["payback", "--run", folder.to_str().unwrap()]);
    command.args(more);
    command
}

fn rows(out: &str) -> Vec<Value> {
    serde_json::from_str(out).unwrap_or_else(|why| panic!("{why}: {out}"))
}

#[test]
fn what_is_predicted_is_checked_by_making_the_calls_or_refused_with_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    bench(&folder);
    let (code, out, error) = run(payback(&folder, &["--rounds", "3", "--format", "json"]));
    let rows = rows(&out);
    assert_eq!(rows.len(), 1, "only one of them is ahead: {out}");
    let row = &rows[0];
    assert_eq!((&row["cell"], &row["over"]), (&"montecarlo/remembers".into(), &"sequential".into()));
    assert_eq!(
        (&row["rounds"], &row["workers"], &row["size"]),
        (&3.into(), &1.into(), &"small".into()),
        "{row}"
    );
    let number = |key: &str| row[key].as_f64().unwrap_or_else(|| panic!("no {key}: {row}"));
    assert!(number("calls_below") < number("calls_above"), "{row}");
    assert!(number("predicted_low") <= number("predicted_calls"), "{row}");
    // whether it holds depends on the machine, and the exit status shows it
    let verdict = row["verdict"].as_str().unwrap();
    assert!(["holds", "fails", "open"].contains(&verdict), "{row}");
    assert_eq!(code, i32::from(verdict == "fails"), "{error}");
    let (_, text, error) = run(payback(&folder, &["montecarlo/remembers", "--rounds", "2"]));
    assert!(text.starts_with("cell") && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(error.contains(" of 1 hold"), "{error}");
    let (_, out, _) = run(payback(&folder, &["--longest", "1ms", "--format", "csv"]));
    assert!(out.contains("its calls take longer than --longest; give "), "{out}");

    let why = |more: &[&str]| {
        let (code, out, error) = run(payback(&folder, more));
        assert_eq!((code, out.as_str()), (1, ""), "{error}");
        error
    };
    let refused = why(&["montecarlo/remembrs"]);
    assert!(
        refused.contains("did you mean 'remembers'?") && refused.contains("cargo xtask bench"),
        "{refused}"
    );
    assert!(
        why(&["montecarlo/sequential"]).contains("compared with itself; name another technique with --over")
    );
    let slower = why(&["montecarlo/sleeps"]);
    assert!(slower.contains("`cargo xtask payback montecarlo/sequential --over sleeps`"), "{slower}");
    let unknown = why(&["montecarlo/remembers", "--over", "nobody"]);
    assert!(unknown.contains("no montecarlo/nobody to compare it with"), "{unknown}");
    let none = why(&["--over", "remembers"]);
    assert!(none.contains("for no technique from how many calls on it is ahead of remembers"), "{none}");
}

#[test]
fn ctrl_c_ends_it_with_what_there_is() {
    use nix::sys::signal::{Signal, kill};
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    bench(&folder);
    common::hear_ctrl_c();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["payback", "--rounds", "1000", "--format", "json", "--no-build", "--run"]).arg(&folder);
    command.arg("--worker").arg(common::faulty()).envs([common::NO_LOCK]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // it reports the cell that it begins with; from then on it measures
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("montecarlo/remembers over sequential") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut said, &mut line).unwrap() > 0, "it ended before it began");
    }
    std::thread::sleep(Duration::from_millis(100));
    kill(nix::unistd::Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let drain = std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    let out = child.wait_with_output().unwrap();
    drain.join().unwrap().unwrap();
    assert_eq!(out.status.code(), Some(130));
    let rows = rows(&String::from_utf8(out.stdout).unwrap());
    assert_eq!(rows[0]["cell"], "montecarlo/remembers");
    assert!(rows[0]["rounds"].as_u64().unwrap() < 1000, "{rows:?}");
    assert!(rows[0]["measured_calls"].is_number() || rows[0]["reason"].is_string(), "{rows:?}");
}
