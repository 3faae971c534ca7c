//! The site's generator: makes pages of a run for readers who have a slow program.
//!
//! `cargo xtask docs` gathers cells, code and runs into one file and starts this program with it. Read in
//! this order: `data` (the input, and how it is checked), `model` (everything known of each cell),
//! `directive` (figures in prose), `pages` (the text of each page), `book` (mdBook, which makes HTML of it),
//! `swap` (how the new site replaces the old one).

mod book;
mod chart;
mod contrast;
mod cost;
mod data;
mod decision;
mod directive;
mod index;
mod markup;
mod model;
mod number;
mod pages;
mod picture;
mod predict;
mod prose;
mod python;
mod ranking;
mod safe;
mod swap;
mod sweep;

use anyhow::{Context, Result};
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Makes the site from the file that `cargo xtask docs` has gathered.
#[derive(Debug, Parser)]
struct Cli {
    /// The gathered cells, code and runs
    #[arg(long)]
    input: PathBuf,
    /// The repository: its prose, its pictures' workloads, the sources that are shown
    #[arg(long)]
    root: PathBuf,
    /// Where the site goes; a site that is there is replaced
    #[arg(long)]
    out: PathBuf,
    /// The API documentation to include
    #[arg(long)]
    api: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            complain(&format!("{why:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    let text = std::fs::read_to_string(&cli.input)
        .with_context(|| format!("cannot read {}", cli.input.display()))?;
    let gathered =
        data::Gathered::parse(&text).with_context(|| format!("{} cannot be shown", cli.input.display()))?;
    let prose = prose::Prose::read(&cli.root.join("docs"))?;
    let site = model::Site::new(gathered, prose, cli.root.clone(), cli.api.is_some());
    let pages = pages::all(&site)?;
    let building = swap::Building::begin(&cli.out)?;
    book::render(&site, pages, &building.folder())?;
    if let Some(api) = &cli.api {
        book::copy_api(api, &building.folder().join("api"))?;
    }
    building.finish()
}

#[expect(clippy::print_stderr, reason = "a command-line program")]
fn complain(why: &str) {
    let visible = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    eprintln!("error: {}", why.chars().map(visible).collect::<String>());
}
