//! The front page answers one question: which technique for a problem like mine?
//!
//! Without a script the page has all answers, folded; with one, a choice opens one of them.

mod answer;
mod path;

use super::{Page, Section};
use crate::data::Run;
use crate::model::{Group, Site};
use crate::predict::CORES;
use anyhow::Result;
use maud::{Markup, html};
use parallax_record::plan::Mode;
use parallax_suite::Size;
use std::collections::BTreeSet;

/// The page.
///
/// # Errors
///
/// If the path of a problem has an answer that its question does not have.
pub(super) fn page(site: &Site) -> Result<Page> {
    let mut page =
        Page::new("index", "Which technique makes my program faster?", Section::Choose).called("Choose");
    page.scripts.push("decide.js");
    page.text("# Which technique makes my program faster?\n");
    page.text(
        "Threads, async or SIMD? A process pool, an atomic, a cache? Choose a problem like yours, and see what was \
         measured for it: how much each technique helped, how certain that is, how it is written, and when it stops \
         being right.\n",
    );
    page.part(own());
    page.part(provenance(site));
    page.part(path::path(site)?);
    page.part(asked(site));
    page.heading("All kinds of problems");
    page.part(chooser(site));
    for problem in &site.prose.problems {
        page.part(answer::answer(site, problem));
    }
    page.heading("Where to go from here");
    page.text(
        "- [The guide](guide/index.md) teaches what the figures mean: concurrency, memory, atomics, compilation, and \
         what each system of Python's world is called in Rust.\n\
         - [The explorer](explorer.md) has every cell that was measured, to filter and to compare with any other.\n\
         - [The method](about/index.md) says how figures are made, and [the run](about/run.md) on which machine.\n",
    );
    Ok(page)
}

/// The way to measure the reader's own loop, which no table is about.
fn own() -> Markup {
    html! {
        section.own #own {
            h2 { "Your own problem" }
            p { "The surest answer is measured on your loop and your machine: a bench of thirty lines races every technique that fits. "
                "In Rust, " code.command { "cargo xtask new PATH --pattern map" } " writes it, and "
                a href="guide/your-own-problem.html" { "this chapter" } " explains it. A function in Python is "
                a href="guide/from-python.html#measure-a-function-of-your-own" { "measured as it is" } "." }
        }
    }
}

/// The questions that people ask, each with its own page.
fn asked(site: &Site) -> Markup {
    html! {
        section.asked {
            h2 { "Questions that people ask" }
            ol { @for question in &site.prose.questions {
                li { a href=(format!("questions/{}.html", question.name)) { (question.title()) } }
            } }
        }
    }
}

/// The origin of the figures, and how far they can be trusted.
pub(super) fn provenance(site: &Site) -> Markup {
    let runs = &site.gathered.runs;
    if runs.is_empty() {
        return html! {
            p.provenance.empty { strong { "No run yet." } " This site was made without figures. "
                code.command { "cargo xtask bench" } " measures this machine, and " code.command { "cargo xtask docs" } " shows it." }
        };
    }
    let (own, lenders): (Vec<&Run>, Vec<&Run>) = runs.iter().partition(|run| !run.stands_in);
    html! {
        p.provenance {
            @if own.iter().all(|run| run.reference) {
                strong { @if own.len() > 1 { "The reference runs." } @else { "The reference run." } } " "
            }
            @for (k, run) in own.iter().enumerate() {
                @if k == 0 { "Measured on " } @else { "; and on " }
                (run.machine()) ", "
                a href="about/run.html" { "run " (run.name) }
                @if run.summary.mode == Mode::Quick { strong { " · a quick run: an indication, no more" } }
            }
            ". Speedups are over plain sequential Rust, with 95 % intervals."
            @for run in lenders {
                @if own.len() > 1 { " What these runs lack" } @else { " What that run lacks" } " comes from the " a href="about/run.html" { "reference run " (run.name) }
                " on " (run.machine()) "; each of these figures says so."
            }
            @if own.len() > 1 { " Every title names the machine of its figures; figures of two machines are never compared." }
        }
    }
}

/// The choice of problem, size, cores and language; it appears only with a script, because it needs one.
fn chooser(site: &Site) -> Markup {
    let groups = site.groups();
    let has = |size: &Size| groups.iter().any(|group: &Group| group.size == *size);
    let mut cores: BTreeSet<usize> = groups.iter().map(|group| group.workers).collect();
    let measured = cores.clone();
    cores.extend(CORES);
    html! {
        form #chooser hidden {
            label { span { "My problem is" }
                select #problem name="problem" {
                    option value="" { "… anything: show all" }
                    option value="own" { "my own: measure it" }
                    @for problem in &site.prose.problems { option value=(problem.id) { (problem.title) } }
                }
            }
            label { span { "of size" }
                select #size name="size" {
                    option value="" { "any that was measured" }
                    @for size in Size::ALL.into_iter().filter(has) { option value=(size) { (size) } }
                }
            }
            label { span { "on" }
                select #cores name="cores" {
                    option value="" { "any number of cores" }
                    @for count in cores { option value=(count) {
                        (count) @if count == 1 { " core" } @else { " cores" }
                        @if !measured.contains(&count) { " (predicted)" }
                    } }
                }
            }
            label { span { "and I write" }
                select #language name="language" {
                    option value="" { "Rust or Python" } option value="rust" { "Rust" } option value="python" { "Python" }
                }
            }
            p #nothing hidden role="status" { "Nothing was measured for that choice; take another size or number of cores." }
        }
    }
}
