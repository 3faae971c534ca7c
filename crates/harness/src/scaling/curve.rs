//! A curve: the points of a sweep on the same work, in order, with the measurements at each.

use crate::analysis::{CellFacts, GroupFacts, run_ns};
use crate::judgement::{Judged, Judgement, Side};
use parallax_method::{Estimate, Prior, median};
use parallax_record::name::BASELINE;
use parallax_record::plan::{Group, Plan};
use parallax_record::scale::{Axis, SweepPoint};
use parallax_runner::protocol::{Measured, Ready};

/// All points of a sweep on the same work.
pub(super) struct Curve<'a> {
    pub(super) axis: Axis,
    pub(super) workload: String,
    /// Its case; empty where the case varies.
    pub(super) case: String,
    /// The techniques of any of its points, in the order of the plan; the baseline is in all.
    pub(super) techniques: Vec<String>,
    /// Its points, from the least to the most.
    pub(super) places: Vec<Place<'a>>,
}

/// One point of a sweep.
pub(super) struct Place<'a> {
    /// The user's name of it.
    pub(super) value: String,
    /// Its place on the axis, for tasks in turns; none where that is a number of items that could not be measured.
    at: Option<f64>,
    /// Its index among the plan's groups.
    pub(super) index: usize,
    group: &'a Group,
    facts: &'a GroupFacts<'a>,
    judged: &'a Judged,
}

impl<'a> Curve<'a> {
    /// The curves of a plan, without refining points that were not measured.
    pub(super) fn all(
        axis: Axis,
        plan: &'a Plan,
        facts: &'a [GroupFacts],
        judgement: &'a Judgement,
    ) -> Vec<Self> {
        let mut curves: Vec<Curve> = Vec::new();
        let of_groups = plan.groups.iter().zip(facts).zip(&judgement.groups).enumerate();
        for (index, ((group, facts), judged)) in of_groups {
            let is_needed = |point: &&SweepPoint| !point.refines || !facts.is_untouched();
            let Some(point) = group.point.as_ref().filter(is_needed) else { continue };
            let place = Place { value: point.value.clone(), at: None, index, group, facts, judged };
            let curve = match curves.iter_mut().find(|of| of.is_of(group)) {
                Some(curve) => curve,
                None => {
                    let case = if axis.is_of_cases() { String::new() } else { group.case.clone() };
                    let workload = group.workload.clone();
                    curves.push(Curve { axis, workload, case, techniques: Vec::new(), places: Vec::new() });
                    curves.last_mut().expect("one was just added")
                }
            };
            for cell in group.cells.iter().filter(|cell| cell.technique != BASELINE) {
                if !curve.techniques.contains(&cell.technique) {
                    curve.techniques.push(cell.technique.clone());
                }
            }
            curve.places.push(place);
        }
        curves.iter_mut().for_each(Curve::find_places);
        curves
    }

    /// Whether a group is a point of it.
    pub(super) fn is_of(&self, group: &Group) -> bool {
        self.workload == group.workload && (self.axis.is_of_cases() || self.case == group.case)
    }

    /// Sets the place of each point, and sorts them.
    fn find_places(&mut self) {
        for place in &mut self.places {
            place.at = match self.axis {
                Axis::Size => place.items(),
                Axis::Workers => Some(place.group.workers as f64),
                Axis::Grain => place.turns(),
                Axis::Lengths => place.value.parse().ok().map(|ms: f64| 1e6 * ms),
                Axis::Cpu | Axis::Cost | Axis::Payload | Axis::Writes => place.value.parse().ok(),
            };
            place.at = place.at.filter(|at: &f64| at.is_finite() && *at >= 0.0);
        }
        let order = |place: &Place| place.at.unwrap_or(f64::INFINITY);
        self.places.sort_by(|a, b| order(a).total_cmp(&order(b)));
    }

    /// The place of a point for a technique. Turns are as long as its body makes them.
    pub(super) fn at(&self, place: &Place, technique: &str) -> Option<f64> {
        let at = place.at?;
        match self.axis {
            Axis::Grain => Some(at * self.turn_ns(self.alone(technique))?.0),
            _ => Some(at),
        }
    }

    /// The unit of the axis.
    pub(super) fn unit(&self) -> &str {
        let of_items = || self.places.iter().find_map(|place| Some(&*place.ready()?.facts.unit));
        match self.axis {
            Axis::Size => of_items().unwrap_or("items"),
            Axis::Workers => "workers",
            Axis::Grain | Axis::Lengths => "ns of work in a task",
            Axis::Cpu | Axis::Cost => "turns",
            Axis::Payload => "bytes",
            Axis::Writes => "writes of 1024",
        }
    }

    /// The time of a turn of opaque work for a technique that does it alone, in nanoseconds, and half the width of its
    /// interval: the least of all points, which is that of large tasks, where overhead vanishes. Disturbances make a
    /// point longer and never shorter.
    pub(super) fn turn_ns(&self, alone: &str) -> Option<(f64, f64)> {
        let turn_ns = |place: &Place| {
            let time = place.time(place.side(alone)?)?;
            Some((time.ratio() / (place.items()? * place.turns()?), time.half_width?))
        };
        self.places.iter().filter_map(turn_ns).min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// The reference of a technique where tasks vary: the technique that does the same work alone.
    pub(super) fn alone(&self, technique: &str) -> &str {
        let named = self.places.iter().find_map(|place| {
            place.group.cells.iter().find(|cell| cell.technique == technique).map(|cell| &*cell.alone)
        });
        named.filter(|alone| !alone.is_empty()).unwrap_or(BASELINE)
    }
}

impl Place<'_> {
    /// The side of a technique at this point; none where it is not measured.
    pub(super) fn side(&self, technique: &str) -> Option<Side> {
        if technique == BASELINE {
            return Some(Side::Baseline);
        }
        self.group.cells.iter().position(|cell| cell.technique == technique).map(Side::Cell)
    }

    fn cell(&self, side: Side) -> Option<&CellFacts<'_>> {
        if let Side::Cell(at) = side { self.facts.cells.get(at) } else { None }
    }

    /// Whether it has only disturbed blocks.
    fn is_noisy(&self, side: Side) -> bool {
        self.cell(side).map_or(self.facts.noisy, |cell| cell.noisy)
    }

    /// The log of the nanoseconds that a run takes; none without a quiet block.
    pub(super) fn time(&self, side: Side) -> Option<Estimate> {
        self.shown_time(side).filter(|_| !self.is_noisy(side))
    }

    /// The same from disturbed blocks where there are no others: a figure marked as doubtful is better than none.
    pub(super) fn shown_time(&self, side: Side) -> Option<Estimate> {
        let log_ns = |(_, measured): &(&Ready, &Measured)| median(&run_ns(measured)).map(f64::ln);
        let turns: Vec<f64> = match side {
            Side::Baseline => self.facts.baseline.iter().filter_map(log_ns).collect(),
            Side::Cell(at) if self.judged.is_refused(at) => return None,
            Side::Cell(_) => self.cell(side)?.turns.iter().filter_map(log_ns).collect(),
        };
        // Both turns of a block are of one moment.
        let of_blocks = |pair: &[f64]| pair.iter().sum::<f64>() / pair.len() as f64;
        let blocks: Vec<f64> = match side {
            Side::Baseline => turns.chunks(2).map(of_blocks).collect(),
            Side::Cell(_) => turns,
        };
        // Times of different moments deviate by more than ratios do, so the prior of ratios does not apply.
        Estimate::of(&blocks, &Prior::NONE).ok()
    }

    /// How much faster the one side is than the other; none without a quiet block, or for the baseline with itself.
    pub(super) fn lead(&self, of: Side, over: Side) -> Option<Estimate> {
        self.judged.contrast(of, over)
    }

    /// How much faster than the baseline it is, from disturbed blocks where there are no others.
    pub(super) fn shown_ratio(&self, side: Side) -> Option<Estimate> {
        if let Side::Cell(at) = side { self.judged.estimates.get(at).copied().flatten() } else { None }
    }

    /// Whether a technique has had all its blocks, counted or not, or broke.
    pub(super) fn is_done(&self, side: Side, most: usize) -> bool {
        self.cell(side).is_none_or(|cell| cell.refused.is_some() || cell.attempts >= most)
    }

    /// Blocks that count.
    pub(super) fn blocks(&self, side: Side) -> usize {
        if self.is_noisy(side) {
            return 0;
        }
        self.cell(side).map_or(self.facts.baseline.len() / 2, |cell| cell.series.len())
    }

    /// Why there is no figure.
    pub(super) fn reason(&self, side: Side) -> Option<String> {
        let disturbed = || "every block of it was disturbed by other load".to_owned();
        if let Some(cell) = self.cell(side) {
            let refused = cell.refused.as_ref().map(|(_, reason)| reason.clone());
            let noisy = || cell.noisy.then(disturbed);
            return refused.or_else(noisy).or_else(|| cell.series.is_empty().then(|| NOT_REACHED.to_owned()));
        }
        let unmeasured = self.facts.baseline.is_empty().then(|| NOT_REACHED.to_owned());
        self.facts.noisy.then(disturbed).or(unmeasured)
    }

    /// The description of the workload's input at this point, from any turn.
    pub(super) fn ready(&self) -> Option<&Ready> {
        let cells = self.facts.cells.iter().flat_map(|cell| &cell.turns);
        self.facts.baseline.iter().chain(cells).next().map(|(ready, _)| *ready)
    }

    /// Units of work in a run.
    pub(super) fn items(&self) -> Option<f64> {
        self.ready().map(|ready| ready.facts.items).filter(|items| *items > 0.0)
    }

    /// Turns of opaque work per unit.
    pub(super) fn turns(&self) -> Option<f64> {
        Some(self.group.point.as_ref()?.turns? as f64)
    }

    /// How many workers a technique may have here.
    pub(super) fn workers(&self) -> usize {
        self.group.workers
    }

    /// How many cores a side declares that it uses.
    pub(super) fn cores(&self, side: Side) -> Option<usize> {
        match side {
            Side::Baseline => Some(1),
            Side::Cell(_) => self.cell(side)?.turns.first().map(|(ready, _)| ready.cores),
        }
    }
}

/// Why there is no figure although nothing went wrong.
const NOT_REACHED: &str = "the time was over before its first block counted; give more with --budget";
