//! Checks of the machine for known ways to spoil figures; those that affect a run are in its report.

mod processor;
mod system;

use crate::quiet::Lost;
use crate::style::Paint;
use crate::units;
use parallax_record::environment::Environment;
use parallax_record::journal::Line;
use parallax_record::machine::{Moment, Session};
use parallax_record::plan::Plan;
use std::time::Duration;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// It makes figures wrong, or a part of the suite impossible.
    Warn,
}

impl State {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Note => "note",
            State::Warn => "warn",
        }
    }

    /// Its colour.
    pub const fn paint(self) -> Paint {
        match self {
            State::Ok => Paint::Green,
            State::Note => Paint::Plain,
            State::Warn => Paint::Yellow,
        }
    }
}

/// The finding of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The result.
    pub state: State,
    /// What was found, and its meaning for figures.
    pub means: String,
    /// What to do; empty if there is nothing.
    pub todo: String,
}

/// All checks of a recorded machine by name, those of the processor first, then those of the system.
pub fn checks(environment: &Environment) -> Vec<(&'static str, Finding)> {
    let Environment { machine, moment, .. } = environment;
    vec![
        ("cpus", processor::cpus(machine)),
        ("governor", processor::governor(machine)),
        ("turbo", processor::turbo(machine)),
        ("smt", processor::smt(machine)),
        ("throttling", processor::throttling(moment)),
        ("battery", processor::battery(moment)),
        ("virtual machine", processor::virtual_machine(machine)),
        ("steal", processor::steal(moment)),
        ("load", processor::load(machine, moment)),
        ("memory", system::memory(machine, moment)),
        ("swap", system::swap(machine)),
        ("huge pages", system::huge_pages(machine)),
        ("aslr", system::aslr(machine)),
    ]
}

/// The warnings that change the meaning of a run's figures, a line each. Conditions before the run count only if they
/// lasted: heat and steal since boot, and the load of the build before the run, do not affect later measurements.
pub fn warnings(plan: &Plan, environment: &Environment, lines: &[Line]) -> Vec<String> {
    let Environment { machine, moment, sessions, .. } = environment;
    let mut found = Vec::new();
    let workers = plan.groups.iter().map(|group| group.workers).max().unwrap_or_default();
    found.extend(processor::crowded(machine, workers));
    let moments = || sessions.iter().map(|session| &session.ended).chain([moment]);
    let battery = moments().map(processor::battery).find(|found| found.state == State::Warn);
    let battery = battery.map(|found| ("battery", found));
    let settings = [("governor", processor::governor(machine)), ("aslr", system::aslr(machine))];
    let settings = settings.into_iter().filter(|(_, found)| found.state == State::Warn).chain(battery);
    found.extend(settings.map(|(name, Finding { means, .. })| format!("{name}: {means}")));
    found.extend(meanwhile(sessions));
    let Lost { ns, blocks, turns } = Lost::of(lines);
    if blocks > 0 {
        let (time, blocks) = (units::wait(Duration::from_nanos(ns)), units::things(blocks, "block"));
        let turns = units::things(turns as usize, "turn");
        found.push(format!(
            "load: others were busy; {time} went to waiting for a quiet machine and repeating {turns}, in {blocks}"
        ));
    }
    found
}

/// Less than this read back from swap comes from a neighbour, or from a program that had just begun.
const SWAPPED: u64 = 1 << 20;

/// The warnings about events while a run measured.
fn meanwhile(sessions: &[Session]) -> Vec<String> {
    let rose = |of: fn(&Moment) -> Option<u64>| {
        let by = |session: &Session| Some(of(&session.ended)?.saturating_sub(of(&session.began)?));
        sessions.iter().filter_map(by).fold(0, u64::saturating_add)
    };
    let mut found = Vec::new();
    let throttles = rose(|moment| moment.throttles);
    if throttles > 0 {
        let times = units::things(throttles as usize, "time");
        found.push(format!("throttling: cores were too hot {times} during the run, and ran slower for it"));
    }
    let share = rose(|moment| moment.steal_ns) as f64 / rose(|moment| moment.cpu_ns).max(1) as f64;
    if share > processor::STEAL {
        let percent = 100.0 * share;
        found.push(format!("steal: the host took {percent:.1} % of the CPU time during the run"));
    }
    let swapped = rose(|moment| moment.swapped_bytes);
    if swapped >= SWAPPED {
        let bytes = units::bytes(swapped);
        found.push(format!("swap: {bytes} were read back during the run; times of memory may be the disk's"));
    }
    found
}

/// A finding that is as it should be.
pub fn ok(means: impl Into<String>) -> Finding {
    Finding { state: State::Ok, means: means.into(), todo: String::new() }
}

/// A finding worth knowing, with the remedy, if there is one.
pub fn note(means: impl Into<String>, todo: impl Into<String>) -> Finding {
    Finding { state: State::Note, means: means.into(), todo: todo.into() }
}

/// A finding that makes figures wrong or a part of the suite impossible, with the remedy.
pub fn warn(means: impl Into<String>, todo: impl Into<String>) -> Finding {
    Finding { state: State::Warn, means: means.into(), todo: todo.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_record::journal::BlockLine;
    use parallax_record::machine::Machine;

    /// The plan of a published run, with `workers` workers.
    fn plan(workers: usize) -> Plan {
        let folder = crate::workspace::workspace().join("results/earlier/amd-epyc-7003-2-cores");
        let mut plan = crate::journal::read_plan(&folder).unwrap();
        plan.groups.iter_mut().for_each(|group| group.workers = workers);
        plan
    }

    fn moment(counted: u64) -> Moment {
        Moment {
            throttles: Some(counted),
            steal_ns: Some(counted * 10),
            cpu_ns: Some(counted * 1000),
            swapped_bytes: Some(counted << 20),
            on_battery: Some(false),
            ..Moment::default()
        }
    }

    #[test]
    fn a_machine_without_faults_is_not_warned_of() {
        let machine = Machine { governor: Some("performance".into()), ..Machine::default() };
        let session = Session { began: moment(500), ended: moment(500) };
        let environment =
            Environment { machine, moment: moment(500), sessions: vec![session], ..Environment::default() };
        assert_eq!(warnings(&plan(2), &environment, &[]), [""; 0], "earlier states do not matter");
        assert_eq!(warnings(&plan(2), &Environment::default(), &[]), [""; 0], "nor does an unknown state");
    }

    #[test]
    fn what_changes_figures_is_warned_of_in_a_line_each() {
        let machine = Machine {
            governor: Some("powersave".into()),
            aslr: Some("off for this process".into()),
            cgroup_cpus: Some(1.5),
            ..Machine::default()
        };
        let unplugged = Moment { on_battery: Some(true), ..moment(502) };
        let sessions = vec![
            Session { began: moment(500), ended: moment(501) },
            Session { began: moment(501), ended: unplugged },
            Session { began: moment(502), ended: Moment::default() }, // an unknown value is no warning
        ];
        let environment = Environment { machine, sessions, ..Environment::default() };
        let waits = Line::Block(BlockLine {
            block: 0,
            group: 0,
            block_ns: 1,
            lost_ns: 12_000_000_000,
            repeated: 3,
            foreign_cores: 0.0,
            probe_before: None,
            probe_after: None,
        });
        let found = warnings(&plan(2), &environment, &[waits]);
        let expected = [
            "grants 2 workers the time of 1.5 CPUs",
            "governor: 'powersave'",
            "aslr: off for this process",
            "battery: ",
            "too hot 2 times during the run",
            "the host took 1.0 % of the CPU time during the run",
            "2.00 MiB were read back",
            "12 s went to waiting for a quiet machine and repeating 3 turns, in 1 block",
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (line, word) in found.iter().zip(expected) {
            assert!(line.contains(word), "{line}");
        }
        assert!(!warnings(&plan(1), &environment, &[]).iter().any(|line| line.contains("grants")));
    }
}
