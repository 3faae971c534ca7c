//! A technique's costs other than time are kept with a run, and have a reason where they are not known.

mod common;

use common::{run, xtask};
use serde_json::Value;
use std::path::Path;

fn read(folder: &Path, file: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap()
}

/// A short run of a worker whose technique has no file in the workspace, and whose baseline has one.
fn bench(folder: &Path) {
    let out = folder.to_str().unwrap();
    let mut command =
        xtask(&["bench", "--quick", "--size", "tiny", "--workers", "1", "--budget", "20s", "--out", out]);
    command.args(["-w", "montecarlo", "-t", "honest"]);
    let (code, _, said) = run(command);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_run_keeps_what_its_cells_cost_and_cost_looks_it_up_again() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    bench(&folder);
    let summary = read(&folder, "summary.json");
    let row = |technique: &str| {
        let rows = summary["cells"].as_array().unwrap();
        rows.iter().find(|row| row["technique"] == technique).unwrap()["cost"].clone()
    };
    let plain = row("sequential");
    assert!(plain["lines"].as_u64().unwrap() > 0 && plain["kernel_lines"].as_u64().unwrap() > 0, "{plain}");
    assert!(plain["unsafe_lines"].is_u64() && plain["dependencies"] == 0, "{plain}");
    assert_eq!(plain["build_s"], 0.0, "no crate takes no time: {plain}");
    assert!(plain["size_bytes"].is_null() && plain["reasons"]["size_bytes"].is_string(), "{plain}");

    std::fs::remove_file(folder.join("costs.json")).unwrap();
    let shown = |args: &[&str]| -> Value {
        let (code, out, said) = run(xtask(&[&["cost", folder.to_str().unwrap()], args].concat()));
        assert_eq!(code, 0, "{said}");
        serde_json::from_str(&out).unwrap_or_else(|why| panic!("{why}: {out}"))
    };
    let rows = shown(&["--format", "json"]);
    let of =
        |technique: &str| rows.as_array().unwrap().iter().find(|row| row["technique"] == technique).unwrap();
    assert_eq!(of("sequential")["lines"], plain["lines"]);
    assert!(of("sequential")["fronts"].as_str().unwrap().contains("lines"), "{rows}");
    let kept = read(&folder, "costs.json");
    let costed = kept.as_array().unwrap().iter().find(|cell| cell["technique"] == "sequential").unwrap();
    assert_eq!(costed["cost"], plain);
}

#[test]
fn a_run_that_was_never_looked_up_says_how_to_do_it() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    bench(&folder);
    std::fs::remove_file(folder.join("costs.json")).unwrap();
    let mut show = assert_cmd::Command::new(env!("CARGO_BIN_EXE_xtask"));
    show.args(["show", folder.to_str().unwrap(), "--format", "json"]).envs([common::NO_LOCK]);
    let (code, out, said) = run(show);
    assert_eq!(code, 0, "{said}");
    let summary: Value = serde_json::from_str(&out).unwrap();
    let cost = &summary["cells"][0]["cost"];
    assert!(cost["lines"].is_null(), "{cost}");
    assert!(cost["reasons"]["all"].as_str().unwrap().contains("cargo xtask cost"), "{cost}");
}
