//! Makes the text of each page: Markdown with parts, of which mdBook makes HTML.

mod explorer;
mod front;
mod guide;
mod lists;
mod question;
mod run;
pub(crate) mod source;
mod technique;
mod workload;

use crate::model::Site;
use anyhow::{Context, Result, bail};
use maud::{Markup, PreEscaped};
use std::collections::BTreeMap;

/// A place in the site's main menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// The front page: which technique for a problem.
    Choose,
    /// All cells.
    Explore,
    /// The problems.
    Workloads,
    /// The ways to solve them.
    Techniques,
    /// The prose.
    Guide,
    /// How the figures were made.
    About,
}

impl Section {
    /// All of them, with their names and their first pages.
    pub(crate) const ALL: [(Section, &str, &str); 6] = [
        (Section::Choose, "Choose", "index.html"),
        (Section::Explore, "Explorer", "explorer.html"),
        (Section::Workloads, "Workloads", "workloads/index.html"),
        (Section::Techniques, "Techniques", "techniques/index.html"),
        (Section::Guide, "Guide", "guide/index.html"),
        (Section::About, "Method", "about/index.html"),
    ];
}

/// A page before mdBook has seen it.
pub(crate) struct Page {
    /// Its path from the root, without an extension.
    pub(crate) path: String,
    pub(crate) title: String,
    /// Its name in the navigation.
    pub(crate) short: String,
    pub(crate) section: Section,
    /// Markdown, with a place for each part.
    pub(crate) body: String,
    pub(crate) parts: Vec<Markup>,
    /// Its own scripts.
    pub(crate) scripts: Vec<&'static str>,
}

impl Page {
    pub(crate) fn new(path: impl Into<String>, title: impl Into<String>, section: Section) -> Self {
        let (path, title) = (path.into(), title.into());
        let short = title.clone();
        Page { path, title, short, section, body: String::new(), parts: Vec::new(), scripts: Vec::new() }
    }

    /// The same with another name in the navigation.
    pub(crate) fn called(mut self, short: impl Into<String>) -> Self {
        self.short = short.into();
        self
    }

    /// How many folders deep it is.
    pub(crate) fn depth(&self) -> usize {
        self.path.matches('/').count()
    }

    /// Whether it is the index of its folder.
    pub(crate) fn is_index(&self) -> bool {
        self.path.ends_with("/index")
    }

    /// The relative path to the site's root.
    pub(crate) fn root(&self) -> String {
        "../".repeat(self.depth())
    }

    /// Adds a line of Markdown.
    pub(crate) fn text(&mut self, line: &str) {
        self.body.push_str(line);
        self.body.push('\n');
    }

    /// Adds a heading of the second level.
    pub(crate) fn heading(&mut self, words: &str) {
        self.body.push_str(&format!("\n## {}\n\n", plain(words)));
    }

    /// Adds text that must not be read as Markdown or HTML.
    pub(crate) fn paragraph(&mut self, words: &str) {
        self.body.push_str(&format!("\n{}\n\n", plain(words)));
    }

    /// Adds a part.
    pub(crate) fn part(&mut self, part: Markup) {
        self.body.push_str(&format!("\n{}\n\n", Page::place(self.parts.len())));
        // a hostile name must not look like another part's place
        self.parts.push(PreEscaped(part.0.replace("data-part=", "data-part&#61;")));
    }

    /// The placeholder of a part.
    pub(crate) fn place(number: usize) -> String {
        format!("<div data-part=\"{number}\"></div>")
    }
}

/// Words in which all characters with a meaning in Markdown or HTML are escaped.
pub(crate) fn plain(words: &str) -> String {
    let mut masked = String::new();
    for c in words.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '!' | '|'
            | '~' | '&' => {
                masked.push('\\');
                masked.push(c);
            }
            '\n' | '\r' | '\t' => masked.push(' '),
            c if c.is_control() => masked.push('\u{fffd}'),
            c => masked.push(c),
        }
    }
    masked
}

/// HTML in whose text Markdown finds no markup; the text between two tags was escaped by `maud`.
pub(crate) fn without_marks(html: &str) -> String {
    let (mut quiet, mut inside) = (String::with_capacity(html.len()), false);
    for c in html.chars() {
        inside = c == '<' || inside && c != '>';
        match c {
            '\n' | '\r' | '\t' => quiet.push(' '),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '|' | '~' if !inside => {
                quiet.push_str(&format!("&#{};", u32::from(c)));
            }
            c => quiet.push(c),
        }
    }
    quiet
}

/// All pages, in the order of reading.
///
/// # Errors
///
/// If the prose names something that does not exist, or two names would have one page.
pub(crate) fn all(site: &Site) -> Result<Vec<Page>> {
    let mut pages = vec![front::page(site)?];
    pages.extend(question::pages(site)?);
    pages.push(explorer::page(site));
    pages.push(workload::index(site));
    for name in site.workloads() {
        pages.push(workload::page(site, name).with_context(|| format!("docs/workloads/{name}.md"))?);
    }
    pages.push(technique::index(site));
    for (family, names) in site.families() {
        pages.push(technique::family(site, &family, &names));
        pages.extend(names.iter().map(|name| technique::page(site, &family, name)));
    }
    pages.extend(guide::pages(site)?);
    pages.extend([run::page(site), lists::ledger(site)]);
    pages.extend(guide::documents(site)?);
    pages.push(lists::api(site));
    let mut paths = BTreeMap::new();
    for page in &pages {
        // some file systems treat capital and small letters as the same
        if let Some(other) = paths.insert(page.path.to_lowercase(), &page.title) {
            bail!("'{other}' and '{}' would both be {}.html; rename one of them", page.title, page.path);
        }
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_finds_no_sign_in_finished_html() {
        let html = "<q title=\"a\n[b](c)\">a [b](c) `d` &lt;e&gt; {{f}}</q>";
        let quiet = "<q title=\"a [b](c)\">a &#91;b&#93;&#40;c&#41; &#96;d&#96; &lt;e&gt; &#123;&#123;f&#125;&#125;</q>";
        assert_eq!(without_marks(html), quiet);
    }
}
