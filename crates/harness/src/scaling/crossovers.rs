//! Crossovers: where on a curve a technique overtakes another.

use super::curve::{Curve, Place};
use crate::amount::with_unit;
use parallax_method::crossing::{self, NoCrossing, Point, crossing};
use parallax_record::name::BASELINE;
use parallax_record::scale::{Axis, Crossing, Crossover};

/// Each technique over its reference, and pairs of techniques of which one overtakes the other.
pub(super) fn of(curve: &Curve) -> Vec<Crossover> {
    let mut found = Vec::new();
    for (at, technique) in curve.techniques.iter().enumerate() {
        let over = if curve.axis.is_of_tasks() { curve.alone(technique) } else { BASELINE };
        if technique != over {
            found.push(between(curve, technique, over));
        }
        let pairs = curve.techniques[..at].iter().filter(|other| *other != over);
        let pairs = pairs.map(|other| between(curve, technique, other));
        found.extend(pairs.filter(|pair| pair.crossover.is_some()));
    }
    found
}

fn between(curve: &Curve, technique: &str, over: &str) -> Crossover {
    let points = points(curve, technique, over);
    let (found, reason) = match crossing(&points) {
        Ok(found) => (Some(told(curve, technique, over, &found)), lasting(&found)),
        Err(why) => (None, Some(reason(curve, (technique, over), &points, why))),
    };
    Crossover {
        workload: curve.workload.clone(),
        case: curve.case.clone(),
        technique: technique.to_owned(),
        over: over.to_owned(),
        crossover: found,
        reason,
    }
}

/// The place where the two change places, in the unit of the axis.
pub(super) fn place(curve: &Curve, technique: &str, over: &str) -> Result<crossing::Crossing, NoCrossing> {
    crossing(&points(curve, technique, over))
}

fn points(curve: &Curve, technique: &str, over: &str) -> Vec<Point> {
    curve.places.iter().filter_map(|place| point(curve, place, technique, over)).collect()
}

/// A pair of techniques at one point. Where the work of a unit varies instead of the size, times are those of a unit:
/// two points may have different numbers of units.
fn point(curve: &Curve, place: &Place, technique: &str, over: &str) -> Option<Point> {
    let (side, other) = (place.side(technique)?, place.side(over)?);
    let (at, time, lead) = (curve.at(place, over)?, place.time(other)?, place.lead(side, other)?);
    let units = if matches!(curve.axis, Axis::Size | Axis::Workers) { 1.0 } else { place.items()? };
    Some(Point {
        at: along(curve.axis, at),
        time: time.ratio() / units,
        time_half: time.half_width.unwrap_or(f64::INFINITY),
        lead,
    })
}

/// The quantity with which times grow along straight lines: by Amdahl, one over the number of workers.
fn along(axis: Axis, at: f64) -> f64 {
    if axis == Axis::Workers { 1.0 / at } else { at }
}

fn told(curve: &Curve, technique: &str, over: &str, found: &crossing::Crossing) -> Crossing {
    let (ahead, behind) = if found.ahead { (technique, over) } else { (over, technique) };
    let at = |place: f64| along(curve.axis, place); // its own inverse
    Crossing {
        technique: ahead.to_owned(),
        over: behind.to_owned(),
        at: at(found.at),
        low: at(found.low),
        high: at(found.high),
        after: at(found.between[0]),
        before: at(found.between[1]),
        unit: curve.unit().to_owned(),
    }
}

/// The note on a crossing that is not the only one.
fn lasting(found: &crossing::Crossing) -> Option<String> {
    (found.changes > 1).then(|| format!("they change places {} times; this is the last", found.changes))
}

fn reason(curve: &Curve, (technique, over): (&str, &str), points: &[Point], why: NoCrossing) -> String {
    let noun = curve.axis.noun();
    let why = match why {
        NoCrossing::TooFew => "fewer than two points have a figure of both".to_owned(),
        NoCrossing::Ahead(ends) => {
            format!("{technique} is ahead of {over} {}", side(curve, points, ends, true))
        }
        NoCrossing::Behind(ends) => {
            format!("{technique} is behind {over} {}", side(curve, points, ends, false))
        }
        NoCrossing::Undecided => format!("neither is shown to be ahead at any measured {noun}"),
    };
    let lost: Vec<(&str, String)> = curve
        .places
        .iter()
        .filter_map(|place| {
            let of = |name: &str| place.reason(place.side(name)?);
            Some((&*place.value, of(technique).or_else(|| of(over))?))
        })
        .collect();
    let Some((_, first)) = lost.first() else { return why };
    let values: Vec<&str> = lost.iter().filter(|(_, of)| of == first).map(|(value, _)| *value).collect();
    format!("{why}; without {}: {first}", values.join(", "))
}

/// The range in which the order is certain: everywhere, or from one point to another.
fn side(curve: &Curve, points: &[Point], ends: [f64; 2], ahead: bool) -> String {
    let told = |place: f64| with_unit(along(curve.axis, place), curve.unit());
    let [first, last] = ends;
    let is_all = points.first().is_some_and(|point| point.at == first)
        && points.last().is_some_and(|point| point.at == last);
    let noun = curve.axis.noun();
    match (is_all, ahead) {
        (true, true) => format!("from the smallest {noun} measured, {}, on", told(first)),
        (true, false) => format!("up to the largest {noun} measured, {}", told(last)),
        (false, _) if first == last => format!("at {}; elsewhere neither is shown to be ahead", told(first)),
        (false, _) => {
            format!("from {} to {}; elsewhere neither is shown to be ahead", told(first), told(last))
        }
    }
}
