//! Stacks by perf: the kernel interrupts each thread after every millisecond or so on a core, and notes its stack.

use super::attached::{Attached, short};
use super::script;
use super::{Asked, Recorded, Unit};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

/// How often it looks at a thread that runs: a prime, so as not to keep step with anything.
const HERTZ: u32 = 997;

/// How often it looks at all of them together, for each look copies a piece of the stack.
const HERTZ_IN_ALL: u32 = 4 * HERTZ;

/// How much of a stack is copied. Release builds keep no frame pointers, so perf follows a copy by what the compiler
/// says of each function.
const STACK_BYTES: u32 = 16 << 10;

/// Room for what perf has not written yet, so that a busy machine loses nothing.
const BUFFER: [&str; 2] = ["-m", "4M"];

/// How perf finds callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwind {
    /// By the compiler's tables, in a copy of the stack.
    Tables,
    /// By frame pointers, which code has that Python makes for perf.
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

/// Looks at the cell with perf.
///
/// # Errors
///
/// If perf is not there or may not look, with what it says; or if the cell breaks.
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
    // where Python writes the names of its functions, and leaves them
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

/// What perf says of its recording.
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
