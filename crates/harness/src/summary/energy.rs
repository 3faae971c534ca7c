//! The energy of a run in joules, if its samples are long enough for the counters, or the reason why it has none.

use crate::units;
use parallax_method::median;
use parallax_record::summary::Row;
use parallax_runner::protocol::{Measured, Ready, Sample};

/// The shortest sample that counts. The processor updates its counters about once a millisecond, so each end of a
/// sample is off by up to that: a tenth of this length at most, and over the samples of several blocks most of it
/// cancels out.
const LEAST_SAMPLE_NS: u64 = 10_000_000;

/// Where the samples of a row ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On this machine alone.
    Here,
    /// On other machines too, whose counters are not read.
    Hosts,
}

/// Fills in the energy of the median block, or why there is none.
pub(super) fn fill(row: &mut Row, turns: &[(&Ready, &Measured)], place: Place) {
    let told = match place {
        Place::Hosts => Err("it works on several hosts, and RAPL counts this machine alone".to_owned()),
        Place::Here => of(turns),
    };
    match told {
        Ok(joules) => row.energy_j = Some(joules),
        Err(why) => row.energy_reason = Some(why),
    }
}

fn of(turns: &[(&Ready, &Measured)]) -> Result<f64, String> {
    let each: Vec<Result<f64, String>> = turns.iter().map(|(_, measured)| joules(measured)).collect();
    let known: Vec<f64> = each.iter().filter_map(|turn| turn.as_ref().ok().copied()).collect();
    let why = || each.into_iter().find_map(Result::err).unwrap_or_else(|| NOT_READ.to_owned());
    median(&known).ok_or_else(why)
}

/// The reason of a worker that does not report energy, such as one of an older version.
const NOT_READ: &str = "its worker did not read the counters";

/// Joules of a run, from all samples of a turn together.
fn joules(measured: &Measured) -> Result<f64, String> {
    let samples = &measured.samples;
    let sum = |of: fn(&Sample) -> u64| samples.iter().map(of).fold(0, u64::saturating_add);
    if let Some(why) = &measured.energy_reason {
        return Err(why.clone());
    }
    if samples.iter().any(|sample| sample.energy_uj.is_none()) {
        return Err(NOT_READ.into());
    }
    let each_ns = sum(|sample| sample.wall_ns) / samples.len().max(1) as u64;
    if each_ns < LEAST_SAMPLE_NS {
        let least = units::time(LEAST_SAMPLE_NS as f64);
        return Err(format!(
            "its samples are below {least}: too short for RAPL, which counts once a millisecond"
        ));
    }
    match sum(|sample| sample.energy_uj.unwrap_or(0)) {
        0 => Err("the counters of RAPL stand still here, as behind some virtual machines".into()),
        energy_uj => Ok(energy_uj as f64 / 1e6 / sum(|sample| sample.runs).max(1) as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A turn with samples of the given runs, milliseconds and microjoules.
    fn turn(samples: &[(u64, u64, Option<u64>)], reason: Option<&str>) -> (Ready, Measured) {
        let sample = |(runs, ms, energy): &(u64, u64, Option<u64>)| {
            json!({ "runs": runs, "wall_ns": ms * 1_000_000, "cpu_ns": 0, "check_ns": 0, "stray_ns": 0, "digest": "",
                "minor_faults": 0, "major_faults": 0, "waits": 0, "preemptions": 0, "energy_uj": energy })
        };
        let samples: Vec<Value> = samples.iter().map(sample).collect();
        let measured = json!({ "first_ns": 1, "steady": true, "samples": samples, "peak_bytes": 1, "threads": 1,
            "energy_reason": reason });
        let facts = json!({ "items": 1, "unit": "x", "bytes": 0, "flops": 0, "evenness": "even" });
        let ready = json!({ "start_ns": 1, "load_ns": 1, "isa": "", "cores": 1, "facts": facts });
        (serde_json::from_value(ready).unwrap(), serde_json::from_value(measured).unwrap())
    }

    fn told(turns: &[(Ready, Measured)]) -> Result<f64, String> {
        of(&turns.iter().map(|(ready, measured)| (ready, measured)).collect::<Vec<_>>())
    }

    #[test]
    fn a_turn_has_its_energy_over_its_runs_and_the_median_turn_counts() {
        let of = |energy| turn(&[(2, 20, Some(energy)), (2, 20, Some(energy + 1_000_000))], None);
        assert_eq!(told(&[of(1_500_000)]), Ok(1.0));
        assert_eq!(told(&[of(1_500_000), of(3_500_000), of(99_500_000)]), Ok(2.0));
        let one_broke = [of(1_500_000), turn(&[(1, 20, None)], Some("does not hold a number"))];
        assert_eq!(told(&one_broke), Ok(1.0), "only the turn without a figure is left out");
    }

    #[test]
    fn samples_that_are_short_beside_a_millisecond_tell_nothing() {
        assert_eq!(told(&[turn(&[(1, 10, Some(7_000_000))], None)]), Ok(7.0));
        let why = told(&[turn(&[(1, 9, Some(7)), (1, 9, Some(7))], None)]).unwrap_err();
        assert!(why.starts_with("its samples are below 10.0 ms: too short for RAPL"), "{why}");
    }

    #[test]
    fn without_a_figure_there_is_a_reason() {
        let why = |samples: &[_], reason| told(&[turn(samples, reason)]).unwrap_err();
        assert_eq!(why(&[(1, 20, None)], Some("no RAPL here")), "no RAPL here");
        assert_eq!(why(&[(1, 20, Some(1)), (1, 20, None)], None), NOT_READ, "a part is not enough");
        assert!(why(&[(1, 20, Some(0))], None).contains("stand still"));
        assert_eq!(told(&[]).unwrap_err(), NOT_READ);
    }

    #[test]
    fn what_leaves_the_machine_has_none() {
        let (ready, measured) = turn(&[(1, 20, Some(1_000_000))], None);
        let filled = |place| {
            let mut row: Row = serde_json::from_value(
                json!({ "workload": "w", "technique": "t", "family": "f", "size": "tiny" }),
            )
            .unwrap();
            fill(&mut row, &[(&ready, &measured)], place);
            (row.energy_j, row.energy_reason.is_some())
        };
        assert_eq!([Place::Here, Place::Hosts].map(filled), [(Some(1.0), false), (None, true)]);
    }
}
