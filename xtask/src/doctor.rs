//! A machine can spoil figures in known ways: each is looked for, explained, and left as it is.

mod probe;
mod tools;

pub use probe::Probe;

use anyhow::Result;
use parallax_harness::doctor::{self, Finding};
use parallax_harness::environment;
use parallax_harness::table::{Cell, Column, Format, Table};
use parallax_record::environment::Environment;
use std::path::Path;
use std::process::ExitCode;

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
    let mut checks = doctor::checks(environment);
    checks.extend([
        ("disk", tools::disk(probe)),
        ("rust", tools::rust(&environment.build, probe)),
        ("c compiler", tools::c_compiler(probe)),
        ("perf", tools::perf(&environment.machine, probe)),
        ("python", tools::python(probe)),
        ("redis", tools::redis(probe)),
        ("mpi", tools::mpi(probe)),
        ("browser", tools::browser(probe)),
    ]);
    checks
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

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_harness::doctor::State;

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
