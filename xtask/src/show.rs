//! The verb `show`: a run's report again, made anew from its journal.

use anyhow::Result;
use parallax_harness::table::FormatOption;
use parallax_harness::{journal, report, summary};
use parallax_record::environment::Environment;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print the report of a run again
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The run's folder or name; the newest if none is given
    run: Option<PathBuf>,
    #[command(flatten)]
    detail: report::Detail,
    #[command(flatten)]
    form: FormatOption,
}

/// Runs the verb.
pub(crate) fn show(args: &ShowArgs) -> Result<ExitCode> {
    let folder = journal::find(args.run.as_deref())?;
    let plan = journal::read_plan(&folder)?;
    let environment: Environment = journal::read_json(&folder, "env.json")?;
    let lines = journal::read_lines_of(&folder, &plan)?;
    let ended = journal::read_rests(&folder)?;
    let limits = journal::read_limits(&folder)?.unwrap_or_default();
    let summary = summary::of(&plan, &environment, &limits, &lines, ended.as_deref(), &[]);
    report::print(&summary, &folder, args.form.format, &args.detail)?;
    Ok(ExitCode::SUCCESS)
}
