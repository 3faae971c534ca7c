//! Verbs on the hosts of a file: measurements there, and the messages about hosts that cannot be used.

use parallax_pattern::optional;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The worker that uses hosts, and the baseline's, from the test build; none if they were not built.
fn workers() -> Option<[PathBuf; 2]> {
    let built = Path::new(env!("CARGO_BIN_EXE_xtask")).parent().unwrap();
    let workers = ["baseline", "distributed"].map(|family| built.join(family));
    if workers.iter().any(|program| !program.exists()) {
        optional::skip("workers", "distributed is not built; `cargo test --workspace` builds all");
        return None;
    }
    Some(workers)
}

/// Runs a verb on this machine and another host, which `start` reaches.
fn on_hosts(verb: &[&str], start: &str) -> Option<Output> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hosts.toml");
    let host = |name: &str| format!("[[host]]\nname = \"{name}\"\naddress = \"127.0.0.1\"\n");
    fs::write(&file, host("here") + &host("there") + &format!("start = [\"{start}\"]\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(verb).arg("--no-build").env("PARALLAX_LOCK", "");
    for program in workers()? {
        command.arg("--worker").arg(program);
    }
    Some(command.arg("--hosts").arg(&file).output().unwrap())
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

const VERIFY: [&str; 9] = ["verify", "-t", "timely", "-w", "montecarlo", "--size", "tiny", "--workers", "2"];

#[test]
fn hosts_that_are_named_are_used() {
    let Some(out) = on_hosts(&VERIFY, "env") else { return };
    assert!(out.status.success() && said(&out).contains("1 right, 0 wrong, 0 refuse"), "{}", said(&out));
}

#[test]
fn a_host_that_cannot_be_used_is_named_and_is_no_success() {
    let Some(out) = on_hosts(&VERIFY, "no-such-command-at-all") else { return };
    let said = said(&out);
    assert!(!out.status.success(), "{said}");
    assert!(
        said.contains("nothing ran on the hosts that were named: timely: ") && said.contains("host there"),
        "{said}"
    );
}

#[test]
fn a_sweep_over_hosts_measures_some_and_predicts_more() {
    let sweep = ["scale", "hosts", "-t", "timely", "-w", "montecarlo", "--size", "tiny", "--blocks", "1"];
    let Some(out) = on_hosts(&[&sweep[..], &["--values", "1,2", "--format", "json"]].concat(), "env") else {
        return;
    };
    assert!(out.status.success(), "{}", said(&out));
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    let points = told["points"].as_array().unwrap();
    let hosts: Vec<u64> = points.iter().map(|point| point["hosts"].as_u64().unwrap()).collect();
    assert_eq!(hosts, [1, 2, 16, 64, 256, 1024, 4096]);
    for point in points {
        let how = if point["hosts"].as_u64() <= Some(2) { "measured" } else { "predicted" };
        assert_eq!(point["how"], how);
        let [low, time, high] =
            ["time_ns_low", "time_ns", "time_ns_high"].map(|key| point[key].as_f64().unwrap());
        assert!(0.0 < low && low <= time && time <= high, "{point}");
        assert_eq!(point["error"].is_null(), how == "predicted", "only what was measured has an error");
    }
    assert_eq!(told["network"]["links"].as_array().unwrap().len(), 1);
    assert_eq!(told["overtaken"][0]["over"], "sequential");
}
