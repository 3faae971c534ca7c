//! The command line of a bench: it measures, acts as a worker, or tries each technique once as a test.

use anyhow::{Result, ensure};
use clap::{Args, Command, FromArgMatches};
use parallax_harness::run::{self, BenchArgs, NOT_OF_OWN_WORK};
use parallax_harness::say::say;
use parallax_harness::{costs, interrupt, worker, workspace};
use parallax_pattern::No;
use parallax_record::name::ensure_name;
use parallax_suite::Size;
use parallax_suite::cell::Cell;
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options for anything other than a test; without one of them, the bench runs as a test, with any other arguments.
const ASKS: [&str; 5] = ["--bench", "--help", "-h", "--list", "--show"];

/// Runs the command line.
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
    ensure_names(name, cells)?;
    let words = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = words.collect();
    if !words.iter().any(|word| ASKS.contains(&word.split('=').next().unwrap_or_default())) {
        return try_each(cells, "to measure, start it with `cargo bench`, or with --bench");
    }
    let matches = command(name).try_get_matches().unwrap_or_else(|why| why.exit());
    let mut args = BenchArgs::from_arg_matches(&matches)?;
    args.ensure_of_own_work()?;
    workspace::enter(name, folder(), format!("cargo bench --bench {} --", target(name)));
    if matches.get_flag("list") {
        let mut out = std::io::stdout().lock();
        cells
            .iter()
            .try_for_each(|cell| writeln!(out, "{}/{}: {}", cell.workload, cell.technique, cell.card.idea))?;
        return Ok(ExitCode::SUCCESS);
    }
    if matches.contains_id("show") {
        run::show(matches.get_one::<PathBuf>("show").map(PathBuf::as_path), args.format(), &args.detail)?;
        return Ok(ExitCode::SUCCESS);
    }
    if cfg!(debug_assertions) {
        say("this is a debug build, whose times are not those of a release; measure with `cargo bench`");
    }
    // This very program, even if a build has replaced its file meanwhile.
    args.fleet.programs = vec![format!("/proc/{}/exe", std::process::id()).into()];
    args.fleet.no_build = true;
    run::bench(&args, &costs::none)
}

/// Refuses names that are taken or used twice: a cell is identified by its name alone.
fn ensure_names(name: &str, cells: &[Cell]) -> Result<()> {
    workspace::ensure_own_name(name)?;
    for (place, cell) in cells.iter().enumerate() {
        ensure_name("kernel", &cell.technique)?;
        let twice = cells[..place].iter().any(|other| other.technique == cell.technique);
        ensure!(!twice, "two techniques are called '{}'; give the kernel another name", cell.technique);
    }
    Ok(())
}

/// The bench's name in cargo, which may differ from its name in Parallax: that of the program, without the hash that
/// cargo adds.
fn target(name: &str) -> String {
    let program = env::current_exe().ok();
    let stem = program.as_deref().and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
    let hash = |text: &str| text.len() == 16 && text.chars().all(|c| c.is_ascii_hexdigit());
    match stem {
        Some(stem) => match stem.rsplit_once('-') {
            Some((target, end)) if hash(end) => target.to_owned(),
            _ => stem,
        },
        None => name.to_owned(),
    }
}

fn command(name: &'static str) -> Command {
    let flag = |id, help| clap::Arg::new(id).long(id).action(clap::ArgAction::SetTrue).help(help);
    let show = clap::Arg::new("show").long("show").value_name("RUN").num_args(0..=1);
    let show = show.value_parser(clap::value_parser!(PathBuf));
    let show = show.help("Print the report of a run again: its folder or name [default: the newest]");
    let bin = format!("cargo bench --bench {} --", target(name));
    let command = Command::new(name).bin_name(bin).max_term_width(100);
    let command = BenchArgs::augment_args(command)
        .arg(flag("list", "List the techniques that race, and measure nothing"))
        .arg(flag("bench", "Measure; cargo passes it").hide(true))
        .arg(show);
    NOT_OF_OWN_WORK.into_iter().fold(command, |command, id| command.mut_arg(id, |arg| arg.hide(true)))
}

/// Tries each technique once, on one worker and on two, as `cargo test --benches` needs it.
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

/// The folder of the bench's package: cargo passes it to this process, which passes it on.
fn folder() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package.or_else(|| env::current_dir().ok()).unwrap_or_else(|| ".".into())
}

/// Sets the lock file that the versions of libraries are read from: that of the program that measures.
fn lock() {
    let folder = folder();
    let locks =
        folder.ancestors().filter_map(|folder| std::fs::read_to_string(folder.join("Cargo.lock")).ok());
    // if it is started by hand, the lock file of another project may be nearer
    if let Some(lock) = locks.into_iter().find(|lock| lock.contains("\nname = \"parallax\"\n")) {
        parallax_runner::stand_on(lock);
    }
}
