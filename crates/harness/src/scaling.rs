//! The results of a sweep: how times grow along it, where techniques overtake each other, and the laws of scaling.
//!
//! The points of a sweep are the groups of its plan, so each has a baseline, blocks and intervals like any group. The
//! points of one technique on the same work make a curve; all results here are of curves.

mod crossovers;
mod curve;
mod grains;
mod laws;
#[cfg(test)]
mod sample;
mod stages;
#[cfg(test)]
mod tests;

pub use stages::stages;

use crate::analysis::GroupFacts;
use crate::judgement::{Judgement, Side};
use curve::{Curve, Place};
use parallax_record::environment::Environment;
use parallax_record::name::BASELINE;
use parallax_record::plan::Plan;
use parallax_record::scale::{Axis, ScalePoint, Scaling};

/// The results of a sweep; none for a run that is not a sweep.
pub fn of(
    plan: &Plan,
    environment: &Environment,
    facts: &[GroupFacts],
    judgement: &Judgement,
) -> Option<Scaling> {
    let axis = plan.sweep.as_ref()?.axis;
    let curves = Curve::all(axis, plan, facts, judgement);
    let mut scaling =
        Scaling { axis, points: Vec::new(), crossovers: Vec::new(), grains: Vec::new(), laws: Vec::new() };
    for curve in &curves {
        scaling.points.extend(points(curve));
        scaling.crossovers.extend(crossovers::of(curve));
        if axis.is_of_tasks() {
            scaling.grains.extend(grains::of(curve));
        }
        if axis == Axis::Workers {
            scaling.laws.extend(laws::of(curve, environment.machine.usable_cpus()));
        }
    }
    Some(scaling)
}

/// All points of all techniques of a curve, those of the baseline first.
fn points(curve: &Curve) -> Vec<ScalePoint> {
    let of = |technique: &String| -> Vec<ScalePoint> {
        curve.places.iter().filter_map(|place| point(curve, place, technique)).collect()
    };
    std::iter::once(&BASELINE.to_owned()).chain(&curve.techniques).flat_map(of).collect()
}

fn point(curve: &Curve, place: &Place, technique: &str) -> Option<ScalePoint> {
    let side = place.side(technique)?;
    let (time, ratio) = (place.shown_time(side), place.shown_ratio(side));
    let is_baseline = side == Side::Baseline;
    let (one, end) =
        (is_baseline.then_some(1.0), |end: Option<f64>| if is_baseline { Some(1.0) } else { end });
    let has_time = time.is_some();
    Some(ScalePoint {
        workload: curve.workload.clone(),
        case: curve.case.clone(),
        technique: technique.to_owned(),
        value: place.value.clone(),
        at: curve.at(place, technique),
        unit: curve.unit().to_owned(),
        blocks: place.blocks(side),
        time_ns: time.map(|time| time.ratio()),
        time_ns_low: time.and_then(|time| time.low()),
        time_ns_high: time.and_then(|time| time.high()),
        ratio: one.filter(|_| has_time).or(ratio.map(|ratio| ratio.ratio())),
        low: end(ratio.and_then(|ratio| ratio.low())).filter(|_| has_time),
        high: end(ratio.and_then(|ratio| ratio.high())).filter(|_| has_time),
        efficiency: grains::efficiency(curve, place, technique),
        reason: place.reason(side),
    })
}
