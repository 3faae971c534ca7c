//! The harness against workers that sleep, lie, overspend, crash, hang, flood and leave orphans.

mod common;

use assert_cmd::Command;
use common::{faulty, python3, run, xtask};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

fn rows(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap_or_else(|why| panic!("{why}: {json}"))
}

fn summary(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("summary.json")).unwrap()).unwrap()
}

fn row<'a>(summary: &'a Value, technique: &str) -> &'a Value {
    let cells = summary["cells"].as_array().unwrap();
    cells.iter().find(|row| row["technique"] == technique).unwrap_or_else(|| panic!("no {technique}"))
}

/// A short run of the named techniques; tiny inputs.
fn bench(folder: &Path, techniques: &str, budget: &str) -> Command {
    let out = folder.to_str().unwrap();
    let mut command = xtask(&["bench", "--quick", "--size", "tiny", "--limit", "3s", "--workers", "1"]);
    command.args(["--budget", budget, "--out", out, "-w", "montecarlo", "-t", techniques]);
    command
}

#[test]
fn list_tells_what_is_ready_and_why_the_rest_is_not() {
    let (code, out, _) = run(xtask(&["list", "--format", "json", "-w", "montecarlo", "-T", "hangs"]));
    assert_eq!(code, 0);
    let rows = rows(&out);
    let standing = |technique: &str| {
        let row = rows.iter().find(|row| row["technique"] == technique).unwrap();
        for key in ["workload", "technique", "family", "question", "pattern", "status", "reason"] {
            assert!(row[key].is_string(), "{key} of {row}");
        }
        (row["status"].as_str().unwrap().to_owned(), row["reason"].as_str().unwrap().to_owned())
    };
    assert_eq!(standing("honest"), ("ready".into(), String::new()));
    assert_eq!(standing("unfit"), ("unfit".into(), "it only shows a refusal".into()));
    let (status, reason) = standing("unversioned");
    assert_eq!(status, "unavailable");
    assert!(reason.contains("no-such-library"), "{reason}");
    assert!(standing("lies").1.contains("wrong result"));
}

#[test]
fn verify_gives_digests_and_fails_if_one_is_wrong() {
    let (code, out, _) =
        run(xtask(&["verify", "--size", "tiny", "--format", "json", "-t", "^(sequential|honest)$"]));
    assert_eq!(code, 0);
    let right = rows(&out);
    assert_eq!(right.len(), 3); // julia and montecarlo by sequential, montecarlo by honest
    assert!(right.iter().all(|row| row["ok"] == true && row["error"].is_null()));
    let digest = |row: &&Value| row["workload"] == "montecarlo" && row["digest"] == "8e7f25270ddf2561";
    assert_eq!(right.iter().filter(digest).count(), 2);
    assert!(right.iter().all(|row| row["time_ns"].as_u64().unwrap() > 0 && row["size"] == "tiny"));

    let (code, out, _) = run(xtask(&["verify", "--size", "tiny", "--format", "json", "-t", "lies"]));
    assert_eq!(code, 1);
    assert!(rows(&out)[0]["error"].as_str().unwrap().contains("wrong result"));
}

#[test]
fn several_variants_are_verified_in_one_pass() {
    let chosen = ["-w", "montecarlo", "-t", "^(sequential|honest|lies)$"];
    let verify = ["verify", "--size", "tiny", "--variant", "0,2,0", "--format", "json"];
    let (code, out, told) = run(xtask(&[&verify[..], &chosen].concat()));
    assert_eq!(code, 1);
    let rows = rows(&out);
    assert_eq!(rows.len(), 6);
    let digest = |technique: &str, variant: u64| {
        let row = rows.iter().find(|row| row["technique"] == technique && row["variant"] == variant);
        row.expect("a row for each variant")["digest"].as_str().map(ToOwned::to_owned)
    };
    for variant in [0, 2] {
        assert!(digest("honest", variant).is_some());
        assert_eq!(digest("honest", variant), digest("sequential", variant));
        assert_eq!(digest("lies", variant), None);
        assert!(told.contains(&format!("variant {variant}: wrong result")), "{told}");
    }
    assert_ne!(digest("honest", 0), digest("honest", 2));
}

#[test]
fn a_broken_cell_costs_its_own_row_only() {
    let (code, out, _) = run(xtask(&[
        "verify",
        "--size",
        "tiny",
        "--limit",
        "2s",
        "--format",
        "json",
        "-w",
        "montecarlo",
        "-T",
        "start",
    ]));
    assert_eq!(code, 1);
    let rows = rows(&out);
    let of = |technique: &str| {
        let row = rows.iter().find(|row| row["technique"] == technique).unwrap();
        (row["ok"].as_bool().unwrap(), row["error"].as_str().unwrap_or_default().to_owned())
    };
    for right in ["sequential", "honest", "sleeps", "floods", "orphans"] {
        assert_eq!(of(right), (true, String::new()), "{right}");
    }
    for (wrong, word) in [
        ("lies", "wrong result"),
        ("crashes", "died"),
        ("leaves", "died"),
        ("hangs", "no answer within"),
        ("panics", "on purpose"),
    ] {
        let (ok, error) = of(wrong);
        assert!(!ok && error.contains(word), "{wrong}: {error}");
    }
}

#[test]
fn bench_measures_the_honest_and_refuses_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let (code, out, error) =
        run(bench(&run_folder, "^(honest|sleeps|lies|defers|crashes|hangs|floods)$", "25s"));
    assert_eq!(code, 1, "a result is wrong: {error}");
    assert!(out.contains("honest") && out.contains("noise floor"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "wider than 80 columns:\n{out}");
    assert!(!out.contains('\u{1b}'), "colours in a pipe");
    let summary = summary(&run_folder);
    for (technique, word) in [
        ("lies", "wrong result"),
        ("defers", "after the clock stopped"),
        ("crashes", "died"),
        ("hangs", "no answer within"),
    ] {
        let row = row(&summary, technique);
        assert_eq!(row["status"], "failed", "{row}");
        assert!(row["reason"].as_str().unwrap().contains(word), "{row}");
        assert!(
            row["ratio"].is_null() && row["time_ns_median"].is_null(),
            "a failed cell has a number: {row}"
        );
    }
    for technique in ["honest", "sleeps", "floods"] {
        assert_eq!(row(&summary, technique)["status"], "measured", "{}", row(&summary, technique));
    }
    let slept = row(&summary, "sleeps");
    assert!(slept["time_ns_median"].as_f64().unwrap() >= 30e6, "{slept}");
    assert!(slept["cores_used"].as_f64().unwrap() < 0.5, "{slept}");
    assert_eq!(row(&summary, "sequential")["ratio"], 1.0);
    // Each block counts for the twin or is listed with its reason.
    let journal = std::fs::read_to_string(run_folder.join("journal.ndjson")).unwrap();
    let ended = journal.matches(r#""line":"block""#).count() as u64;
    let excluded = summary["excluded"].as_array().unwrap().len() as u64;
    assert!(ended >= 1);
    assert_eq!(summary["aa"][0]["blocks"].as_u64().unwrap() + excluded, ended);
}

/// A worker in Python with two techniques for montecarlo: `sequential`, and `greedy`, which says that it uses one core
/// and uses the CPU time of three, even if this machine has fewer free cores.
fn overspender(folder: &Path) -> PathBuf {
    let techniques = r#"
CELLS = [CELL | {"workload": "montecarlo", "technique": name} for name in ("sequential", "greedy")]
def prepare(asked):
    global prepared
    prepared = asked["technique"]
    return READY | {"exact": True}
def measured(asked):
    time.sleep(0.05)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "asked"), "a") as asked:
        print(prepared, os.getpid(), file=asked)
    return measured_in(30_000_000, 90_000_000 if prepared == "greedy" else 20_000_000)
"#;
    let path = folder.join("spender");
    common::program(&path, &common::python_worker("\"spender\"", techniques));
    path
}

#[test]
fn who_takes_more_cores_than_declared_is_refused_on_any_machine() {
    if python3().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let mut command = xtask_bare(&["bench", "--quick", "--size", "tiny", "--workers", "1", "--budget", "3s"]);
    command.args(["--no-build", "--worker"]).arg(overspender(folder.path())).arg("--out").arg(&run_folder);
    let (code, _, error) = run(command);
    assert_eq!(code, 2, "{error}"); // no technique has a number
    assert!(error.contains("nothing was measured: greedy: used 3.00 cores"), "{error}");
    let summary = summary(&run_folder);
    let greedy = row(&summary, "greedy");
    assert_eq!(greedy["status"], "failed", "{greedy}");
    assert_eq!(greedy["reason"], "used 3.00 cores where 1 are declared");
    // it was tried twice, each time in the regime of the others
    let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
    let processes: Vec<&str> = asked.lines().filter_map(|line| line.strip_prefix("greedy ")).collect();
    assert!(processes.len() >= 2 && processes.len().is_multiple_of(2), "{asked}");
    assert!(processes.iter().all(|one| processes.iter().filter(|two| two == &one).count() == 1), "{asked}");
    assert!(greedy["ratio"].is_null() && greedy["time_ns_median"].is_null(), "{greedy}");
    assert_eq!(row(&summary, "sequential")["status"], "measured", "{}", row(&summary, "sequential"));
}

/// The processes that have inherited a mark in their environment.
fn marked(mark: &Path) -> Vec<std::ffi::OsString> {
    let mark = format!("THIS_TEST={}", mark.display());
    let bears = |process: &std::fs::DirEntry| {
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == mark.as_bytes())
    };
    std::fs::read_dir("/proc").unwrap().flatten().filter(bears).map(|process| process.file_name()).collect()
}

#[test]
fn no_orphan_outlives_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    // every process of this run inherits a mark; other tests leave the same orphans for a moment
    let mut command = bench(&folder.path().join("run"), "orphans", "5s");
    command.env("THIS_TEST", folder.path());
    let (code, _, error) = run(command);
    assert_eq!(code, 0, "{error}");
    assert_eq!(row(&summary(&folder.path().join("run")), "orphans")["status"], "measured");
    assert_eq!(marked(folder.path()), [""; 0]);
}

#[test]
fn a_worker_at_work_does_not_outlive_a_killed_supervisor() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["verify", "--size", "tiny", "--limit", "600s", "-w", "montecarlo", "-t", "^(lies|hangs)$"])
        .args(["--no-build", "--worker"])
        .arg(faulty())
        .env("THIS_TEST", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // reported immediately; the next cell hangs, and would never see that its channel has ended
    let said = BufReader::new(child.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    assert!(said.starts_with("wrong: montecarlo/lies"), "{said}");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(marked(folder.path()).len(), 2, "the supervisor and its worker");
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for(|| marked(folder.path()).is_empty());
}

#[test]
fn a_second_run_waits_for_the_first_wherever_its_folder_is() {
    common::hear_ctrl_c();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let start = |out: &str, budget: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args([
                "bench",
                "--quick",
                "--size",
                "tiny",
                "--budget",
                budget,
                "-t",
                "honest",
                "--workers",
                "1",
            ])
            .args(["--no-build", "--worker"])
            .arg(faulty())
            .arg("--out")
            .arg(at(out))
            .env("PARALLAX_LOCK", at("machine.lock"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut first = start("first", "60s");
    wait_for(|| at("first").join("plan.json").exists());
    let waits = |child: &mut std::process::Child| {
        BufReader::new(child.stderr.take().unwrap()).lines().next().unwrap().unwrap()
    };
    let expected = format!(
        "another run measures on this machine (process {}); waiting for its end, or press Ctrl-C",
        first.id()
    );
    let [mut second, mut third] = ["second", "third"].map(|out| start(out, "4s"));
    assert_eq!([waits(&mut second), waits(&mut third)], [expected.clone(), expected]);
    // a run that gives up leaves nothing; one that waits measures when the first has ended, even if it was killed
    rustix::process::kill_process(rustix::process::Pid::from_child(&second), rustix::process::Signal::INT)
        .unwrap();
    assert_eq!(second.wait().unwrap().code(), Some(130));
    assert!(!at("second").exists() && !at("third").join("plan.json").exists());
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(third.wait().unwrap().code(), Some(0));
    assert!(at("third").join("summary.json").exists());
}

#[test]
fn what_is_no_worker_is_named_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    for (name, script, word) in [
        ("silent", "exit 3", "died"),
        ("nonsense", "while read l <&3; do echo 'hi {]' >&4; done", "not a valid reply"),
        (
            "ancient",
            r#"read l <&3; echo '{"began_ns":1,"ended_ns":2,"reply":"bye"}' >&4; read l <&3"#,
            "clock",
        ),
        ("endless", "head -c 9000000 /dev/zero >&4; sleep 5", "floods"),
    ] {
        let path = folder.path().join(name);
        common::program(&path, &format!("#!/bin/sh\n{script}\n"));
        let mut command = xtask(&["list", "-w", "julia"]);
        command.arg("--worker").arg(&path);
        let (code, out, error) = run(command);
        assert_eq!(code, 0, "{error}");
        assert!(out.contains("ready"), "{out}");
        assert!(error.contains(&format!("without {name}")) && error.contains(word), "{name}: {error}");
    }
}

#[test]
fn bad_input_is_told_with_the_way_out() {
    let cases: [(&[&str], &str); 8] = [
        (&["list", "-w", "montecalro"], "did you mean"),
        (&["list", "-t", "sequentail"], "did you mean"),
        (&["list", "-t", "("], "is not a valid regex"),
        (&["bench", "--budget", "5 bananas"], "is not a duration"),
        (&["bench", "--budget", "-3"], "budget"),
        (&["bench", "--precision", "0"], "invalid precision"),
        (&["bench", "--size", "huge"], "there is no size"),
        (&["repro", "julia/sequentail"], "did you mean"),
    ];
    for (args, word) in cases {
        let (code, _, error) = run(xtask(args));
        assert!(code != 0 && error.contains(word), "{args:?}: {error}");
        assert!(!error.contains("panicked"), "{error}");
    }
}

#[test]
fn two_runs_at_once_and_a_second_run_in_a_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let mut first = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"))
        .envs([common::NO_LOCK])
        .args(["bench", "--quick", "--size", "tiny", "--budget", "20s", "-t", "sleeps", "--workers", "1"])
        .args(["--no-build", "--worker"])
        .arg(faulty())
        .arg("--out")
        .arg(&run_folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(|| run_folder.join("journal.ndjson").exists());
    let (code, _, error) = run(resume(&run_folder));
    assert!(code != 0 && error.contains("another process"), "{error}");
    let (code, _, error) = run(bench(&run_folder, "honest", "2s"));
    assert!(code != 0 && error.contains("--resume"), "{error}");
    first.kill().unwrap();
    first.wait().unwrap();
}

/// The finished part of a journal: its whole lines up to the end of the last block.
fn finished(run_folder: &Path) -> String {
    let journal = std::fs::read_to_string(run_folder.join("journal.ndjson")).unwrap_or_default();
    let lines: Vec<&str> = journal.split_inclusive('\n').filter(|line| line.ends_with('\n')).collect();
    let blocks =
        lines.iter().rposition(|line| line.starts_with(r#"{"line":"block""#)).map_or(0, |last| last + 1);
    lines[..blocks].concat()
}

#[test]
fn kill_9_anywhere_loses_nothing_that_was_finished() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let mut kept = String::new();
    for round in 0..8 {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.envs([common::NO_LOCK]);
        command.arg("bench").args(["--no-build", "--worker"]).arg(faulty());
        if round == 0 {
            command.args(["--quick", "--size", "tiny", "--budget", "60s", "-t", "honest", "--workers", "1"]);
            command.arg("--out").arg(&run_folder);
        } else {
            command.arg("--resume").arg(&run_folder);
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_for(|| run_folder.join("journal.ndjson").exists());
        let pause_ms = 50 + parallax_pattern::random::at(u64::from(std::process::id()), round) % 1000;
        std::thread::sleep(Duration::from_millis(pause_ms));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = finished(&run_folder);
        assert!(now.starts_with(&kept), "round {round}, after {pause_ms} ms: {now}\nbegan with: {kept}");
        kept = now;
    }
    let mut last = resume(&run_folder);
    last.args(["--budget", "12s"]);
    let (code, _, error) = run(last);
    assert_eq!(code, 0, "{error}");
    let all = finished(&run_folder);
    assert!(!all.is_empty() && all.starts_with(&kept), "{all}\nbegan with: {kept}");
    let numbers: Vec<u64> = all
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["line"] == "block")
        .map(|line| line["block"].as_u64().unwrap())
        .collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    let summary = summary(&run_folder);
    let counted = row(&summary, "honest")["blocks"].as_u64().unwrap() as usize;
    let excluded = summary["excluded"].as_array().unwrap().len();
    // Each block counts once or is listed with its reason; if none was quiet, the listed ones are shown.
    let quiet = if excluded == numbers.len() { counted } else { counted + excluded };
    assert_eq!(quiet, numbers.len(), "{counted} and {excluded} excluded");
}

#[test]
fn a_baseline_that_fails_once_costs_its_block_and_one_that_always_fails_its_group() {
    if python3().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = std::fs::read_to_string(overspender(folder.path())).unwrap();
    // the first `sequential` that is measured, and then every one
    for (name, fails, blocks) in [("once", "not os.path.exists(MARK)", None), ("always", "True", Some(3))] {
        let mark = folder.path().join(format!("{name}.mark"));
        let refuses = format!(
            r#"def measured(asked):
    MARK = {mark:?}
    if prepared == "sequential" and {fails}:
        open(MARK, "w").close()
        return {{"reply": "refused", "status": "failed", "reason": "it broke"}}"#
        );
        let program = program.replace("def measured(asked):", &refuses).replace("90_000_000", "20_000_000");
        let (worker, run_folder) = (folder.path().join(name), folder.path().join(format!("{name}.run")));
        common::program(&worker, &program);
        let mut command =
            xtask_bare(&["bench", "--quick", "--size", "tiny", "--workers", "1", "--budget", "20s"]);
        command.args(["--no-build", "--worker"]).arg(&worker).arg("--out").arg(&run_folder);
        let (code, _, error) = run(command);
        assert_eq!(code, if blocks.is_none() { 0 } else { 2 }, "{error}"); // a run without numbers fails
        let summary = summary(&run_folder);
        let void = summary["excluded"].as_array().unwrap().iter();
        let void = void.filter(|block| block["reason"] == "its baseline has no number: it broke").count();
        assert_eq!(void, blocks.unwrap_or(1), "{name}: {}", summary["excluded"]);
        let greedy = row(&summary, "greedy");
        match blocks {
            None => assert_eq!(greedy["status"], "measured", "{greedy}"),
            Some(_) => {
                assert_eq!(greedy["reason"], "its baseline has no number: it broke, 3 blocks in a row")
            }
        }
    }
}

/// The turns of a run, as its journal has them.
fn turns(run_folder: &Path) -> Vec<Value> {
    let journal = std::fs::read_to_string(run_folder.join("journal.ndjson")).unwrap();
    let lines = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["line"] == "turn").collect()
}

#[test]
fn a_group_keeps_its_regime_and_its_rotation_through_a_resume() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    // two groups that take turns, so that the number of a block is not that of the group's own block
    let mut first = xtask(&["bench", "--quick", "--size", "tiny", "--workers", "1,2", "--budget", "4s"]);
    first.args(["-w", "montecarlo", "-t", "sleeps", "--out", run_folder.to_str().unwrap()]);
    let (code, _, error) = run(first);
    assert_eq!(code, 0, "{error}");
    let before = turns(&run_folder).len();
    let blocks = |group: usize| {
        let of_group = turns(&run_folder).into_iter().filter(|turn| turn["group"] == group);
        of_group.filter(|turn| turn["role"]["technique"].is_u64()).count()
    };
    // how much fits into a budget depends on the machine
    for budget in ["20s", "40s", "80s", "160s"] {
        let mut again = resume(&run_folder);
        again.args(["--budget", budget]);
        let (code, _, error) = run(again);
        assert_eq!(code, 0, "{error}");
        if (0..2).all(|group| blocks(group) > 1) {
            break;
        }
    }
    let turns = turns(&run_folder);
    assert!(turns.len() > before, "nothing was measured after the resume");
    for group in 0..2 {
        let of_group = || turns.iter().filter(move |turn| turn["group"] == group);
        // the first turn of the baseline sets the regime; all others get it in their request
        let asked: Vec<&Value> = of_group().map(|turn| &turn["regime"]).collect();
        assert!(asked[0].is_null() && asked[1..].iter().all(|regime| **regime == "batches"), "{asked:?}");
        let mut variants: Vec<u64> = of_group()
            .filter(|turn| turn["role"]["technique"].is_u64())
            .map(|turn| turn["variant"].as_u64().unwrap())
            .collect();
        let expected: Vec<u64> = (0..variants.len() as u64).map(|block| block % 4).collect();
        assert_eq!(variants, expected);
        variants.dedup();
        assert!(variants.len() > 1, "a single block shows no rotation");
    }
}

#[test]
fn a_torn_journal_is_mended_and_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    assert_eq!(run(bench(&run_folder, "honest", "3s")).0, 0);
    let path = run_folder.join("journal.ndjson");
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}{{\"line\":\"turn\",\"blo")).unwrap();
    let (code, shown, error) = run(xtask_bare(&["show", run_folder.to_str().unwrap()]));
    assert_eq!(code, 0, "{error}");
    assert!(shown.contains("honest"));
    let mut again = resume(&run_folder);
    again.args(["--budget", "4s"]);
    assert_eq!(run(again).0, 0);
    let mended = std::fs::read_to_string(&path).unwrap();
    assert!(mended.starts_with(&whole) && mended.lines().all(|l| serde_json::from_str::<Value>(l).is_ok()));

    let (first, rest) = mended.split_once('\n').unwrap();
    std::fs::write(&path, format!("{first}\ngarbage\n{rest}")).unwrap();
    let (code, _, error) = run(resume(&run_folder));
    assert!(code == 1 && error.contains("line 2 of "), "{error}");
    // the way out in the message works
    let way_out = error.split('`').nth(1).unwrap();
    assert!(way_out.starts_with("sed -i '2,$d' "), "{error}");
    assert!(std::process::Command::new("sh").args(["-c", way_out]).status().unwrap().success());
    let mut again = resume(&run_folder);
    again.args(["--budget", "9s"]);
    let (code, _, error) = run(again);
    assert_eq!(code, 0, "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with(&format!("{first}\n{{")));
}

#[test]
fn a_changed_plan_or_machine_is_refused_with_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    assert_eq!(run(bench(&run_folder, "honest", "3s")).0, 0);
    let mut other = resume(&run_folder);
    other.args(["--size", "small"]);
    let (code, _, error) = run(other);
    assert!(code != 0 && error.contains("groups"), "{error}");
    let path = run_folder.join("env.json");
    let mut environment: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    environment["machine"]["kernel"] = "0.1.0".into();
    std::fs::write(&path, environment.to_string()).unwrap();
    let (code, _, error) = run(resume(&run_folder));
    assert!(code != 0 && error.contains("kernel was 0.1.0"), "{error}");
}

#[test]
fn a_rebuilt_worker_ends_a_run_and_an_edit_of_a_text_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (run_folder, worker) = (folder.path().join("run"), folder.path().join("worker"));
    common::copy_program(&faulty(), &worker);
    let with = |args: &[&str]| {
        let mut command = xtask_bare(args);
        command.args(["--no-build", "--worker"]).arg(&worker).timeout(Duration::from_secs(300));
        command
    };
    let out = run_folder.to_str().unwrap();
    let chosen = ["--quick", "--size", "tiny", "--workers", "1", "-w", "montecarlo", "-t", "honest"];
    let (code, _, error) = run(with(&[&["bench", "--out", out, "--budget", "3s"][..], &chosen].concat()));
    assert_eq!(code, 0, "{error}");
    // the commit and the changes do not affect the measurement
    let path = run_folder.join("env.json");
    let mut environment: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(environment["workers"]["faulty"].is_string(), "{}", environment["workers"]);
    environment["build"]["commit"] = "another".into();
    environment["build"]["changes"] = "an edit of README".into();
    std::fs::write(&path, environment.to_string()).unwrap();
    let resume = ["bench", "--resume", out, "--budget", "4s"];
    let (code, _, error) = run(with(&resume));
    assert_eq!(code, 0, "{error}");
    // a program that differs by a byte at its end, where it does not matter
    common::append_to_program(&worker);
    let (code, _, error) = run(with(&resume));
    assert!(code != 0 && error.contains("workers.faulty was"), "{error}");
}

#[test]
fn ctrl_c_ends_with_what_there_is() {
    common::hear_ctrl_c();
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"))
        .envs([common::NO_LOCK])
        .args(["bench", "--quick", "--size", "tiny", "--budget", "60s", "-t", "^(honest|sleeps)$"])
        .args(["--workers", "1", "--no-build", "--worker"])
        .arg(faulty())
        .arg("--out")
        .arg(&run_folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(|| {
        let journal = std::fs::read_to_string(run_folder.join("journal.ndjson")).unwrap_or_default();
        journal.contains(r#""line":"block""#)
    });
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&out.stderr).contains("--resume"));
    assert!(row(&summary(&run_folder), "honest")["ratio"].is_number());
}

#[test]
fn ctrl_c_ends_a_verification_with_what_it_found() {
    common::hear_ctrl_c();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"))
        .envs([common::NO_LOCK])
        .args(["verify", "--size", "tiny", "--limit", "60s", "--format", "json", "-w", "montecarlo"])
        .args(["-t", "^(sequential|lies|hangs)$", "--no-build", "--worker"])
        .arg(faulty())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let wrong = said.next().unwrap().unwrap(); // reported immediately; the next cell hangs
    assert!(wrong.starts_with("wrong: montecarlo/lies, variant 0: "), "{wrong}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(130));
    let found: Vec<_> =
        rows(str::from_utf8(&out.stdout).unwrap()).iter().map(|row| row["ok"].clone()).collect();
    assert_eq!(found, [true, false]);
    let said: Vec<String> = said.map(Result::unwrap).collect();
    assert!(said.iter().any(|line| line == "interrupted: 1 of 3 cells were not reached"), "{said:?}");
}

#[test]
fn a_full_disk_keeps_what_was_written_and_names_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    // A limit on the size of files has the same effect on a journal as a full disk.
    let script = r#"ulimit -f 24; trap '' XFSZ; exec "$@""#;
    let out = std::process::Command::new("sh")
        .args(["-c", script, "sh", env!("CARGO_BIN_EXE_xtask")])
        .envs([common::NO_LOCK])
        .args(["bench", "--quick", "--size", "tiny", "--budget", "60s", "-w", "montecarlo", "-t", "honest"])
        .args(["--workers", "1", "--no-build", "--worker"])
        .arg(faulty())
        .arg("--out")
        .arg(&run_folder)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && error.contains("make room"), "{error}");
    let (code, shown, error) = run(xtask_bare(&["show", run_folder.to_str().unwrap()]));
    assert!(code == 0 && shown.contains("honest"), "{error}");
}

fn resume(folder: &Path) -> Command {
    xtask(&["bench", "--resume", folder.to_str().unwrap()])
}

/// Runs xtask without workers, for verbs that only read.
fn xtask_bare(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.envs([common::NO_LOCK]);
    command.args(args);
    command
}

fn wait_for(mut happened: impl FnMut() -> bool) {
    for _ in 0..1200 {
        if happened() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it did not happen within a minute");
}
