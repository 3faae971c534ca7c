//! A page per technique and per family: the idea, an example to copy, and the measurements.

use super::{Page, Section, plain};
use crate::chart::Scale;
use crate::data::Technique;
use crate::directive::unmeasured;
use crate::markup::{family_page, place, repro, status, technique_page, verdict, workload_page};
use crate::model::{Group, Site};
use crate::number::{bytes, digits, time};
use crate::ranking::speedup;
use maud::{Markup, PreEscaped, html};
use parallax_record::name::full;
use parallax_record::summary::{Row, RowVerdict};
use std::collections::BTreeMap;

/// The list of all families.
pub(super) fn index(site: &Site) -> Page {
    let mut page = Page::new("techniques/index", "Techniques", Section::Techniques).called("All families");
    page.text("# Techniques\n");
    page.text(
        "A family is a crate of related techniques. Each technique answers *patterns* (map, reduce, stencil, graph, \
         channel, …), so it can solve every workload with such a pattern, including yours. Kernels (how one piece is \
         computed) are written for the workloads of this suite: read them, and write yours in the same way.\n",
    );
    page.part(html! {
        ul.families { @for (family, names) in site.families() {
            li {
                h2 { a href=(format!("../{}", family_page(&family))) { (family) } }
                @if let Some(idea) = site.family(&family).and_then(|f| f.doc.as_deref()).and_then(first_paragraph) { p { (idea) } }
                p.names { @for name in names { a href=(format!("../{}", technique_page(&family, name))) { (name) } " " } }
            }
        } }
        @if !site.gathered.absent.is_empty() {
            h2 { "Not in this build" }
            dl.refusals { @for absent in &site.gathered.absent { dt { (absent.name) } dd { (absent.reason) } } }
        }
    });
    page
}

/// One family.
pub(super) fn family(site: &Site, name: &str, techniques: &[&str]) -> Page {
    let path = family_page(name);
    let mut page = Page::new(
        path.trim_end_matches(".html"),
        format!("{name}: a family of techniques"),
        Section::Techniques,
    )
    .called(name);
    page.text(&format!("# {}\n", plain(name)));
    page.part(figure(site.prose.diagrams.get(name)));
    let known = site.family(name);
    match known.and_then(|family| family.doc.as_deref()) {
        Some(doc) => page.text(&site.rustdoc(name, &format!("{}/index", name), doc)),
        None => page.paragraph("Its worker has no description of the family."),
    }
    if let Some(source) = known.and_then(|family| family.source.as_deref()) {
        let root = page.root();
        page.part(html! { p { (place(site, &root, source, 0)) } });
    }
    called(site, &mut page, name);
    page.heading("Its techniques");
    page.part(html! { dl.techniques { @for technique in techniques {
        dt { a href=(format!("../../{}", technique_page(name, technique))) { (technique) } }
        dd { (site.technique(name, technique).map_or("", |found| &found.idea)) }
    } } });
    reading(site, &mut page, name);
    page
}

/// One technique.
pub(super) fn page(site: &Site, family: &str, name: &str) -> Page {
    let path = technique_page(family, name);
    let mut page =
        Page::new(path.trim_end_matches(".html"), format!("{name} ({family})"), Section::Techniques)
            .called(name);
    page.text(&format!("# {}\n", plain(name)));
    let root = page.root();
    let known = site.technique(family, name);
    if let Some(technique) = known {
        page.part(card(site, &root, technique));
    }
    page.part(figure(site.prose.diagram(family, name)));
    if let Some(technique) = known {
        let words = without_code(&technique.doc);
        page.text(&site.rustdoc(family, &format!("{family}/{name}"), &words));
    }
    called(site, &mut page, &format!("{family}/{name}"));
    let rows = Profile::of(site, family, name);
    page.heading("When to take it, and when not");
    page.part(rows.advice(&root));
    page.heading("Its profile over all workloads");
    page.part(rows.table(&root));
    page.heading("Where it has no answer");
    page.part(rows.refusals(&root));
    if let Some(example) = known.and_then(|technique| technique.example.as_ref()) {
        page.heading("The technique alone, to copy");
        page.paragraph("This example is at the head of its file, free of the suite's types; the tests compile and run it.");
        page.part(
            html! { figure.code { pre tabindex="0" { code class="language-rust" { (example.text) } } } },
        );
    }
    reading(site, &mut page, family);
    page
}

fn card(site: &Site, root: &str, technique: &Technique) -> Markup {
    html! {
        p.lead { (technique.idea) }
        dl.facts {
            dt { "gives" } dd { (technique.gives) }
            dt { "costs" } dd { (technique.costs) }
            dt { "family" } dd { a href="index.html" { (technique.family) } }
            dt { "depends on" } dd {
                @if technique.libraries.is_empty() { "the standard library alone" }
                @for (k, (name, version)) in technique.libraries.iter().enumerate() {
                    @if k > 0 { ", " } (name) " " (version.as_deref().unwrap_or("(version unknown)"))
                }
            }
            dt { "written in" } dd { (place(site, root, &technique.source, 0)) }
        }
    }
}

/// Common names of the technique: they are on its page, so that search finds it by them.
fn called(site: &Site, page: &mut Page, key: &str) {
    let Some(names) = site.prose.names.get(key) else { return };
    page.heading("Also called");
    page.paragraph(&format!("{}.", names.join(", ")));
}

/// A drawing of the idea, if there is one.
fn figure(drawing: Option<&String>) -> Markup {
    html! { @if let Some(svg) = drawing { figure.diagram { (PreEscaped(svg)) } } }
}

fn reading(site: &Site, page: &mut Page, family: &str) {
    let Some(list) = site.prose.reading.get(family) else { return };
    page.heading("Further reading");
    page.part(html! { ul { @for entry in list { li { cite { (entry.what) } ": " (entry.why) } } } });
}

/// The results of a technique in all runs: a row for each workload.
struct Profile<'a> {
    rows: Vec<Mine<'a>>,
}

/// A row of the technique, and its place in its group.
#[derive(Clone)]
struct Mine<'a> {
    row: &'a Row,
    /// Its machine, if there is more than one.
    machine: Option<String>,
    place: Place,
}

/// The place of a technique in its group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It can be the best.
    Leads,
    /// It cannot.
    Out,
    /// The run does not say.
    Unknown,
}

impl Place {
    fn of(group: &Group, row: &Row) -> Self {
        match group.leaders().iter().any(|leader| std::ptr::eq(*leader, row)) {
            true => Place::Leads,
            false if group.is_out(&row.technique) => Place::Out,
            false => Place::Unknown,
        }
    }
}

impl<'a> Profile<'a> {
    fn of(site: &'a Site, family: &str, name: &str) -> Self {
        let mine = |row: &&Row| row.family == family && row.technique == name;
        let of_group = |group: &Group<'a>| {
            let rows = group.rows.iter().copied().filter(mine);
            let (place, machine) = (|row| Place::of(group, row), || group.machine.clone());
            rows.map(|row| Mine { row, machine: machine(), place: place(row) }).collect::<Vec<_>>()
        };
        Profile { rows: site.groups().iter().flat_map(of_group).collect() }
    }

    fn table(&self, root: &str) -> Markup {
        let measured: Vec<&Mine> = self.rows.iter().filter(|mine| mine.row.is_measured()).collect();
        let scale = Scale::of_ratios(measured.iter().map(|mine| mine.row));
        html! {
            @if measured.is_empty() { p { (unmeasured()) } }
            @else {
                div.table-scroll tabindex="0" role="region" aria-label="Profile" { table.ranking.full {
                    thead { tr {
                        th scope="col" { "workload" } th.number scope="col" { "time" } th.number scope="col" { "speedup" }
                        th.bars scope="col" { span.visually-hidden { "bar" } (scale.axis()) } th scope="col" { "verdict" }
                        th.number scope="col" { "cores" } th.number scope="col" { "memory" } th scope="col" { "run it" }
                    } }
                    tbody { @for mine in measured { (self::line(root, mine, &scale)) } }
                } }
            }
        }
    }

    /// The advice that follows from the figures, in words.
    fn advice(&self, root: &str) -> Markup {
        let of = |verdict: RowVerdict| self.rows.iter().filter(move |mine| mine.row.verdict == Some(verdict));
        let faster =
            |place: Place| of(RowVerdict::Faster).filter(move |mine| mine.place == place).collect::<Vec<_>>();
        let (leading, behind, helping) = (faster(Place::Leads), faster(Place::Out), faster(Place::Unknown));
        let [same, slower] =
            [RowVerdict::Same, RowVerdict::Slower].map(|verdict| of(verdict).collect::<Vec<_>>());
        html! {
            @if [&leading, &behind, &helping, &slower, &same].iter().all(|rows| rows.is_empty()) {
                p { "This run has no verdict about it." }
            }
            ul.advice {
                @if !leading.is_empty() { li.faster { strong { "Among the fastest" } " on " (names(root, &leading)) "." } }
                @if !behind.is_empty() { li.faster { strong { "Faster than sequential code" } ", but others are faster still, on " (names(root, &behind)) "." } }
                @if !helping.is_empty() { li.faster { strong { "Faster than sequential code" } " on " (names(root, &helping)) "." } }
                @if !same.is_empty() { li.same { strong { "No difference" } " on " (names(root, &same)) "." } }
                @if !slower.is_empty() { li.slower { strong { "Slower than sequential code" } " on " (names(root, &slower)) "." } }
            }
        }
    }

    fn refusals(&self, root: &str) -> Markup {
        let mut reasons: BTreeMap<(&str, &str), Vec<&Mine>> = BTreeMap::new();
        for mine in self.rows.iter().filter(|mine| !mine.row.is_measured()) {
            let reason = mine.row.reason.as_deref().unwrap_or("no reason was given");
            reasons.entry((status(mine.row), reason)).or_default().push(mine);
        }
        html! {
            @if reasons.is_empty() { p { "It solved every workload for which this run measured it." } }
            @else { dl.refusals { @for ((status, reason), rows) in reasons {
                dt { (names(root, &rows)) " " span.status { (status) } } dd { (reason) }
            } } }
        }
    }
}

fn line(root: &str, Mine { row, machine, .. }: &Mine, scale: &Scale) -> Markup {
    let (word, class) = verdict(row);
    html! {
        tr class=(class) {
            th scope="row" { a href=(format!("{root}{}", workload_page(&row.workload))) { (full(&row.workload, &row.case)) } span.at { " " (row.size) ", " (row.workers) @if let Some(machine) = machine { ", " (machine) } } }
            td.number { (row.time_ns_median.map_or_else(|| "–".into(), time)) }
            td.number { (speedup(row)) }
            td.bars { (scale.bar(row)) }
            td.verdict { span.badge { (word) } }
            td.number data-label="cores" { (row.cores_used.map_or_else(|| "–".into(), digits)) }
            td.number data-label="memory" { (row.peak_bytes.map_or_else(|| "–".into(), bytes)) }
            td { details.repro { summary { "command" } code { (repro(row)) } } }
        }
    }
}

fn names(root: &str, rows: &[&Mine]) -> Markup {
    let name = |Mine { row, machine, .. }: &Mine| {
        let work = full(&row.workload, &row.case);
        machine.as_ref().map_or(work.clone(), |machine| format!("{work} ({machine})"))
    };
    let mut links: Vec<(String, String)> =
        rows.iter().map(|mine| (name(mine), workload_page(&mine.row.workload))).collect();
    links.dedup();
    html! { @for (k, (name, page)) in links.iter().enumerate() { @if k > 0 { ", " } a href=(format!("{root}{page}")) { (name) } } }
}

fn first_paragraph(doc: &str) -> Option<&str> {
    doc.split("\n\n")
        .next()
        .map(str::trim)
        .filter(|text| !text.is_empty() && !text.starts_with(['#', '|', '`']))
}

/// The text at the head of a file without its examples, which the page shows separately.
fn without_code(doc: &str) -> String {
    let (mut words, mut inside) = (String::new(), false);
    for line in doc.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            words.push_str(line);
            words.push('\n');
        }
    }
    words
}
