//! Charts of speed against cost: a point for each technique, with marks for those that are worth a higher cost.
//!
//! There is a chart for each cost, of which the first is open; each front and every figure is also given as text.

use crate::chart::{BOTTOM, HEIGHT, LEFT, RIGHT, Scale, TOP, WIDTH, f, factor_word, interval};
use crate::markup::technique_link;
use crate::model::Group;
use crate::number::{bytes, digits, factor};
use crate::ranking::speedup;
use maud::{Markup, html};
use parallax_record::cost::{CostAxis, front, words};
use parallax_record::summary::Row;
use std::collections::BTreeMap;

/// The charts of a group, and its figures; nothing where fewer than two techniques have any.
pub(crate) fn of(root: &str, group: &Group) -> Markup {
    let rows: Vec<&Row> = group.measured().collect();
    let has = |axis: &CostAxis| rows.iter().filter(|row| axis.of(row).is_some()).count() > 1;
    let axes: Vec<CostAxis> = CostAxis::ALL.into_iter().filter(has).collect();
    html! {
        @if !axes.is_empty() {
            h3 { "Speed against cost" }
            @for (k, axis) in axes.iter().enumerate() {
                details.cost open[k == 0] {
                    summary { "Against " (axis.words()) }
                    (chart(group, &rows, *axis))
                    p { (front_words(&rows, *axis)) }
                }
            }
            details.cost {
                summary { "All costs as figures" }
                (table(root, group, &rows))
                (reasons(&rows))
            }
        }
    }
}

/// The techniques on the front of a cost, in words.
fn front_words(rows: &[&Row], axis: CostAxis) -> String {
    let on = front(rows.iter().copied(), axis);
    let each = on.iter().filter_map(|row| {
        Some(format!("{} ({}, {})", row.technique, amount(axis, axis.of(row)?), factor(row.ratio?)))
    });
    let each: Vec<String> = each.collect();
    match each.is_empty() {
        true => {
            "No technique that has this cost has an interval, so nothing is shown to be worth it.".to_owned()
        }
        false => format!("Nothing is shown to be both faster and cheaper than: {}.", each.join(", ")),
    }
}

fn chart(group: &Group, rows: &[&Row], axis: CostAxis) -> Markup {
    let points: Vec<(&Row, f64)> = rows.iter().filter_map(|row| Some((*row, axis.of(row)?))).collect();
    let on = front(rows.iter().copied(), axis);
    let is_on = |row: &Row| on.iter().any(|other| std::ptr::eq(*other, row));
    let most = points.iter().map(|(_, cost)| *cost).fold(0.0, f64::max);
    let scale = Scale::of_ratios(points.iter().map(|(row, _)| *row));
    let x = |cost: f64| LEFT + 12.0 + cost / most.max(1e-9) * (WIDTH - LEFT - RIGHT - 12.0);
    let y = |ratio: f64| HEIGHT - BOTTOM - scale.share(ratio) * (HEIGHT - TOP - BOTTOM);
    let place = |row: &Row| (x(axis.of(row).unwrap_or(0.0)), y(row.ratio.unwrap_or(1.0)));
    let way: Vec<String> =
        on.iter().map(|row| place(row)).map(|(x, y)| format!("{} {}", f(x), f(y))).collect();
    let turned = format!("rotate(-90 14 {})", HEIGHT / 2.0);
    let title = format!("Speed against {}, {}; diamonds are the front", axis.words(), group.title());
    html! {
        figure.chart {
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
                title { (title) }
                @for tick in scale.ticks() {
                    line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(f(y(tick))) y2=(f(y(tick))) {}
                    text.tick x=(LEFT - 8.0) y=(f(y(tick) + 4.0)) text-anchor="end" { (factor_word(tick)) }
                }
                @for tick in ticks(axis, most) {
                    text.tick x=(f(x(tick))) y=(HEIGHT - BOTTOM + 18.0) text-anchor="middle" { (amount(axis, tick)) }
                }
                text.label x=((LEFT + WIDTH - RIGHT) / 2.0) y=(HEIGHT - 6.0) text-anchor="middle" { (axis.words()) }
                text.label x="14" y=(HEIGHT / 2.0) text-anchor="middle" transform=(turned) { "speedup" }
                @if !way.is_empty() { path.front d=(format!("M{}", way.join("L"))) {} }
                @for (row, cost) in &points {
                    @let (x, y_of) = (x(*cost), y(row.ratio.unwrap_or(1.0)));
                    g class=(if is_on(row) { "point on" } else { "point" }) {
                        title { (row.technique) ": " (amount(axis, *cost)) ", " (interval(row)) }
                        @if let (Some(low), Some(high)) = (row.ratio_low, row.ratio_high) {
                            line x1=(f(x)) x2=(f(x)) y1=(f(y(low))) y2=(f(y(high))) {}
                        }
                        @if is_on(row) { path d=(format!("M{} {}l6 6l-6 6l-6 -6z", f(x), f(y_of - 6.0))) {} }
                        @else { circle cx=(f(x)) cy=(f(y_of)) r="3.5" {} }
                    }
                }
                @for row in &on { @let (x, y) = place(row);
                    text.name x=(f(x + 10.0)) y=(f(y + 4.0)) { (row.technique) }
                }
            }
            figcaption { (title) }
        }
    }
}

/// Some round values from zero on.
fn ticks(axis: CostAxis, most: f64) -> Vec<f64> {
    let unit = match axis {
        CostAxis::Size | CostAxis::Memory => 1024f64.powf((most.max(1.0).ln() / 1024f64.ln()).floor()),
        _ => 1.0,
    };
    let (of, least) = (most / unit, if axis == CostAxis::Build { 1e-3 } else { 1.0 });
    let power = 10f64.powf((of / 4.0).max(least).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|k| k * power).into_iter().find(|step| of / step <= 5.0);
    let step = step.unwrap_or(10.0 * power).max(least);
    (0..).map(|k| f64::from(k) * step).take_while(|tick| *tick <= of).map(|tick| tick * unit).collect()
}

/// A cost with its unit.
pub(crate) fn amount(axis: CostAxis, value: f64) -> String {
    match axis {
        CostAxis::Lines | CostAxis::UnsafeLines | CostAxis::Dependencies => format!("{value:.0}"),
        CostAxis::Build => format!("{} s", digits(value)),
        CostAxis::Size | CostAxis::Memory => bytes(value as u64),
    }
}

fn table(root: &str, group: &Group, rows: &[&Row]) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=(format!("Costs of {}", group.title())) {
            table.costs {
                thead { tr {
                    th scope="col" { "technique" } th.number scope="col" { "speedup" }
                    @for axis in CostAxis::ALL { th.number scope="col" { (axis.words()) } }
                } }
                tbody { @for row in rows {
                    tr {
                        th scope="row" { (technique_link(root, row)) } td.number { (speedup(row)) }
                        @for axis in CostAxis::ALL { td.number { (figure(row, axis)) } }
                    }
                } }
            }
        }
    }
}

/// A figure; for lines, the technique's and the kernel's separately.
fn figure(row: &Row, axis: CostAxis) -> String {
    match (axis, row.cost.lines, row.cost.kernel_lines) {
        (CostAxis::Lines, Some(part), Some(kernel)) => format!("{part} + {kernel}"),
        _ => axis.of(row).map_or_else(|| "–".to_owned(), |value| amount(axis, value)),
    }
}

/// The meaning of the columns, and why some have no figure.
fn reasons(rows: &[&Row]) -> Markup {
    let mut told: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for row in rows {
        for (field, why) in &row.cost.reasons {
            told.entry((field, why)).or_default().push(&row.technique);
        }
    }
    html! {
        p.note {
            "Lines are those of the technique's part and of its kernel, without comments. Unsafe lines are those in the "
            "project's files that it uses. Dependencies are the crates that its libraries add to those of the baseline, "
            "and build time is the time to compile these one after the other. Size is the machine code of these and of "
            "its own module. For a Python technique, dependencies are distributions, and size is that of their files."
        }
        @if !told.is_empty() {
            ul.note { @for ((field, why), names) in &told {
                li { "No " (words(field)) ": " (why) " (" (names.join(", ")) ")." }
            } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(CostAxis::Lines, 230.0), [0.0, 50.0, 100.0, 150.0, 200.0]);
        assert_eq!(ticks(CostAxis::Dependencies, 3.0), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(ticks(CostAxis::UnsafeLines, 0.0), [0.0]);
        assert_eq!(ticks(CostAxis::Size, 3.5 * 1024.0 * 1024.0).last(), Some(&(3.0 * 1024.0 * 1024.0)));
        for axis in CostAxis::ALL {
            for most in [0.0, 0.3, 1.0, 7.0, 99.0, 1234.5, 1e7, 1e17] {
                assert!(
                    (1..=7).contains(&ticks(axis, most).len()),
                    "{axis:?} {most}: {:?}",
                    ticks(axis, most)
                );
            }
        }
    }
}
