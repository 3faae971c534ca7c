//! A sweep on a workload's page: a curve for each technique, and where they cross, in words.

use crate::chart::{Curve, Labels, curves};
use crate::data::Sweep;
use crate::number::{count, digits, factor, time};
use maud::{Markup, html};
use parallax_record::scale::{Crossing, Crossover, FittedLaw, Grain, ScalePoint, Scaling};

/// More curves than this cannot be told apart.
const MOST_CURVES: usize = 8;

/// All sweeps that have the workload.
pub(crate) fn of(sweeps: &[Sweep], workload: &str) -> Markup {
    let own = sweeps.iter().filter(|sweep| sweep.scaling.points.iter().any(|of| of.workload == workload));
    html! { @for sweep in own { (section(sweep, workload)) } }
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
            ul.crossings { @for line in lines(scaling, workload, case) { li { (line) } } }
        }
        p.note { "Measured by " code { "cargo xtask scale " (scaling.axis.name()) " -w " (workload) } ", with intervals of 95 %." }
    }
}

fn chart(sweep: &Sweep, workload: &str, case: &str) -> Markup {
    let points: Vec<&ScalePoint> = of_work(&sweep.scaling, workload, case).collect();
    let Some(unit) = points.first().map(|point| &*point.unit) else { return html! {} };
    // what varies goes by factors; nothing at all, as no writes, stands before the first of them
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

fn of_work<'a>(scaling: &'a Scaling, workload: &str, case: &str) -> impl Iterator<Item = &'a ScalePoint> {
    scaling.points.iter().filter(move |of| (&*of.workload, &*of.case) == (workload, case))
}

/// What is said of the curves of one work.
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
                "{technique} overtakes {over} at {} {unit} ({} to {}).",
                amount(*at),
                amount(*low),
                amount(*high)
            )
        }
        None => {
            let why = of.reason.as_deref().unwrap_or("no reason is known");
            format!("{} and {} do not cross here: {why}.", of.technique, of.over)
        }
    }
}

fn grain(of: &Grain) -> String {
    match (of.metg_ns, of.low, of.high) {
        (Some(metg), Some(low), Some(high)) => format!(
            "{}: half of its time is work from tasks of {} on ({} to {}).",
            of.technique,
            time(metg),
            time(low),
            time(high)
        ),
        _ => format!(
            "{}: no METG, because {}.",
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
        "{} by the law of {}: {} % serial ({} to {}); predicted and not measured: {} workers.",
        of.technique,
        if of.law == "usl" { "Gunther" } else { "Amdahl" },
        percent(serial.value),
        percent(serial.low),
        percent(serial.high),
        predicted.join(", ")
    ))
}
