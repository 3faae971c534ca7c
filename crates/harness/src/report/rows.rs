//! The table of a group: a row for each technique that was measured.

use super::costs::amount;
use super::group::{Group, is_measured, is_out};
use super::{Detail, sheet::Sheet};
use crate::bars;
use crate::style::Paint;
use crate::table::{Cell, Column, Table};
use crate::units::{self, two_digits};
use parallax_record::cost::CostAxis;
use parallax_record::summary::{Row, RowVerdict};
use parallax_suite::cell::TRANSPORT;

/// A column, and the function from a row to its cell.
type Field<'a> = (Column, Box<dyn Fn(&Row) -> Cell + 'a>);

/// The table for the sheet: with the column of limits where there is room for it.
pub(super) fn table(group: &Group, sheet: &Sheet, detail: &Detail) -> Table {
    let known = group.rows.iter().any(|row| row.limit_share.is_some());
    let whole = of(fields(group, sheet, detail, known), group);
    match known && !detail.wide && !sheet.fits(&whole) {
        true => of(fields(group, sheet, detail, false), group),
        false => whole,
    }
}

fn of(fields: Vec<Field>, group: &Group) -> Table {
    let (columns, tells): (Vec<Column>, Vec<_>) = fields.into_iter().unzip();
    let mut table = Table::new(columns);
    for row in group.rows.iter().filter(|row| is_measured(row)) {
        table.row(tells.iter().map(|tell| tell(row)));
    }
    table
}

fn fields<'a>(group: &'a Group, sheet: &Sheet, detail: &Detail, with_limit: bool) -> Vec<Field<'a>> {
    let baseline_cpu = group.measured(group.baseline).and_then(|row| row.cpu_ns);
    let mut fields = vec![
        field(Column::text("technique", "technique").kept(), |row| row.technique.as_str().into()),
        field(Column::number("time", "time_ns_median"), |row| number(row.time_ns_median, units::time)),
        field(Column::number("speedup", "ratio"), |row| speedup(row, group.baseline)),
    ];
    if !sheet.is_markdown() {
        let ratios = group.rows.iter().filter_map(|row| row.ratio);
        let most = ratios.fold(2.0, |most: f64, ratio| most.max(ratio).max(1.0 / ratio));
        fields.push(field(Column::text("", "bar").kept(), move |row| {
            row.ratio.map_or(String::new(), |ratio| bars::ratio_bar(ratio, most, 5)).into()
        }));
    }
    fields.extend([
        field(Column::text("verdict", "verdict").kept(), verdict),
        field(Column::number("cores", "cores_used"), |row| number(row.cores_used, |n| format!("{n:.2}"))),
        field(Column::number("CPU", "cpu_ratio"), move |row| {
            number(row.cpu_ns.zip(baseline_cpu).map(|(cpu, of)| cpu / of), |r| two_digits(r) + "x")
        }),
        field(Column::number("memory", "peak_bytes"), |row| {
            number(row.peak_bytes.map(|bytes| bytes as f64), mebibytes)
        }),
    ]);
    if with_limit {
        fields.push(field(Column::number("limit", "limit_share"), |row| number(row.limit_share, percent)));
    }
    if group.isa().is_none() {
        fields.push(field(Column::text("isa", "isa").kept(), |row| row.isa.as_deref().unwrap_or("").into()));
    }
    if detail.wide {
        fields.extend(more());
        fields.extend(energy(&group.rows));
        fields.extend(costs(&group.rows));
        fields.extend(transport(&group.rows));
    }
    fields
}

/// The columns of `--wide`.
fn more<'a>() -> Vec<Field<'a>> {
    let time = |title: &str, of: fn(&Row) -> Option<f64>| {
        field(Column::number(title, title), move |row| number(of(row), units::time))
    };
    let count = |title: &str, of: fn(&Row) -> Option<f64>| {
        field(Column::number(title, title), move |row| number(of(row), |n| units::count(n as u64)))
    };
    let memory = |title: &str, of: fn(&Row) -> Option<u64>| {
        let show = |bytes: f64| units::bytes(bytes as u64);
        field(Column::number(title, title), move |row| number(of(row).map(|bytes| bytes as f64), show))
    };
    vec![
        time("task", |row| row.task_ns),
        time("spawn", |row| row.phases.as_ref()?.spawn_ns),
        time("import", |row| row.phases.as_ref()?.import_ns),
        time("start", |row| row.phases.as_ref().map_or(row.start_ns, |phases| phases.start_ns)),
        time("load", |row| row.phases.as_ref()?.load_ns),
        time("compile", |row| row.phases.as_ref()?.compile_ns),
        time("first", |row| row.first_ns),
        field(Column::text("overtakes after", "pays_after").kept(), pays_after),
        time("check", |row| row.check_ns),
        count("faults", |row| row.faults),
        count("switches", |row| row.switches),
        count("allocations", |row| row.allocations.map(|count| count as f64)),
        memory("allocated", |row| row.allocated_bytes),
        memory("held", |row| row.held_bytes),
        count("blocks", |row| Some(row.blocks as f64)),
        field(Column::text("stopped by", "stop_reason").kept(), |row| {
            row.stop_reason.as_deref().unwrap_or("").into()
        }),
    ]
}

/// The column of energy, where a row has it.
fn energy<'a>(rows: &[&Row]) -> Option<Field<'a>> {
    let is_told = rows.iter().any(|row| row.energy_j.is_some());
    let column = Column::number("energy", "energy_j");
    is_told.then(|| field(column, |row| number(row.energy_j, units::energy)))
}

/// The columns of costs, where any row has them; `cargo xtask cost` compares speed with cost.
fn costs<'a>(rows: &[&Row]) -> Vec<Field<'a>> {
    let known = |axis: &CostAxis| *axis != CostAxis::Memory && rows.iter().any(|row| axis.of(row).is_some());
    let column = |axis: CostAxis| {
        let column = Column::number(axis.words(), axis.key());
        field(column, move |row| number(axis.of(row), |value| amount(axis, value)))
    };
    CostAxis::ALL.into_iter().filter(known).map(column).collect()
}

fn pays_after(row: &Row) -> Cell {
    let Some(calls) = row.pays_after else { return Cell::none("–") };
    Cell::new(units::calls(calls, row.pays_after_low.zip(row.pays_after_high)), calls)
}

/// The columns of transport to other processes, where a row has them.
fn transport<'a>(rows: &[&Row]) -> Vec<Field<'a>> {
    let is_told = |name: &&str| rows.iter().any(|row| row.metrics.contains_key(*name));
    let column = |name: &'static str| {
        let (title, unit) = name.rsplit_once('_').unwrap_or((name, ""));
        let show = move |value: f64| match unit {
            "bytes" => units::bytes(value as u64),
            _ => units::time(1e6 * value),
        };
        let title = if unit == "bytes" { format!("{title} bytes") } else { title.to_owned() };
        let column = Column::number(&title.replace('_', " "), name);
        field(column, move |row| number(row.metrics.get(name).copied(), show))
    };
    TRANSPORT.into_iter().filter(is_told).map(column).collect()
}

fn field<'a>(column: Column, tell: impl Fn(&Row) -> Cell + 'a) -> Field<'a> {
    (column, Box::new(tell))
}

pub(super) fn number(value: Option<f64>, show: impl Fn(f64) -> String) -> Cell {
    value.map_or_else(|| Cell::none("–"), |value| Cell::new(show(value), value))
}

/// A share in two significant digits: `93 %`, `0.52 %`.
pub(super) fn percent(share: f64) -> String {
    two_digits(100.0 * share) + " %"
}

fn mebibytes(bytes: f64) -> String {
    two_digits(bytes / f64::from(1 << 20)) + " MiB"
}

/// `1.93x ±1.2%`: the interval as the larger of its two sides.
pub(super) fn speedup(row: &Row, baseline: &str) -> Cell {
    let Some(ratio) = row.ratio else { return Cell::none("not compared") };
    let text = units::ratio(ratio);
    if row.technique == baseline {
        return Cell::new(text, ratio);
    }
    let half = row.ratio_low.zip(row.ratio_high).map(|(low, high)| (ratio / low).max(high / ratio) - 1.0);
    Cell::new(format!("{text} {}", half.map_or_else(|| "±?".into(), plus_minus)), ratio)
}

/// The half-width in few digits: beyond ten times, an interval is useless.
fn plus_minus(half: f64) -> String {
    match 100.0 * half {
        percent if percent < 9.95 => format!("±{percent:.1}%"),
        percent if percent < 999.5 => format!("±{percent:.0}%"),
        _ => "±>999%".into(),
    }
}

fn verdict(row: &Row) -> Cell {
    let (text, paint) = match row.verdict {
        Some(RowVerdict::Faster) => ("faster", Paint::Green),
        Some(RowVerdict::Slower) => ("slower", Paint::Red),
        Some(RowVerdict::Undecided) if is_out(row) => ("out", Paint::Dim),
        Some(RowVerdict::Undecided) => ("unclear", Paint::Dim),
        Some(RowVerdict::Same) => ("same", Paint::Plain),
        Some(RowVerdict::Baseline) | None => ("", Paint::Plain),
    };
    Cell::new(text, serde_json::to_value(row.verdict).unwrap_or_default()).paint(paint)
}
