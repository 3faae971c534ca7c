//! A run in words: a table for each workload, who wins where, and the command that shows more.

use crate::against;
use crate::shell::quoted;
use crate::style::{Paint, bold, dim, visible};
use crate::table::{Cell, Column, Format, Table, print as put, tell, terminal_width};
use crate::units;
use crate::worker::shorten;
use anyhow::Result;
use parallax_record::name::BASELINE;
use parallax_record::name::full;
use parallax_record::plan::Mode;
use parallax_record::summary::{Row, RowVerdict, Summary, Twin};
use parallax_runner::protocol::Regime;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// How much of a run to print.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Detail {
    /// Also print start-up, first run, faults, switches and blocks
    #[arg(long)]
    pub wide: bool,
}

/// Prints a run: as text or Markdown for people, as JSON (`summary.json` itself) or CSV (a line for
/// each cell) for programs.
pub fn print(summary: &Summary, folder: &Path, format: Format, detail: &Detail) -> Result<()> {
    match format {
        Format::Json => put(&(serde_json::to_string_pretty(summary)? + "\n")),
        Format::Csv => put(&flat(summary).render(Format::Csv, 0, false)),
        Format::Text => tell(&words(summary, folder, format, detail)),
        Format::Md => put(&words(summary, folder, format, detail)),
    }
}

/// The report as text or Markdown.
pub fn words(summary: &Summary, folder: &Path, format: Format, detail: &Detail) -> String {
    let mut out = String::new();
    let heading = |text: String| {
        let text = visible(&text);
        if format == Format::Md { format!("## {text}") } else { bold(text) }
    };
    for twin in &summary.aa {
        let rows = rows_of(summary, twin);
        let uniform = uniform_isa(&rows);
        let isa = uniform.map_or(String::new(), |isa| format!(" · {isa}"));
        let name = full(&twin.workload, &twin.case);
        let workers = units::things(twin.workers, "worker");
        let _ = writeln!(out, "{}\n", heading(format!("{name} · {} · {workers}{isa}", twin.size)));
        out += &render(&fitting(&rows, uniform.is_none(), format, detail), format);
        out += &notes(twin, &rows);
        out.push('\n');
    }
    if summary.aa.len() > 1 {
        let _ = writeln!(out, "{}\n", heading("who wins where".into()));
        out += &render(&winners(summary), format);
        out.push('\n');
    }
    let (duels, coverage, common) = against::tables(summary);
    if !duels.is_empty() {
        let _ = writeln!(out, "{}\n", heading("against Python".into()));
        out += &render(&duels, format);
        let _ = writeln!(out, "\n{}\n", heading("the peers, by how many workloads they have".into()));
        out += &render(&coverage, format);
        let told = format!(
            "ratio: the best peer's time over the best Rust cell's, with its 95 % interval; the mean is over the {} that all peers with at least half of the workloads have",
            units::things(common, "cell")
        );
        let _ = writeln!(out, "{}\n", dim(textwrap::wrap(&told, wrap_at()).join("\n")));
    }
    out += &closing(summary, folder);
    out
}

fn render(table: &Table, format: Format) -> String {
    table.render(format, terminal_width(), format == Format::Text && crate::style::coloured())
}

/// The table of a group, with how near each row came to its limit where there is room for it.
fn fitting(rows: &[&Row], with_isa: bool, format: Format, detail: &Detail) -> Table {
    let known = rows.iter().any(|row| row.limit_share.is_some());
    let table = group_table(rows, with_isa, known, detail);
    let width = terminal_width();
    let text = table.render(Format::Text, width, false);
    let fits = text.lines().all(|line| textwrap::core::display_width(line) <= width);
    if !known || fits || detail.wide || format == Format::Md {
        return table;
    }
    group_table(rows, with_isa, false, detail)
}

/// A group's rows: the fastest first, then those without a number.
fn rows_of<'a>(summary: &'a Summary, twin: &Twin) -> Vec<&'a Row> {
    let key = |row: &Row| (row.workload.clone(), row.case.clone(), row.size, row.workers);
    let of_twin = (twin.workload.clone(), twin.case.clone(), twin.size, twin.workers);
    let mut rows: Vec<&Row> = summary.cells.iter().filter(|row| key(row) == of_twin).collect();
    let rank = |row: &Row| row.ratio.unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    rows
}

/// The instruction set of all rows, if they share one; else it needs a column.
fn uniform_isa<'a>(rows: &[&'a Row]) -> Option<&'a str> {
    let mut sets = rows.iter().filter_map(|row| row.isa.as_deref());
    let first = sets.next()?;
    sets.all(|isa| isa == first).then_some(first)
}

fn group_table(rows: &[&Row], with_isa: bool, with_limit: bool, detail: &Detail) -> Table {
    let mut columns = vec![
        Column::text("technique", "technique").kept(),
        Column::number("time", "time_ns_median"),
        Column::number("speedup", "ratio"),
        Column::text("", "bar").kept(),
        Column::text("verdict", "verdict").kept(),
        Column::number("cores", "cores_used"),
        Column::number("CPU", "cpu_ratio"),
        Column::number("memory", "peak_bytes"),
    ];
    if with_limit {
        columns.push(Column::number("limit", "limit_share"));
    }
    if with_isa {
        columns.push(Column::text("isa", "isa").kept());
    }
    if detail.wide {
        let more = ["start", "first", "check", "faults", "switches", "blocks"];
        columns.extend(more.map(|title| Column::number(title, title)));
        columns.push(Column::text("stopped by", "stop_reason").kept());
    }
    let mut table = Table::new(columns);
    let most = rows.iter().filter_map(|row| row.ratio).fold(2.0, |most: f64, r| most.max(r).max(1.0 / r));
    let baseline_cpu = rows.iter().find(|row| row.technique == BASELINE).and_then(|row| row.cpu_ns);
    for row in rows.iter().filter(|row| row.ratio.is_some()) {
        let mut cells = vec![
            Cell::from(row.technique.as_str()),
            number(row.time_ns_median, units::time),
            speedup(row),
            Cell::from(row.ratio.map_or(String::new(), |ratio| units::ratio_bar(ratio, most, 5))),
            verdict(row),
            number(row.cores_used, |cores| format!("{cores:.2}")),
            number(row.cpu_ns.zip(baseline_cpu).map(|(cpu, baseline)| cpu / baseline), |r| {
                two_digits(r) + "x"
            }),
            number(row.peak_bytes.map(|bytes| bytes as f64), mebibytes),
        ];
        if with_limit {
            cells.push(number(row.limit_share, percent));
        }
        if with_isa {
            cells.push(row.isa.as_deref().unwrap_or("").into());
        }
        if detail.wide {
            cells.extend([row.start_ns, row.first_ns, row.check_ns].map(|ns| number(ns, units::time)));
            cells.extend([row.faults, row.switches].map(|n| number(n, |n| units::count(n as u64))));
            cells.push(Cell::new(row.blocks.to_string(), row.blocks));
            cells.push(row.stop_reason.as_deref().unwrap_or("").into());
        }
        table.row(cells);
    }
    table
}

fn number(value: Option<f64>, show: impl Fn(f64) -> String) -> Cell {
    value.map_or_else(|| Cell::none("–"), |value| Cell::new(show(value), value))
}

/// Two digits that count are enough for what a time costs.
fn two_digits(x: f64) -> String {
    match x {
        x if x >= 9.95 => format!("{x:.0}"),
        x if x >= 0.995 => format!("{x:.1}"),
        x => format!("{x:.2}"),
    }
}

/// A share in two digits that count: `93 %`, `0.52 %`.
fn percent(share: f64) -> String {
    two_digits(100.0 * share) + " %"
}

fn mebibytes(bytes: f64) -> String {
    two_digits(bytes / f64::from(1 << 20)) + " MiB"
}

/// `1.93x ±1.2%`: the interval as the larger of its two sides.
fn speedup(row: &Row) -> Cell {
    let Some(ratio) = row.ratio else { return Cell::none("–") };
    let text = units::ratio(ratio);
    if row.technique == BASELINE {
        return Cell::new(text, ratio);
    }
    let half = row.ratio_low.zip(row.ratio_high).map(|(low, high)| (ratio / low).max(high / ratio) - 1.0);
    Cell::new(format!("{text} {}", half.map_or_else(|| "±?".into(), plus_minus)), ratio)
}

fn plus_minus(half: f64) -> String {
    match 100.0 * half {
        percent if percent < 9.95 => format!("±{percent:.1}%"),
        percent if percent < 999.5 => format!("±{percent:.0}%"),
        _ => "±?".into(),
    }
}

fn verdict(row: &Row) -> Cell {
    let (text, paint) = match row.verdict {
        Some(RowVerdict::Faster) => ("faster", Paint::Green),
        Some(RowVerdict::Slower) => ("slower", Paint::Red),
        Some(RowVerdict::Undecided) => ("unclear", Paint::Dim),
        Some(RowVerdict::Same) => ("same", Paint::Plain),
        Some(RowVerdict::Baseline) | None => ("", Paint::Plain),
    };
    Cell::new(text, serde_json::to_value(row.verdict).unwrap_or_default()).paint(paint)
}

/// What stands below a group's table: refusals and doubts, each reason once, and the noise floor.
fn notes(twin: &Twin, rows: &[&Row]) -> String {
    let mut out = String::new();
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for row in rows {
        let Some(reason) = &row.reason else { continue };
        let kind = if row.ratio.is_some() { "note" } else { row.status.words() };
        let line = format!("{kind}: {}", shorten(reason));
        match told.iter_mut().find(|(other, _)| *other == line) {
            Some((_, names)) => names.push(&row.technique),
            None => told.push((line, vec![&row.technique])),
        }
    }
    for (line, names) in told {
        let line = format!("{line} ({})", names.join(", "));
        for line in textwrap::wrap(&visible(&line), wrap_at()) {
            let _ = writeln!(out, "{}", dim(line));
        }
    }
    let shares = rows.iter().filter_map(|row| Some((row, row.limit.as_deref()?, row.limit_share?)));
    if let Some((row, limit, share)) = shares.max_by(|(.., a), (.., b)| a.total_cmp(b)) {
        let line =
            format!("nearest to the limit: {}, {} of {}", row.technique, percent(share), shorten(limit));
        let _ = writeln!(out, "{}", dim(textwrap::wrap(&visible(&line), wrap_at()).join("\n")));
    }
    let refused: BTreeSet<&str> = rows.iter().filter_map(|row| row.limit_reason.as_deref()).collect();
    for why in refused {
        let _ = writeln!(out, "{}", dim(textwrap::wrap(why, wrap_at()).join("\n")));
    }
    if twin.regime == Some(Regime::Cold) {
        let line = "cold: a run of sequential takes 1 s or more, so each time is the first run of its process, without a warm-up";
        let _ = writeln!(out, "{}", dim(textwrap::wrap(line, wrap_at()).join("\n")));
    }
    let blocks = units::things(twin.blocks, "block");
    let floor = match twin.floor {
        Some(floor) => format!("{:.1} % ({blocks} of sequential against itself)", 100.0 * (floor - 1.0)),
        None => format!("not known after {blocks}"),
    };
    let _ = writeln!(out, "{}", dim(format!("noise floor: {floor}")));
    out
}

fn wrap_at() -> textwrap::Options<'static> {
    textwrap::Options::new(terminal_width()).subsequent_indent("  ")
}

/// For each workload the technique that is ahead, and those that it cannot be told from.
fn winners(summary: &Summary) -> Table {
    let columns = [
        Column::text("workload", "workload").kept(),
        Column::text("fastest", "technique").kept(),
        Column::number("speedup", "ratio"),
        Column::text("not told apart from it", "ties"),
    ];
    let mut table = Table::new(columns);
    for twin in &summary.aa {
        let rows = rows_of(summary, twin);
        let Some(best) = rows.iter().find(|row| row.ratio.is_some()) else { continue };
        let low = best.ratio_low.unwrap_or(0.0);
        let ties = rows.iter().filter(|row| row.technique != best.technique);
        let ties = ties.filter(|row| row.ratio.is_some() && row.ratio_high.is_none_or(|high| high >= low));
        let mut ties: Vec<String> = ties.map(|row| row.technique.clone()).collect();
        if ties.len() > 4 {
            let more = ties.split_off(3).len();
            ties.push(format!("{more} more"));
        }
        let work = full(&twin.workload, &twin.case);
        table.row([work.into(), best.technique.as_str().into(), speedup(best), ties.join(", ").into()]);
    }
    table
}

/// What the numbers mean, and where there is more.
fn closing(summary: &Summary, folder: &Path) -> String {
    let mut lines = Vec::new();
    if summary.mode == Mode::Quick {
        lines.push("a quick run: indicative only; `cargo xtask bench` measures properly".to_owned());
    }
    lines.push(
        "speedup: time of sequential / time of the technique, with its 95 % interval over \
         fresh processes; CPU: CPU time spent, as a multiple of sequential's"
            .to_owned(),
    );
    let measured: Vec<&Row> = summary.cells.iter().filter(|row| row.ratio.is_some()).collect();
    let single = measured.iter().filter(|row| row.ratio_low.is_none()).count();
    if single > 0 {
        lines.push(format!(
            "±?: one block has no interval, and {single} of {} cells have no more; go on with `cargo xtask bench \
             --resume {} --budget {}`, or measure less at a time (-w, -t)",
            measured.len(),
            quoted(folder),
            if summary.mode == Mode::Quick { "5m" } else { "30m" },
        ));
    }
    if summary.cells.iter().any(|row| row.limit_share.is_some()) {
        lines.push(
            "limit: the least time that this machine allows (cargo xtask limits), as a share of the time"
                .to_owned(),
        );
    }
    if !summary.excluded.is_empty() {
        let blocks = units::things(summary.excluded.len(), "block");
        lines.push(format!("{blocks} left out by rule, such as: {}", summary.excluded[0].reason));
    }
    let data = folder.join("summary.json");
    let data = if data.exists() { format!(" · the same as data: {}", quoted(data)) } else { String::new() };
    lines.push(format!("more: cargo xtask show {} --wide{data}", quoted(folder)));
    lines.push(
        "the code of a row: cargo xtask code julia/rayon · one row alone: cargo xtask repro julia/rayon"
            .into(),
    );
    let wrap = |line: String| textwrap::wrap(&visible(&line), wrap_at()).join("\n");
    lines.into_iter().map(|line| dim(wrap(line)) + "\n").collect()
}

/// Every cell on a line of its own, for programs.
fn flat(summary: &Summary) -> Table {
    let rows: Vec<serde_json::Value> =
        summary.cells.iter().filter_map(|row| serde_json::to_value(row).ok()).collect();
    let simple = |value: &serde_json::Value| !value.is_object() && !value.is_array();
    let first = rows.first().and_then(|row| row.as_object());
    let keys: Vec<&String> = first.into_iter().flatten().filter(|(_, v)| simple(v)).map(|(k, _)| k).collect();
    let mut table = Table::new(keys.iter().map(|key| Column::text(key, key)));
    for row in &rows {
        table.row(keys.iter().map(|key| Cell::new("", row[key.as_str()].clone())));
    }
    table
}
