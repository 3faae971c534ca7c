//! The report of a run: an answer for each workload first, then the tables, and the command that shows more.

mod answers;
mod closing;
pub mod costs;
mod group;
mod notes;
mod plot;
mod rebase;
mod rows;
#[cfg(test)]
mod sample;
mod scaling;
mod sentence;
mod sheet;
#[cfg(test)]
mod tests;
mod unclear;

use crate::against;
use crate::limits::{label, table, when};
use crate::table::{Cell, Column, Format, Table, print as put, tell};
use crate::units;
use anyhow::{Result, bail};
use group::Group;
use parallax_limits::Limit;
use parallax_record::name::BASELINE;
use parallax_record::plan::Plan;
use parallax_record::summary::{Phases, Row, Summary};
use sheet::Sheet;
use std::collections::BTreeSet;
use std::path::Path;

/// The options of the report: how much to print, and against which baseline.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Detail {
    /// Also print the length of a task, each phase from the start of the process on, faults, switches, allocations,
    /// blocks, energy, the costs of writing and building it, and what was shipped and gathered
    #[arg(long)]
    pub wide: bool,
    /// Draw each speedup with its interval instead of the tables of figures (text and Markdown)
    #[arg(long, conflicts_with = "wide")]
    pub plot: bool,
    /// Show speedups and verdicts over this technique instead of sequential
    #[arg(long, value_name = "TECHNIQUE")]
    pub baseline: Option<String>,
}

impl Detail {
    /// Refuses a baseline that a run of this plan cannot have, before it is measured.
    ///
    /// # Errors
    ///
    /// With similar names.
    pub fn check(&self, plan: &Plan) -> Result<()> {
        let names =
            plan.groups.iter().flat_map(|group| group.cells.iter().map(|cell| cell.technique.as_str()));
        self.baseline.as_deref().map_or(Ok(()), |baseline| rebase::ensure_known(baseline, names))
    }

    fn baseline(&self) -> &str {
        self.baseline.as_deref().unwrap_or(BASELINE)
    }
}

/// Prints a run: as text or Markdown for people, as JSON (`summary.json` itself) or CSV (a line for each cell) for
/// programs. For a sweep, JSON is its field `scaling`, and CSV has a line for each point.
///
/// # Errors
///
/// If the run does not have the requested baseline, or standard output cannot be written.
pub fn print(summary: &Summary, folder: &Path, format: Format, detail: &Detail) -> Result<()> {
    if let Some(of) = &summary.scaling {
        if detail.plot {
            bail!(
                "--plot draws the speedups of a run, and this is a sweep: `cargo xtask docs` draws its curves"
            );
        }
        return match format {
            Format::Json => put(&(serde_json::to_string_pretty(of)? + "\n")),
            Format::Csv => put(&scaling::flat(of).render(Format::Csv, 0, false)),
            Format::Text => tell(&scaling::words(summary, of, folder, format)),
            Format::Md => put(&scaling::words(summary, of, folder, format)),
        };
    }
    match format {
        Format::Json => put(&json(summary, detail)?),
        Format::Csv => put(&flat(&rebase::onto(summary, detail.baseline())?).render(Format::Csv, 0, false)),
        Format::Text => tell(&words(summary, folder, format, detail)?),
        Format::Md => put(&words(summary, folder, format, detail)?),
    }
}

/// The report as text or Markdown.
///
/// # Errors
///
/// If the run does not have the requested baseline.
pub fn words(summary: &Summary, folder: &Path, format: Format, detail: &Detail) -> Result<String> {
    let rebased = rebase::onto(summary, detail.baseline())?;
    let groups = Group::all(&rebased, detail.baseline());
    let mut sheet = Sheet::new(format);
    answers::write(&mut sheet, &groups, summary, folder);
    for group in &groups {
        sheet.section(&group.title(), |sheet| {
            match detail.plot {
                true => sheet.table(&plot::table(group, sheet.width())),
                false => sheet.table(&rows::table(group, sheet, detail)),
            }
            sheet.notes(&notes::notes(group, detail));
        });
    }
    against_python(&mut sheet, summary);
    limits(&mut sheet, summary, detail);
    let closing = closing::closing(&rebased, &groups, detail, folder);
    match sheet.is_markdown() {
        true => sheet.section("how to read this", |sheet| sheet.notes(&closing)),
        false => sheet.notes(&closing),
    }
    Ok(sheet.finish())
}

/// The duels, and the peers over all workloads. Rust and Python are compared with each other, whatever the baseline.
fn against_python(sheet: &mut Sheet, summary: &Summary) {
    let (duels, coverage, common) = against::tables(summary);
    if duels.is_empty() {
        return;
    }
    sheet.section("against Python", |sheet| sheet.table(&duels));
    sheet.section("the peers, by how many workloads they have", |sheet| {
        sheet.table(&coverage);
        let told = format!(
            "ratio: the best peer's time over the best Rust cell's, with its 95 % interval; the mean is over the {} that all peers with at least half of the workloads have",
            units::things(common, "cell")
        );
        sheet.notes(&[told]);
    });
}

/// The limits that rows are compared with, and with `--wide` all that were measured.
fn limits(sheet: &mut Sheet, summary: &Summary, detail: &Detail) {
    let binds = |limit: &Limit, row: &Row| {
        row.cores_declared == Some(limit.workers) && row.limit.as_deref() == Some(&label(limit))
    };
    let shown = |limit: &&Limit| detail.wide || summary.cells.iter().any(|row| binds(limit, row));
    let shown: Vec<&Limit> = summary.limits.iter().filter(shown).collect();
    if !shown.is_empty() {
        // most are measured together, so a line shows what the table may have no room for
        let times: BTreeSet<String> = shown.iter().map(|limit| when(&limit.at_s)).collect();
        let told = times.iter().filter(|when| !when.is_empty()).map(|when| format!("sampled {when}"));
        sheet.section("limits", |sheet| {
            sheet.table(&table(&shown));
            sheet.notes(&told.collect::<Vec<_>>());
        });
    }
}

/// The summary as in its file; against another baseline, its cells are rebased, and the field `baseline` names it.
fn json(summary: &Summary, detail: &Detail) -> Result<String> {
    let mut json = serde_json::to_value(rebase::onto(summary, detail.baseline())?)?;
    match (&detail.baseline, json.as_object_mut()) {
        (Some(baseline), Some(fields)) => {
            fields.insert("baseline".into(), baseline.as_str().into());
        }
        _ => return Ok(serde_json::to_string_pretty(summary)? + "\n"), // in the order of its fields
    }
    Ok(serde_json::to_string_pretty(&json)? + "\n")
}

/// A line for each cell, for programs.
fn flat(summary: &Summary) -> Table {
    let rows: Vec<serde_json::Value> =
        summary.cells.iter().filter_map(|row| serde_json::to_value(row).ok()).collect();
    let is_simple = |value: &serde_json::Value| !value.is_object() && !value.is_array();
    let first = rows.first().and_then(|row| row.as_object());
    let keys: Vec<&String> =
        first.into_iter().flatten().filter(|(_, v)| is_simple(v)).map(|(k, _)| k).collect();
    let costs: Vec<&String> = first
        .and_then(|row| row["cost"].as_object())
        .into_iter()
        .flatten()
        .filter(|(_, v)| is_simple(v))
        .map(|(k, _)| k)
        .collect();
    let names: BTreeSet<&String> = summary.cells.iter().flat_map(|row| row.metrics.keys()).collect();
    let phases = Phases::default().all().map(|(name, _)| format!("{name}_ns"));
    let phase = phases.iter().map(|name| format!("phases.{name}"));
    let cost = costs.iter().map(|name| format!("cost.{name}"));
    let metric = names.iter().map(|name| format!("metrics.{name}"));
    let simple = keys.iter().map(|key| (*key).clone()).filter(|key| key != "phases");
    let columns = simple.clone().chain(phase).chain(cost).chain(metric);
    let mut table = Table::new(columns.map(|key| Column::text(&key, &key)));
    for row in &rows {
        let own = simple.clone().map(|key| row[key.as_str()].clone());
        let phases = phases.iter().map(|name| row["phases"][name.as_str()].clone());
        let metrics = names.iter().map(|name| row["metrics"][name.as_str()].clone());
        let costs = costs.iter().map(|name| row["cost"][name.as_str()].clone());
        table.row(own.chain(phases).chain(costs).chain(metrics).map(|value| Cell::new("", value)));
    }
    table
}
