//! Two lists: the published claims that are run again, and the documentation of the crates.

use super::{Page, Section};
use crate::data::{Claim, Figure};
use crate::directive::unmeasured;
use crate::model::Site;
use crate::number;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The claims ledger.
pub(super) fn ledger(site: &Site) -> Page {
    let mut page = Page::new("about/ledger", "The claims ledger", Section::About).called("Claims ledger");
    page.text("# The claims ledger\n");
    page.text(
        "Published claims about the topics of this site, which `cargo xtask claims` measures again: *as published*, by the \
         same protocol in newly written code, and *corrected*. *As published* keeps everything that the source says of its \
         protocol: sizes, functions, order, repeats and which of them count. Details that it leaves open are listed with the \
         assumptions made here. The machine and the versions are those of today. Where a protocol is *rewritten*, the page \
         says what differs and why. Each figure is the median of several rounds, with the least and the largest of them, in \
         milliseconds unless its name says otherwise. The published figures are cited as facts; no code of the sources is \
         used.\n\n\
         A rule decides the verdict (`peers/python/peers/claims/rule.py`). *Void*: a fault of the protocol had an effect. \
         *Reversed*: the measurement lies wholly outside the claim. *Refused*: this machine cannot decide it, since something \
         is missing or the rounds allow both. *Reproduced*: every statement holds.\n",
    );
    page.part(html! {
        div.table-scroll tabindex="0" role="region" aria-label="Claims" { table.claims {
            thead { tr { th scope="col" { "source" } th scope="col" { "published" } th scope="col" { "protocol" } th scope="col" { "what to look at" } th scope="col" { "run again" } } }
            tbody { @for claim in &site.gathered.claims { tr {
                th scope="row" { (claim.source) } td { (claim.published) } td { (protocol(claim)) } td { (claim.look_at) } td { (again(claim)) }
            } } }
        } }
    });
    page
}

/// How the source measured it, and what differs here.
fn protocol(claim: &Claim) -> Markup {
    html! {
        (claim.protocol)
        @if !claim.kept.is_empty() { p { strong { (claim.kept) } @if !claim.differs.is_empty() { ": " (claim.differs) } } }
        @if !claim.left_open.is_empty() { details { summary { "left open there" } (claim.left_open) } }
    }
}

/// The verdict and its figures; or why there is none.
fn again(claim: &Claim) -> Markup {
    html! {
        @match (&claim.outcome, &claim.error) {
            (Some(outcome), _) => {
                strong { (outcome.verdict) } ": " (outcome.why)
                (figures("as published", &outcome.as_published, &outcome.spread.as_published))
                (figures("corrected", &outcome.corrected, &outcome.spread.corrected))
            }
            (None, Some(error)) => { "It failed: " (error) }
            (None, None) => { (unmeasured()) " " code.command { "cargo xtask claims" } }
        }
    }
}

/// Each median, with the range of its figures.
fn figures(
    title: &str,
    medians: &BTreeMap<String, Figure>,
    spread: &BTreeMap<String, (Figure, Figure, usize)>,
) -> Markup {
    let digits = |figure: &Figure| figure.0.map_or("none".into(), number::digits);
    html! {
        @if !medians.is_empty() { details { summary { (title) } dl {
            @for (name, median) in medians {
                dt { (name) }
                dd { (digits(median))
                    @if let Some((low, high, count)) = spread.get(name) {
                        " (" (digits(low)) " to " (digits(high)) ", n = " (count) ")"
                    }
                }
            }
        } } }
    }
}

/// The page that links to the crates' documentation.
pub(super) fn api(site: &Site) -> Page {
    let mut page = Page::new("about/api", "API documentation", Section::About).called("API");
    page.text("# API documentation\n");
    let crates = crates(site);
    page.part(html! {
        @if site.has_api {
            p { "The documentation of each crate for your own program, by rustdoc." }
            ul { @for (name, folder) in &crates { li { a href=(format!("../api/{folder}/index.html")) { (name) } } } }
        } @else {
            p { "This site was made without it. " code.command { "cargo xtask docs --api" } " includes it, and "
                code.command { "cargo doc --workspace --no-deps --open" } " shows it alone." }
            ul { @for (name, _) in &crates { li { code { (name) } } } }
        }
    });
    page
}

/// The library crates of the workspace: their names, and their folders in rustdoc's output.
fn crates(site: &Site) -> Vec<(String, String)> {
    let folders = std::fs::read_dir(site.root.join("crates")).into_iter().flatten().flatten();
    let libraries = folders.filter(|entry| entry.path().join("src/lib.rs").exists());
    let mut names: Vec<String> =
        libraries.map(|entry| format!("parallax-{}", entry.file_name().to_string_lossy())).collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let folder = name.replace('-', "_");
            (name, folder)
        })
        .collect()
}
