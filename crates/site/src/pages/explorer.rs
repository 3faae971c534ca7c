//! The explorer: every cell of every run in one table that can be filtered, sorted and compared with any other.
//!
//! The table is complete without a script. With one, the address contains the chosen filters, so a view
//! can be shared.

mod more;

use self::more::more;
use super::{Page, Section};
use crate::chart::Scale;
use crate::directive::unmeasured;
use crate::markup::{status, technique_link, verdict, workload_page};
use crate::model::{Group, Site};
use crate::number::{bytes, time};
use crate::ranking::speedup;
use crate::safe::Safety;
use maud::{Markup, html};
use parallax_method::Verdict;
use parallax_record::cost::CostAxis;
use parallax_record::name::full;
use parallax_record::summary::Row;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The page.
pub(super) fn page(site: &Site) -> Page {
    let mut page = Page::new("explorer", "Explorer", Section::Explore);
    page.scripts.extend(["figures.js", "against.js", "explorer.js"]);
    page.text("# Explorer\n");
    page.text(
        "Every cell: one technique on one workload. A bar begins at the baseline, plain sequential code, and \
         reaches to the technique's speedup; its whisker is the 95 % interval. Each group of rows has its own baseline, \
         and so its own scale, which its first line shows. A cell without a number says why.\n",
    );
    let groups = site.groups();
    if groups.is_empty() {
        page.part(html! { p { "There is no run to explore: " (unmeasured()) "." } });
        return page;
    }
    page.part(html! {
        p.needs-script { "The address of this page contains the chosen filters, so you can send a view to someone. " code { "= 1×" } " after a name makes that technique the baseline." }
        p.without-script { "The table has every cell. Filters, sorting, another baseline and saving need a script, which this browser does not run." }
    });
    page.part(controls(site, &groups));
    page.part(html! { section #against hidden { h2 { "Speed against cost" } figure.chart {} p {} } });
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
        .map(|(place, run)| (place.to_string(), site.label(run).unwrap_or_else(|| run.machine())))
        .collect();
    html! {
        form #filters hidden {
            @for (id, options) in filters(site, groups) { (choice(id, id, &options)) }
            @if runs.len() > 1 { (choice("run", "machine", &runs)) }
            (choice("library", "depends on", &stands_on(site)))
            label { span { "name has" } input #text name="text" type="search" autocomplete="off"; }
            label { span { "cost" } select #cost name="cost" { @for axis in costs(site) { option value=(axis.key()) { (axis.words()) } } } }
            label { span { "scale" } select #scale name="scale" { option value="log" { "logarithmic" } option value="linear" { "linear, from zero" } } }
            label { span { "order" } select #order name="order" {
                option value="" { "by workload" } option value="speedup" { "by speedup" } option value="time" { "by time" } option value="cost" { "by cost" }
            } }
            label.check { input #safe name="safe" type="checkbox"; span { "safe Rust only" } }
            label.check { input #refused name="refused" type="checkbox"; span { "with refusals" } }
            label.check { input #chart name="chart" type="checkbox"; span { "chart of speed against cost" } }
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

/// The costs that a row of the site has; peak memory, which all runs have, is first.
fn costs(site: &Site) -> Vec<CostAxis> {
    let has = |axis: &CostAxis| site.rows().any(|row| axis.of(row).is_some());
    let others = CostAxis::ALL.into_iter().filter(|axis| *axis != CostAxis::Memory).filter(has);
    std::iter::once(CostAxis::Memory).chain(others).collect()
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
    let runs = &site.gathered.runs;
    let mut safety = Safety::new(&site.root);
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="All cells" {
            table.ranking.explorer #cells {
                caption.visually-hidden { "All cells with their times and speedups" }
                thead { tr {
                    th scope="col" { "workload" } th scope="col" { "technique" }
                    th.number scope="col" { "time" } th.number scope="col" { "speedup" }
                    th.bars scope="col" { span.visually-hidden { "bar" } span.axis aria-hidden="true" {} }
                    th scope="col" { "verdict" } th.number.cost scope="col" { (CostAxis::Memory.words()) } th scope="col" { "more" }
                } }
                @for group in groups {
                    @let run = runs.iter().position(|run| std::ptr::eq(run, group.run)).unwrap_or(0);
                    @let scale = Scale::of_ratios(group.measured());
                    tbody data-group=(format!("{run}/{}", group.title())) data-contrasts=(contrasts(group)) {
                        tr.head { th scope="rowgroup" colspan="4" { (group.title()) } td.bars { (scale.axis()) } td colspan="3" {} }
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
            data-time=[number(row.time_ns_median)] data-costs=(known_costs(row)) {
            td { a href=(workload_page(&row.workload)) { (work) } span.at { " " (row.size) ", " (row.workers) @if let Some(machine) = machine { ", " (machine) } } }
            th scope="row" { (technique_link("", row)) span.at { " " (row.family) } }
            @if row.is_measured() {
                td.number { (row.time_ns_median.map_or_else(|| "–".into(), time)) }
                td.number.speedup { (speedup(row)) }
                td.bars { (scale.bar(row)) }
                td.verdict { span.badge { (word) } }
                td.number.cost data-label=(CostAxis::Memory.words()) { (row.peak_bytes.map_or_else(|| "–".into(), bytes)) }
            } @else {
                td.reason colspan="5" { span.status { (status(row)) } ": " (row.reason.as_deref().unwrap_or("no reason was given")) }
            }
            td { details.repro { summary { "more" span.visually-hidden { " on " (row.name()) } } (more(row)) } }
        }
    }
}

/// The costs of a row, by their names in data.
fn known_costs(row: &Row) -> String {
    let known =
        CostAxis::ALL.into_iter().filter_map(|axis| Some((axis.key().to_owned(), json!(axis.of(row)?))));
    Value::Object(known.collect()).to_string()
}
