//! The verdict on a group: which technique is best, or which few are equally good.

use crate::chart::interval;
use crate::model::Group;
use crate::number::factor;
use maud::{Markup, html};
use parallax_record::name::BASELINE;
use parallax_record::summary::Row;

/// How many techniques may be called equally good; more than that is not an answer.
const FEW: usize = 3;

/// The techniques that are best, if the run has found few enough and each has its figure; the fastest first.
pub(crate) fn decided<'a>(group: &Group<'a>) -> Option<Vec<&'a Row>> {
    let leaders = group.leaders();
    ((1..=FEW).contains(&leaders.len()) && leaders.len() == candidates(group)).then_some(leaders)
}

/// How many techniques can be the best.
fn candidates(group: &Group) -> usize {
    group.best.map_or(0, |best| best.set.len())
}

/// The row that a reader sees first: the first of those that can be the best, or else the one with the largest speedup.
/// None if the group has only the rest of its rows.
pub(crate) fn first<'a>(group: &Group<'a>) -> Option<&'a Row> {
    let shown = || group.leaders().first().copied().or_else(|| group.measured().next());
    (!group.is_rest()).then(shown).flatten()
}

/// The verdict in a sentence without its full stop.
pub(crate) fn sentence(group: &Group) -> Markup {
    match decided(group).as_deref() {
        None if group.is_rest() => {
            html! { "Only the cells that this machine's run lacks, so there is no verdict on the whole" }
        }
        Some([only]) if is_baseline(only) => html! { "Nothing beat plain sequential code here" },
        Some([only]) => html! { strong { (only.technique) } " is best: " (interval(only)) },
        Some(few) => html! {
            (listed(few, |row| html! { strong { (called(row)) } })) " are equally good: "
            (few[0].ratio.map(factor).unwrap_or_default())
        },
        None => unproven(group),
    }
}

/// The text where there is no verdict.
fn unproven(group: &Group) -> Markup {
    let candidates = candidates(group);
    html! { @if let Some(row) = first(group) {
        strong { (called(row)) } " is ahead, " (interval(row)) ", but this run does not prove it"
        @if candidates > FEW { ": any of " (candidates) " techniques can be the best" }
    } }
}

/// Rows as a list in a sentence: `a, b and c`.
pub(crate) fn listed(rows: &[&Row], of: impl Fn(&Row) -> Markup) -> Markup {
    html! { @for (k, row) in rows.iter().enumerate() {
        @if k > 0 { @if k + 1 == rows.len() { " and " } @else { ", " } }
        (of(row))
    } }
}

fn called(row: &Row) -> &str {
    if is_baseline(row) { "plain sequential code" } else { &row.technique }
}

pub(crate) fn is_baseline(row: &Row) -> bool {
    row.technique == BASELINE
}
