//! Further passes that count events, system calls and allocations; a count that a machine hides has a reason instead.

use super::Asked;
use super::attached::Attached;
use anyhow::{Context, Result};
use parallax_harness::heap::Counter;
use parallax_runner::protocol::Heap;
use std::path::Path;
use std::time::Duration;

/// The shortest time of counting.
const TIME: Duration = Duration::from_secs(1);

/// Files that this user can read if system calls can be counted.
const SYSCALLS: [&str; 2] = [
    "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
    "/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id",
];

/// The events that perf counts: perf's name, the name in texts, and the name in data.
const EVENTS: [(&str, &str, &str); 9] = [
    ("instructions", "instructions", "instructions"),
    ("cycles", "cycles", "cycles"),
    ("cache-misses", "cache misses", "cache_misses"),
    ("branch-misses", "branch misses", "branch_misses"),
    ("raw_syscalls:sys_enter", "system calls", "syscalls"),
    ("page-faults", "page faults", "page_faults"),
    ("context-switches", "context switches", "context_switches"),
    ("cpu-migrations", "moves to another core", "migrations"),
    ("task-clock", "CPU time", "cpu_ns"),
];

/// A count for one run, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Count {
    /// Its name in texts.
    pub(crate) title: &'static str,
    /// Its name in data.
    pub(crate) key: &'static str,
    /// The count of one run.
    pub(crate) each: Result<f64, String>,
}

/// Counts in a process of its own. This cannot fail: an error becomes the reason of every count.
pub(crate) fn count(asked: &Asked<'_>, folder: &Path) -> Vec<Count> {
    let counted = by_perf(asked, folder);
    let mut counts: Vec<Count> = EVENTS
        .into_iter()
        .map(|(event, title, key)| {
            let each = match &counted {
                Ok(counted) => value(&counted.text, event).map(|value| value / counted.runs as f64),
                Err(why) => Err(format!("{why:#}")),
            };
            Count { title, key, each }
        })
        .collect();
    let waited = counted.map_err(|why| format!("{why:#}")).and_then(|counted| counted.waited_ns());
    counts.push(Count { title: "waited for a core", key: "waited_ns", each: waited });
    counts.extend(allocations(asked));
    counts
}

/// The allocations of a run, which a third process counts.
fn allocations(asked: &Asked<'_>) -> [Count; 3] {
    let heap =
        Counter::build().and_then(|counter| counter.count(asked.launch, &asked.wanted, asked.patience));
    let heap = heap.map_err(|why| format!("{why:#}"));
    let count = |title, key, of: fn(&Heap) -> u64| Count {
        title,
        key,
        each: heap.as_ref().map(|heap| of(heap) as f64).map_err(Clone::clone),
    };
    [
        count("allocations", "allocations", |heap| heap.allocations),
        count("memory allocated", "allocated_bytes", |heap| heap.bytes),
        count("memory held at most", "held_bytes", |heap| heap.peak_bytes),
    ]
}

/// The counts over all runs together.
struct Counted {
    /// The output of perf.
    text: String,
    /// The CPU time and the waiting time of the threads that live to the end.
    living: Scheduled,
    runs: u64,
}

impl Counted {
    /// How long threads that were ready waited for a core, in a run; an error if threads with these figures have ended.
    fn waited_ns(&self) -> Result<f64, String> {
        if (self.living.ran_ns as f64) < 0.9 * value(&self.text, "task-clock")? {
            return Err("the threads ended before the kernel could be asked for it".to_owned());
        }
        Ok(self.living.waited_ns as f64 / self.runs as f64)
    }
}

/// The kernel scheduler's figures for threads.
#[derive(Debug, Clone, Copy, Default)]
struct Scheduled {
    ran_ns: u64,
    waited_ns: u64,
}

fn by_perf(asked: &Asked<'_>, folder: &Path) -> Result<Counted> {
    super::method::ensure_there("perf")?;
    let out = folder.join("counts.txt");
    let events: Vec<&str> = EVENTS
        .iter()
        .map(|(event, ..)| *event)
        .filter(|event| !event.contains(':') || may_count_syscalls())
        .collect();
    let arguments = ["stat", "-x", ";", "-e", &events.join(","), "-o"]
        .map(str::to_owned)
        .into_iter()
        .chain([out.display().to_string()]);
    let mut session = asked.session(asked.launch)?;
    let mut perf = Attached::start(&arguments.collect::<Vec<_>>(), &session.processes(), folder)?;
    perf.begin()?;
    let before = scheduled(&session.processes());
    let sustained = session.sustain(TIME, None)?;
    let after = scheduled(&session.processes());
    let living = Scheduled {
        ran_ns: after.ran_ns.saturating_sub(before.ran_ns),
        waited_ns: after.waited_ns.saturating_sub(before.waited_ns),
    };
    perf.end()?;
    let text = std::fs::read_to_string(&out).context("perf wrote no counts")?;
    Ok(Counted { text, living, runs: sustained.runs.max(1) })
}

/// The figures of the processes' living threads, since each thread began.
fn scheduled(processes: &[u32]) -> Scheduled {
    let tasks =
        processes.iter().filter_map(|process| std::fs::read_dir(format!("/proc/{process}/task")).ok());
    let of = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("schedstat")).ok();
    let texts = tasks.flatten().flatten().filter_map(of);
    texts.fold(Scheduled::default(), |sum, text| {
        let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0_u64);
        Scheduled { ran_ns: sum.ran_ns + next(), waited_ns: sum.waited_ns + next() }
    })
}

fn may_count_syscalls() -> bool {
    SYSCALLS.iter().any(|file| std::fs::read(file).is_ok())
}

/// The value of an event in the output of `perf stat -x ';'`, in nanoseconds if it is a time.
fn value(text: &str, event: &str) -> Result<f64, String> {
    let line = text
        .lines()
        .map(|line| line.split(';').collect::<Vec<_>>())
        .find(|words| words.get(2).is_some_and(|name| name.split(":u").next() == Some(event)));
    let Some(words) = line else {
        let why = if event.contains(':') {
            "the kernel's trace events cannot be read here; root can, where tracefs is mounted"
        } else {
            "perf has no such event"
        };
        return Err(why.to_owned());
    };
    match words[0] {
        "<not supported>" => Err("this machine hides it, as virtual machines do".to_owned()),
        "<not counted>" => Err("nothing ran while it was counted".to_owned()),
        number => {
            let value: f64 = number.parse().map_err(|_| format!("perf says '{number}'"))?;
            Ok(if words[1] == "msec" { value * 1e6 } else { value })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "# started on Sun Nov 29\n\n<not supported>;;instructions;0;100.00;;\n<not counted>;;cycles;0;0.00;;\n\
        12;;page-faults:u;1001;100.00;;\n1001.5;msec;task-clock;1001500000;100.00;0.9;CPUs utilized\n";

    #[test]
    fn what_is_counted_is_read_and_what_is_hidden_has_a_reason() {
        assert_eq!(value(WRITTEN, "page-faults"), Ok(12.0));
        assert_eq!(value(WRITTEN, "task-clock"), Ok(1001.5e6));
        assert!(value(WRITTEN, "instructions").unwrap_err().contains("hides it"));
        assert!(value(WRITTEN, "cycles").unwrap_err().contains("nothing ran"));
        assert!(value(WRITTEN, "raw_syscalls:sys_enter").unwrap_err().contains("tracefs"));
        assert!(value("x;y", "cycles").is_err() && value("", "cycles").is_err());
    }
}
