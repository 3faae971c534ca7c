//! The details of a cell in the explorer: its command, its phases, its costs, and its doubts.

use crate::cost::amount;
use crate::markup::repro;
use crate::number::{bytes, count, digits, energy, time};
use crate::ranking::pays_after;
use maud::{Markup, html};
use parallax_record::cost::CostAxis;
use parallax_record::summary::{PeakBy, Row};

/// The details of a row.
pub(super) fn more(row: &Row) -> Markup {
    html! {
        code { (repro(row)) }
        dl {
            dt { "blocks" } dd { (row.blocks) @if let Some(why) = &row.stop_reason { ", ended by " (why.replace('_', " ")) } }
            @if !row.algorithm.is_empty() { dt { "algorithm" } dd { (row.algorithm) } }
            @if let Some(isa) = &row.isa { dt { "instruction set" } dd { (isa) } }
            (phases(row))
            @if let Some(calls) = pays_after(row) { dt { "overtakes sequential after" } dd { (calls) } }
            (costs(row))
            @if let Some(ns) = row.cpu_ns { dt { "CPU time" } dd { (time(ns)) } }
            @if let Some(joules) = row.energy_j {
                dt { "energy" } dd { (energy(joules)) ", of the whole package, including other programs" }
            }
            @if let Some(why) = &row.energy_reason { dt { "energy" } dd { "not known: " (why) } }
            @if let Some(cores) = row.cores_used { dt { "cores used" } dd { (digits(cores)) } }
            @if let Some(how) = shared(row.peak_by) { dt { "memory" } dd { (how) } }
            @if let Some(said) = allocated(row) { dt { "allocations of a run" } dd { (said) } }
            @if let (Some(limit), Some(share)) = (&row.limit, row.limit_share) { dt { "of the limit" } dd { (digits(100.0 * share)) "% of " (limit) } }
            @if let Some(why) = &row.limit_reason { dt { "of the limit" } dd { (why) } }
            @for (name, value) in &row.metrics { dt { (name.replace('_', " ")) } dd { (digits(*value)) } }
            @for (name, version) in &row.libraries { dt { (name) } dd { (version.as_deref().unwrap_or("unknown")) } }
            @if let (true, Some(doubt)) = (row.is_measured(), &row.reason) { dt { "doubt" } dd { (doubt) } }
        }
    }
}

/// Its times from the start of its process on, phase by phase; for an older run, those that it has.
fn phases(row: &Row) -> Markup {
    let older = [("start-up", row.start_ns), ("first run", row.first_ns)];
    let all = row.phases.as_ref().map_or_else(|| older.to_vec(), |phases| phases.all().to_vec());
    html! { @for (name, ns) in all { @if let Some(ns) = ns { dt { (name) } dd { (time(ns)) } } } }
}

/// Its costs in addition to its time, or why one is not known.
fn costs(row: &Row) -> Markup {
    let axes = CostAxis::ALL.into_iter().filter(|axis| *axis != CostAxis::Memory);
    html! { @for axis in axes {
        @match (axis.of(row), row.cost.reason(axis.key())) {
            (Some(value), _) => { dt { (axis.words()) } dd { (amount(axis, value)) } }
            (None, Some(why)) => { dt { (axis.words()) } dd { "not known: " (why) } }
            (None, None) => {}
        }
    } }
}

/// How the memory of several processes was added up.
const fn shared(by: Option<PeakBy>) -> Option<&'static str> {
    match by {
        Some(PeakBy::Pss) => Some("of several processes; shared memory counts once"),
        Some(PeakBy::Rss) => Some("of several processes; shared memory counts for each"),
        Some(PeakBy::Process) | None => None,
    }
}

/// The allocations of a run, or why they are not known.
fn allocated(row: &Row) -> Option<String> {
    let (Some(blocks), Some(all), Some(held)) = (row.allocations, row.allocated_bytes, row.held_bytes) else {
        return row.allocations_reason.as_ref().map(|why| format!("not known: {why}"));
    };
    Some(format!("{}, {} in all, at most {} held", count(blocks as f64), bytes(all), bytes(held)))
}
