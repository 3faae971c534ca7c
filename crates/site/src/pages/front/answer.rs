//! The answer to one kind of problem: the verdict first, then the figures, the code and when it stops being right.

use crate::decision::{first, listed, sentence};
use crate::directive::unmeasured;
use crate::markup::{code, technique_link, workload_page};
use crate::model::{Group, Site};
use crate::predict;
use crate::prose::Problem;
use crate::python;
use crate::ranking::{self, Detail, pays_after};
use maud::{Markup, html};
use parallax_record::name::{full, split_work};
use parallax_record::summary::Row;

/// The answer, folded.
pub(super) fn answer(site: &Site, problem: &Problem) -> Markup {
    let groups: Vec<Group> = problem.workloads.iter().flat_map(|work| groups(site, work)).collect();
    html! {
        details.problem id=(problem.id) data-problem=(problem.id) {
            summary {
                h3 { (problem.title) }
                p.verdict-line {
                    @match groups.first() {
                        Some(group) => { (verdict(group)) }
                        None => { (unmeasured()) }
                    }
                }
                p { (problem.like) }
            }
            div.answer {
                @for (place, group) in groups.iter().enumerate() { (one(site, group, (place == 0).then(|| code_of(problem)))) }
                @if groups.is_empty() {
                    p { "Workloads of this kind: " @for work in &problem.workloads { code { (work) } " " } "– " (unmeasured()) "." }
                }
                (predict::of(site, &problem.workloads))
                h4 { "When this stops being right" }
                p { (problem.until) }
            }
        }
    }
}

/// The group that represents a problem: the first that was measured.
pub(super) fn speaker<'a>(site: &'a Site, problem: &Problem) -> Option<Group<'a>> {
    problem.workloads.iter().find_map(|work| groups(site, work).into_iter().next())
}

/// The anchor of the code of the first technique of a problem's answer.
pub(super) fn code_of(problem: &Problem) -> String {
    format!("code-{}", problem.id)
}

/// The measured groups of `workload` or `workload:case`.
fn groups<'a>(site: &'a Site, work: &str) -> Vec<Group<'a>> {
    let (workload, case) = split_work(work);
    let first = site.entry(workload).and_then(|entry| entry.cases.first()).copied().unwrap_or("");
    let case = if case.is_empty() { first } else { case };
    site.groups_of(workload)
        .into_iter()
        .filter(|group| group.case == case && group.measured().nth(1).is_some())
        .collect()
}

/// The verdict on a group, and the machine where there is more than one.
pub(super) fn verdict(group: &Group) -> Markup {
    html! { @if let Some(machine) = &group.machine { (machine) ": " } (sentence(group)) "." }
}

/// One group; its code has an anchor if the three questions lead to it.
fn one(site: &Site, group: &Group, code_id: Option<String>) -> Markup {
    let winner = first(group);
    let cell = winner.and_then(|row| site.cell(&row.workload, &row.case, &row.technique));
    html! {
        section.group data-size=(group.size) data-workers=(group.workers) {
            h4 { "Measured example: " a href=(workload_page(group.workload)) { (full(group.workload, group.case)) } ", " (site.shows(group.workload))
                @if let Some(machine) = &group.machine { ", on " (machine) } }
            (ranking::table("", group, Detail::Short, 8))
            @if let Some(row) = winner { p { (together(group)) " " (pays(row)) } (python::of(site, group, row)) }
            @if let Some(cell) = cell {
                details.winner id=[code_id] {
                    summary { "How " (cell.technique) " is written" }
                    @for part in cell.parts.iter().take(2) { (code(site, "", part)) }
                }
            }
        }
    }
}

/// The techniques that can be the best as well as the first.
fn together(group: &Group) -> Markup {
    let leaders = group.leaders();
    html! { @if let [_, others @ ..] = &leaders[..] && !others.is_empty() {
        "This run cannot distinguish these from it, so take any of them: " (listed(others, |row| technique_link("", row))) "."
    } }
}

fn pays(row: &Row) -> Markup {
    html! { @if let Some(calls) = pays_after(row) {
        "Including its start, " (row.technique) " overtakes sequential after " (calls) "."
    } }
}
