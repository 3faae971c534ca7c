//! Pages of the guide and of the repository's documents: written prose, with figures of the run in it.

use super::{Page, Section};
use crate::contrast::sentence;
use crate::directive::{expand, whose};
use crate::markup::{source_page, workload_page};
use crate::model::Site;
use crate::picture::of_runs;
use crate::prose::Topic;
use anyhow::{Context, Result};
use maud::{Markup, html};

/// The documents of the repository that the site shows, with their paths and names.
const DOCUMENTS: [(&str, &str, &str); 3] = [
    ("METHODOLOGY.md", "about/index", "How it is measured"),
    ("BIAS.md", "about/bias", "Bias"),
    ("CHANGELOG.md", "about/changelog", "Changelog"),
];

/// The chapters of the guide.
///
/// # Errors
///
/// If a chapter names something that does not exist.
pub(super) fn pages(site: &Site) -> Result<Vec<Page>> {
    let chapter = |(name, text): &(String, String)| {
        let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(name);
        let short = title.split(':').next().unwrap_or(title);
        let mut page = Page::new(format!("guide/{name}"), title, Section::Guide).called(short);
        expand(site, &mut page, text).with_context(|| format!("docs/guide/{name}.md"))?;
        page.part(whose(site));
        if name == "from-python" {
            page.part(topics(site, &page.root()));
        }
        Ok(page)
    };
    site.prose.guide.iter().map(chapter).collect()
}

/// The reading list: each system, its counterpart in Rust, and by how much they differ here.
fn topics(site: &Site, root: &str) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="The reading list" { table.topics #reading-list {
            thead { tr { th scope="col" { "in Python" } th scope="col" { "in Rust" } th scope="col" { "seen on" } th scope="col" { "measured side by side" } th scope="col" { "explained in" } } }
            tbody { @for topic in &site.prose.topics { tr {
                th scope="row" { (topic.name) }
                td { (topic.rust) }
                td { @for (k, name) in topic.workloads.iter().enumerate() { @if k > 0 { ", " } (seen_on(site, root, name)) } }
                td { (compared(site, topic)) }
                td { a href=(format!("{}.html", topic.chapter)) { (chapter_title(site, &topic.chapter)) } }
            } } }
        } }
    }
}

/// A workload's name, as a link if it is in this build.
fn seen_on(site: &Site, root: &str, name: &str) -> Markup {
    html! {
        @if site.workloads().contains(&name) { a href=(format!("{root}{}", workload_page(name))) { (name) } } @else { (name) }
    }
}

fn chapter_title<'a>(site: &'a Site, name: &'a str) -> &'a str {
    let text = site.prose.guide.iter().find(|(stem, _)| stem == name).map(|(_, text)| text.as_str());
    let title = text.and_then(|text| text.lines().find_map(|line| line.strip_prefix("# "))).unwrap_or(name);
    title.split(':').next().unwrap_or(title)
}

fn compared(site: &Site, topic: &Topic) -> Markup {
    html! {
        @match &topic.compare {
            Some([ours, theirs]) => { (sentence(site, ours, theirs)) }
            None => { "see the chapter" }
        }
        @if let Some(why) = &topic.apart { p.note { (why) } }
    }
}

/// Methodology, bias and changelog, with links into the repository turned into links to its sources here.
///
/// # Errors
///
/// If one of them cannot be read.
pub(super) fn documents(site: &Site) -> Result<Vec<Page>> {
    let document = |(file, path, short): &(&str, &str, &str)| {
        let text =
            std::fs::read_to_string(site.root.join(file)).with_context(|| format!("cannot read {file}"))?;
        let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(short).to_owned();
        let mut page = Page::new(*path, title, Section::About).called(*short);
        for line in site.relinked(&text).lines() {
            match pictured(line) {
                Some(name) => {
                    let picture =
                        of_runs(site, &page.root(), name).with_context(|| format!("{file}: {line}"))?;
                    page.part(picture);
                }
                None => page.text(line),
            }
        }
        Ok(page)
    };
    DOCUMENTS.iter().map(document).collect()
}

/// The picture that a line asks for: as a comment, since these documents are read without this site too.
fn pictured(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- picture ")?.strip_suffix(" -->")
}

impl Site {
    /// Markdown whose links to files of the repository lead to pages of this site, for a page one folder deep.
    fn relinked(&self, text: &str) -> String {
        let mut made = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("](") {
            let Some((target, after)) = after.split_once(')') else { break };
            made.push_str(before);
            made.push_str(&format!("]({})", self.new_target(target)));
            rest = after;
        }
        made + rest
    }

    fn new_target(&self, target: &str) -> String {
        let (file, fragment) =
            target.split_once('#').map_or((target, String::new()), |(file, at)| (file, format!("#{at}")));
        let known = DOCUMENTS.iter().find(|(name, ..)| *name == file);
        match known {
            _ if target.contains("://") || file.is_empty() => target.to_owned(),
            Some((_, path, _)) => format!("../{path}.html{fragment}"),
            None if self.has_source(file) => format!("../{}{fragment}", source_page(file)),
            None => "#".to_owned(),
        }
    }

    /// The documentation of a crate or module: links between items become links to pages, or plain code.
    pub(crate) fn rustdoc(&self, family: &str, from: &str, doc: &str) -> String {
        let mut made = String::new();
        let mut rest = doc;
        while let Some((before, after)) = rest.split_once("[`") {
            let Some((item, after)) = after.split_once("`]") else { break };
            made.push_str(before);
            made.push_str(&self.item(family, from, item));
            rest = after
                .strip_prefix('(')
                .and_then(|link| link.split_once(')'))
                .map_or(after, |(_, after)| after);
        }
        let text = made + rest;
        // headings of a file are one level lower on its own page
        text.lines()
            .map(|line| if line.starts_with("# ") { format!("#{line}\n") } else { format!("{line}\n") })
            .collect()
    }

    fn item(&self, family: &str, _from: &str, item: &str) -> String {
        let name = item.rsplit("::").next().unwrap_or(item);
        let is =
            |implementor: &str| implementor.split('<').next().unwrap_or("").rsplit("::").next() == Some(name);
        let found =
            self.gathered.techniques.iter().find(|found| found.family == family && is(&found.implementor));
        match found {
            Some(found) => format!("[`{}`]({}.html)", found.name, crate::markup::slug(&found.name)),
            None => format!("`{item}`"),
        }
    }
}
