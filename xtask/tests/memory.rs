//! Memory of techniques that use a known amount: allocations are counted, and shared memory counts once.

mod common;

use common::{python_worker, python3, run, xtask};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MIB: u64 = 1 << 20;

/// The allocations of a run of `allocates`.
const BLOCKS: u64 = 100;
const BYTES: u64 = 10_000_000;

/// A count of a profile, or the reason why there is none.
fn count(cell: &str, key: &str, hidden: &str) -> (Option<u64>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command =
        xtask(&["profile", cell, "--size", "tiny", "--for", "10ms", "--with", "worker", "--workers", "1"]);
    command.arg("--out").arg(folder.path().join("x.svg")).args(["--format", "json"]);
    command.env("PARALLAX_HIDE", format!("perf,{hidden}"));
    let (code, out, error) = run(command);
    assert_eq!(code, 0, "{error}");
    let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
    let row = rows.iter().find(|row| row["kind"] == "count" && row["name"] == key).unwrap();
    (row["value"].as_f64().map(|value| value as u64), row["reason"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_profile_counts_the_blocks_of_a_run_and_their_bytes() {
    let of = |key| count("montecarlo/allocates", key, "").0.unwrap();
    assert_eq!([of("allocations"), of("allocated_bytes")], [BLOCKS, BYTES]);
    let held = of("held_bytes"); // as the allocator rounds them up
    assert!((BYTES..BYTES + 100 * BLOCKS).contains(&held), "{held}");
    assert_eq!(count("montecarlo/honest", "allocations", "").0, Some(0), "what allocates nothing has none");
}

#[test]
fn without_a_compiler_there_is_a_reason_in_the_place_of_a_number() {
    let (value, reason) = count("montecarlo/allocates", "allocations", "cc");
    assert!(value.is_none() && reason.contains("no C compiler"), "{value:?} {reason}");
}

/// A run with enough time to count all rows, even on a busy machine, and its folder.
fn bench(folder: &Path, techniques: &str, worker: &Path) -> (Value, PathBuf) {
    for budget in ["20s", "2m", "10m"] {
        let folder = folder.join(budget);
        let mut command =
            xtask(&["bench", "--quick", "--size", "tiny", "--workers", "1", "--precision", "50%"]);
        command.args(["--budget", budget, "-w", "montecarlo", "-t", techniques, "--worker"]).arg(worker);
        command.arg("--out").arg(&folder).timeout(Duration::from_secs(1200));
        let (code, _, error) = run(command);
        assert_eq!(code, 0, "{error}");
        let summary: Value =
            serde_json::from_slice(&std::fs::read(folder.join("summary.json")).unwrap()).unwrap();
        let had_no_time =
            |row: &Value| row["allocations_reason"].as_str().is_some_and(|why| why.contains("no time"));
        if !summary["cells"].as_array().unwrap().iter().any(had_no_time) {
            return (summary, folder);
        }
    }
    panic!("no core is free to count");
}

fn row<'a>(summary: &'a Value, technique: &str) -> &'a Value {
    let cells = summary["cells"].as_array().unwrap();
    cells.iter().find(|row| row["technique"] == technique).unwrap_or_else(|| panic!("no {technique}"))
}

#[test]
fn a_run_has_both_of_each_row_and_shows_them_again() {
    let folder = tempfile::tempdir().unwrap();
    let worker = folder.path().join("worker");
    let uncounted = r#"
CELLS = [CELL | {"workload": "montecarlo", "technique": "uncounted"}]
prepare = lambda _: READY
def measured(_):
    time.sleep(0.01)
    return measured_in(9_000_000, 1_000_000)
"#;
    if python3().is_none() {
        return;
    }
    common::program(&worker, &python_worker("\"other\"", uncounted));
    let (summary, run_folder) = bench(folder.path(), "^(allocates|honest|shares|uncounted)$", &worker);

    let allocates = row(&summary, "allocates");
    assert_eq!([&allocates["allocations"], &allocates["allocated_bytes"]], [BLOCKS, BYTES], "{allocates}");
    assert!(allocates["held_bytes"].as_u64().unwrap() >= BYTES && allocates["allocations_reason"].is_null());
    assert_eq!(allocates["peak_by"], "process");
    for none in ["sequential", "honest"] {
        assert_eq!(row(&summary, none)["allocations"], 0, "{none}");
    }
    let other = row(&summary, "uncounted");
    assert!(other["allocations"].is_null() && other["peak_by"].is_null(), "{other}");
    assert!(other["allocations_reason"].as_str().is_some_and(|why| why.contains("worker")), "{other}");

    // five processes have the same 64 MiB
    let shares = row(&summary, "shares");
    let (peak, alone) = (shares["peak_bytes"].as_u64().unwrap(), allocates["peak_bytes"].as_u64().unwrap());
    assert_eq!(shares["peak_by"], "pss", "{shares}");
    assert!((64 * MIB..2 * 64 * MIB).contains(&peak) && alone < 64 * MIB, "{peak}, {alone}");

    let folder = run_folder.to_str().unwrap();
    let show = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["show", folder]).args(arguments);
        let (code, out, error) = run(command);
        assert_eq!(code, 0, "{error}");
        out
    };
    assert_eq!(
        serde_json::from_str::<Value>(&show(&["--format", "json"])).unwrap()["cells"],
        summary["cells"]
    );
    let head = show(&["--format", "csv"]).lines().next().unwrap().to_owned();
    for field in ["peak_by", "allocations", "allocated_bytes", "held_bytes", "allocations_reason"] {
        assert!(head.split(',').any(|name| name == field), "{field}: {head}");
    }
    let wide = show(&["--wide"]);
    assert!(wide.contains("allocations") && wide.contains("9.54 MiB"), "{wide}");
    assert!(wide.contains("allocations: ") && wide.contains("(uncounted)"), "{wide}");
}
