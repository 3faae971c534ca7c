//! The report of a sweep: crossings first, then each curve point by point.

use super::sheet::Sheet;
use crate::amount::{amount, is_time, three_digits};
use crate::shell::quoted;
use crate::table::{Cell, Column, Format, Table};
use crate::worker::shorten;
use crate::{units, workspace};
use parallax_record::name::{BASELINE, full};
use parallax_record::scale::{Axis, Crossing, Crossover, FittedLaw, Grain, Prediction, ScalePoint, Scaling};
use parallax_record::summary::Summary;
use std::path::Path;

/// The report of a sweep, as text or Markdown.
pub(super) fn words(summary: &Summary, scaling: &Scaling, folder: &Path, format: Format) -> String {
    let mut sheet = Sheet::new(format);
    write(&mut sheet, summary, scaling, folder);
    sheet.finish()
}

/// The same, onto a sheet.
pub(super) fn write(sheet: &mut Sheet, summary: &Summary, scaling: &Scaling, folder: &Path) {
    let works = works(scaling);
    sheet.heading(&format!("{} over {}", works.join(", "), scaling.axis.words()));
    let told: Vec<(String, String)> = scaling
        .crossovers
        .iter()
        .map(|of| (of_work(&works, &of.workload, &of.case, &of.technique), crossover(of)))
        .chain(
            scaling
                .grains
                .iter()
                .map(|of| (of_work(&works, &of.workload, &of.case, &of.technique), grain(of, scaling.axis))),
        )
        .chain(
            scaling.laws.iter().map(|of| (of_work(&works, &of.workload, &of.case, &of.technique), law(of))),
        )
        .collect();
    sheet.points(&told);
    sheet.paragraph(&counted(scaling));
    for work in &works {
        let of_work = |point: &&ScalePoint| full(&point.workload, &point.case) == *work;
        let points: Vec<&ScalePoint> = scaling.points.iter().filter(of_work).collect();
        let unit = points.first().map_or("", |point| &point.unit);
        sheet.section(&format!("{work}: {unit} of each point, and its time"), |sheet| {
            sheet.table(&table(&points));
        });
    }
    sheet.notes(&closing(summary, scaling, folder));
}

/// How many points and blocks the sweep has.
fn counted(scaling: &Scaling) -> String {
    let mut values: Vec<&str> = scaling.points.iter().map(|point| &*point.value).collect();
    values.sort_unstable();
    values.dedup();
    let blocks = scaling.points.iter().map(|point| point.blocks);
    let (least, most) = (blocks.clone().min().unwrap_or(0), blocks.max().unwrap_or(0));
    let blocks = if least == most { most.to_string() } else { format!("{least} to {most}") };
    format!("{}, in {blocks} blocks each that count", units::things(values.len(), "point"))
}

fn works(scaling: &Scaling) -> Vec<String> {
    let mut works: Vec<String> = scaling.points.iter().map(|of| full(&of.workload, &of.case)).collect();
    works.dedup();
    works
}

/// A technique, with its work where there are several.
fn of_work(works: &[String], workload: &str, case: &str, technique: &str) -> String {
    match works.len() {
        0 | 1 => technique.to_owned(),
        _ => format!("{}/{technique}", full(workload, case)),
    }
}

/// Whether and where one overtakes the other.
fn crossover(of: &Crossover) -> String {
    let reason = || of.reason.as_deref().map_or_else(String::new, shorten);
    match &of.crossover {
        Some(at) => {
            let but = of.reason.as_ref().map_or_else(String::new, |_| format!("; {}", reason()));
            format!("{}{but}", overtakes(at))
        }
        None => format!("no crossing with {}: {}", of.over, reason()),
    }
}

/// The crossing with its interval: `rayon overtakes sequential at 41,000 items (38,100 to 44,200; …)`.
fn overtakes(at: &Crossing) -> String {
    let Crossing { technique, over, unit, .. } = at;
    let of = |place: f64| amount(place, unit);
    let unit = if is_time(unit) { " of work in a task" } else { &format!(" {unit}") };
    format!(
        "{technique} overtakes {over} at {}{unit} ({} to {}; measured at {} and {})",
        of(at.at),
        of(at.low),
        of(at.high),
        of(at.after),
        of(at.before)
    )
}

fn grain(of: &Grain, axis: Axis) -> String {
    let (Some(metg), Some(low), Some(high)) = (of.metg_ns, of.low, of.high) else {
        let reason = of.reason.as_deref().map_or_else(String::new, shorten);
        return format!("no METG against {}: {reason}", of.alone);
    };
    let [metg_said, low, high] = [metg, low, high].map(units::time);
    let from = match axis {
        Axis::Lengths => format!("; worth it from tasks of {} on", units::time(0.5 * metg)),
        _ => String::new(),
    };
    format!("METG {metg_said} ({low} to {high}), against {} alone{from}", of.alone)
}

fn law(of: &FittedLaw) -> String {
    let name = if of.law == "amdahl" { "Amdahl" } else { "USL" };
    let (Some(serial), Some(residual)) = (of.serial, of.residual) else {
        return format!("{name}: {}", of.reason.as_deref().map_or_else(String::new, shorten));
    };
    let percent = |share: f64| format!("{} %", three_digits(100.0 * share));
    let range = |of: parallax_record::scale::Figure| {
        format!("{} ({} to {})", percent(of.value), percent(of.low), percent(of.high))
    };
    let crosstalk = of.crosstalk.map_or_else(String::new, |of| format!(", crosstalk {} a pair", range(of)));
    let best = of.best_workers.map_or_else(String::new, |n| format!(", best with about {n:.0} workers"));
    let predicted: Vec<String> = of.predicted.iter().map(prediction).collect();
    format!(
        "{name}: serial {}{crosstalk}{best}; the points lie within {} of it. Predicted and not measured: {}",
        range(serial),
        percent(residual),
        predicted.join(", ")
    )
}

fn prediction(of: &Prediction) -> String {
    let [ratio, low, high] = [of.ratio, of.low, of.high].map(units::ratio);
    format!("{ratio} ({low} to {high}) with {} workers", units::count(of.workers as u64))
}

/// Every point of a curve.
pub(super) fn table(points: &[&ScalePoint]) -> Table {
    let columns = [
        Column::text("technique", "technique").kept(),
        Column::text("point", "value").kept(),
        Column::number("at", "at"),
        Column::number("time", "time_ns"),
        Column::number("±", "time_spread").spared(),
        Column::number("speedup", "ratio"),
        Column::number("from", "low").spared(),
        Column::number("to", "high").spared(),
        Column::number("efficiency", "efficiency").spared(),
        Column::number("blocks", "blocks").spared(),
        Column::text("reason", "reason").cut(),
    ];
    let shown = |key: &str| match key {
        "efficiency" => points.iter().any(|point| point.efficiency.is_some()),
        "reason" => points.iter().any(|point| point.reason.is_some()),
        _ => true,
    };
    let kept: Vec<bool> = columns.iter().map(|column| shown(&column.key)).collect();
    let keep = |at: &usize| kept[*at];
    let mut table = Table::new(columns.into_iter().enumerate().filter(|(at, _)| keep(at)).map(|(_, c)| c));
    for point in points {
        table.row(row(point).into_iter().enumerate().filter(|(at, _)| keep(at)).map(|(_, cell)| cell));
    }
    table
}

fn row(point: &ScalePoint) -> [Cell; 11] {
    let or_none = |cell: Option<Cell>| cell.unwrap_or_else(|| Cell::none("–"));
    let ratio = |of: Option<f64>| or_none(of.map(|of| Cell::new(units::ratio(of), of)));
    let is_baseline = point.technique == BASELINE;
    let spread = point.time_ns.zip(point.time_ns_high).map(|(time, high)| high / time - 1.0);
    let percent = |share: f64| Cell::new(format!("{:.0} %", 100.0 * share), share);
    [
        point.technique.as_str().into(),
        point.value.as_str().into(),
        or_none(point.at.map(|at| Cell::new(amount(at, &point.unit), at))),
        or_none(point.time_ns.map(|ns| Cell::new(units::time(ns), ns))),
        or_none(spread.map(percent)),
        ratio(point.ratio),
        ratio(point.low.filter(|_| !is_baseline)),
        ratio(point.high.filter(|_| !is_baseline)),
        or_none(point.efficiency.map(percent)),
        Cell::new(point.blocks.to_string(), point.blocks),
        point.reason.as_deref().map_or_else(|| Cell::none(""), |why| shorten(why).into()),
    ]
}

/// The closing lines: how to read lines and predictions, excluded blocks, and where there is more.
fn closing(summary: &Summary, scaling: &Scaling, folder: &Path) -> Vec<String> {
    let intervals = format!(
        "speedup: time of {BASELINE} / time of the technique; intervals are those of 95 % over fresh processes. \
         Between two points a time is taken to be an overhead plus a time per unit"
    );
    let predicted = scaling.laws.iter().any(|law| !law.predicted.is_empty()).then(|| {
        "a prediction holds as long as its law does: its interval says how well the law is known, not whether another \
         limit applies to more workers"
            .to_owned()
    });
    let excluded = summary.excluded.first().map(|first| {
        let blocks = units::things(summary.excluded.len(), "block");
        format!("{blocks} left out by rule, such as: {}", first.reason)
    });
    let warnings = summary.warnings.iter().map(|warning| format!("warning: {warning}"));
    let more = format!("again: {} {} --format json", workspace::show(), quoted(folder));
    [Some(intervals), predicted, excluded].into_iter().flatten().chain(warnings).chain([more]).collect()
}

/// A line for each point, for a spreadsheet; crossings, grains and laws are in the other forms.
pub(super) fn flat(scaling: &Scaling) -> Table {
    let fields = [
        "workload",
        "case",
        "technique",
        "value",
        "at",
        "unit",
        "blocks",
        "time_ns",
        "time_ns_low",
        "time_ns_high",
        "ratio",
        "low",
        "high",
        "efficiency",
        "reason",
    ];
    let mut table = Table::new(fields.map(|field| Column::text(field, field)));
    for point in &scaling.points {
        let point = serde_json::to_value(point).unwrap_or_default();
        table.row(fields.map(|field| Cell::new("", point[field].clone())));
    }
    table
}

#[cfg(test)]
mod tests;
