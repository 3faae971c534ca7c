//! Helpers of several tests.

#![allow(dead_code, reason = "each test uses a part of it")]

use parallax_pattern::optional;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Tests measure at the same time, and their figures do not matter: each runs without the lock of the machine.
pub(crate) const NO_LOCK: (&str, &str) = ("PARALLAX_LOCK", "");

/// Writes a program, by another process: a process that another test forks meanwhile would keep the file open for
/// writing until its `exec`, and the program cannot be started until then.
pub(crate) fn program(path: &Path, text: &str) {
    by_another_process(r#"printf %s "$1" >"$0" && chmod +x "$0""#, path, text);
}

/// Copies a program, for the same reason by another process.
pub(crate) fn copy_program(from: &Path, path: &Path) {
    by_another_process(r#"cp "$1" "$0""#, path, from.to_str().expect("paths of tests are text"));
}

/// Adds a byte to a program, at its end, where it does not matter.
pub(crate) fn append_to_program(path: &Path) {
    by_another_process(r#"printf x >>"$0""#, path, "");
}

fn by_another_process(script: &str, path: &Path, argument: &str) {
    let status = Command::new("sh").args(["-c", script]).arg(path).arg(argument).status();
    assert!(status.unwrap().success(), "{script}");
}

/// A Python on `PATH`; if there is none, the test reports that it is skipped.
pub(crate) fn python3() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("python3")).find(|path| path.exists());
    let found = found.filter(|_| !optional::hidden("python"));
    if found.is_none() {
        optional::skip("python", "there is no python3 on PATH; `apt-get install python3` brings one");
    }
    found
}

/// A worker in Python of this family, which is an expression. `definitions` define its `CELLS`, made from `CELL`, and
/// `prepare` and `measured`, which reply to a request; they can return `READY` and `measured_in(…)`.
pub(crate) fn python_worker(family: &str, definitions: &str) -> String {
    format!("{BEFORE}{definitions}{}", AFTER.replace("FAMILY", family))
}

const BEFORE: &str = r#"#!/usr/bin/env python3
import json, os, sys, time
CELL = {"question": "execute", "pattern": "map", "idea": "", "gives": "", "costs": "", "source": "", "implementor": "",
        "kernel": "", "libraries": {}}
FACTS = {"items": 1, "unit": "items", "bytes": 0, "flops": 0, "evenness": "even"}
READY = {"reply": "ready", "start_ns": 0, "load_ns": 0, "isa": "", "cores": 1, "exact": False, "facts": FACTS}
def measured_in(wall_ns, cpu_ns):
    sample = {"runs": 1, "wall_ns": wall_ns, "cpu_ns": cpu_ns, "check_ns": 0, "stray_ns": 0, "digest": "0" * 16,
              "minor_faults": 0, "major_faults": 0, "waits": 0, "preemptions": 0}
    return {"reply": "measured", "first_ns": wall_ns, "steady": True, "samples": [sample], "peak_bytes": 1, "threads": 1}
"#;

const AFTER: &str = r#"
ANSWERS = {
    "hello": lambda _: {"reply": "hello", "protocol": 1, "family": FAMILY, "isa": ""},
    "list": lambda _: {"reply": "cells", "cells": CELLS},
    "prepare": prepare,
    "measure": measured,
    "probe": lambda _: {"reply": "probed", "compute_ns": 1, "memory_ns": 1},
}
with os.fdopen(3) as requests, os.fdopen(4, "w") as replies:
    for line in requests:
        asked, began = json.loads(line), time.monotonic_ns()
        if asked["do"] == "shutdown":
            break
        answer = ANSWERS[asked["do"]](asked)
        print(json.dumps({"began_ns": began, "ended_ns": time.monotonic_ns(), **answer}), file=replies, flush=True)
"#;

/// Lets the test receive Ctrl-C: a process in the background of a script ignores it, and so do its children.
#[expect(unsafe_code, reason = "the handler of a signal is changed for the whole process")]
pub(crate) fn hear_ctrl_c() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: the default is no handler.
    unsafe { signal(Signal::SIGINT, SigHandler::SigDfl) }.unwrap();
}

/// The worker of `faulty/main.rs`.
pub(crate) fn faulty() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_faulty"))
}

pub(crate) fn xtask(args: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.envs([NO_LOCK]);
    command
        .args(args)
        .args(["--no-build", "--worker"])
        .arg(faulty())
        .timeout(std::time::Duration::from_secs(300));
    command
}

/// Runs to the end and returns exit status, standard output and standard error.
pub(crate) fn run(mut command: assert_cmd::Command) -> (i32, String, String) {
    let out = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
}
