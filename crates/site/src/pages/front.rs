//! The front page answers one question: which technique for a problem like mine?
//!
//! Without a script all answers stand there, folded; with one, a choice opens one of them.

use super::{Page, Section};
use crate::decision::{first, listed, sentence};
use crate::directive::unmeasured;
use crate::markup::{code, technique_link, workload_page};
use crate::model::{Group, Site};
use crate::prose::Problem;
use crate::ranking::{self, Detail, pays_after};
use maud::{Markup, html};
use parallax_record::name::{full, split_work};
use parallax_record::plan::Mode;
use parallax_record::summary::Row;
use parallax_suite::Size;

/// The page.
pub(super) fn page(site: &Site) -> Page {
    let mut page =
        Page::new("index", "Which technique makes my program faster?", Section::Choose).called("Choose");
    page.scripts.push("decide.js");
    page.text("# Which technique makes my program faster?\n");
    page.text(
        "Threads, async or SIMD? A process pool, an atomic, a cache? Say what your problem is like, and see what was \
         measured for it: by how much each technique helped, how sure that is, how it is written, and when it stops \
         being right.\n",
    );
    page.part(provenance(site));
    page.part(chooser(site));
    for problem in &site.prose.problems {
        let part = answer(site, problem);
        page.part(part);
    }
    page.heading("Where to go from here");
    page.text(
        "- [Your own problem](guide/your-own-problem.md) measures every technique that fits on *your* loop, from a bench of \
         thirty lines: `cargo xtask new PATH --pattern map`.\n\
         - [The guide](guide/index.md) teaches what the figures mean: concurrency, memory, atomics, compilation, and \
         what each system of Python's world is called in Rust.\n\
         - [The explorer](explorer.md) has every cell that was measured, to filter and to compare with any other.\n\
         - [The method](about/index.md) says how the figures come about, and [the run](about/run.md) on what machine.\n",
    );
    page
}

/// Where the figures come from, and how far they can be trusted.
pub(super) fn provenance(site: &Site) -> Markup {
    let runs = &site.gathered.runs;
    if runs.is_empty() {
        return html! {
            p.provenance.empty { strong { "No run yet." } " This site was made without figures. "
                code.command { "cargo xtask bench" } " measures this machine, and " code.command { "cargo xtask docs" } " shows it." }
        };
    }
    html! {
        p.provenance {
            @for (k, run) in runs.iter().enumerate() {
                @if run.reference { strong { "The reference run." } " " }
                @if k == 0 { "Measured on " } @else { "; and on " }
                (run.machine()) ", "
                a href="about/run.html" { "run " (run.name) }
                @if run.summary.mode == Mode::Quick { strong { " · a quick run: an indication, no more" } }
            }
            ". Speedups are over plain sequential Rust, with 95 % intervals."
            @if runs.len() > 1 { " Every title says whose figures follow; figures of two machines are never compared." }
        }
    }
}

/// The questions; they appear with a script, for without one they could not answer.
fn chooser(site: &Site) -> Markup {
    let groups = site.groups();
    let has = |size: &Size| groups.iter().any(|group| group.size == *size);
    html! {
        form #chooser hidden {
            label { span { "My problem is" }
                select #problem name="problem" {
                    option value="" { "… anything: show all" }
                    @for problem in &site.prose.problems { option value=(problem.id) { (problem.title) } }
                }
            }
            label { span { "of size" }
                select #size name="size" {
                    option value="" { "any that was measured" }
                    @for size in Size::ALL.into_iter().filter(has) { option value=(size) { (size) } }
                }
            }
            p #nothing hidden role="status" { "Nothing was measured for that choice; take another size." }
        }
    }
}

fn answer(site: &Site, problem: &Problem) -> Markup {
    let groups: Vec<Group> = problem.workloads.iter().flat_map(|work| groups(site, work)).collect();
    let lead = groups.first();
    html! {
        details.problem id=(problem.id) data-problem=(problem.id) {
            summary {
                h2 { (problem.title) }
                p { (problem.like) }
                p.verdict-line {
                    @match lead {
                        Some(group) => { (verdict(group)) }
                        None => { (unmeasured()) }
                    }
                }
            }
            div.answer {
                @for group in &groups { (one(site, group)) }
                @if groups.is_empty() {
                    p { "Workloads that stand for it: " @for work in &problem.workloads { code { (work) } " " } "– " (unmeasured()) "." }
                }
                h3 { "When this stops being right" }
                p { (problem.until) }
            }
        }
    }
}

/// The measured groups of `workload` or `workload:case`.
fn groups<'a>(site: &'a Site, work: &str) -> Vec<Group<'a>> {
    let (workload, case) = split_work(work);
    let first = site.entry(workload).and_then(|entry| entry.cases.first()).copied().unwrap_or("");
    let case = if case.is_empty() { first } else { case };
    site.groups_of(workload)
        .into_iter()
        .filter(|group| group.case == case && group.measured().nth(1).is_some())
        .collect()
}

/// The verdict on a group, and the machine where there is more than one.
fn verdict(group: &Group) -> Markup {
    html! { @if let Some(machine) = &group.machine { (machine) ": " } (sentence(group)) "." }
}

fn one(site: &Site, group: &Group) -> Markup {
    let winner = first(group);
    let cell = winner.and_then(|row| site.cell(&row.workload, &row.case, &row.technique));
    html! {
        section.group data-size=(group.size) {
            h3 { "Stands for it: " a href=(workload_page(group.workload)) { (full(group.workload, group.case)) } ", " (site.shows(group.workload))
                @if let Some(machine) = &group.machine { ", on " (machine) } }
            (ranking::table("", group, Detail::Short, 8))
            @if let Some(row) = winner { p { (together(group)) " " (pays(row)) } }
            @if let Some(cell) = cell {
                details.winner {
                    summary { "How " (cell.technique) " is written" }
                    @for part in cell.parts.iter().take(2) { (code(site, "", part)) }
                }
            }
        }
    }
}

/// Who can be the best as well as the first.
fn together(group: &Group) -> Markup {
    let leaders = group.leaders();
    html! { @if let [_, others @ ..] = &leaders[..] && !others.is_empty() {
        "This run cannot tell these apart from it, so take any of them: " (listed(others, |row| technique_link("", row))) "."
    } }
}

fn pays(row: &Row) -> Markup {
    html! { @if let Some(calls) = pays_after(row) { "Starting " (row.technique) " has paid for itself after " (calls) "." } }
}
