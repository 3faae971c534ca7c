//! The forecast of a run as a table, and its summary in words.

use super::{Expected, Known, LIMITS_SHARE};
use crate::table::{Cell, Column, Table};
use crate::units;
use parallax_record::plan::Plan;
use std::time::Duration;

/// The table of a forecast, a row for each group.
pub fn table(plan: &Plan, known: &[Known], expected: &[Expected]) -> Table {
    let mut table = Table::new([
        Column::text("group", "group").kept(),
        Column::text("size", "size").kept().spared(),
        Column::number("workers", "workers").spared(),
        Column::number("cells", "techniques"),
        Column::number("a block", "block_s"),
        Column::number("blocks", "blocks"),
        Column::number("each in", "blocks_each").spared(),
        Column::number("half-width", "half_width"),
        Column::number("for ±5 %", "budget_for_5_percent_s"),
        Column::text("known from", "known_from").kept().spared(),
        Column::text("deviation", "deviation").kept(),
    ]);
    for ((group, known), of) in plan.groups.iter().zip(known).zip(expected) {
        let is_known = of.block_s.is_some();
        table.row([
            group.work().into(),
            group.size.to_string().into(),
            Cell::new(group.workers.to_string(), group.workers),
            Cell::new(of.cells.to_string(), of.cells),
            seconds(of.block_s),
            if is_known { Cell::new(of.blocks.to_string(), of.blocks) } else { Cell::none("?") },
            if is_known {
                Cell::new(format!("{:.1}", of.blocks_each), of.blocks_each)
            } else {
                Cell::none("?")
            },
            width(of.half_width),
            seconds(of.narrow_s),
            source(known),
            Cell::new(
                format!(
                    "{:.1} %{}",
                    100.0 * of.deviation,
                    if known.deviation.is_some() { "" } else { " (typical)" }
                ),
                of.deviation,
            ),
        ]);
    }
    table
}

fn width(half: Option<f64>) -> Cell {
    match half {
        None => Cell::none("none"),
        Some(half) if half > 1.0 => Cell::new("over 100 %", half),
        Some(half) => Cell::new(format!("±{:.1} %", 100.0 * half), half),
    }
}

fn seconds(seconds: Option<f64>) -> Cell {
    match seconds {
        None => Cell::none("?"),
        Some(seconds) if seconds < 60.0 => Cell::new(format!("{seconds:.1} s"), seconds),
        Some(seconds) => Cell::new(units::wait(Duration::from_secs_f64(seconds.min(1e9))), seconds),
    }
}

fn source(known: &Known) -> Cell {
    match (&known.run, known.baseline_s) {
        (Some(run), _) => run.clone().into(),
        (None, Some(_)) => "a turn just now".into(),
        (None, None) => Cell::none("nothing"),
    }
}

/// The table in summary: cells, the budget, and the budget that would be enough.
pub fn words(plan: &Plan, expected: &[Expected]) -> String {
    let cells: usize = expected.iter().map(|of| of.cells).sum();
    let wait = |seconds: f64| units::wait(Duration::from_secs_f64(seconds.clamp(0.0, 1e9)));
    let unknown = expected.iter().filter(|of| of.block_s.is_none()).count();
    let never = expected.iter().filter(|of| of.block_s.is_some() && of.narrow_s.is_none()).count();
    let narrow_s: f64 = expected.iter().filter_map(|of| of.narrow_s).sum();
    let mut told = format!(
        "{} in {}, {} of measuring; ±5 % for all would take about {}",
        units::things(cells, "technique"),
        units::things(expected.len(), "group"),
        wait(plan.budget_s),
        wait(narrow_s / (1.0 - LIMITS_SHARE))
    );
    if never > 0 {
        told += &format!(", without {} whose blocks deviate too much for it", units::things(never, "group"));
    }
    if unknown > 0 {
        let groups = units::things(unknown, "group");
        told += &format!("; {groups} of unknown cost not counted, so that the others will get fewer blocks");
    }
    told
}
