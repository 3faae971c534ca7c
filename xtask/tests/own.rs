//! The verb `own` with a worker in Python: its work is measured, refused if wrong, shown and resumed.

mod common;

use assert_cmd::Command;
use common::python3;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Four techniques for work that is called `squares`; `half` takes half the time of `sequential`.
const TECHNIQUES: &str = r#"
CELLS = [CELL | {"workload": "squares", "technique": name} for name in ("sequential", "half", "wrong", "unfit")]
def refused(status, reason):
    return {"reply": "refused", "status": status, "reason": reason}
def prepare(asked):
    global prepared
    prepared = asked["technique"]
    return refused("unfit", "it only shows a refusal") if prepared == "unfit" else READY
def measured(asked):
    if prepared == "wrong":
        return refused("failed", "wrong result: item 3 is 10, not 9")
    wall_ns = 10_000_000 if prepared == "half" else 20_000_000
    time.sleep(0.04)
    return measured_in(wall_ns, wall_ns)
"#;

/// A folder of a user with a worker, and a file that it reads.
struct User {
    folder: tempfile::TempDir,
    python: PathBuf,
}

impl User {
    fn new() -> Option<Self> {
        let (folder, python) = (tempfile::tempdir().unwrap(), python3()?);
        let worker = common::python_worker("json.load(open(sys.argv[1]))", TECHNIQUES);
        std::fs::write(folder.path().join("worker.py"), worker).unwrap();
        std::fs::write(folder.path().join("work.json"), "\"squares\"").unwrap();
        Some(User { folder, python })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the verb in this folder; returns exit status, standard output and standard error.
    fn own(&self, options: &[&str], worker: &[&Path]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.envs([common::NO_LOCK]).current_dir(self.folder.path()).timeout(Duration::from_secs(300));
        command.args(["own", "--name", "squares", "--again", "my-bench"]).args(options);
        if !worker.is_empty() {
            command.arg("--").args(worker);
        }
        let out = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
    }

    /// Measures by the worker.
    fn measure(&self, options: &[&str]) -> (i32, String, String) {
        self.own(options, &[&self.python, &self.path("worker.py"), &self.path("work.json")])
    }
}

fn rows(folder: &Path) -> Vec<Value> {
    let summary: Value =
        serde_json::from_slice(&std::fs::read(folder.join("summary.json")).unwrap()).unwrap();
    summary["cells"].as_array().unwrap().clone()
}

#[test]
fn a_worker_of_another_language_is_measured_and_its_run_is_shown_again() {
    let Some(user) = User::new() else { return };
    let (code, out, error) = user.measure(&["--quick", "--budget", "20s", "--out", "run"]);
    assert_eq!(code, 1, "a result is wrong: {error}");
    assert!(error.contains("a result was wrong: squares/wrong"), "{error}");
    let rows = rows(&user.path("run"));
    let of = |technique: &str| rows.iter().find(|row| row["technique"] == technique).unwrap();
    assert!((of("half")["ratio"].as_f64().unwrap() - 2.0).abs() < 0.1, "{}", of("half"));
    assert_eq!((&of("wrong")["status"], &of("wrong")["ratio"]), (&"failed".into(), &Value::Null));
    assert_eq!(
        (&of("unfit")["status"], &of("unfit")["reason"]),
        (&"unfit".into(), &"it only shows a refusal".into())
    );
    assert!(out.contains("my-bench --show run") && !out.contains("cargo xtask"), "{out}");

    let (code, again, error) = user.own(&["--show", "run"], &[]);
    assert_eq!(code, 0, "{error}");
    assert!(again.contains("half") && again.contains("my-bench --show run"), "{again}");
}

#[test]
fn a_run_goes_on_with_the_same_files_only() {
    let Some(user) = User::new() else { return };
    let (code, _, error) =
        user.measure(&["--quick", "--budget", "20s", "--precision", "50%", "--out", "run", "-t", "half"]);
    assert_eq!(code, 0, "{error}");
    let (code, _, error) = user.measure(&["--resume", "run", "--budget", "1s"]);
    assert_eq!(code, 0, "{error}");
    std::fs::write(user.path("work.json"), "\"squares\" ").unwrap();
    let (code, _, error) = user.measure(&["--resume", "run", "--budget", "1s"]);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("the machine or the build is not the one of this run"), "{error}");
}

#[test]
fn what_says_nothing_for_own_work_is_refused_before_anything_is_started() {
    let Some(user) = User::new() else { return };
    for (options, word) in [
        (&["--all"][..], "--all does not apply here"),
        (&["--worker", "x"], "--worker does not apply here"),
        (&["--size", "tiny"], "--size does not apply here"),
        (&["--peers"], "--peers does not apply here"),
    ] {
        let (code, _, error) = user.measure(options);
        assert_eq!(code, 1, "{error}");
        assert!(error.contains(word), "{error}");
    }
    let (code, _, error) = user.own(&[], &[Path::new("/no/such/program")]);
    assert_eq!(code, 1);
    assert!(error.contains("there is no program /no/such/program"), "{error}");
    let (code, _, error) = user.own(&[], &[]);
    assert_eq!(code, 2, "{error}");
    assert!(!user.path("target").exists(), "a run was begun");
}

#[test]
fn a_name_of_the_suite_is_refused() {
    let Some(user) = User::new() else { return };
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["own", "--name", "julia", "--again", "x", "--"]).arg(&user.python);
    let told = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(told.contains("'julia' is a workload of Parallax; give the bench another name"), "{told}");
}
