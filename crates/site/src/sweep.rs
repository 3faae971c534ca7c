//! A sweep on a workload's page: a curve for each technique, and their crossings in words.

use crate::chart::{Curve, Labels, curves};
use crate::data::Sweep;
use crate::directive::unmeasured;
use crate::number::{count, digits, factor, time};
use maud::{Markup, html};
use parallax_record::name::{BASELINE, CellId};
use parallax_record::scale::{Axis, Crossing, Crossover, FittedLaw, Grain, ScalePoint, Scaling};

/// More curves than this cannot be distinguished.
const MOST_CURVES: usize = 8;

/// All sweeps that have the workload.
pub(crate) fn of(sweeps: &[Sweep], workload: &str) -> Markup {
    let own = sweeps.iter().filter(|sweep| sweep.scaling.points.iter().any(|of| of.workload == workload));
    html! { @for sweep in own { (section(sweep, workload)) } }
}

/// The result of the newest sweep along an axis for a technique, as a part of a sentence.
pub(crate) fn clause(sweeps: &[Sweep], axis: Axis, cell: &CellId) -> Markup {
    let told = |sweep: &&Sweep| Some((clauses(&sweep.scaling, cell)?, sweep.machine.clone()));
    match sweeps.iter().filter(|sweep| sweep.scaling.axis == axis).find_map(|sweep| told(&sweep)) {
        Some((words, machine)) => {
            let title = format!("{cell}, by cargo xtask scale {axis} on {machine}");
            html! { span.figure title=(title) { (words) } }
        }
        None => unmeasured(),
    }
}

/// Crossing, smallest task and laws of one technique; none if the sweep has none of these.
fn clauses(scaling: &Scaling, CellId { workload, case, technique }: &CellId) -> Option<String> {
    let case = if scaling.axis.is_of_cases() { "" } else { case };
    let is_own = |w: &str, c: &str, t: &str| (w, c, t) == (workload.as_str(), case, technique.as_str());
    let crossings = scaling.crossovers.iter().filter(|of| is_own(&of.workload, &of.case, &of.technique));
    let crossings = crossings.filter(|of| of.over == BASELINE || scaling.axis.is_of_tasks()).take(1);
    let grains = scaling.grains.iter().filter(|of| is_own(&of.workload, &of.case, &of.technique));
    let laws = scaling.laws.iter().filter(|of| is_own(&of.workload, &of.case, &of.technique));
    let told: Vec<String> =
        crossings.map(crossover).chain(grains.map(grain)).chain(laws.filter_map(law)).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn section(sweep: &Sweep, workload: &str) -> Markup {
    let scaling = &sweep.scaling;
    let mut cases: Vec<&str> = Vec::new();
    for point in scaling.points.iter().filter(|point| point.workload == workload) {
        if !cases.contains(&&*point.case) {
            cases.push(&point.case);
        }
    }
    html! {
        @for case in cases {
            (chart(sweep, workload, case))
            ul.crossings { @for line in lines(scaling, workload, case) { li { (line) "." } } }
        }
        p.note { "Measured by " code { "cargo xtask scale " (scaling.axis.name()) " -w " (workload) } ", with intervals of 95 %." }
    }
}

fn chart(sweep: &Sweep, workload: &str, case: &str) -> Markup {
    let points: Vec<&ScalePoint> = of_work(&sweep.scaling, workload, case).collect();
    let Some(unit) = points.first().map(|point| &*point.unit) else { return html! {} };
    // the axis is logarithmic; zero, such as no writes, is put before the first value
    let least =
        points.iter().filter_map(|point| point.at).filter(|at| *at > 0.0).fold(f64::INFINITY, f64::min);
    let place = |at: f64| if at > 0.0 { at.ln() } else { (least / 4.0).ln() };
    let mut lines: Vec<Curve> = Vec::new();
    for point in &points {
        let (Some(at), Some(ratio)) = (point.at, point.ratio.filter(|_| point.blocks > 0)) else { continue };
        let curve = match lines.iter_mut().find(|curve| curve.name == point.technique) {
            Some(curve) => curve,
            None => {
                lines.push(Curve { name: point.technique.clone(), points: Vec::new() });
                lines.last_mut().expect("one was just added")
            }
        };
        curve.points.push((place(at), ratio));
    }
    lines.retain(|curve| curve.points.len() > 1);
    let last = |curve: &Curve| curve.points.last().map_or(0.0, |(_, ratio)| *ratio);
    lines.sort_by(|a, b| last(b).total_cmp(&last(a)));
    lines.truncate(MOST_CURVES);
    let mut places: Vec<(f64, String)> = Vec::new();
    for (at, point) in points.iter().filter_map(|point| Some((place(point.at?), point))) {
        if places.iter().all(|(other, _)| (other - at).abs() > 1e-9) {
            places.push((at, point.value.clone()));
        }
    }
    let title =
        format!("Speedup over {}, both logarithmic, on {}", sweep.scaling.axis.words(), sweep.machine);
    curves(&Labels { title: &title, x: unit, y: "speedup", places }, &lines)
}

/// Where along an axis a technique and plain code overtake each other, as a sentence without its full stop.
pub(crate) fn over_plain(sweeps: &[Sweep], axis: Axis, workload: &str, technique: &str) -> Markup {
    let along = sweeps.iter().map(|sweep| &sweep.scaling).filter(|scaling| scaling.axis == axis);
    let is_asked = |of: &&Crossover| {
        let pair = [of.technique.as_str(), of.over.as_str()];
        of.workload == workload && (pair == [technique, BASELINE] || pair == [BASELINE, technique])
    };
    let found = along.flat_map(|scaling| &scaling.crossovers).find(is_asked);
    html! {
        @match found {
            Some(found) => { (crossover(found).trim_end_matches('.')) }
            None => {
                "where " (technique) " overtakes plain code, over " (axis.words()) ": " (unmeasured()) " ("
                code.command { "cargo xtask scale " (axis) " -w " (workload) " -t " (technique) } ")"
            }
        }
    }
}

fn of_work<'a>(scaling: &'a Scaling, workload: &str, case: &str) -> impl Iterator<Item = &'a ScalePoint> {
    scaling.points.iter().filter(move |of| (&*of.workload, &*of.case) == (workload, case))
}

/// The sentences about the curves of one work.
fn lines(scaling: &Scaling, workload: &str, case: &str) -> Vec<String> {
    let is_own = |w: &str, c: &str| (w, c) == (workload, case);
    let crossings = scaling.crossovers.iter().filter(|of| is_own(&of.workload, &of.case)).map(crossover);
    let grains = scaling.grains.iter().filter(|of| is_own(&of.workload, &of.case)).map(grain);
    let laws = scaling.laws.iter().filter(|of| is_own(&of.workload, &of.case)).filter_map(law);
    crossings.chain(grains).chain(laws).collect()
}

fn crossover(of: &Crossover) -> String {
    match &of.crossover {
        Some(Crossing { technique, over, at, low, high, unit, .. }) => {
            let amount = |at: f64| if unit.starts_with("ns ") { time(at) } else { count(at) };
            let unit = unit.strip_prefix("ns ").unwrap_or(unit);
            format!(
                "{technique} overtakes {over} at {} {unit} ({} to {})",
                amount(*at),
                amount(*low),
                amount(*high)
            )
        }
        None => {
            let why = of.reason.as_deref().unwrap_or("no reason is known");
            format!("{} and {} do not cross here: {why}", of.technique, of.over)
        }
    }
}

fn grain(of: &Grain) -> String {
    match (of.metg_ns, of.low, of.high) {
        (Some(metg), Some(low), Some(high)) => format!(
            "{}: half of its time is work from tasks of {} on ({} to {})",
            of.technique,
            time(metg),
            time(low),
            time(high)
        ),
        _ => format!(
            "{}: no METG, because {}",
            of.technique,
            of.reason.as_deref().unwrap_or("it has no figures")
        ),
    }
}

/// A law that could be fitted.
fn law(of: &FittedLaw) -> Option<String> {
    let serial = of.serial?;
    let predicted: Vec<String> = of
        .predicted
        .iter()
        .map(|at| {
            format!("{} ({} to {}) with {}", factor(at.ratio), digits(at.low), digits(at.high), at.workers)
        })
        .collect();
    let percent = |share: f64| digits(100.0 * share);
    Some(format!(
        "{} by the law of {}: {} % serial ({} to {}); predicted and not measured: {} workers",
        of.technique,
        if of.law == "usl" { "Gunther" } else { "Amdahl" },
        percent(serial.value),
        percent(serial.low),
        percent(serial.high),
        predicted.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sweeps() -> Vec<Sweep> {
        let crossing = json!({ "technique": "rayon", "over": "sequential", "at": 2345.0, "low": 2010.0, "high": 2790.0,
            "after": 1e3, "before": 5e3, "unit": "samples" });
        let pair = |technique: &str, over: &str, crossing: &serde_json::Value, reason: Option<&str>| {
            json!({ "workload": "montecarlo", "technique": technique, "over": over, "crossover": crossing,
                "reason": reason })
        };
        let none = json!(null);
        let pairs = [
            pair("rayon", "portable", &crossing, None),
            pair("rayon", "sequential", &crossing, None),
            pair("portable", "sequential", &none, Some("portable is ahead of sequential from 10 samples on")),
        ];
        let scaling = json!({ "axis": "size", "points": [], "crossovers": pairs });
        vec![Sweep { machine: "M".into(), scaling: serde_json::from_value(scaling).unwrap() }]
    }

    #[test]
    fn a_sentence_takes_what_a_sweep_found_and_says_where_there_is_none() {
        let said = |axis, cell: &str| clause(&sweeps(), axis, &cell.parse().unwrap()).into_string();
        let rayon = said(Axis::Size, "montecarlo/rayon");
        assert!(rayon.contains("rayon overtakes sequential at 2345 samples (2010 to 2790)<"), "{rayon}");
        assert!(rayon.contains("scale size on M"), "{rayon}");
        assert!(
            said(Axis::Size, "montecarlo/portable").contains("is ahead of sequential from 10 samples on")
        );
        for (axis, cell) in [(Axis::Size, "julia/rayon"), (Axis::Workers, "montecarlo/rayon")] {
            assert!(said(axis, cell).contains("not measured"), "{axis} {cell}");
        }
    }
}
