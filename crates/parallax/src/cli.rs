//! What a bench is asked for: to measure, to be one of the processes that measure, or to try each technique once.

use anyhow::{Context, Result, ensure};
use clap::{Args, Command, FromArgMatches};
use parallax_harness::run::{self, BenchArgs};
use parallax_harness::say::say;
use parallax_harness::{interrupt, worker, workspace};
use parallax_pattern::No;
use parallax_suite::Size;
use parallax_suite::cell::Cell;
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What options say that a bench of one's own has no use for: its input is made by its program, which is its only worker.
const NO_USE: [&str; 6] = ["all", "changed", "no_build", "peers", "programs", "size"];

/// Does what the command line says.
pub(crate) fn main(name: &'static str, cells: Vec<Cell>) -> ExitCode {
    lock();
    let mut words = env::args_os().skip(1);
    if words.next().is_some_and(|word| word == "--channel" || word == "run") {
        return parallax_runner::main(name, cells);
    }
    supervise(name, &cells).unwrap_or_else(|why| {
        if why.is::<worker::Interrupted>() {
            return ExitCode::from(interrupt::STATUS);
        }
        say(&format!("error: {why:#}"));
        ExitCode::FAILURE
    })
}

fn supervise(name: &'static str, cells: &[Cell]) -> Result<ExitCode> {
    parallax_record::name::ensure_name("bench", name)?;
    let command = command(name).try_get_matches();
    let matches = match command {
        Ok(matches) => matches,
        Err(why) => why.exit(),
    };
    if matches.get_flag("list") {
        let mut out = std::io::stdout().lock();
        cells
            .iter()
            .try_for_each(|cell| writeln!(out, "{}/{}: {}", cell.workload, cell.technique, cell.card.idea))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut args = BenchArgs::from_arg_matches(&matches)?;
    if let Some(run) = matches.get_one::<PathBuf>("show") {
        workspace::enter(folder(), format!("cargo bench --bench {name} --"));
        run::show(Some(run), args.format(), &args.detail)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !matches.get_flag("bench") {
        return try_each(cells, "to measure, start it by `cargo bench`, or with --bench");
    }
    args.fleet.programs =
        vec![env::current_exe().context("this program cannot be found to be started again")?];
    args.fleet.no_build = true;
    workspace::enter(folder(), format!("cargo bench --bench {name} --"));
    run::bench(&args)
}

fn command(name: &'static str) -> Command {
    let flag = |id, help| clap::Arg::new(id).long(id).action(clap::ArgAction::SetTrue).help(help);
    let show =
        clap::Arg::new("show").long("show").value_name("RUN").value_parser(clap::value_parser!(PathBuf));
    let show = show.help("Print the report of a run again: its folder or name");
    let command = Command::new(name).bin_name(format!("cargo bench --bench {name} --")).max_term_width(100);
    let command = BenchArgs::augment_args(command)
        .arg(flag("list", "List the techniques that race, and measure nothing"))
        .arg(flag("bench", "Measure; cargo gives it").hide(true))
        .arg(show);
    NO_USE.into_iter().fold(command, |command, id| command.mut_arg(id, |arg| arg.hide(true)))
}

/// Tries each technique once, on one worker and on two: `cargo test --benches` starts it for that.
fn try_each(cells: &[Cell], then: &str) -> Result<ExitCode> {
    let (mut right, mut wrong) = (0, 0);
    for cell in cells {
        for workers in [1, 2] {
            let tried = cell.start(workers).and_then(|started| started.load(cell.params(Size::Headline, 0)));
            let tried = tried.and_then(|mut run| {
                run.spoil();
                run.run(1)?;
                run.check().map_err(|why| No::failed(why.to_string()))
            });
            let name = format!("{}/{}", cell.workload, cell.technique);
            match tried {
                Ok(_) if workers == 2 => right += 1,
                Ok(_) => {}
                Err(No::Failed(why)) => {
                    let s = if workers == 1 { "" } else { "s" };
                    say(&format!("{name} with {workers} worker{s}: {why}"));
                    wrong += 1;
                }
                Err(no) if workers == 2 => say(&format!("without {name}: {no}")),
                Err(_) => {}
            }
        }
    }
    ensure!(wrong == 0, "{wrong} of {} tries failed", 2 * cells.len());
    say(&format!("{right} techniques give the right result; {then}"));
    Ok(ExitCode::SUCCESS)
}

/// The package that the bench is of: cargo says so, to this process and to those that it starts.
fn folder() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package.or_else(|| env::current_dir().ok()).unwrap_or_else(|| ".".into())
}

/// The versions of libraries are those of the program that measures.
fn lock() {
    let folder = folder();
    let lock = folder.ancestors().map(|folder| folder.join("Cargo.lock")).find(|lock| Path::exists(lock));
    if let Some(lock) = lock.and_then(|lock| std::fs::read_to_string(lock).ok()) {
        parallax_runner::stand_on(lock);
    }
}
