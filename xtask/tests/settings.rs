//! The command line of `doctor --apply` and `--restore`, without changing any setting of the machine.

mod common;

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs `doctor` with a separate folder to remember settings.
fn doctor(state: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("doctor").args(arguments).envs([common::NO_LOCK]).env("XDG_STATE_HOME", state);
    command.stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_dry_run_has_a_row_for_each_setting_and_writes_nothing() {
    let state = tempfile::tempdir().unwrap();
    let done = doctor(state.path(), &["--apply", "--dry-run", "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_slice(&done.stdout).unwrap();
    let named =
        |name: &str| rows.iter().find(|row| row["setting"] == name).unwrap_or_else(|| panic!("{rows:?}"));
    for name in ["governor", "turbo", "huge pages", "aslr", "perf"] {
        let row = named(name);
        assert!(row["state"].is_string() && (row["state"] != "not here" || row["note"] != ""), "{row}");
        assert_eq!(row["command"].is_string(), row["state"] == "not permitted", "{row}");
    }
    let short = rows.iter().any(|row| row["state"] == "not permitted" || row["state"] == "failed");
    assert_eq!(done.status.code(), Some(i32::from(short)), "{}", text(&done.stderr));
    assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 0);
    let plain = text(&doctor(state.path(), &["--apply", "turbo,perf", "--dry-run"]).stdout);
    assert!(plain.lines().all(|line| line.chars().count() <= 80), "{plain}");
}

#[test]
fn where_nothing_was_changed_nothing_is_put_back() {
    let state = tempfile::tempdir().unwrap();
    let done = doctor(state.path(), &["--restore"]);
    assert!(done.status.success() && done.stdout.is_empty(), "{}", text(&done.stdout));
    assert!(text(&done.stderr).contains("nothing to put back"), "{}", text(&done.stderr));
}

#[test]
fn a_memory_that_makes_no_sense_is_refused_and_told_of() {
    let state = tempfile::tempdir().unwrap();
    let place = text(&doctor(state.path(), &["--restore"]).stderr);
    let place = place.split_whitespace().find(|word| word.ends_with(".json")).unwrap().to_owned();
    std::fs::create_dir_all(Path::new(&place).parent().unwrap()).unwrap();
    std::fs::write(&place, r#"{"schema": 1, "boot": null, "settings": [{"file": "etc/passwd"}]}"#).unwrap();
    for arguments in [&["--restore"][..], &["--apply", "--dry-run"]] {
        let done = doctor(state.path(), arguments);
        assert_eq!((done.status.code(), done.stdout.len()), (Some(1), 0));
        assert!(
            text(&done.stderr).contains("is damaged or not what --apply wrote"),
            "{}",
            text(&done.stderr)
        );
    }
    let told = text(&doctor(state.path(), &["--format", "json"]).stdout);
    assert!(told.contains(r#""check":"settings","state":"warn""#), "{told}");
}

#[test]
fn what_contradicts_itself_or_does_not_exist_is_refused() {
    let state = tempfile::tempdir().unwrap();
    for arguments in [&["--apply", "--restore"][..], &["--dry-run"], &["--apply", "swappiness"]] {
        assert_eq!(doctor(state.path(), arguments).status.code(), Some(2), "{arguments:?}");
    }
}
