//! The verb `show`: a run's report, made again from its journal; or one cell through all runs.

use anyhow::Result;
use parallax_harness::table::FormatOption;
use parallax_harness::{history, report, run, store};
use parallax_record::name::CellId;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print the report of a run again, or how a cell has changed from run to run
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The run's folder or name; the newest if none is given
    run: Option<PathBuf>,
    /// A cell in all runs that are kept, such as julia/rayon: its ratio over time, and the steps in it
    #[arg(long, value_name = "CELL", conflicts_with_all = ["run", "wide"])]
    history: Option<CellId>,
    #[command(flatten)]
    detail: report::Detail,
    #[command(flatten)]
    form: FormatOption,
}

/// Runs the verb.
pub(crate) fn show(args: &ShowArgs) -> Result<ExitCode> {
    if let Some(cell) = &args.history {
        let format = args.form.format;
        history::history(cell, &store::runs(), format)?.print(format)?;
        return Ok(ExitCode::SUCCESS);
    }
    run::show(args.run.as_deref(), args.form.format, &args.detail)?;
    Ok(ExitCode::SUCCESS)
}
