//! The verb `docs`: one or more runs, the code of every cell and the book's prose become a site.
//!
//! This side gathers the data of the workers and the sources into one file, and starts the generator
//! (`crates/site`), which is built on first use.

mod block;
mod contrasts;
mod gather;
mod sweeps;

use anyhow::{Context, Result, bail};
use parallax_harness::fleet::{Fleet, FleetArgs, SITE};
use parallax_harness::{journal, target, workspace};
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Build the site from a run: which technique, how much, at what cost, and how it is written
#[derive(Debug, clap::Args)]
pub(crate) struct DocsArgs {
    /// A run's folder or name (repeatable) [default: the newest]; cells that it lacks come from the reference run
    #[arg(long = "run", value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Where the site goes [default: target/site]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Show it in a browser when it is ready
    #[arg(long)]
    open: bool,
    /// Include the API documentation of all crates (takes a minute the first time)
    #[arg(long)]
    api: bool,
    #[command(flatten)]
    fleet: FleetArgs,
}

/// Runs the verb.
pub(crate) fn docs(args: &DocsArgs) -> Result<ExitCode> {
    let generator = generator(args.fleet.no_build)?;
    let runs = runs(args)?;
    let fleet = Fleet::collect(&args.fleet)?;
    let out = args.out.clone().unwrap_or_else(|| target::folder().join("site"));
    let gathered = gather::gather(&fleet, &runs)?;
    let input = write_beside(&out, &gathered)?;
    let api = if args.api { Some(api()?) } else { None };
    generate(generator, &input, &out, api.as_deref())?;
    let index = out.join("index.html");
    parallax_harness::table::print(&format!("{}\n", index.display()))?;
    if args.open {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        Command::new(opener).arg(&index).spawn().with_context(|| {
            format!("cannot start {opener}; open {} in a browser yourself", index.display())
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A run that goes into the site.
struct Source {
    folder: PathBuf,
    /// Whether it is the one that comes with the repository.
    reference: bool,
}

/// The named runs, or the newest of this machine; and those of the repository, for the cells that these lack.
fn runs(args: &DocsArgs) -> Result<Vec<Source>> {
    let own: Vec<PathBuf> = if args.runs.is_empty() {
        journal::newest(|plan| plan.sweep.is_none()).into_iter().collect()
    } else {
        args.runs.iter().map(|run| find(run)).collect::<Result<_>>()?
    };
    let kept = references(&workspace::workspace().join("results"), &own);
    if own.is_empty() {
        parallax_harness::say::say(match kept.len() {
            0 => {
                "there is no run, neither here nor in results/: the site has no figures; `cargo xtask bench` makes some"
            }
            _ => "there is no run of this machine: the site shows the reference run of results/",
        });
    }
    let own = own.into_iter().map(|folder| Source { folder, reference: false });
    Ok(own.chain(kept.into_iter().map(|folder| Source { folder, reference: true })).collect())
}

/// The runs below a folder, without those that the user has named. The one with the most figures is first: prose takes
/// its figures from the first run that has them.
fn references(results: &Path, named: &[PathBuf]) -> Vec<PathBuf> {
    let place = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let named: Vec<PathBuf> = named.iter().map(|folder| place(folder)).collect();
    let kept = std::fs::read_dir(results).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> =
        kept.filter(|path| is_run(path) && !named.contains(&place(path))).collect();
    folders.sort_by_cached_key(|folder| (Reverse(figures(folder)), folder.clone()));
    folders
}

/// How many rows of a run have a figure; none if it cannot be read, which is said where it is read as a whole.
fn figures(folder: &Path) -> usize {
    let summary: serde_json::Value = journal::read_json(folder, "summary.json").unwrap_or_default();
    let rows = summary["cells"].as_array().map_or(&[][..], Vec::as_slice);
    rows.iter().filter(|row| !row["time_ns_median"].is_null()).count()
}

fn is_run(folder: &Path) -> bool {
    folder.join("summary.json").exists()
}

/// Finds a run by its path or name, even if only its summary was kept.
fn find(run: &Path) -> Result<PathBuf> {
    let folder = if is_run(run) { run.to_owned() } else { journal::find(Some(run))? };
    if journal::read_plan(&folder).is_ok_and(|plan| plan.sweep.is_some()) {
        bail!("{} is a sweep; give a run, and the site adds the sweeps of its machine", folder.display());
    }
    Ok(folder)
}

/// Writes the generator's input next to the site, where users can read it.
fn write_beside(out: &Path, gathered: &serde_json::Value) -> Result<PathBuf> {
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let name = out.file_name().context("--out does not name a folder")?.to_string_lossy().into_owned();
    let input = parent.join(format!("{name}.json"));
    std::fs::write(&input, serde_json::to_vec(gathered)?)
        .with_context(|| format!("cannot write {}", input.display()))?;
    Ok(input)
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace::workspace());
    command
}

/// Builds the API documentation; returns its folder.
fn api() -> Result<PathBuf> {
    if !cargo().args(["doc", "--workspace", "--no-deps", "--quiet"]).status()?.success() {
        bail!("the API documentation does not build; see cargo's message above, or leave --api out");
    }
    Ok(target::folder().join("doc"))
}

/// The command that starts the generator. If nothing may be built, this is the generator next to this program.
fn generator(no_build: bool) -> Result<Command> {
    if !no_build {
        let mut command = cargo();
        command.args(["run", "--quiet", "--package", SITE, "--"]);
        return Ok(command);
    }
    let here = std::env::current_exe().context("the path of this program is not known")?;
    let program = here.with_file_name(format!("{SITE}{}", std::env::consts::EXE_SUFFIX));
    match program.exists() {
        true => Ok(Command::new(program)),
        false => {
            bail!("{} is not built: `cargo build -p {SITE}`, or leave --no-build out", program.display())
        }
    }
}

/// Runs the generator.
fn generate(mut command: Command, input: &Path, out: &Path, api: Option<&Path>) -> Result<()> {
    let absolute = |path: &Path| std::path::absolute(path).context("the current folder is gone");
    command.arg("--root").arg(workspace::workspace());
    command.arg("--input").arg(absolute(input)?).arg("--out").arg(absolute(out)?);
    if let Some(api) = api {
        command.arg("--api").arg(absolute(api)?);
    }
    match command.status().context("cannot start the generator")?.success() {
        true => Ok(()),
        false => bail!("the site was not made; see the message above"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_run_with_the_most_figures_is_first() {
        let results = tempfile::tempdir().unwrap();
        let cells = |times: &[Option<f64>]| {
            let rows: Vec<_> = times.iter().map(|ns| serde_json::json!({ "time_ns_median": ns })).collect();
            serde_json::json!({ "cells": rows }).to_string()
        };
        let texts = [
            ("a", cells(&[None, None, None])),
            ("b", cells(&[Some(1.0)])),
            ("c", cells(&[Some(1.0), Some(2.0)])),
            ("d", "{".into()),
        ];
        for (name, text) in texts {
            std::fs::create_dir(results.path().join(name)).unwrap();
            std::fs::write(results.path().join(name).join("summary.json"), text).unwrap();
        }
        assert_eq!(
            references(results.path(), &[]),
            ["c", "b", "a", "d"].map(|name| results.path().join(name))
        );
    }

    #[test]
    fn a_named_run_is_not_its_own_reference() {
        let results = tempfile::tempdir().unwrap();
        for name in ["a", "b", "empty"] {
            std::fs::create_dir(results.path().join(name)).unwrap();
        }
        for name in ["a", "b"] {
            std::fs::write(results.path().join(name).join("summary.json"), "{}").unwrap();
        }
        let [a, b] = ["a", "b"].map(|name| results.path().join(name));
        assert_eq!(references(results.path(), &[]), [a.clone(), b.clone()]);
        assert_eq!(references(results.path(), &[results.path().join("b/../a")]), [b]);
        assert!(references(&results.path().join("nothing"), &[a]).is_empty());
    }
}
