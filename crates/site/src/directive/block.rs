//! Directives that make a block, on a line of its own: a table, code, a drawing.

use super::{absent, find, known, unknown, unmeasured};
use crate::markup;
use crate::model::Site;
use crate::pages::Page;
use crate::picture;
use crate::ranking::{self, Detail};
use anyhow::{Context, Result};
use maud::{Markup, html};
use parallax_record::name::{CellId, split_work};

/// The block that a directive asks for; none if it asks for something in a sentence.
pub(super) fn of(site: &Site, page: &Page, words: &[&str]) -> Result<Option<Markup>> {
    let root = page.root();
    Ok(Some(match words {
        ["ranking", work] => ranking_of(site, &root, work)?,
        ["code", cell] => {
            let CellId { workload, case, technique } = cell.parse()?;
            match site.cell(&workload, &case, &technique) {
                Some(cell) => {
                    html! { @for part in cell.parts.iter().take(1) { (markup::code(site, &root, part)) } }
                }
                None => {
                    find(site, &[cell])?;
                    html! { p { (cell) ": " (absent()) } }
                }
            }
        }
        ["example", name] => {
            let known = site.family_of(name).and_then(|family| site.technique(&family, name));
            let Some(technique) = known else {
                unknown(site, "technique", name)?;
                return Ok(Some(html! { p { (name) ": " (absent()) } }));
            };
            let example = technique.example.as_ref().with_context(|| format!("'{name}' has no example"))?;
            html! { figure.code { pre tabindex="0" { code class="language-rust" { (example.text) } } } }
        }
        ["diagram", name, caption @ ..] => picture::diagram(site, name, &caption.join(" "))?,
        ["picture", name] => picture::of_runs(site, &root, name)?,
        _ => return Ok(None),
    }))
}

fn ranking_of(site: &Site, root: &str, work: &str) -> Result<Markup> {
    let (workload, case) = split_work(work);
    known(site, workload)?;
    let group = if case.is_empty() { site.headline(workload) } else { site.headline_of(workload, case) };
    Ok(match group {
        Some(group) => ranking::table(root, &group, Detail::Short, 8),
        None => html! { p { (work) ": " (unmeasured()) } },
    })
}
