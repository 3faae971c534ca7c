//! A group as a table: names, times, and a bar with a whisker for each, on one logarithmic scale.
//!
//! The numbers are also given as text, so they can be read without sight or a script.

use crate::chart::Scale;
use crate::markup::{repro, status, technique_link, verdict};
use crate::model::Group;
use crate::number::{bytes, count, digits, factor, half_width, time};
use maud::{Markup, html};
use parallax_record::summary::{Row, RowVerdict};

/// The columns that are shown of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Name, time, speedup, verdict.
    Short,
    /// Also cores, CPU time and memory, and the command for each.
    Full,
}

/// The ranking of a group; at most `limit` rows, of which the baseline is always one.
pub(crate) fn table(root: &str, group: &Group, detail: Detail, limit: usize) -> Markup {
    let rows = chosen(group, limit);
    let scale = Scale::of_ratios(rows.iter().copied());
    let left_out = group.measured().count() - rows.len();
    let pays = rows.iter().any(|row| pays_after(row).is_some());
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=(format!("Ranking of {}", group.title())) {
            table.ranking.full[detail == Detail::Full] {
                caption {
                    (group.title())
                    span.floor { " · noise floor " (floor(group)) }
                }
                thead { tr {
                    th scope="col" { "technique" }
                    th.number scope="col" { "time" }
                    th.number scope="col" { "speedup" }
                    th.bars scope="col" { span.visually-hidden { "bar" } (scale.axis()) }
                    th scope="col" { "verdict" }
                    @if detail == Detail::Full {
                        th.number scope="col" { "cores" } th.number scope="col" { "memory" }
                        @if pays { th.number scope="col" { "pays after" } }
                        th scope="col" { "run it" }
                    }
                } }
                tbody { @for row in &rows { (line(root, row, &scale, detail, pays)) } }
            }
        }
        @if left_out > 0 { p.note { (left_out) " more have a smaller speedup; the page of the workload has all." } }
    }
}

/// The fastest rows, and the baseline in any case.
fn chosen<'a>(group: &Group<'a>, limit: usize) -> Vec<&'a Row> {
    let measured: Vec<&Row> = group.measured().collect();
    let is_baseline = |row: &Row| row.verdict == Some(RowVerdict::Baseline);
    let room = limit.saturating_sub(1);
    let slower = measured.iter().enumerate().filter(|(place, row)| *place < room || is_baseline(row));
    slower.map(|(_, row)| *row).collect()
}

fn line(root: &str, row: &Row, scale: &Scale, detail: Detail, pays: bool) -> Markup {
    let (word, class) = verdict(row);
    html! {
        tr class=(class) data-family=(row.family) {
            th scope="row" {
                (technique_link(root, row))
                @if !row.algorithm.is_empty() { span.algorithm title="another algorithm than the baseline's" { " " (row.algorithm) } }
                @if let Some(doubt) = &row.reason { span.doubt title=(doubt) { " ⚠ " span.visually-hidden { (doubt) } } }
            }
            td.number { (row.time_ns_median.map_or_else(|| "–".into(), time)) }
            td.number { (speedup(row)) }
            td.bars { (scale.bar(row)) }
            td.verdict { span.badge { (word) } }
            @if detail == Detail::Full {
                td.number data-label="cores" { (row.cores_used.map_or_else(|| "–".into(), digits)) }
                td.number data-label="memory" { (row.peak_bytes.map_or_else(|| "–".into(), bytes)) }
                @if pays { td.number.pays data-label="pays after" { (pays_after(row).unwrap_or_else(|| "–".into())) } }
                td { details.repro { summary { "command" } code { (repro(row)) } } }
            }
        }
    }
}

/// `1.98× ±2.7%`.
pub(crate) fn speedup(row: &Row) -> Markup {
    let Some(ratio) = row.ratio else { return html! { "–" } };
    html! {
        (factor(ratio))
        @if row.verdict != Some(RowVerdict::Baseline) {
            " " span.spread {
                @match (row.ratio_low, row.ratio_high) {
                    (Some(low), Some(high)) => { (half_width(ratio, low, high)) }
                    _ => "one block",
                }
            }
        }
        @if let Some(task) = row.task_ns { " " span.task title="the core time of a task, including the cost of handing it out" { "tasks of " (time(task)) } }
    }
}

/// From how many calls on a faster technique has made up for its start, according to the run.
pub(crate) fn pays_after(row: &Row) -> Option<String> {
    let calls = |number: f64| match number.ceil().max(1.0) {
        few if few < 1e4 => format!("{few:.0}"),
        many => count(many),
    };
    let after = calls(row.pays_after.filter(|_| row.verdict == Some(RowVerdict::Faster))?);
    let word = if after == "1" { "call" } else { "calls" };
    Some(match row.pays_after_low.zip(row.pays_after_high) {
        Some((low, high)) => format!("{after} {word} ({} to {})", calls(low), calls(high)),
        None => format!("{after} {word}"),
    })
}

/// The noise floor: the difference that this machine shows between identical programs.
pub(crate) fn floor(group: &Group) -> String {
    let floor = group.twin.and_then(|twin| twin.floor);
    floor.map_or_else(|| "unknown".into(), |floor| format!("{}%", digits((floor - 1.0).max(0.0) * 100.0)))
}

/// Those without a number, each with its reason.
pub(crate) fn refusals(root: &str, group: &Group) -> Markup {
    let mut refused: Vec<&Row> = group.refused().collect();
    refused.sort_by(|a, b| (&a.reason, &a.technique).cmp(&(&b.reason, &b.technique)));
    let same = |a: &&Row, b: &&Row| a.reason == b.reason && a.status == b.status;
    html! {
        @if refused.is_empty() {
            p { "Every technique that was measured has an answer to this workload." }
        } @else {
            dl.refusals {
                @for alike in refused.chunk_by(same) {
                    dt {
                        @for (k, row) in alike.iter().enumerate() {
                            @if k > 0 { ", " } (technique_link(root, row))
                        }
                        " " span.status { (status(alike[0])) }
                    }
                    dd { (alike[0].reason.as_deref().unwrap_or("no reason was given")) }
                }
            }
        }
    }
}
