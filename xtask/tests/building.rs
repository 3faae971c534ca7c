//! How xtask has cargo build the workers, with a fake cargo that prints scripted messages.

mod common;

use assert_cmd::Command;
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

const FAULTY: &str = env!("CARGO_BIN_EXE_faulty");

/// A folder with a cargo that has the programs `baseline`, `threading` and `broken`, builds the first, fails on the
/// others, and records its arguments.
struct Cargo(tempfile::TempDir);

impl Cargo {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let bin = |name: &str| json!({ "kind": ["bin"], "name": name });
        let metadata = json!({
            "packages": [
                { "name": "parallax-a", "targets": [{ "kind": ["lib"], "name": "parallax_a" }, bin("baseline")] },
                { "name": "parallax-b", "targets": [bin("threading")], "features": { "default": [], "worker": ["dep:a"] } },
                { "name": "parallax-c", "targets": [bin("broken")], "features": { "default": [] } },
                { "name": "parallax-site", "targets": [bin("parallax-site")] },
                { "name": "xtask", "targets": [bin("xtask")] },
            ],
            "target_directory": at("target"),
        });
        std::fs::write(at("metadata"), metadata.to_string()).unwrap();
        let messages = [
            json!({ "reason": "compiler-artifact", "target": { "kind": ["lib"], "name": "parallax_a" }, "executable": null }),
            json!({ "reason": "compiler-artifact", "target": bin("baseline"), "executable": FAULTY }),
            json!({ "reason": "build-finished", "success": false }),
        ];
        let messages: String = messages.iter().map(|message| format!("{message}\n")).collect();
        std::fs::write(at("messages"), messages).unwrap();
        let here = folder.path().display();
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> '{here}/asked'\ncase $1 in\nmetadata) exec cat '{here}/metadata';;\n\
             build) cat '{here}/messages'; echo 'error: could not compile `parallax-b`' >&2; exit 101;;\nesac\n"
        );
        common::program(&at("cargo"), &script);
        Cargo(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Puts programs where cargo would put them.
    fn built(&self, folder: &str, programs: &[&str]) {
        let folder = self.path("target").join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        programs.iter().for_each(|program| symlink(FAULTY, folder.join(program)).unwrap());
    }

    fn xtask(&self, args: &[&str], target: Option<&str>) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.envs([common::NO_LOCK]);
        command.args(args).env("CARGO", self.path("cargo")).env_remove("CARGO_BUILD_TARGET");
        command.envs(target.map(|target| ("CARGO_BUILD_TARGET", target)));
        let out = command.timeout(Duration::from_secs(150)).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
    }

    /// The arguments of its builds, in order.
    fn builds(&self) -> Vec<String> {
        let asked = std::fs::read_to_string(self.path("asked")).unwrap_or_default();
        asked.lines().filter(|line| line.starts_with("build")).map(ToOwned::to_owned).collect()
    }
}

/// The arguments of a build of these programs: as users build, and with the whole workspace and every worker, so that
/// cargo chooses the same features for any programs.
fn building(programs: &[&str]) -> String {
    let programs: String = programs.iter().map(|name| format!(" --bin {name}")).collect();
    let as_users = "build --release --keep-going --message-format=json-render-diagnostics";
    let of_all = "--workspace --exclude xtask --exclude parallax-site --features worker";
    format!("{as_users} {of_all}{programs}")
}

fn everything() -> String {
    building(&["baseline", "threading", "broken"])
}

/// A short run, and the folder that it makes.
fn bench(cargo: &Cargo, target: Option<&str>) -> (i32, String, String) {
    let out = cargo.path("run");
    let mut args =
        vec!["bench", "--quick", "--size", "tiny", "--budget", "3s", "--workers", "1", "-w", "montecarlo"];
    args.extend(["-t", "sequential", "-t", "honest", "--out", out.to_str().unwrap()]);
    cargo.xtask(&args, target)
}

#[test]
fn a_family_that_does_not_build_is_named_and_the_rest_goes_on() {
    let cargo = Cargo::new();
    let (code, out, error) = cargo.xtask(&["list", "--format", "json", "-t", "honest"], None);
    assert_eq!(code, 0, "{error}");
    let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(rows.len(), 1, "{out}");
    assert_eq!([&rows[0]["technique"], &rows[0]["status"]], ["honest", "ready"]);
    assert!(error.contains("without broken: it does not build; see cargo's message above"), "{error}");
    assert!(
        !error.contains("without baseline") && error.contains("could not compile `parallax-b`"),
        "{error}"
    );
    assert_eq!(cargo.builds(), [everything()]);
}

#[test]
fn the_first_time_a_first_look_comes_before_the_long_build() {
    let cargo = Cargo::new();
    let (code, _, error) = bench(&cargo, None);
    assert_eq!(code, 0, "{error}");
    assert_eq!(cargo.builds(), [building(&["baseline", "threading"]), everything()]);
    let said: Vec<&str> = error.lines().filter(|line| line.starts_with("first look")).collect();
    assert!(
        said[0].starts_with("first look at montecarlo: honest ") && said[0].contains("small input"),
        "{error}"
    );
    assert!(
        said[1].starts_with("first look at montecarlo: honest ") && said[1].contains("one block"),
        "{error}"
    );
}

#[test]
fn what_was_built_for_a_named_target_is_found_where_cargo_puts_it() {
    for (folder, target) in [
        ("release", None),
        ("some-target/release", Some("some-target")),
        ("some-target/release", None), // as a configuration names it
        ("board/release", Some("/some/where/board.json")),
    ] {
        let cargo = Cargo::new();
        cargo.built(folder, &["baseline", "threading", "broken"]);
        let (code, _, error) = bench(&cargo, target);
        assert_eq!(code, 0, "{error}");
        assert_eq!(cargo.builds(), [everything()], "{folder}, {target:?}");
        assert!(!error.contains("the first time") && !error.contains("small input"), "{error}");
    }
}

#[test]
fn without_a_build_what_stands_built_is_used() {
    let cargo = Cargo::new();
    cargo.built("release", &["baseline"]);
    let (code, out, error) = cargo.xtask(&["list", "--no-build", "--format", "json", "-t", "honest"], None);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains(r#""status":"ready""#), "{out}");
    assert!(error.contains("without broken: it is not built; leave --no-build out"), "{error}");
    assert!(cargo.builds().is_empty(), "{:?}", cargo.builds());

    let nothing = Cargo::new();
    let (code, _, error) = nothing.xtask(&["list", "--no-build"], None);
    assert_eq!(code, 1, "{error}");
    assert!(
        error.contains("no worker can be used: baseline: it is not built; leave --no-build out"),
        "{error}"
    );
}

#[test]
fn a_worker_that_is_named_without_a_build_is_the_only_one() {
    let cargo = Cargo::new();
    cargo.built("release", &["baseline", "threading", "broken"]);
    let args = ["list", "--no-build", "--format", "json", "-t", "honest", "--worker", FAULTY];
    let (code, out, error) = cargo.xtask(&args, None);
    assert_eq!((code, error.as_str()), (0, ""));
    let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(rows.len(), 1, "{out}");
}

#[test]
fn a_family_that_is_asked_for_is_all_that_is_built() {
    let cargo = Cargo::new();
    let (code, _, error) = cargo.xtask(&["bench", "-f", "thredding"], None);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("no family matches 'thredding'; did you mean 'threading'?"), "{error}");
    assert!(cargo.builds().is_empty(), "{:?}", cargo.builds());

    let (_, _, error) = cargo.xtask(&["bench", "--dry-run", "-f", "broken"], None);
    assert_eq!(cargo.builds(), [building(&["baseline", "broken"])]);
    let told = "building 2 workers (baseline, broken), which takes some minutes the first time";
    assert!(error.contains(told) && error.contains("without broken: it does not build"), "{error}");
}
