//! A page with numbered lines for each source that pages refer to, so that a link to a line works offline.

use crate::book::top;
use crate::markup::source_page;
use crate::model::Site;
use anyhow::{Context, Result};
use maud::{DOCTYPE, html};
use std::collections::BTreeSet;
use std::path::Path;

/// Writes a page for each file that is referred to.
///
/// # Errors
///
/// If one cannot be read or written.
pub(crate) fn write_all(site: &Site, out: &Path) -> Result<()> {
    for file in files(site) {
        let text = std::fs::read(site.root.join(&file)).with_context(|| format!("cannot read {file}"))?;
        let page = page(&file, &String::from_utf8_lossy(&text));
        let path = out.join(source_page(&file));
        std::fs::create_dir_all(path.parent().unwrap_or(out))?;
        std::fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Every source file of a cell, technique or family, and the files that documents and chapters name.
fn files(site: &Site) -> BTreeSet<String> {
    let mut files: BTreeSet<String> = BTreeSet::new();
    for cell in &site.gathered.cells {
        files.insert(cell.kernel.clone());
        files.extend(cell.parts.iter().map(|part| part.file.clone()));
    }
    files.extend(site.gathered.techniques.iter().map(|technique| technique.source.clone()));
    files.extend(site.gathered.families.iter().filter_map(|family| family.source.clone()));
    for document in ["METHODOLOGY.md", "BIAS.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(site.root.join(document)).unwrap_or_default();
        files.extend(
            text.split("](").skip(1).filter_map(|after| Some(after.split_once([')', '#'])?.0.to_owned())),
        );
    }
    for (_, text) in &site.prose.guide {
        files.extend(
            text.split("{{source ")
                .skip(1)
                .filter_map(|after| Some(after.split_once("}}")?.0.trim().to_owned())),
        );
    }
    files.retain(|file| site.has_source(file));
    files
}

fn page(file: &str, text: &str) -> String {
    let root = "../".repeat(source_page(file).matches('/').count());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (file) " – Parallax" }
                link rel="icon" href=(format!("{root}assets/favicon.svg"));
                link rel="stylesheet" href=(format!("{root}assets/site.css"));
                script src=(format!("{root}assets/site.js")) {}
            }
            body.source-page {
                a.skip href="#main" { "Skip to the content" }
                header.site { a.brand href=(format!("{root}index.html")) { "Parallax" } nav.top aria-label="Main" { (top(&root, None)) } }
                main #main {
                    h1 { (file) }
                    div.listing tabindex="0" role="region" aria-label="Source" { table { tbody {
                        @for (number, line) in (1..).zip(text.lines()) {
                            tr id=(format!("L{number}")) { td.n { a href=(format!("#L{number}")) { (number) } } td { code { (line) } } }
                        }
                    } } }
                }
            }
        }
    }
    .into_string()
}
