//! The report of costs: for each workload the costs of each technique, and the techniques that are worth a higher cost.

use super::group::{Group, is_measured};
use super::rows::{number, speedup};
use super::sheet::Sheet;
use crate::table::{Cell, Column, Format, Table, print as put, tell};
use crate::units::{self, two_digits};
use crate::worker::shorten;
use anyhow::Result;
use parallax_record::cost::{CostAxis, front, words as words_of};
use parallax_record::name::BASELINE;
use parallax_record::summary::{Row, Summary};
use std::collections::BTreeMap;

/// Prints the costs: a table for each group and its fronts in words, or a line for each cell for programs.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn print(summary: &Summary, format: Format) -> Result<()> {
    match format {
        Format::Json | Format::Csv => put(&flat(summary).render(format, 0, false)),
        Format::Text => tell(&words(summary, Sheet::new(format))),
        Format::Md => put(&words(summary, Sheet::new(format))),
    }
}

fn words(summary: &Summary, mut sheet: Sheet) -> String {
    for group in Group::all(summary, BASELINE) {
        sheet.section(&group.title(), |sheet| {
            sheet.table(&table(&group));
            sheet.note("nothing is shown to be both faster and cheaper than:");
            sheet.points(&fronts(&group));
            sheet.notes(&reasons(&group));
        });
    }
    sheet.notes(&MEANINGS.map(str::to_owned));
    sheet.finish()
}

/// The meaning of the columns.
const MEANINGS: [&str; 5] = [
    "lines: of the technique's part + of its kernel; unsafe: such lines in the project's files that it reaches",
    "deps: crates that its libraries add to those of the baseline; for Python, distributions",
    "build: compiling these crates from scratch, one after the other",
    "size: machine code of these crates and its own module in its family's worker; for Python, the installed files",
    "memory: peak resident size of its processes in this run",
];

fn table(group: &Group) -> Table {
    let axis = |title: &str, axis: CostAxis| Column::number(title, axis.key());
    let mut table = Table::new([
        Column::text("technique", "technique").kept(),
        Column::number("speedup", "ratio"),
        axis("lines", CostAxis::Lines),
        axis("unsafe", CostAxis::UnsafeLines),
        axis("deps", CostAxis::Dependencies),
        axis("build", CostAxis::Build),
        axis("size", CostAxis::Size),
        axis("memory", CostAxis::Memory).spared(),
    ]);
    for row in group.rows.iter().filter(|row| is_measured(row)) {
        let lines =
            row.cost.lines.zip(row.cost.kernel_lines).map(|(part, kernel)| format!("{part}+{kernel}"));
        let of = |axis: CostAxis| number(axis.of(row), |value| amount(axis, value));
        table.row([
            Cell::from(row.technique.as_str()),
            speedup(row, group.baseline),
            lines.map_or_else(|| Cell::none("–"), Cell::from),
            of(CostAxis::UnsafeLines),
            of(CostAxis::Dependencies),
            of(CostAxis::Build),
            of(CostAxis::Size),
            of(CostAxis::Memory),
        ]);
    }
    table
}

/// The front of each known cost, the cheapest first.
fn fronts(group: &Group) -> Vec<(String, String)> {
    let point = |axis: CostAxis| {
        let on = front(group.rows.iter().copied(), axis);
        let each = on.iter().filter_map(|row| {
            Some(format!("{} ({}, {})", row.technique, amount(axis, axis.of(row)?), units::ratio(row.ratio?)))
        });
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| (axis.words().to_owned(), each.join(", ")))
    };
    CostAxis::ALL.into_iter().filter_map(point).collect()
}

/// The amount of a cost, for people.
pub(super) fn amount(axis: CostAxis, value: f64) -> String {
    match axis {
        _ if value == 0.0 => "0".into(),
        CostAxis::Lines | CostAxis::UnsafeLines | CostAxis::Dependencies => format!("{value:.0}"),
        CostAxis::Build => two_digits(value) + " s",
        CostAxis::Size | CostAxis::Memory if value < f64::from(1 << 20) => {
            two_digits(value / 1024.0) + " KiB"
        }
        CostAxis::Size | CostAxis::Memory => two_digits(value / f64::from(1 << 20)) + " MiB",
    }
}

/// Why figures are missing, each reason once, with the techniques that have it.
fn reasons(group: &Group) -> Vec<String> {
    let mut told: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let rows: Vec<&&Row> = group.rows.iter().filter(|row| is_measured(row)).collect();
    for row in &rows {
        for (field, why) in &row.cost.reasons {
            told.entry((why.as_str(), field.as_str())).or_default().push(&row.technique);
        }
    }
    let line = |((why, field), names): (&(&str, &str), &Vec<&str>)| {
        let whose = if names.len() == rows.len() { "all".to_owned() } else { names.join(", ") };
        format!("no {}: {} ({whose})", words_of(field), shorten(why))
    };
    told.iter().map(line).collect()
}

/// A line for each cell, for programs.
fn flat(summary: &Summary) -> Table {
    let names =
        ["workload", "case", "technique", "family", "size", "workers", "ratio", "ratio_low", "ratio_high"];
    let costs = [
        "lines",
        "kernel_lines",
        "unsafe_lines",
        "dependencies",
        "build_s",
        "size_bytes",
        "peak_bytes",
        "fronts",
        "reasons",
    ];
    let mut table = Table::new(names.iter().chain(&costs).map(|key| Column::text(key, key)));
    for group in Group::all(summary, BASELINE) {
        let fronts = CostAxis::ALL.map(|axis| (axis, front(group.rows.iter().copied(), axis)));
        for row in &group.rows {
            let on = fronts.iter().filter(|(_, front)| front.iter().any(|on| std::ptr::eq(*on, *row)));
            let on: Vec<&str> = on.map(|(axis, _)| axis.key()).collect();
            let reasons: Vec<String> =
                row.cost.reasons.iter().map(|(field, why)| format!("{field}: {why}")).collect();
            let told = serde_json::to_value(row).unwrap_or_default();
            let of = |key: &str| match key {
                "fronts" => on.join(" ").into(),
                "reasons" => reasons.join("; ").into(),
                _ => told.get(key).or_else(|| told["cost"].get(key)).cloned().unwrap_or_default(),
            };
            table.row(names.iter().chain(&costs).map(|key| Cell::new("", of(key))));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::sample::{judged, summary};
    use super::*;
    use serde_json::{Value, json};
    use textwrap::core::display_width;

    fn costing(technique: &str, ratio: f64, cost: Value) -> Row {
        Row { cost: serde_json::from_value(cost).unwrap(), ..judged(technique, ratio, "faster") }
    }

    fn run() -> Summary {
        let mut run = summary(vec![
            costing(
                "portable+rayon",
                8.84,
                json!({ "lines": 30, "kernel_lines": 70, "unsafe_lines": 12, "dependencies": 9,
                "build_s": 12.34, "size_bytes": 345_678 }),
            ),
            costing(
                "rayon",
                1.92,
                json!({ "lines": 12, "kernel_lines": 15, "unsafe_lines": 0, "dependencies": 8,
                "reasons": { "build_s": "not measured", "size_bytes": "not measured" } }),
            ),
            costing(
                "as-fast",
                1.92,
                json!({ "lines": 60, "kernel_lines": 15, "unsafe_lines": 0, "dependencies": 8 }),
            ),
        ]);
        run.cells[0].cost =
            serde_json::from_value(json!({ "lines": 3, "kernel_lines": 15, "unsafe_lines": 0,
            "dependencies": 0, "build_s": 0.0, "size_bytes": 0 }))
            .unwrap();
        run
    }

    #[test]
    fn each_front_is_told_in_words_and_within_80_columns() {
        let said = words(&run(), Sheet::of_width(Format::Text, 80, false));
        assert!(said.lines().all(|line| display_width(line) <= 80), "{said}");
        let line = |start: &str| {
            said.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{said}"))
        };
        assert!(
            line("lines of code").contains("sequential (18, 1.00x), rayon (27, 1.92x), portable+rayon"),
            "{said}"
        );
        assert!(line("unsafe lines").contains("rayon (0, 1.92x), portable+rayon (12, 8.84x)"), "{said}");
        assert!(!line("unsafe lines").contains("sequential"), "rayon costs as little and is faster: {said}");
        assert!(
            line("portable+rayon").contains("30+70") && line("portable+rayon").contains("12 s"),
            "{said}"
        );
        assert!(said.contains("no build time: not measured (rayon)"), "{said}");
    }

    #[test]
    fn programs_read_every_figure_its_fronts_and_why_one_is_missing() {
        let told: Vec<Value> = serde_json::from_str(&flat(&run()).render(Format::Json, 0, false)).unwrap();
        let of = |name: &str| told.iter().find(|row| row["technique"] == name).unwrap();
        let rayon = of("rayon");
        assert_eq!(
            (&rayon["lines"], &rayon["build_s"], &rayon["dependencies"]),
            (&json!(12), &json!(null), &json!(8))
        );
        assert_eq!(rayon["fronts"], "lines unsafe_lines dependencies");
        assert_eq!(rayon["reasons"], "build_s: not measured; size_bytes: not measured");
        assert_eq!(of("as-fast")["fronts"], "");
        assert!(
            of("portable+rayon")["fronts"].as_str().unwrap().contains("peak_bytes"),
            "all take as much memory"
        );
    }
}
