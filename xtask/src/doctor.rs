//! The verb `doctor`: finds and explains what spoils figures on this machine, and on request changes it for a while.

mod memory;
mod probe;
mod settings;
mod told;
mod tools;
mod tune;

pub use probe::Probe;
pub use settings::Setting;

use anyhow::Result;
use clap::ArgGroup;
use memory::Memory;
use parallax_harness::doctor::{self, Finding, note, warn};
use parallax_harness::durable::Disk;
use parallax_harness::say::say;
use parallax_harness::table::{Cell, Column, Format, FormatOption, Table};
use parallax_harness::{environment, interrupt, machine_lock, units};
use parallax_record::environment::Environment;
use settings::{Root, Tree};
use std::path::Path;
use std::process::ExitCode;
use told::Row;
use tune::{Outcome, Wish};

/// Explain what about this machine helps or disturbs measuring; changes nothing without --apply
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("change").args(["apply", "restore"])))]
pub struct DoctorArgs {
    /// Change what spoils figures until --restore or the next start: governor, huge pages and ASLR, or the named ones
    #[arg(long, value_name = "SETTING", num_args = 0.., value_delimiter = ',')]
    apply: Option<Vec<Setting>>,
    /// Put back what --apply has changed
    #[arg(long)]
    restore: bool,
    /// Say what --apply or --restore would do, and change nothing
    #[arg(long, requires = "change")]
    dry_run: bool,
    #[command(flatten)]
    form: FormatOption,
}

/// Checks this machine and prints the findings, or changes settings as the arguments say.
///
/// # Errors
///
/// If standard output cannot be written, or the previous values of settings cannot be kept or are not known.
pub fn run(workspace: &Path, args: &DoctorArgs) -> Result<ExitCode> {
    if args.restore || args.apply.is_some() {
        return tune(args);
    }
    let environment = environment::read(workspace, "release");
    let mut checks = checks(&environment, &Probe::read(parallax_harness::target::folder()));
    let tree = Root(Path::new("/"));
    let remembered = memory::place(&tree).ok().and_then(|place| remembered(&place, &tree));
    checks.extend(remembered.map(|found| ("settings", found)));
    table(&checks).print(args.form.format)?;
    Ok(ExitCode::SUCCESS)
}

/// Changes settings, or puts them back; status 1 if one does not have the value that it should have.
fn tune(args: &DoctorArgs) -> Result<ExitCode> {
    let tree = Root(Path::new("/"));
    // A setting that changes under a run changes its figures.
    interrupt::listen();
    let _alone = if args.dry_run { None } else { Some(machine_lock::take()?) };
    let mut memory = Memory::read(&memory::place(&tree)?, &tree)?;
    if memory.outlived {
        say("the machine was restarted since --apply, which has undone those changes");
        if !args.dry_run {
            memory.keep(&mut Disk)?; // nothing is left to remember: this removes the file
        }
    }
    let mut steps = Vec::new();
    let done = match &args.apply {
        Some(named) => {
            let settings = if named.is_empty() { &Setting::USUAL[..] } else { named };
            let wish = Wish { settings, pretend: args.dry_run };
            tune::apply(&tree, &mut Disk, &mut memory, wish, &mut steps)
        }
        None => tune::restore(&tree, &mut Disk, &mut memory, args.dry_run, &mut steps),
    };
    let rows = Row::all(&steps);
    if args.form.format != Format::Text || !rows.is_empty() {
        told::table(&rows).print(args.form.format)?;
    }
    told::ways_out(&rows).iter().for_each(|line| say(line));
    done?;
    if args.restore && steps.is_empty() {
        say(&format!("nothing to put back: {} remembers no change", memory.path.display()));
    }
    if steps.iter().any(|step| step.outcome == Outcome::Changed) {
        say("cargo xtask doctor --restore puts this back, and so does the next start of the machine");
    }
    let short = steps.iter().any(|step| step.outcome.is_short());
    Ok(if short { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The changes of `--apply` that were not put back.
fn remembered(place: &Path, tree: &impl Tree) -> Option<Finding> {
    match Memory::read(place, tree) {
        Err(why) => Some(warn(format!("{why:#}"), "look at that file, and remove it")),
        Ok(memory) if memory.entries.is_empty() => None,
        Ok(memory) => {
            let files = units::things(memory.entries.len(), "file");
            Some(note(
                format!("--apply has changed {files}"),
                "after measuring: cargo xtask doctor --restore",
            ))
        }
    }
}

/// All checks by name: of the processor first, then of the system, then of the tools.
pub fn checks(environment: &Environment, probe: &Probe) -> Vec<(&'static str, Finding)> {
    let mut checks = doctor::checks(environment);
    checks.extend([
        ("disk", tools::disk(probe)),
        ("rust", tools::rust(&environment.build, probe)),
        ("c compiler", tools::c_compiler(probe)),
        ("perf", tools::perf(&environment.machine, probe)),
        ("energy", tools::energy(probe)),
        ("python", tools::python(probe)),
        ("redis", tools::redis(probe)),
        ("mpi", tools::mpi(probe)),
        ("browser", tools::browser(probe)),
        ("wrk", tools::wrk(probe)),
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
