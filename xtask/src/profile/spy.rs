//! Stacks of Python by py-spy, a program that reads them from the interpreter's memory.

use super::attached::short;
use super::seen::{Frame, Look, Seen};
use super::{Asked, Recorded, Unit};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Looks per second.
const HERTZ: u32 = 250;

/// The longest time to attach.
const ATTACHES: Duration = Duration::from_secs(2);

/// Profiles the cell with py-spy.
///
/// # Errors
///
/// If py-spy is not installed or may not look, with its message; or if the cell breaks.
pub(crate) fn record(asked: &Asked<'_>, folder: &Path) -> Result<Recorded> {
    let mut session = asked.session(asked.launch)?;
    let process = *session.processes().first().context("the worker has no process")?;
    let (out, said) = (folder.join("stacks.txt"), folder.join("py-spy.txt"));
    let mut command = Command::new("py-spy");
    command.args(["record", "--subprocesses", "--nolineno", "--format", "raw", "--rate", &HERTZ.to_string()]);
    command.args([
        "--duration",
        &asked.time.as_secs().max(1).to_string(),
        "--pid",
        &process.to_string(),
        "--output",
    ]);
    command.arg(&out).stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&said)?);
    let mut spy = command.spawn().context("py-spy cannot be started")?;
    let sustained = session.sustain(asked.time + ATTACHES, None);
    if sustained.is_err() {
        let _ = spy.kill();
    }
    let status = spy.wait()?;
    let sustained = sustained?;
    let text = std::fs::read_to_string(&out).unwrap_or_default();
    let seen = read(&text);
    if !status.success() || seen.looks.is_empty() {
        bail!("py-spy cannot look here: {}", short(&std::fs::read_to_string(&said).unwrap_or_default()));
    }
    Ok(Recorded {
        seen,
        unit: Unit::Looks,
        how: format!("py-spy, {HERTZ} looks a second at all threads that are not idle"),
        runs: sustained.runs,
        warnings: vec!["it includes the checks between the runs".to_owned()],
    })
}

/// Reads py-spy's output: a line for each stack, the outermost function first, and how often it was seen.
fn read(text: &str) -> Seen {
    let mut seen = Seen::default();
    for line in text.lines() {
        let Some((stack, Ok(weight))) = line.rsplit_once(' ').map(|(stack, count)| (stack, count.parse()))
        else {
            continue;
        };
        // with several processes, the outermost line names one
        let names = stack.split(';').filter(|name| !name.starts_with("process "));
        let stack = names.map(|name| seen.place(frame(name))).collect();
        seen.looks.push(Look { thread: 0, at_ns: 0, weight, stack });
    }
    seen
}

/// `fit (model.py)`, with a line in some versions.
fn frame(text: &str) -> Frame {
    let parts = text.strip_suffix(')').and_then(|text| text.split_once(" ("));
    let (function, file) = parts.unwrap_or((text, ""));
    let file =
        file.rsplit_once(':').filter(|(_, line)| line.parse::<u32>().is_ok()).map_or(file, |(file, _)| file);
    Frame { function: function.to_owned(), ..Frame::of("", file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_read_with_their_files() {
        let text =
            "process 7:\"python -m x\";main (a b.py);fit (model (1).py:3) 12\nno count\nmain (a b.py) 3\n";
        let seen = read(text);
        let told: Vec<(&str, &str, u64)> = seen
            .by_function()
            .into_iter()
            .map(|(frame, took)| (frame.function.as_str(), frame.library.as_str(), took.own))
            .collect();
        assert_eq!(told, [("fit", "model (1).py", 12), ("main", "a b.py", 3)]);
    }
}
