//! METG: the smallest task for which at least half of a technique's time is work and not overhead.
//!
//! The minimum effective task granularity of Slaughter et al., "Task Bench: a parameterized benchmark for evaluating
//! parallel runtime performance" (SC 2020). The reference of a technique is the same body alone, times the cores that
//! it declares: `sequential`, or for an interpreted body, the interpreter without a scheduler.
//!
//! A task is worth it once its time is at most twice its work. That is a crossing like any other: of the time that a
//! task takes a core, over twice the work in it.

use super::curve::{Curve, Place};
use parallax_method::Estimate;
use parallax_method::crossing::{NoCrossing, Point, crossing};
use parallax_record::scale::Grain;

/// A technique that reaches more than this share of its body alone must run another body: interpreted code takes a
/// hundred times as long as compiled code.
const ANOTHER_BODY: f64 = 3.0;

/// The share of its cores' time that is work, at one point.
pub(super) fn efficiency(curve: &Curve, place: &Place, technique: &str) -> Option<f64> {
    let is_of_tasks = curve.axis.is_of_tasks();
    let (turn_ns, _) = is_of_tasks.then(|| curve.turn_ns(curve.alone(technique))).flatten()?;
    Some(effort(place, technique, turn_ns)?.ratio())
}

/// The same with its interval, log scale.
fn effort(place: &Place, technique: &str, turn_ns: f64) -> Option<Estimate> {
    let side = place.side(technique)?;
    let time = place.time(side)?;
    let work_ns = place.turns()? * turn_ns * place.items()? / place.cores(side)? as f64;
    Some(Estimate { log_mean: work_ns.ln() - time.log_mean, ..time })
}

/// The METG of each technique, or why the sweep does not show it.
pub(super) fn of(curve: &Curve) -> Vec<Grain> {
    let handed_out = curve.techniques.iter().filter(|technique| curve.alone(technique) != **technique);
    handed_out.map(|technique| grain(curve, technique)).collect()
}

fn grain(curve: &Curve, technique: &str) -> Grain {
    let alone = curve.alone(technique);
    let found = found(curve, technique, alone);
    let efficiencies = curve.places.iter().filter_map(|place| efficiency(curve, place, technique));
    let (metg, reason) = match found {
        Ok([low, at, high]) => (Some([low, at, high]), None),
        Err(why) => (None, Some(why)),
    };
    Grain {
        workload: curve.workload.clone(),
        case: curve.case.clone(),
        technique: technique.to_owned(),
        alone: alone.to_owned(),
        metg_ns: metg.map(|[_, at, _]| at),
        low: metg.map(|[low, ..]| low),
        high: metg.map(|[.., high]| high),
        best_efficiency: efficiencies.reduce(f64::max),
        reason,
    }
}

/// The METG in nanoseconds with its interval, only between two points that are certainly below and above half.
fn found(curve: &Curve, technique: &str, alone: &str) -> Result<[f64; 3], String> {
    let refused = |place: &Place| place.reason(place.side(technique)?);
    let (turn_ns, half) =
        curve.turn_ns(alone).ok_or_else(|| format!("there is no time of {alone} to compare it with"))?;
    let point = |place: &Place| {
        let effort = effort(place, technique, turn_ns)?;
        let work_ns = place.turns()? * turn_ns;
        let lead = Estimate { log_mean: effort.log_mean + 2f64.ln(), ..effort };
        Some(Point { at: work_ns, time: 2.0 * work_ns, time_half: half, lead })
    };
    let points: Vec<Point> = curve.places.iter().filter_map(point).collect();
    let most = points.iter().map(|point| point.lead.log_mean).fold(f64::NEG_INFINITY, f64::max);
    if most > (2.0 * ANOTHER_BODY).ln() {
        return Err(format!("its tasks take much less than those of {alone} alone: it runs another body"));
    }
    match crossing(&points) {
        Ok(found) if found.ahead => Ok([found.low, found.at, found.high].map(|work_ns| 2.0 * work_ns)),
        Ok(_) => Err("larger tasks are less efficient: half is reached by the small ones only".into()),
        Err(why) => Err(curve.places.iter().find_map(refused).unwrap_or_else(|| reason(why).to_owned())),
    }
}

fn reason(why: NoCrossing) -> &'static str {
    match why {
        NoCrossing::TooFew => "fewer than two points of the sweep were measured",
        NoCrossing::Ahead(_) => "even the smallest task of the sweep is worth it; nothing below was measured",
        NoCrossing::Behind(_) => "half is not reached by the largest task of the sweep",
        NoCrossing::Undecided => "no point of the sweep shows whether half is reached",
    }
}
