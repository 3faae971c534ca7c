//! Stacks by perf: the kernel interrupts each thread after about a millisecond of CPU time, and records its stack.

use super::attached::{Attached, short};
use super::script;
use super::{Asked, Recorded, Unit};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// Looks per second at a running thread: a prime, so that it does not stay in step with periodic work.
const HERTZ: u32 = 997;

/// Looks per second at all threads together: limited, as each look copies a part of the stack.
const HERTZ_IN_ALL: u32 = 4 * HERTZ;

/// Bytes of a stack that are copied. Release builds have no frame pointers, so perf follows callers in the copy by the
/// compiler's tables.
const STACK_BYTES: u32 = 16 << 10;

/// A buffer that is large enough for a busy machine to lose no looks.
const BUFFER: [&str; 2] = ["-m", "4M"];

/// How perf finds callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwind {
    /// By the compiler's tables, in a copy of the stack.
    Tables,
    /// By frame pointers, which the code has that Python makes for perf.
    FramePointers,
}

impl Unwind {
    fn option(self) -> String {
        match self {
            Unwind::Tables => format!("dwarf,{STACK_BYTES}"),
            Unwind::FramePointers => "fp".to_owned(),
        }
    }
}

/// Profiles the cell with perf.
///
/// # Errors
///
/// If perf is not installed or may not look, with its message; or if the cell breaks.
pub(crate) fn record(asked: &Asked<'_>, unwind: Unwind, folder: &Path) -> Result<Recorded> {
    let mut session = asked.session(asked.launch)?;
    let hertz = (HERTZ_IN_ALL / session.ready.cores.max(1) as u32).clamp(50, HERTZ);
    let data = folder.join("perf.data");
    let mut arguments =
        ["record", "-q", "-e", "cpu-clock", "-k", "CLOCK_MONOTONIC"].map(str::to_owned).to_vec();
    if rustix::process::geteuid().is_root() {
        arguments.extend(BUFFER.map(str::to_owned)); // others may lock half a megabyte
    }
    arguments.extend(["-F".to_owned(), hertz.to_string(), "--call-graph".to_owned(), unwind.option()]);
    arguments.extend(["-o".to_owned(), data.display().to_string()]);
    let processes = session.processes();
    let mut perf = Attached::start(&arguments, &processes, folder)?;
    perf.begin()?;
    let sustained = session.sustain(asked.time, None)?;
    let said = perf.end()?;
    let text = script(&data, folder);
    // the files in which Python writes the names of its functions; it does not remove them
    processes.iter().for_each(|process| drop(std::fs::remove_file(format!("/tmp/perf-{process}.map"))));
    let mut seen = script::read(&text?);
    if seen.looks.is_empty() {
        bail!("perf saw nothing: {}", short(&said));
    }
    seen.within(&sustained.windows);
    let mut warnings = Vec::new();
    if said.contains("lost") {
        warnings.push("perf lost looks; give --for a shorter time, or fewer workers".to_owned());
    }
    Ok(Recorded {
        seen,
        unit: Unit::Looks,
        how: format!("perf, {hertz} looks a second at each thread on a core (software clock)"),
        runs: sustained.runs,
        warnings,
    })
}

/// The text of perf's recording.
fn script(data: &Path, folder: &Path) -> Result<String> {
    let mut command = Command::new("perf");
    command.args(["script", "--no-inline", "--no-demangle", "--ns", "-F", script::FIELDS, "-i"]).arg(data);
    command.env("LC_ALL", "C").env("PERF_BUILDID_DIR", folder).stdin(Stdio::null());
    let out = command.output().context("perf cannot be started")?;
    if out.stdout.is_empty() {
        bail!("perf cannot read its recording: {}", short(&String::from_utf8_lossy(&out.stderr)));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}
