//! Small pieces of HTML that many pages use: names as links, code with its place, words for a verdict.

use crate::data::{Cell, Part};
use crate::model::Site;
use maud::{Markup, html};
use parallax_record::name::{CellId, PEERS};
use parallax_record::summary::{Row, RowStatus, RowVerdict};

/// A name as part of a file's name and an address: all except letters and digits become dashes.
pub(crate) fn slug(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || "_+".contains(c) { c } else { '-' };
    let slug: String = name.chars().map(letter).collect();
    if slug.trim_matches('-').is_empty() { "unnamed".into() } else { slug }
}

/// The path of a workload's page, from the root.
pub(crate) fn workload_page(name: &str) -> String {
    format!("workloads/{}.html", slug(name))
}

/// The path of a technique's page, from the root.
pub(crate) fn technique_page(family: &str, name: &str) -> String {
    format!("techniques/{}/{}.html", slug(family), slug(name))
}

/// The path of a family's page, from the root.
pub(crate) fn family_page(name: &str) -> String {
    format!("techniques/{}/index.html", slug(name))
}

/// The path of a source file's page, from the root.
pub(crate) fn source_page(file: &str) -> String {
    let parts: Vec<String> = file
        .split('/')
        .map(|part| part.replace(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c), "-"))
        .collect();
    format!("source/{}.html", parts.join("/"))
}

/// A technique's name, as a link to its page.
pub(crate) fn technique_link(root: &str, row: &Row) -> Markup {
    html! { a href=(format!("{root}{}", technique_page(&row.family, &row.technique))) { (row.technique) } }
}

/// The word for a verdict, and the class that colours it.
pub(crate) fn verdict(row: &Row) -> (&'static str, &'static str) {
    let word = match row.verdict {
        Some(RowVerdict::Faster) => "faster",
        Some(RowVerdict::Slower) => "slower",
        Some(RowVerdict::Same) => "same",
        Some(RowVerdict::Baseline) => "baseline",
        Some(RowVerdict::Undecided) | None => "unclear",
    };
    (word, word)
}

/// The kind of reason for a missing number.
pub(crate) fn status(row: &Row) -> &'static str {
    match row.status {
        RowStatus::Unfit => "does not suit",
        RowStatus::Unavailable => "not available here",
        RowStatus::Failed => "failed",
        RowStatus::Measured => "no usable figure",
        RowStatus::NotReached => "not reached",
    }
}

/// Code with its file and line; a script highlights it.
pub(crate) fn code(site: &Site, root: &str, part: &Part) -> Markup {
    html! {
        figure.code {
            figcaption {
                span.part { (part.part) } " "
                (place(site, root, &part.file, part.first_line))
            }
            pre tabindex="0" { code class=(language(&part.file)) { (part.text) } }
        }
    }
}

/// The class by which the code of a file is coloured.
fn language(file: &str) -> &'static str {
    if file.ends_with(".py") || file.ends_with(".pyx") { "language-python" } else { "language-rust" }
}

/// A file and line, as a link to the source if the site has it.
pub(crate) fn place(site: &Site, root: &str, file: &str, line: usize) -> Markup {
    let (name, at) = if line > 0 {
        (format!("{file}:{line}"), format!("#L{line}"))
    } else {
        (file.to_owned(), String::new())
    };
    html! {
        @if site.has_source(file) {
            a.place href=(format!("{root}{}{at}", source_page(file))) { (name) }
        } @else {
            span.place { (name) }
        }
    }
}

/// The command that runs one cell by itself.
pub(crate) fn repro(row: &Row) -> String {
    let (peers, name) = (peers(&row.family), quoted(&row.name()));
    format!("cargo xtask repro {peers}{name} --size {} --workers {}", row.size, row.workers)
}

/// The command that shows the code of one cell.
pub(crate) fn show_code(cell: &Cell) -> String {
    let name = CellId::of(&cell.workload, &cell.case, &cell.technique).to_string();
    format!("cargo xtask code {}{}", peers(&cell.family), quoted(&name))
}

/// The option that adds the cells of Python.
fn peers(family: &str) -> &'static str {
    if family == PEERS { "--peers " } else { "" }
}

/// A word of a command, quoted for a shell.
fn quoted(word: &str) -> String {
    let quiet = |c: char| c.is_ascii_alphanumeric() || "-_+:./".contains(c);
    if !word.is_empty() && word.chars().all(quiet) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

impl Site {
    /// Whether a file of the repository is shown: it is inside the repository, and exists.
    pub(crate) fn has_source(&self, file: &str) -> bool {
        let path = std::path::Path::new(file);
        let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        inside && !file.is_empty() && self.root.join(path).is_file()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_make_harmless_addresses() {
        assert_eq!(slug("<script>alert(1)</script>"), "-script-alert-1---script-");
        assert_eq!(
            (slug("../../etc"), slug("///"), slug("avx512+rayon")),
            ("------etc".into(), "unnamed".into(), "avx512+rayon".into())
        );
        assert_eq!(source_page("crates/a b/\"x\".rs"), "source/crates/a-b/-x-.rs.html");
    }

    #[test]
    fn hostile_names_do_not_leave_their_quotes() {
        let row = crate::data::row(&serde_json::json!({ "workload": "w; rm -rf '", "technique": "$(id)" }));
        assert_eq!(repro(&row), r"cargo xtask repro 'w; rm -rf '\''/$(id)' --size tiny --workers 0");
    }
}
