//! Measures the points of a sweep in rounds: each point once a round, in a new random order each time.

use crate::point::Point;
use anyhow::Result;
use parallax_harness::fleet::{BASELINE_FAMILY, Fleet, FleetCell};
use parallax_harness::turn::{Patience, ProbeAt, agree, turn};
use parallax_method::median;
use parallax_method::schedule::Draw;
use parallax_record::journal::Outcome;
use parallax_record::name::{BASELINE, PEERS};
use parallax_record::plan::Mode;
use parallax_runner::protocol::{Measure, Prepare, Regime};
use std::collections::HashMap;

/// What the points of a sweep share, so that they are measured alike and checked against one result.
#[derive(Default)]
struct Common {
    /// The regime in which the reference technique is sampled at each value.
    regimes: HashMap<(String, String, String), Regime>,
    /// The digest of the right result of each input.
    digests: HashMap<String, Option<String>>,
}

/// Measures every point in fresh processes, one a round. In the first round the reference techniques begin, since
/// they set the regime of the others.
pub(crate) fn measure(fleet: &Fleet, points: &mut [Point], processes: u64) -> Result<()> {
    let mut common = Common::default();
    for round in 0..processes {
        let mut order: Vec<usize> = (0..points.len()).collect();
        Draw::new(0, round).shuffle(&mut order);
        if round == 0 {
            order.sort_by_key(|&index| {
                let point = &points[index];
                (point.technique != BASELINE, point.technique != point.alone)
            });
        }
        for (done, &index) in order.iter().enumerate() {
            let point = &mut points[index];
            if point.refused.is_none() {
                common.measure(fleet, point)?;
            }
            if (done + 1) % 50 == 0 {
                let (round, all) = (round + 1, order.len());
                parallax_harness::say::say(&format!(
                    "round {round} of {processes}: {} of {all} points",
                    done + 1
                ));
            }
        }
    }
    Ok(())
}

/// A few samples of a process.
fn plan() -> Measure {
    let (_, _, _, measure) = Mode::Quick.defaults();
    Measure { samples: 3, ..measure }
}

impl Common {
    /// Measures a point once.
    fn measure(&mut self, fleet: &Fleet, point: &mut Point) -> Result<()> {
        let compared = (point.workload.clone(), point.value.clone(), point.alone.clone());
        let plan = Measure { regime: self.regimes.get(&compared).copied(), ..plan() };
        let mut wanted = point.wanted.clone();
        wanted.answer = match needs_answer(&point.family, &wanted) {
            true => self.answer(fleet, &wanted)?,
            false => None,
        };
        let patience = Patience::of(wanted.size);
        let outcome = turn(&fleet.launches[&point.family], &wanted, &plan, patience, ProbeAt::Never)?.outcome;
        match agree(outcome, self.digests.entry(input(&wanted)).or_default()) {
            Outcome::Measured { ready, measured } => {
                point.times_ns.extend(median(&parallax_harness::analysis::run_ns(&measured)));
                (point.items, point.cores) = (ready.facts.items, ready.cores);
                point.spread = ready.facts.spread.map(|spread| *spread);
                if point.technique == point.alone {
                    self.regimes.entry(compared).or_insert_with(|| plan.regime_after(measured.first_ns));
                }
            }
            Outcome::Refused { reason, .. } => point.refused = Some(reason),
        }
        Ok(())
    }

    /// The digest of the right result: the baseline's, which checks its result against the reference. The baseline is
    /// run for it if it was not measured on the same input.
    fn answer(&mut self, fleet: &Fleet, wanted: &Prepare) -> Result<Option<String>> {
        let known = self.digests.entry(input(wanted)).or_default();
        if known.is_none()
            && let Some(baseline) = baseline_of(fleet, wanted)
        {
            let wanted = Prepare { technique: baseline.asked.clone(), answer: None, ..wanted.clone() };
            let plan = Measure { regime: Some(Regime::Cold), ..plan() };
            let (launch, patience) = (&fleet.launches[&baseline.family], Patience::of(wanted.size));
            agree(turn(launch, &wanted, &plan, patience, ProbeAt::Never)?.outcome, known);
        }
        Ok(known.clone())
    }
}

/// Whether a request must contain the right result's digest: a peer has only the answers of its table.
fn needs_answer(family: &str, wanted: &Prepare) -> bool {
    family == PEERS && (wanted.turns, wanted.units) != (None, None)
}

/// The digest that a request to a worker of this family must contain, if any.
pub(crate) fn answer(fleet: &Fleet, family: &str, wanted: &Prepare) -> Result<Option<String>> {
    if needs_answer(family, wanted) { Common::default().answer(fleet, wanted) } else { Ok(None) }
}

fn baseline_of<'a>(fleet: &'a Fleet, wanted: &Prepare) -> Option<&'a FleetCell> {
    let is_baseline = |cell: &&FleetCell| {
        (cell.info.workload.as_str(), cell.info.case.as_str(), cell.info.technique.as_str())
            == (wanted.workload.as_str(), wanted.case.as_str(), BASELINE)
    };
    let mut baselines = fleet.cells.iter().filter(is_baseline);
    let first = baselines.next();
    baselines.find(|cell| cell.family == BASELINE_FAMILY).or(first)
}

/// What the right result depends on.
fn input(wanted: &Prepare) -> String {
    let Prepare { workload, case, size, variant, turns, units, .. } = wanted;
    format!("{workload}:{case} {size} {variant} {turns:?} {units:?}")
}
