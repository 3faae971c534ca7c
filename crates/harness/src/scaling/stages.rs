//! The stages of a sweep: first a look at all points, then more blocks for those around the crossings.
//!
//! The plan has more points than there is time for. Those that [refine](parallax_record::scale::SweepPoint::refines)
//! are measured only where two techniques overtake each other between the neighbouring points, one after the other: the
//! one next to the place where the straight lines meet comes first. So the results decide which points are measured,
//! but not how many blocks a point gets, unless the time is over.

use super::crossovers;
use super::curve::{Curve, Place};
use crate::analysis::GroupFacts;
use crate::judgement::Judgement;
use parallax_record::name::BASELINE;
use parallax_record::plan::Plan;

/// Blocks of a first look: enough to see which technique is ahead where that is clear.
const LOOK: usize = 2;

/// How many blocks of each group are wanted, stage by stage: a later stage begins once an earlier one is done, or too
/// little time is left for it. Where no point refines there is one stage, in which all are alike.
pub fn stages(plan: &Plan, facts: &[GroupFacts], judgement: &Judgement) -> Vec<Vec<usize>> {
    let most = plan.rules.max_blocks;
    let refines = |index: usize| plan.groups[index].point.as_ref().is_some_and(|point| point.refines);
    let groups = 0..plan.groups.len();
    if !groups.clone().any(refines) {
        return vec![vec![most; plan.groups.len()]];
    }
    let mut around = vec![false; plan.groups.len()];
    if let Some(sweep) = &plan.sweep {
        for curve in Curve::all(sweep.axis, plan, facts, judgement) {
            for technique in &curve.techniques {
                for index in around_crossing(&curve, technique, plan, facts) {
                    around[index] = true;
                }
            }
        }
    }
    let look = |index: usize| if refines(index) { 0 } else { LOOK.min(most) };
    let near = |index: usize| if around[index] { most } else { look(index) };
    let all = |index: usize| match refines(index) && facts[index].is_untouched() && !around[index] {
        true => 0,
        false => most,
    };
    vec![groups.clone().map(look).collect(), groups.clone().map(near).collect(), groups.map(all).collect()]
}

/// The two points between which a technique overtakes the baseline, all measured points between them, and the next one
/// to measure.
fn around_crossing(curve: &Curve, technique: &str, plan: &Plan, facts: &[GroupFacts]) -> Vec<usize> {
    let Ok(found) = crossovers::place(curve, technique, BASELINE) else { return Vec::new() };
    let [after, before] = found.between;
    let at = |place: &Place| curve.at(place, BASELINE).unwrap_or(f64::INFINITY);
    let within: Vec<&Place> =
        curve.places.iter().filter(|place| (after..=before).contains(&at(place))).collect();
    let mut around: Vec<usize> = within.iter().map(|place| place.index).collect();
    let is_looked_at = |place: &&Place| {
        let is_done = |side| place.is_done(side, plan.rules.max_blocks);
        at(place) == after || at(place) == before || place.side(technique).is_none_or(is_done)
    };
    if within.iter().all(is_looked_at) {
        around.extend(next_to(found.at, [after, before], curve, plan, facts));
    }
    around
}

/// The unmeasured point between two others that is nearest to a place.
fn next_to(
    place: f64,
    [after, before]: [f64; 2],
    curve: &Curve,
    plan: &Plan,
    facts: &[GroupFacts],
) -> Option<usize> {
    let inside = plan.groups.iter().enumerate().filter_map(|(index, group)| {
        let units = group.point.as_ref().filter(|point| point.refines)?.units? as f64;
        let is_new = curve.is_of(group) && facts[index].is_untouched() && after < units && units < before;
        is_new.then(|| ((units / place).ln().abs(), index))
    });
    inside.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, index)| index)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{At, journal, plan, scaling_of};
    use super::*;
    use crate::analysis::analyse;
    use parallax_record::journal::Line;
    use parallax_record::scale::Axis;

    /// `pool` overtakes the baseline at 20,000 items, and `slow` nowhere.
    const ITEMS: [f64; 8] = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6];

    /// The powers of ten; the others refine.
    const COARSE: [usize; 4] = [0, 3, 6, 7];

    fn points() -> Vec<At<'static>> {
        let at = |items: f64| At {
            value: items.to_string(),
            workers: 4,
            turns: None,
            items,
            baseline_ns: items,
            techniques: vec![("pool", 1e4 + items / 2.0, 4, ""), ("slow", 2.0 * items, 1, "")],
        };
        ITEMS.map(at).into()
    }

    fn planned() -> Plan {
        let mut plan = plan(Axis::Size, &points());
        plan.rules.max_blocks = 8;
        for (index, group) in plan.groups.iter_mut().enumerate().filter(|(at, _)| !COARSE.contains(at)) {
            let point = group.point.as_mut().unwrap();
            (point.refines, point.units) = (true, Some(ITEMS[index] as u64));
        }
        plan
    }

    /// The journal with the first blocks of each point, as many as `blocks` says.
    fn ran(blocks: [usize; 8]) -> Vec<Line> {
        let is_meant = |line: &Line| {
            let (block, group) = match line {
                Line::Turn(turn) => (turn.block, turn.group),
                Line::Block(block) => (block.block, block.group),
                Line::Heap(_) => unreachable!("a sweep counts no allocations"),
            };
            (block as usize) / ITEMS.len() < blocks[group]
        };
        journal(&points(), &[]).into_iter().filter(is_meant).collect()
    }

    fn wanted(plan: &Plan, blocks: [usize; 8]) -> Vec<Vec<usize>> {
        let lines = ran(blocks);
        let facts = analyse(plan, &lines);
        stages(plan, &facts, &Judgement::of(&facts))
    }

    #[test]
    fn all_points_get_a_first_look_and_then_those_around_the_crossing_get_more() {
        let plan = planned();
        let look = [2, 0, 0, 2, 0, 0, 2, 2];
        assert_eq!(wanted(&plan, [0; 8]), [look, look, [8, 0, 0, 8, 0, 0, 8, 8]]);
        let around = wanted(&plan, look);
        assert_eq!(around, [look, [2, 0, 0, 8, 8, 0, 8, 2], [8, 0, 0, 8, 8, 0, 8, 8]]);
        // while the next point is measured, no other one is added
        assert_eq!(wanted(&plan, [2, 0, 0, 2, 1, 0, 2, 2]), around);
    }

    #[test]
    fn a_point_at_the_crossing_tells_nothing_and_the_next_one_is_looked_at() {
        let stages = wanted(&planned(), [2, 0, 0, 8, 8, 0, 8, 2]);
        assert_eq!(stages[1], [2, 0, 0, 8, 8, 8, 8, 2]);
    }

    #[test]
    fn without_points_that_refine_all_are_alike() {
        let mut plan = planned();
        plan.groups.iter_mut().for_each(|group| group.point.as_mut().unwrap().refines = false);
        assert_eq!(wanted(&plan, [2; 8]), [[8; 8]]);
    }

    #[test]
    fn points_that_nobody_needed_are_not_told() {
        let plan = planned();
        let found = scaling_of(&plan, &ran([8, 0, 0, 8, 8, 0, 8, 8]));
        let values: Vec<&str> =
            found.points.iter().filter(|of| of.technique == "pool").map(|of| &*of.value).collect();
        assert_eq!(values, ["1000", "10000", "20000", "100000", "1000000"]);
        let slow = found.crossovers.iter().find(|of| of.technique == "slow").unwrap();
        assert!(!slow.reason.as_ref().unwrap().contains("without"), "{slow:?}");
        let pool = found.crossovers.iter().find(|of| of.technique == "pool").unwrap();
        let at = pool.crossover.as_ref().unwrap();
        assert!(at.low < 2e4 && 2e4 < at.high && (at.after, at.before) == (1e4, 1e5), "{at:?}");
    }
}
