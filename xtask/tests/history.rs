//! Kept runs predict the next one, spare unchanged cells, and show how a cell changed.

mod common;

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A target folder of its own, with a worker in it, and with the runs that are kept there.
struct Store(tempfile::TempDir);

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("parallax")).unwrap();
        common::copy_program(env!("CARGO_BIN_EXE_faulty").as_ref(), &folder.path().join("worker"));
        Store(folder)
    }

    fn worker(&self) -> PathBuf {
        self.0.path().join("worker")
    }

    fn run(&self, name: &str) -> PathBuf {
        self.0.path().join("parallax").join(name)
    }

    /// Keeps a copy of the published run.
    fn keep_published(&self, name: &str) {
        let published =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../results/earlier/amd-epyc-7003-2-cores");
        std::fs::create_dir(self.run(name)).unwrap();
        for file in ["plan.json", "env.json", "journal.ndjson"] {
            std::fs::copy(published.join(file), self.run(name).join(file)).unwrap();
        }
    }

    /// The kept runs, by name.
    fn names(&self) -> Vec<String> {
        let runs = std::fs::read_dir(self.0.path().join("parallax")).unwrap().flatten();
        let mut names: Vec<String> =
            runs.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Goes on with a run until it has two blocks, and edits its journal as if the machine had been quiet: predictions
    /// need both, and the test must not depend on how busy this machine is.
    fn settle(&self, name: &str) {
        let path = self.run(name).join("journal.ndjson");
        let lines = || -> Vec<Value> {
            let journal = std::fs::read_to_string(&path).unwrap();
            journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        for budget in ["10s", "20s", "40s", "80s"] {
            if lines().iter().filter(|line| line["line"] == "block").count() > 1 {
                break;
            }
            let run = self.run(name);
            let resume =
                ["bench", "--resume", run.to_str().unwrap(), "--budget", budget, "--no-build", "--worker"];
            let (code, _, error) = self.xtask(&[&resume[..], &[self.worker().to_str().unwrap()]].concat());
            assert_eq!(code, 0, "{error}");
        }
        let quiet: Vec<String> = lines()
            .into_iter()
            .map(|mut line| {
                if line["line"] == "block" {
                    line["foreign_cores"] = 0.0.into();
                    line["probe_after"] = line["probe_before"].clone();
                }
                format!("{line}\n")
            })
            .collect();
        std::fs::write(&path, quiet.concat()).unwrap();
    }

    fn xtask(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(args).env("CARGO_TARGET_DIR", self.0.path()).timeout(Duration::from_secs(150));
        let out = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
    }

    /// A bench of one technique on tiny inputs.
    fn bench(&self, more: &[&str]) -> (i32, String, String) {
        let worker = self.worker();
        let args =
            ["bench", "--quick", "--size", "tiny", "--budget", "3s", "--workers", "1", "-w", "montecarlo"];
        let of = ["-t", "honest", "--no-build", "--worker", worker.to_str().unwrap()];
        self.xtask(&[&args[..], &of, more].concat())
    }
}

fn rows(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap_or_else(|why| panic!("{why}: {json}"))
}

#[test]
fn a_dry_run_predicts_from_what_was_measured_here_and_writes_nothing() {
    let store = Store::new();
    store.keep_published("2026-01-01T00-00-00Z"); // of another machine
    let (code, out, error) = store.bench(&["--dry-run", "--format", "json"]);
    assert_eq!(code, 0, "{error}");
    let [tried] = &rows(&out)[..] else { panic!("{out}") };
    assert_eq!([&tried["group"], &tried["techniques"]], [&Value::from("montecarlo"), &Value::from(1)]);
    assert_eq!(tried["known_from"], "a turn just now");
    assert!(tried["block_s"].as_f64().unwrap() > 0.0 && tried["blocks"].as_u64().unwrap() > 0, "{out}");
    assert!(
        error.contains("1 technique in 1 group, 3 s of measuring; ±5 % for all would take about"),
        "{error}"
    );
    assert_eq!(store.names(), ["2026-01-01T00-00-00Z"]);

    let name = "2026-01-02T00-00-00Z";
    let (code, _, error) = store.bench(&["--out", store.run(name).to_str().unwrap()]);
    assert_eq!(code, 0, "{error}");
    let (code, out, error) = store.bench(&["--dry-run", "--format", "json"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(rows(&out)[0]["known_from"], name);
    for format in ["text", "md", "csv"] {
        let (code, out, _) = store.bench(&["--dry-run", "--format", format]);
        // text has no room for it in eighty columns
        assert!(
            code == 0 && out.contains(if format == "text" { "montecarlo" } else { name }),
            "{format}: {out}"
        );
        assert!(format != "text" || out.lines().all(|line| line.chars().count() <= 80), "{out}");
    }
    assert_eq!(store.names(), ["2026-01-01T00-00-00Z", name]);
}

#[test]
fn what_has_not_changed_is_not_measured_again() {
    let store = Store::new();
    let name = "2026-01-02T00-00-00Z";
    let (code, _, error) = store.bench(&["--changed", "--out", store.run(name).to_str().unwrap()]);
    assert_eq!(code, 0, "{error}");
    assert!(error.contains("none of the 1 cell was measured on this machine before"), "{error}");
    let environment = std::fs::read_to_string(store.run(name).join("env.json")).unwrap();
    let environment: Value = serde_json::from_str(&environment).unwrap();
    assert!(environment["sources"]["faulty"].is_string(), "{environment}");
    store.settle(name);

    let (code, out, error) = store.bench(&["--changed"]);
    assert_eq!((code, out.as_str()), (0, ""), "{error}");
    assert!(error.contains(&format!("nothing has changed since it was measured: {name} has 1")), "{error}");
    assert_eq!(store.names(), [name], "an empty run was left");

    common::append_to_program(&store.worker());
    let (code, _, error) = store.bench(&["--changed"]);
    assert_eq!(code, 0, "{error}");
    let [_, newest] = &store.names()[..] else { panic!("{error}") };
    store.settle(newest);
    let (code, _, error) = store.bench(&["--changed"]);
    assert!(code == 0 && error.contains("nothing has changed"), "{error}");
}

#[test]
fn a_cell_is_followed_through_the_runs_that_are_kept() {
    let store = Store::new();
    let (code, _, error) = store.xtask(&["show", "--history", "julia/rayon"]);
    assert!(code == 1 && error.contains("there is no run yet"), "{error}");
    let names = ["2026-01-01T00-00-00Z", "2026-01-02T00-00-00Z"];
    names.iter().for_each(|name| store.keep_published(name));
    let (code, out, error) = store.xtask(&["show", "--history", "julia/rayon", "--format", "json"]);
    assert_eq!(code, 0, "{error}");
    let rows = rows(&out);
    let told: Vec<[&Value; 2]> = rows.iter().map(|row| [&row["run"], &row["step"]]).collect();
    assert_eq!(
        told,
        [[&Value::from(names[0]), &Value::Null], [&Value::from(names[1]), &Value::from("none")]]
    );
    assert!(rows[0]["ratio_low"].as_f64() < rows[0]["ratio"].as_f64(), "{out}");
    for format in ["text", "md", "csv"] {
        let (code, out, _) = store.xtask(&["show", "--history", "julia/rayon", "--format", format]);
        assert!(code == 0 && names.iter().all(|name| out.contains(name)), "{format}: {out}");
    }
    let (code, _, error) = store.xtask(&["show", "--history", "julia/ryon"]);
    assert!(code == 1 && error.contains("did you mean 'rayon'?"), "{error}");
}
