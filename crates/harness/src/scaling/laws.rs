//! The laws of scaling, fitted to each technique of a sweep over workers.

use super::curve::{Curve, Place};
use crate::judgement::Side;
use parallax_method::Estimate;
use parallax_method::laws::{Fit, Known, Law};
use parallax_record::scale::{Figure, FittedLaw, Prediction};

/// The numbers of workers for which a law predicts.
const ASKED: [usize; 3] = [16, 64, 1024];

/// Both laws for each technique, fitted to its points with at most as many workers as CPUs: more workers share a core,
/// and their speedup does not follow the law.
pub(super) fn of(curve: &Curve, cpus: Option<f64>) -> Vec<FittedLaw> {
    let most = cpus.unwrap_or(f64::INFINITY);
    let places: Vec<&Place> = curve.places.iter().filter(|place| place.workers() as f64 <= most).collect();
    let both = |technique: &String| {
        [Law::Amdahl, Law::Gunther].map(|law| {
            let blank = blank(curve, technique, law);
            match fit(&places, technique, law) {
                Ok(fit) => filled(blank, &fit),
                Err(reason) => FittedLaw { reason: Some(reason), ..blank },
            }
        })
    };
    curve.techniques.iter().flat_map(both).collect()
}

fn fit(places: &[&Place], technique: &str, law: Law) -> Result<Fit, String> {
    let of = |place: &&Place| {
        let side = place.side(technique)?;
        Some((place.workers(), place.cores(side)?, place.lead(side, Side::Baseline)?))
    };
    let points: Vec<(usize, usize, Estimate)> = places.iter().filter_map(of).collect();
    if points.iter().any(|(workers, ..)| *workers > 1) && points.iter().all(|(_, cores, _)| *cores == 1) {
        return Err("it uses one core, however many workers there may be".into());
    }
    let speedups: Vec<(usize, Estimate)> =
        points.into_iter().map(|(workers, _, lead)| (workers, lead)).collect();
    law.fit(&speedups, &ASKED).map_err(|few| {
        format!(
            "{} numbers of workers up to the number of CPUs are needed, each with an interval: fewer fit any law",
            few.needed
        )
    })
}

fn blank(curve: &Curve, technique: &str, law: Law) -> FittedLaw {
    let law = match law {
        Law::Amdahl => "amdahl",
        Law::Gunther => "usl",
    };
    FittedLaw {
        workload: curve.workload.clone(),
        case: curve.case.clone(),
        technique: technique.to_owned(),
        law: law.to_owned(),
        serial: None,
        crosstalk: None,
        residual: None,
        best_workers: None,
        predicted: Vec::new(),
        reason: None,
    }
}

fn filled(blank: FittedLaw, fit: &Fit) -> FittedLaw {
    let figure = |Known { value, low, high }: Known| Figure { value, low, high };
    let predicted = |(workers, Known { value, low, high }): &(usize, Known)| Prediction {
        workers: *workers,
        ratio: *value,
        low: *low,
        high: *high,
    };
    FittedLaw {
        serial: Some(figure(fit.serial)),
        crosstalk: (fit.law == Law::Gunther).then(|| figure(fit.crosstalk)),
        residual: Some(fit.residual),
        best_workers: fit.best_workers(),
        predicted: fit.predicted.iter().map(predicted).collect(),
        ..blank
    }
}
