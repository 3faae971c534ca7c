//! The explorer: every cell of every run in one table that can be filtered, sorted and compared with any other.
//!
//! The table is complete without a script. With one, the address contains the chosen filters, so a view
//! can be shared.

use super::{Page, Section};
use crate::chart::Scale;
use crate::directive::unmeasured;
use crate::markup::{repro, status, technique_link, verdict, workload_page};
use crate::model::{Group, Site};
use crate::number::{bytes, count, digits, energy, time};
use crate::ranking::{pays_after, speedup};
use crate::safe::Safety;
use maud::{Markup, html};
use parallax_method::Verdict;
use parallax_record::name::full;
use parallax_record::summary::{PeakBy, Row};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The page.
pub(super) fn page(site: &Site) -> Page {
    let mut page = Page::new("explorer", "Explorer", Section::Explore);
    page.scripts.push("explorer.js");
    page.text("# Explorer\n");
    page.text(
        "Every cell: one technique on one workload. A bar begins at the baseline, plain sequential code, and \
         reaches to the technique's speedup; its whisker is the 95 % interval. A cell without a number says why. The \
         address of this page contains the chosen filters, so you can send a view to someone.\n",
    );
    let groups = site.groups();
    if groups.is_empty() {
        page.part(html! { p { "There is no run to explore: " (unmeasured()) "." } });
        return page;
    }
    page.part(controls(site, &groups));
    page.part(table(site, &groups));
    page
}

/// A value of a control, and its label.
type Choice = (String, String);

fn controls(site: &Site, groups: &[Group]) -> Markup {
    let runs: Vec<Choice> = site
        .gathered
        .runs
        .iter()
        .enumerate()
        .filter_map(|(place, run)| Some((place.to_string(), site.label(run)?)))
        .collect();
    html! {
        form #filters hidden {
            @for (id, options) in filters(site, groups) { (choice(id, id, &options)) }
            @if !runs.is_empty() { (choice("run", "machine", &runs)) }
            (choice("library", "depends on", &stands_on(site)))
            label { span { "name has" } input #text name="text" type="search" autocomplete="off"; }
            label { span { "scale" } select #scale name="scale" { option value="log" { "logarithmic" } option value="linear" { "linear, from zero" } } }
            label { span { "order" } select #order name="order" {
                option value="" { "by workload" } option value="speedup" { "by speedup" } option value="time" { "by time" } option value="memory" { "by memory" }
            } }
            label.check { input #safe name="safe" type="checkbox"; span { "safe Rust only" } }
            label.check { input #refused name="refused" type="checkbox"; span { "with refusals" } }
            button #reset type="button" { "Reset" }
            button #csv type="button" { "Save as CSV" }
            p #count role="status" {}
        }
    }
}

/// The properties by which rows can be filtered, each with its values.
fn filters(site: &Site, groups: &[Group]) -> [(&'static str, Vec<Choice>); 6] {
    let named = |values: Vec<String>| -> Vec<Choice> {
        values.into_iter().map(|value| (value.clone(), value)).collect()
    };
    let distinct = |of: &dyn Fn(&Row) -> String| {
        let values: BTreeSet<String> = site.rows().map(of).filter(|value| !value.is_empty()).collect();
        named(values.into_iter().collect())
    };
    let mut workloads: Vec<String> = groups.iter().map(|group| full(group.workload, group.case)).collect();
    workloads.dedup();
    [
        ("workload", named(workloads)),
        ("family", distinct(&|row| row.family.clone())),
        ("question", distinct(&|row| row.question.clone())),
        ("pattern", distinct(&|row| pattern(site, row).to_owned())),
        ("size", distinct(&|row| row.size.to_string())),
        ("workers", distinct(&|row| row.workers.to_string())),
    ]
}

/// The libraries that rows depend on, and the choice of none.
fn stands_on(site: &Site) -> Vec<Choice> {
    let all: BTreeSet<&str> = site.rows().flat_map(|row| libraries(site, row)).collect();
    let alone = (ALONE.to_owned(), "the standard library alone".to_owned());
    std::iter::once(alone).chain(all.into_iter().map(|name| (name.to_owned(), name.to_owned()))).collect()
}

/// The value of that control for no library at all.
const ALONE: &str = "-";

/// The pattern of the work, as the cell has it.
fn pattern<'a>(site: &'a Site, row: &Row) -> &'a str {
    let cell = site.cell(&row.workload, &row.case, &row.technique);
    cell.map(|cell| cell.pattern.as_str())
        .filter(|pattern| !pattern.is_empty())
        .or_else(|| site.entry(&row.workload).map(|entry| entry.pattern))
        .unwrap_or_default()
}

/// The libraries that a row depends on; for a row without a figure, those of its technique.
fn libraries<'a>(site: &'a Site, row: &'a Row) -> Vec<&'a str> {
    let of_technique = site.technique(&row.family, &row.technique).map(|technique| &technique.libraries);
    let found =
        if row.libraries.is_empty() { of_technique.unwrap_or(&row.libraries) } else { &row.libraries };
    found.keys().map(String::as_str).collect()
}

/// A control with values and their labels.
fn choice(id: &str, name: &str, values: &[Choice]) -> Markup {
    html! {
        label { span { (name) }
            select id=(id) name=(id) {
                option value="" { "all" }
                @for (value, called) in values { option value=(value) { (called) } }
            }
        }
    }
}

fn table(site: &Site, groups: &[Group]) -> Markup {
    let measured = groups.iter().flat_map(|group| group.measured());
    let scale = Scale::of_ratios(measured);
    let runs = &site.gathered.runs;
    let mut safety = Safety::new(&site.root);
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="All cells" {
            table.ranking.explorer #cells {
                caption.visually-hidden { "All cells with their times and speedups" }
                thead { tr {
                    th scope="col" { "workload" } th scope="col" { "technique" }
                    th.number scope="col" { "time" } th.number scope="col" { "speedup" }
                    th.bars scope="col" { span.visually-hidden { "bar" } (scale.axis()) }
                    th scope="col" { "verdict" } th.number scope="col" { "memory" } th scope="col" { "more" }
                } }
                @for group in groups {
                    @let run = runs.iter().position(|run| std::ptr::eq(run, group.run)).unwrap_or(0);
                    tbody data-group=(format!("{run}/{}", group.title())) data-contrasts=(contrasts(group)) {
                        @for row in &group.rows { (line(row, run, group.machine.as_deref(), &scale, &Told::of(site, row, &mut safety))) }
                    }
                }
            }
        }
    }
}

/// The pairs of the group that the run compared, for the script, which shows no others: `a`, `b`, how many times as
/// fast `a` is, the ends of the interval and the verdict.
fn contrasts(group: &Group) -> String {
    let told = group.contrasts.iter().map(|pair| {
        let word = if pair.verdict == Verdict::Undecided { json!("unclear") } else { json!(pair.verdict) };
        json!([pair.a, pair.b, pair.ratio, pair.low, pair.high, word])
    });
    Value::from_iter(told).to_string()
}

/// The properties of a row that filters need and the run does not have.
struct Told<'a> {
    pattern: &'a str,
    libraries: Value,
    safe: Option<&'static str>,
}

impl<'a> Told<'a> {
    fn of(site: &'a Site, row: &Row, safety: &mut Safety) -> Self {
        let cell = site.cell(&row.workload, &row.case, &row.technique);
        let safe = cell.and_then(|cell| safety.of(cell)).map(|safe| if safe { "1" } else { "0" });
        Told { pattern: pattern(site, row), libraries: json!(libraries(site, row)), safe }
    }
}

fn line(row: &Row, run: usize, machine: Option<&str>, scale: &Scale, told: &Told) -> Markup {
    let (word, class) = verdict(row);
    let work = full(&row.workload, &row.case);
    let number = |value: Option<f64>| value.map(|value| value.to_string());
    html! {
        tr class=(if row.is_measured() { class } else { "refused" })
            data-workload=(work) data-family=(row.family) data-technique=(row.technique) data-question=(row.question)
            data-pattern=(told.pattern) data-libraries=(told.libraries) data-safe=[told.safe]
            data-reason=[row.reason.as_deref()]
            data-size=(row.size) data-workers=(row.workers) data-run=(run)
            data-ratio=[row.ratio.filter(|_| row.is_measured())] data-low=[number(row.ratio_low)] data-high=[number(row.ratio_high)]
            data-time=[number(row.time_ns_median)] data-memory=[row.peak_bytes] {
            td { a href=(workload_page(&row.workload)) { (work) } span.at { " " (row.size) ", " (row.workers) @if let Some(machine) = machine { ", " (machine) } } }
            th scope="row" { (technique_link("", row)) span.at { " " (row.family) } }
            @if row.is_measured() {
                td.number { (row.time_ns_median.map_or_else(|| "–".into(), time)) }
                td.number.speedup { (speedup(row)) }
                td.bars { (scale.bar(row)) }
                td.verdict { span.badge { (word) } }
                td.number { (row.peak_bytes.map_or_else(|| "–".into(), bytes)) }
            } @else {
                td.reason colspan="5" { span.status { (status(row)) } ": " (row.reason.as_deref().unwrap_or("no reason was given")) }
            }
            td { details.repro { summary { "more" span.visually-hidden { " on " (row.name()) } } (more(row)) } }
        }
    }
}

/// Its costs from the start of its process on, phase by phase; for an older run, those that it has.
fn phases(row: &Row) -> Markup {
    let older = [("start-up", row.start_ns), ("first run", row.first_ns)];
    let all = row.phases.as_ref().map_or_else(|| older.to_vec(), |phases| phases.all().to_vec());
    html! { @for (name, ns) in all { @if let Some(ns) = ns { dt { (name) } dd { (time(ns)) } } } }
}

fn more(row: &Row) -> Markup {
    html! {
        code { (repro(row)) }
        dl {
            dt { "blocks" } dd { (row.blocks) @if let Some(why) = &row.stop_reason { ", ended by " (why.replace('_', " ")) } }
            @if !row.algorithm.is_empty() { dt { "algorithm" } dd { (row.algorithm) } }
            @if let Some(isa) = &row.isa { dt { "instruction set" } dd { (isa) } }
            (phases(row))
            @if let Some(calls) = pays_after(row) { dt { "overtakes sequential after" } dd { (calls) } }
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
