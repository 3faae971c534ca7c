//! A page per workload: what it shows, how each technique did, and the code with each time.

use super::{Page, Section, plain};
use crate::chart::{Curve, Labels, curves};
use crate::cost;
use crate::data::Run;
use crate::decision::sentence;
use crate::directive::{expand, unmeasured, whose};
use crate::markup::{code, place, show_code, workload_page};
use crate::model::{Group, Site};
use crate::number::{count, time};
use crate::picture;
use crate::ranking::{self, Detail, refusals, speedup};
use crate::sweep;
use anyhow::Result;
use maud::{Markup, html};
use parallax_record::summary::Row;
use parallax_suite::Size;
use std::collections::BTreeSet;

/// The list of all workloads.
pub(super) fn index(site: &Site) -> Page {
    let mut page = Page::new("workloads/index", "Workloads", Section::Workloads).called("All workloads");
    page.text("# Workloads\n");
    page.text("Each shows one thing that no other shows, so the list reads as an explanation.\n");
    page.part(html! {
        ul.cards { @for name in site.workloads() {
            li { a href=(format!("../{}", workload_page(name))) {
                (picture::of("../", name))
                strong { (name) } span { (site.shows(name)) }
            } }
        } }
    });
    page
}

/// One workload.
///
/// # Errors
///
/// If its prose names something that does not exist.
pub(super) fn page(site: &Site, name: &str) -> Result<Page> {
    let path = workload_page(name);
    let mut page = Page::new(path.trim_end_matches(".html"), name, Section::Workloads);
    page.text(&format!("# {}: {}\n", plain(name), plain(site.shows(name))));
    page.part(html! { (picture::of(&page.root(), name)) });
    if let Some(prose) = site.prose.workloads.get(name) {
        expand(site, &mut page, prose)?;
        page.part(whose(site));
    }
    let groups = site.groups_of(name);
    facts(site, &mut page, name, &groups);
    page.heading("How long each takes");
    if groups.is_empty() {
        page.part(html! { p { "It was " (unmeasured()) "." } });
    }
    let root = page.root();
    let headline = site.headline(name).map(|group| group.title());
    for group in &groups {
        let is_headline = headline.as_deref() == Some(&group.title());
        page.part(html! {
            details.group open[is_headline] {
                summary { (group.title()) }
                @if group.measured().nth(1).is_some() { p.verdict-line { (sentence(group)) "." } }
                (ranking::table(&root, group, Detail::Full, usize::MAX))
                @if !group.is_rest() { (cost::of(&root, group)) }
            }
        });
    }
    for groups in by_run(site, &groups) {
        page.part(over_sizes(&groups));
        page.part(over_workers(&groups));
    }
    page.part(sweep::of(&site.gathered.sweeps, name));
    page.heading("Techniques without an answer, and why");
    page.part(html! {
        @for groups in by_run(site, &groups) { @if let Some(group) = speaker(&groups).filter(|group| !group.run.stands_in) {
            @if let Some(machine) = &group.machine { h3 { (machine) } }
            (refusals(&root, group))
        } }
        @if groups.iter().all(|group| group.run.stands_in) { p { (unmeasured()) } }
    });
    page.heading("The code of each technique, with its time");
    page.part(sources(site, &root, name));
    Ok(page)
}

fn facts(site: &Site, page: &mut Page, name: &str, groups: &[Group]) {
    let entry = site.entry(name);
    let kernel =
        site.gathered.cells.iter().find(|cell| cell.workload == name).map(|cell| cell.kernel.clone());
    let items = groups
        .iter()
        .flat_map(|group| &group.rows)
        .filter_map(|row| Some((row.size, row.items?, row.unit.clone()?)));
    let items: BTreeSet<String> =
        items.map(|(size, items, unit)| format!("{} {unit} ({size})", count(items))).collect();
    let root = page.root();
    page.part(html! {
        dl.facts {
            @if let Some(entry) = entry {
                dt { "pattern" } dd { (entry.pattern) }
                @if entry.cases.len() > 1 { dt { "cases" } dd { (entry.cases.join(", ")) } }
            }
            @if !items.is_empty() { dt { "one run" } dd { (items.into_iter().collect::<Vec<_>>().join(", ")) } }
            @if let Some(kernel) = kernel { dt { "kernel, reference and check" } dd { (place(site, &root, &kernel, 0)) } }
            dt { "measure it" } dd { code.command { "cargo xtask bench -w " (name) } }
        }
    });
}

/// The groups of each run separately: no curve goes from one machine to another.
fn by_run<'g, 'a>(site: &Site, groups: &'g [Group<'a>]) -> Vec<Vec<&'g Group<'a>>> {
    let of = |run: &Run| groups.iter().filter(|group| std::ptr::eq(group.run, run)).collect::<Vec<_>>();
    site.gathered.runs.iter().map(of).filter(|groups| !groups.is_empty()).collect()
}

/// The group of a run that lists techniques without an answer: the largest measured one of the first case.
fn speaker<'g, 'a>(groups: &[&'g Group<'a>]) -> Option<&'g Group<'a>> {
    first_case(groups).rfind(|group| group.measured().next().is_some()).or(groups.first().copied())
}

/// Speedups over sizes, if the run has more than one.
fn over_sizes(groups: &[&Group]) -> Markup {
    let place = |group: &Group| Size::ALL.iter().position(|size| *size == group.size).map(|k| k as f64);
    let most = groups.iter().map(|group| group.workers).max().unwrap_or(0);
    let chosen: Vec<&Group> = first_case(groups).filter(|group| group.workers == most).collect();
    let places = chosen.iter().filter_map(|group| Some((place(group)?, group.size.to_string()))).collect();
    chart("size of the input", &chosen, place, places)
}

/// Speedups over workers, if the run has more than one number of them.
fn over_workers(groups: &[&Group]) -> Markup {
    let largest = first_case(groups).map(|group| group.size).max();
    let chosen: Vec<&Group> = first_case(groups).filter(|group| Some(group.size) == largest).collect();
    let places = chosen.iter().map(|group| (group.workers as f64, group.workers.to_string())).collect();
    chart("workers", &chosen, |group| Some(group.workers as f64), places)
}

fn first_case<'g, 'a>(groups: &[&'g Group<'a>]) -> impl DoubleEndedIterator<Item = &'g Group<'a>> {
    let case = groups.first().map(|group| group.case);
    groups.iter().copied().filter(move |group| Some(group.case) == case)
}

fn chart(
    over: &str,
    groups: &[&Group],
    at: impl Fn(&Group) -> Option<f64>,
    places: Vec<(f64, String)>,
) -> Markup {
    let distinct: BTreeSet<u64> = groups.iter().filter_map(|group| at(group)).map(|x| x.to_bits()).collect();
    if distinct.len() < 2 {
        return html! {};
    }
    let last = groups.last().map(|group| group.leaders_and_baseline()).unwrap_or_default();
    let lines: Vec<Curve> = last
        .into_iter()
        .take(8)
        .map(|row| {
            let mut points: Vec<(f64, f64)> = groups
                .iter()
                .filter_map(|group| {
                    let same =
                        group.measured().find(|r| r.technique == row.technique && r.family == row.family)?;
                    Some((at(group)?, same.ratio?))
                })
                .collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            Curve { name: row.technique.clone(), points }
        })
        .collect();
    let machine = groups.iter().find_map(|group| group.machine.as_ref());
    let machine = machine.map_or_else(String::new, |machine| format!(", on {machine}"));
    let title = format!("Speedup over the {over}, logarithmic{machine}");
    curves(&Labels { title: &title, x: over, y: "speedup", places }, &lines)
}

impl<'a> Group<'a> {
    /// The rows that a chart shows: the fastest first.
    fn leaders_and_baseline(&self) -> Vec<&'a Row> {
        self.measured().collect()
    }
}

/// The kernel, and then each technique's own part with its time.
fn sources(site: &Site, root: &str, name: &str) -> Markup {
    let headline = site.headline(name);
    let case = headline.as_ref().map_or("", |group| group.case);
    let lenders: Vec<Group> =
        site.groups_of(name).into_iter().filter(|group| group.run.stands_in && group.case == case).collect();
    let told = |technique: &str| {
        headline.iter().chain(&lenders).find_map(|group| Some((group.run, group.row(technique)?)))
    };
    let row = |technique: &str| told(technique).filter(|(run, _)| !run.stands_in).map(|(_, row)| row);
    let mut cells: Vec<_> = site.gathered.cells.iter().filter(|cell| cell.workload == name).collect();
    let first = cells.first().map(|cell| cell.case.clone()).unwrap_or_default();
    cells.retain(|cell| cell.case == first);
    cells.sort_by(|a, b| {
        let speed = |technique: &str| row(technique).and_then(|row| row.ratio).unwrap_or(0.0);
        speed(&b.technique).total_cmp(&speed(&a.technique)).then_with(|| a.technique.cmp(&b.technique))
    });
    let kernel = cells.iter().find_map(|cell| cell.parts.iter().find(|part| part.part == "kernel"));
    html! {
        @if cells.is_empty() { p { "No worker of this build has a technique for it." } }
        @if let Some(machine) = headline.as_ref().and_then(|group| group.machine.as_ref()) { p.note { "The times are of " (machine) "." } }
        @if let Some(kernel) = kernel {
            h3 { "The kernel that all of them spread" }
            (code(site, root, kernel))
        }
        @for cell in cells {
            details.source {
                summary {
                    strong { (cell.technique) }
                    @match told(&cell.technique) {
                        Some((run, row)) => { span.beside { (row.time_ns_median.map_or_else(|| "–".into(), time)) " · " (speedup(row))
                            @if run.stands_in { ", on another machine" } } }
                        None => { span.beside { "no figure" } }
                    }
                }
                @for part in cell.parts.iter().filter(|part| kernel.is_none_or(|kernel| part.file != kernel.file)) { (code(site, root, part)) }
                @if let Some(why) = &cell.missing { p.note { (why) } }
                p { code.command { (show_code(cell)) } }
            }
        }
    }
}
