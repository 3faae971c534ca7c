//! Stacks by valgrind, where perf may not look: it runs the worker on a simulated processor and counts instructions.

use super::attached::short;
use super::seen::{Frame, Look, Seen};
use super::{Asked, Recorded, Unit};
use anyhow::{Context, Result, bail};
use parallax_harness::worker::Launch;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How many callers are distinguished: more make a larger file and a slower run.
const CALLERS: usize = 16;

/// Runs the cell once under callgrind.
///
/// # Errors
///
/// If valgrind is not installed, or the cell does not run on its processor.
pub(crate) fn record(asked: &Asked<'_>, folder: &Path) -> Result<Recorded> {
    let mut session = asked.session(&under_valgrind(asked.launch, folder))?;
    let processes = session.processes();
    let process = *processes.first().context("the worker has no process")?;
    // starting and loading are not part of the work
    order(process, "instrumentation on")?;
    let sustained = session.sustain(Duration::ZERO, None)?;
    order(process, "dump")?;
    let text = std::fs::read_to_string(folder.join(format!("callgrind.{process}.1")))
        .context("valgrind wrote nothing")?;
    let mut warnings = Vec::new();
    if processes.len() > 1 {
        warnings.push("other processes of the technique are not seen".to_owned());
    }
    Ok(Recorded {
        seen: read(&text),
        unit: Unit::Instructions,
        how: "valgrind, instructions on a simulated processor, one thread at a time: no times".to_owned(),
        runs: sustained.runs,
        warnings,
    })
}

/// The same launch on valgrind's processor, which has no AVX-512.
fn under_valgrind(launch: &Launch, folder: &Path) -> Launch {
    let out = folder.join("callgrind.%p").into_os_string();
    let mut option = OsString::from("--callgrind-out-file=");
    option.push(out);
    let mut args: Vec<OsString> =
        ["-q", "--tool=callgrind", "--instr-atstart=no", "--demangle=no", "--separate-threads=no"]
            .map(OsString::from)
            .into();
    args.extend([format!("--separate-callers={CALLERS}").into(), option]);
    args.push(launch.program.clone().into_os_string());
    args.extend(launch.args.iter().cloned());
    let mut environment = launch.environment.clone();
    environment.push(("PARALLAX_ISA", "avx2".into()));
    Launch { program: "valgrind".into(), args, environment }
}

/// Sends an order to a running valgrind.
fn order(process: u32, order: &str) -> Result<()> {
    let mut command = Command::new("vgdb");
    command.arg(format!("--pid={process}")).args(order.split(' ')).stdin(Stdio::null());
    let out = command.output().context("vgdb, which comes with valgrind, cannot be started")?;
    if !out.status.success() {
        bail!("valgrind takes no orders: {}", short(&String::from_utf8_lossy(&out.stderr)));
    }
    Ok(())
}

/// Reads callgrind's file. A function's name includes its callers, which makes a stack: `f'caller'main`.
fn read(text: &str) -> Seen {
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.line(line);
    }
    reader.seen()
}

#[derive(Default)]
struct Reader {
    objects: HashMap<String, String>,
    functions: HashMap<String, String>,
    object: String,
    function: String,
    /// Whether the next line is of a call, whose cost belongs to the callee.
    of_a_call: bool,
    cost: HashMap<String, u64>,
    /// The object of each function, if it was seen as the innermost.
    homes: HashMap<String, String>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("ob=") {
            self.object = named(&mut self.objects, name);
        } else if let Some(name) = line.strip_prefix("cob=") {
            named(&mut self.objects, name);
        } else if let Some(name) = line.strip_prefix("fn=") {
            self.function = named(&mut self.functions, name);
            let innermost = self.function.split('\'').next().unwrap_or_default().to_owned();
            self.homes.insert(innermost, self.object.clone());
        } else if let Some(name) = line.strip_prefix("cfn=") {
            named(&mut self.functions, name);
        } else if line.starts_with("calls=") {
            self.of_a_call = true;
        } else if line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok());
            if !std::mem::take(&mut self.of_a_call) && !self.function.is_empty() {
                *self.cost.entry(self.function.clone()).or_default() += cost.unwrap_or(0);
            }
        }
    }

    fn seen(self) -> Seen {
        let mut seen = Seen::default();
        let mut cost: Vec<(&String, &u64)> = self.cost.iter().filter(|(_, cost)| **cost > 0).collect();
        cost.sort();
        for (names, cost) in cost {
            // a number after a quote is the depth of a recursion, not a caller
            let names = names.split('\'').filter(|name| name.parse::<u32>().is_err());
            let stack: Vec<u32> = names
                .map(|name| {
                    let home = self.homes.get(name).map_or("", String::as_str);
                    seen.place(Frame::of(if name.starts_with("0x") { "" } else { name }, home))
                })
                .collect();
            let stack = stack.into_iter().rev().collect();
            seen.looks.push(Look { thread: 0, at_ns: 0, weight: *cost, stack });
        }
        seen
    }
}

/// A name: written in full once, as `(7) name`, and by its number from then on.
fn named(known: &mut HashMap<String, String>, text: &str) -> String {
    match text.split_once(") ") {
        Some((number, name)) if text.starts_with('(') => {
            known.insert(number.to_owned(), name.to_owned());
            name.to_owned()
        }
        _ => known.get(text.trim_end_matches(')')).cloned().unwrap_or_else(|| text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::seen::Took;

    const WRITTEN: &str = "# callgrind format\nversion: 1\npid: 7\nevents: Ir\n\n\
        ob=(1) /opt/worker\nfl=(1) ???\nfn=(1) main\n0 10\ncob=(2) /lib/libm.so.6\ncfi=(2) ???\ncfn=(2) sin'main\n\
        calls=3 0\n0 300\n\nob=(2)\nfn=(2)\n0 200\n+3 100\n\nob=(1)\nfn=(3) f'2'f'main\n0 5\nfn=(1)\n* 1\ntotals: 316\n";

    #[test]
    fn a_call_is_its_callees_cost_and_callers_are_a_stack() {
        let seen = read(WRITTEN);
        let told: Vec<(&str, &str, Took)> = seen
            .by_function()
            .into_iter()
            .map(|(frame, took)| (frame.function.as_str(), frame.library.as_str(), took))
            .collect();
        let took = |own, inclusive| Took { own, inclusive };
        assert_eq!(
            told,
            [
                ("sin", "libm.so.6", took(300, 300)),
                ("main", "worker", took(11, 316)),
                ("f", "worker", took(5, 5))
            ]
        );
        assert_eq!(seen.total(), 316);
    }

    #[test]
    fn nonsense_costs_nothing() {
        assert_eq!(read("fn=(9)\n0 x\n12\n\ncalls=\n").total(), 0);
        assert_eq!(read("").total(), 0);
    }
}
