//! A worker that measures a server: the load comes from another process, which ends with it.

use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

fn worker(size: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baseline"));
    command.args(["run", "serve:json/sequential", "--samples", "2", "--json", "--size", size]);
    command.stdout(Stdio::piped());
    command
}

#[test]
fn a_server_is_measured() {
    let output = worker("small").output().unwrap();
    assert!(output.status.success());
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let metrics = &said["measured"]["metrics"];
    for name in ["requests_per_second", "p50_us", "p99_us", "p999_us", "driver_busy", "cpu_us_per_request"] {
        assert!(metrics[name].as_f64().is_some_and(|value| value > 0.0), "{name} in {metrics}");
    }
    assert!(metrics["driver_busy"].as_f64().unwrap() <= 1.05, "{metrics}"); // one thread sends requests
    let samples = said["measured"]["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 2);
    assert!(samples.iter().all(|sample| sample["digest"] == samples[0]["digest"]));
}

#[test]
fn the_driver_ends_with_its_worker() {
    let mut worker = worker("large").stderr(Stdio::null()).spawn().unwrap();
    let driver = eventually("a driver", || children(&worker).pop());
    assert!(runs(&driver));
    worker.kill().unwrap();
    worker.wait().unwrap();
    eventually("its end", || (!runs(&driver)).then_some(()));
}

/// The processes that it has started.
fn children(of: &Child) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{}/task", of.id())).into_iter().flatten().flatten();
    let lists = threads.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Whether a process runs; a zombie does not.
fn runs(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|status| !status.contains("State:\tZ"))
}

fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..2000 {
        if let Some(seen) = look() {
            return seen;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("not within twenty seconds: {what}");
}
