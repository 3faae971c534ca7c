//! A machine can spoil figures in known ways: each is looked for, explained, and left as it is.

mod probe;
mod processor;
mod system;
mod tools;

pub use probe::Probe;

use anyhow::Result;
use parallax_harness::environment;
use parallax_harness::style::Paint;
use parallax_harness::table::{Cell, Column, Format, Table};
use parallax_record::environment::Environment;
use std::path::Path;
use std::process::ExitCode;

/// How a check came out.
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

    const fn paint(self) -> Paint {
        match self {
            State::Ok => Paint::Green,
            State::Note => Paint::Plain,
            State::Warn => Paint::Yellow,
        }
    }
}

/// What came out of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it came out.
    pub state: State,
    /// What was found and what it means for figures.
    pub means: String,
    /// What to do; empty if there is nothing.
    pub todo: String,
}

/// Looks at this machine and prints what was found. It changes nothing and finds no fault with the caller:
/// the only errors are those of printing.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn run(workspace: &Path, format: Format) -> Result<ExitCode> {
    let environment = environment::read(workspace, "release");
    table(&checks(&environment, &Probe::read(parallax_harness::target::folder()))).print(format)?;
    Ok(ExitCode::SUCCESS)
}

/// All checks by name: of the processor first, then of the system, then of the tools.
pub fn checks(environment: &Environment, probe: &Probe) -> Vec<(&'static str, Finding)> {
    let Environment { machine, moment, build, .. } = environment;
    vec![
        ("cpus", processor::cpus(machine)),
        ("governor", processor::governor(machine)),
        ("turbo", processor::turbo(machine)),
        ("smt", processor::smt(machine)),
        ("throttling", processor::throttling(moment)),
        ("virtual machine", processor::virtual_machine(machine)),
        ("steal", processor::steal(moment)),
        ("load", processor::load(machine, moment)),
        ("memory", system::memory(machine, moment)),
        ("swap", system::swap(machine)),
        ("huge pages", system::huge_pages(machine)),
        ("aslr", system::aslr(machine)),
        ("disk", system::disk(probe)),
        ("rust", tools::rust(build, probe)),
        ("c compiler", tools::c_compiler(probe)),
        ("perf", tools::perf(machine, probe)),
        ("python", tools::python(probe)),
        ("redis", tools::redis(probe)),
        ("browser", tools::browser(probe)),
    ]
}

/// The checks as a table.
pub fn table(checks: &[(&'static str, Finding)]) -> Table {
    let mut table = Table::new([
        Column::text("check", "check").kept(),
        Column::text("state", "state").kept(),
        Column::text("what it means", "means"),
        Column::text("what to do", "todo"),
    ]);
    for (name, Finding { state, means, todo }) in checks {
        let state = Cell::from(state.name()).paint(state.paint());
        table.row([(*name).into(), state, means.clone().into(), todo.clone().into()]);
    }
    table
}

/// What is as it should be.
fn ok(means: impl Into<String>) -> Finding {
    Finding { state: State::Ok, means: means.into(), todo: String::new() }
}

/// What is worth knowing, with what to do about it, if anything.
fn note(means: impl Into<String>, todo: impl Into<String>) -> Finding {
    Finding { state: State::Note, means: means.into(), todo: todo.into() }
}

/// What makes figures wrong or a part of the suite impossible, with what to do about it.
fn warn(means: impl Into<String>, todo: impl Into<String>) -> Finding {
    Finding { state: State::Warn, means: means.into(), todo: todo.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_explained() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
        let checks = checks(&environment::read(workspace, "dev"), &Probe::read(workspace));
        for (name, found) in &checks {
            assert!(!found.means.is_empty(), "{name}");
            assert!(found.state != State::Warn || !found.todo.is_empty(), "{name}: {found:?}");
        }
        let rust = checks.iter().find(|(name, _)| *name == "rust").unwrap();
        assert_eq!(rust.1.state, State::Ok, "this test was built by it");
        let mut names: Vec<&str> = checks.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!((names.len(), table(&checks).len()), (checks.len(), checks.len()));
    }

    #[test]
    fn a_machine_that_tells_nothing_is_explained_too() {
        let checks = checks(&Environment::default(), &Probe::default());
        let fine = checks.iter().find(|(_, found)| found.means.is_empty() || found.state == State::Ok);
        assert_eq!(fine, None);
        let said = table(&checks).render(Format::Json, 80, false);
        assert!(said.contains("\"check\":\"governor\",\"state\":\"note\""), "{said}");
    }

    #[test]
    fn the_table_fits_a_terminal() {
        let checks = checks(&Environment::default(), &Probe::default());
        let said = table(&checks).render(Format::Text, 80, false);
        assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
    }
}
