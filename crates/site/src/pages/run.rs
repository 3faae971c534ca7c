//! The page of the run behind the figures: its machine, its noise on identical code, and how steady it was.

use super::{Page, Section};
use crate::chart::trace;
use crate::data::Run;
use crate::directive::unmeasured;
use crate::model::Site;
use crate::number::{count, digits, factor};
use crate::picture::{block_of, loggp_of, roofline_of};
use maud::{Markup, html};
use parallax_record::name::full;
use parallax_record::plan::Mode;
use serde::Serialize;
use serde_json::Value;

/// The page.
pub(super) fn page(site: &Site) -> Page {
    let mut page = Page::new("about/run", "The run behind the figures", Section::About).called("This run");
    page.text("# The run behind the figures\n");
    page.text(
        "A figure belongs to a machine and a build. All pages of this site show figures of the following.\n",
    );
    if site.gathered.runs.is_empty() {
        page.part(html! { p { "There is no run: " (unmeasured()) "." } });
    }
    for run in &site.gathered.runs {
        let machine = site.label(run).map_or_else(String::new, |label| format!(": {label}"));
        page.heading(&format!(
            "Run {}{}{machine}",
            run.name,
            if run.reference { ", the reference" } else { "" }
        ));
        if run.stands_in {
            page.paragraph("This site has only the cells of it that the run of this machine lacks. They are never compared with that run.");
        }
        page.part(overview(run));
        page.part(html! { h3 { "The noise floor: the baseline against itself" } (floors(run)) });
        page.part(html! { h3 { "The probe: how steady the machine was" } (steady(run)) });
        page.part(html! { h3 { "One of its blocks" } (block(site, run)) });
        let root = page.root();
        page.part(html! {
            h3 { "The limits of this machine" }
            (limits(run)) (roofline_of(site, &root, run)) (ways(run))
        });
        page.part(html! { h3 { "Blocks that do not count" } (excluded(run)) });
        page.part(html! {
            h3 { "Machine, build and moment" }
            @for (name, facts) in facts(run) { details open[name == "machine"] { summary { (name) } (listing(&facts)) } }
        });
    }
    page
}

fn overview(run: &Run) -> Markup {
    let measured = run.summary.cells.iter().filter(|row| row.is_measured()).count();
    html! {
        dl.facts {
            dt { "mode" } dd { (words(&told(run.summary.mode))) @if run.summary.mode == Mode::Quick { ", an indication only" } }
            dt { "cells" } dd { (measured) " with a figure, " (run.summary.cells.len() - measured) " without" }
            dt { "requested precision" } dd { (precision(run.summary.precision)) }
        }
    }
}

fn floors(run: &Run) -> Markup {
    html! {
        p { "Identical code, measured as if it were two techniques. The difference is noise of this machine, and no verdict claims a smaller one." }
        div.table-scroll tabindex="0" role="region" aria-label=(format!("Noise floors of run {}", run.name)) { table {
            thead { tr { th scope="col" { "workload" } th scope="col" { "size" } th.number scope="col" { "workers" } th.number scope="col" { "blocks" } th.number scope="col" { "ratio" } th.number scope="col" { "interval" } th.number scope="col" { "floor" } } }
            tbody { @for twin in &run.summary.aa { tr {
                th scope="row" { (full(&twin.workload, &twin.case)) } td { (twin.size) } td.number { (twin.workers) } td.number { (twin.blocks) }
                td.number { (twin.ratio.map_or_else(|| "–".into(), factor)) }
                td.number { @if let (Some(low), Some(high)) = (twin.ratio_low, twin.ratio_high) { (digits(low)) " to " (digits(high)) } @else { "–" } }
                td.number { (twin.floor.map_or_else(|| "unknown".into(), |floor| format!("{}%", digits(100.0 * (floor - 1.0))))) }
            } } }
        } }
    }
}

fn steady(run: &Run) -> Markup {
    let foreign: Vec<f64> = run.trace.iter().map(|block| block.foreign_cores).collect();
    let most = foreign.iter().copied().fold(0.0, f64::max);
    html! {
        @if run.trace.is_empty() { p { "This run's journal was not kept, so its probe cannot be drawn." } }
        @else {
            (trace(&run.trace))
            p { "A fixed piece of arithmetic and a fixed pass over memory run before and after each of the " (run.trace.len())
                " blocks. Other programs kept " (digits(foreign.iter().sum::<f64>() / foreign.len().max(1) as f64)) " cores busy on average, and " (digits(most)) " at worst." }
        }
    }
}

fn block(site: &Site, run: &Run) -> Markup {
    let why = "This run's journal was not kept, or has no whole block, so none can be drawn.";
    block_of(site, run).unwrap_or_else(|| html! { p { (why) } })
}

/// The ways between its hosts, where there are any.
fn ways(run: &Run) -> Markup {
    html! { @if let Some(message) = loggp_of(run) { h3 { "What a message between its hosts takes" } (message) } }
}

fn limits(run: &Run) -> Markup {
    html! {
        @if run.limits.is_empty() { p { (unmeasured()) } }
        @else { div.table-scroll tabindex="0" role="region" aria-label=(format!("Limits of run {}", run.name)) { table {
            thead { tr { th scope="col" { "rate" } th scope="col" { "how" } th.number scope="col" { "workers" } th.number scope="col" { "per second" } } }
            tbody { @for limit in &run.limits { tr {
                th scope="row" { (limit.rate.name()) } td { (limit.way) " " (limit.isa) } td.number { (limit.workers) }
                td.number { (count(limit.per_second)) " " (limit.rate.unit()) }
            } } }
        } } }
    }
}

fn excluded(run: &Run) -> Markup {
    html! {
        @if run.summary.excluded.is_empty() { p { "All of them count." } }
        @else { ul { @for block in &run.summary.excluded {
            li { "block " (block.block) " of " (full(&block.workload, &block.case)) ": " (block.reason) }
        } } }
    }
}

/// The requested half-width; zero if none was requested.
fn precision(precision: f64) -> String {
    if precision > 0.0 { format!("±{}%", digits(100.0 * precision)) } else { "unknown".into() }
}

/// Machine, build and moment, as in their file.
fn facts(run: &Run) -> [(&'static str, Value); 3] {
    let environment = &run.summary.environment;
    [
        ("machine", told(&environment.machine)),
        ("build", told(&environment.build)),
        ("moment", told(&environment.moment)),
    ]
}

fn told(facts: impl Serialize) -> Value {
    serde_json::to_value(facts).unwrap_or_default()
}

/// All fields of the facts, in their order.
fn listing(facts: &Value) -> Markup {
    html! { dl.facts { @for (name, value) in facts.as_object().into_iter().flatten() { @if !value.is_null() {
        dt { (name.replace('_', " ")) } dd { (words(value)) }
    } } } }
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(all) => all
            .iter()
            .map(|(name, value)| format!("{} {}", name.replace('_', " "), words(value)))
            .collect::<Vec<_>>()
            .join("; "),
        Value::Null => "unknown".into(),
        other => other.to_string(),
    }
}
