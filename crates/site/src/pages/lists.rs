//! Two lists: the published figures that are to be run again, and the documentation of the crates.

use super::{Page, Section};
use crate::data::Claim;
use crate::directive::unmeasured;
use crate::model::Site;
use crate::number;
use maud::{Markup, html};

/// The claims ledger.
pub(super) fn ledger(site: &Site) -> Page {
    let mut page = Page::new("about/ledger", "The claims ledger", Section::About).called("Claims ledger");
    page.text("# The claims ledger\n");
    page.text(
        "Figures that were published about the topics of this site. Each is run again twice by `cargo xtask claims`: *as published*, by \
         the same protocol written anew, and *corrected*. The verdict is one of *reproduced*, *reversed*, or *void* with \
         the reason. The figures are cited as facts; none of the sources' code is used. Figures of this machine are in \
         milliseconds where their name does not say otherwise.\n",
    );
    page.part(html! {
        div.table-scroll tabindex="0" role="region" aria-label="Claims" { table.claims {
            thead { tr { th scope="col" { "source" } th scope="col" { "published" } th scope="col" { "what to look at" } th scope="col" { "run again" } } }
            tbody { @for claim in &site.gathered.claims { tr {
                th scope="row" { (claim.source) } td { (claim.published) } td { (claim.look_at) } td { (again(claim)) }
            } } }
        } }
    });
    page
}

/// The verdict and the figures that it rests on; or why there is none.
fn again(claim: &Claim) -> Markup {
    html! {
        @match (&claim.outcome, &claim.error) {
            (Some(outcome), _) => {
                strong { (outcome.verdict) } ": " (outcome.why)
                @for (title, figures) in [("as published", &outcome.as_published), ("corrected", &outcome.corrected)] {
                    @if !figures.is_empty() { details { summary { (title) } dl {
                        @for (name, figure) in figures { dt { (name) } dd { (figure.0.map_or("none".into(), number::digits)) } }
                    } } }
                }
            }
            (None, Some(error)) => { "It failed: " (error) }
            (None, None) => { (unmeasured()) " " code.command { "cargo xtask claims" } }
        }
    }
}

/// Where the crates' own documentation is.
pub(super) fn api(site: &Site) -> Page {
    let mut page = Page::new("about/api", "API documentation", Section::About).called("API");
    page.text("# API documentation\n");
    let crates = crates(site);
    page.part(html! {
        @if site.has_api {
            p { "What each crate offers to your own program, as rustdoc tells it." }
            ul { @for (name, folder) in &crates { li { a href=(format!("../api/{folder}/index.html")) { (name) } } } }
        } @else {
            p { "This site was made without it. " code.command { "cargo xtask docs --api" } " takes it in, and "
                code.command { "cargo doc --workspace --no-deps --open" } " shows it by itself." }
            ul { @for (name, _) in &crates { li { code { (name) } } } }
        }
    });
    page
}

/// The library crates of the workspace: their names, and the folders that rustdoc gives them.
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
