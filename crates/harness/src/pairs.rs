//! The pairs of a group that are compared, and the techniques that can be its best.

use crate::analysis::GroupFacts;
use crate::judgement::{Judged, Side};
use crate::payback;
use parallax_method::{Estimate, Payback, Verdict};
use parallax_record::name::{BASELINE, CellId};
use parallax_record::plan::{Group, Plan};
use parallax_record::summary::{Best, Contrast, Duel, Summary};
use parallax_suite::catalogue;

/// The most techniques of a group, including the baseline, for which all pairs are compared. A larger group has
/// hundreds of pairs, most of no interest, and each makes the others harder to decide: there only those that can be the
/// best are compared.
const ALL_PAIRS: usize = 12;

/// Which techniques of a group can be its best, and by how much the others are behind.
pub fn best(group: &Group, judged: &Judged) -> Best {
    let sides = competitors(judged);
    let best = judged.best(&sides);
    let name = |at: &usize| name(group, sides[*at]);
    let out: Vec<usize> = best.out.iter().map(|out| out.at).collect();
    Best {
        workload: group.workload.clone(),
        case: group.case.clone(),
        size: group.size,
        workers: group.workers,
        set: best.set.iter().map(name).collect(),
        out: out.iter().map(name).collect(),
        behind: best.out.iter().map(|out| (name(&out.at), out.at_least)).collect(),
        ranks: best.ranks.iter().enumerate().map(|(at, &(from, to))| (name(&at), [from, to])).collect(),
    }
}

/// The pairs of a group, each judged with the others; those that are `named` are always among them.
pub fn contrasts(
    group: &Group,
    facts: &GroupFacts,
    judged: &Judged,
    named: &[(Side, Side)],
) -> Vec<Contrast> {
    // Verdicts against the baseline come from the rows, corrected for the other rows.
    let (with_baseline, between): (Vec<_>, Vec<_>) =
        pairs(judged, named).into_iter().partition(|(a, b)| [*a, *b].contains(&Side::Baseline));
    let rows = with_baseline.into_iter().filter_map(|(a, b)| {
        let estimate = judged.contrast(a, b)?;
        Some((a, b, estimate, judged.verdict_over_baseline(a, b)?))
    });
    let judged: Vec<_> = rows.chain(judged.judge(&between)).collect();
    let contrast = |(a, b, estimate, verdict): (Side, Side, Estimate, Verdict)| Contrast {
        workload: group.workload.clone(),
        case: group.case.clone(),
        size: group.size,
        workers: group.workers,
        a: name(group, a),
        b: name(group, b),
        blocks: estimate.blocks,
        ratio: estimate.ratio(),
        low: estimate.low(),
        high: estimate.high(),
        verdict,
        duel: false,
        payback: payback::of_pair(facts, (a, b), verdict),
    };
    judged.into_iter().map(contrast).collect()
}

/// The sides of a pair of names in a group that has both.
pub fn sides(group: &Group, [a, b]: &[CellId; 2]) -> Option<(Side, Side)> {
    let side = |name: &CellId| {
        let case = if name.case.is_empty() { catalogue::first_case(&name.workload) } else { &name.case };
        if name.workload == group.workload && group.case == case {
            side_of(group, &name.technique)
        } else {
            None
        }
    };
    side(a).zip(side(b)).filter(|(a, b)| a != b)
}

/// The side of a technique in a group that has it.
pub fn side_of(group: &Group, technique: &str) -> Option<Side> {
    let at = || group.cells.iter().position(|cell| cell.technique == technique);
    if technique == BASELINE { Some(Side::Baseline) } else { at().map(Side::Cell) }
}

/// Marks the contrasts that are duels, and adds missing duels, which happens in large groups.
pub fn mark_duels(summary: &mut Summary, plan: &Plan, facts: &[GroupFacts]) {
    for duel in &summary.duels {
        let payback = payback_of(duel, plan, facts);
        let same = |of: &&mut Contrast| {
            let names = [&of.a, &of.b];
            (&of.workload, &of.case, of.size, of.workers)
                == (&duel.workload, &duel.case, duel.size, duel.workers)
                && (names == [&duel.rust, &duel.peer] || names == [&duel.peer, &duel.rust])
        };
        match summary.contrasts.iter_mut().find(same) {
            Some(contrast) => {
                contrast.duel = true;
                // decided with the other duels, as the row of the duel has it
                contrast.verdict = if contrast.a == duel.rust { duel.verdict } else { duel.verdict.turned() };
                contrast.payback = payback;
            }
            None => summary.contrasts.push(Contrast {
                workload: duel.workload.clone(),
                case: duel.case.clone(),
                size: duel.size,
                workers: duel.workers,
                a: duel.rust.clone(),
                b: duel.peer.clone(),
                blocks: duel.blocks,
                ratio: duel.ratio,
                low: duel.low,
                high: duel.high,
                verdict: duel.verdict,
                duel: true,
                payback,
            }),
        }
    }
}

/// The number of calls from which on the winner of a duel is ahead of the loser.
fn payback_of(duel: &Duel, plan: &Plan, facts: &[GroupFacts]) -> Option<Payback> {
    let is_its = |group: &&Group| {
        (&group.workload, &group.case, group.size, group.workers)
            == (&duel.workload, &duel.case, duel.size, duel.workers)
    };
    let at = plan.groups.iter().position(|group| is_its(&group))?;
    let pair = (side_of(&plan.groups[at], &duel.rust)?, side_of(&plan.groups[at], &duel.peer)?);
    payback::of_pair(facts.get(at)?, pair, duel.verdict)
}

/// All candidates for the best of a group: the baseline, and each cell that was not refused.
fn competitors(judged: &Judged) -> Vec<Side> {
    let cells = (0..judged.estimates.len()).filter(|at| !judged.is_refused(*at));
    [Side::Baseline].into_iter().chain(cells.map(Side::Cell)).collect()
}

fn pairs(judged: &Judged, named: &[(Side, Side)]) -> Vec<(Side, Side)> {
    let known: Vec<Side> = competitors(judged).into_iter().filter(|side| judged.is_known(*side)).collect();
    let all = |sides: &[Side], others: &[Side]| -> Vec<(Side, Side)> {
        let ahead = |a: Side| known.iter().position(|side| *side == a);
        let pair = |&a: &Side| others.iter().filter(move |b| ahead(**b) < ahead(a)).map(move |&b| (a, b));
        sides.iter().flat_map(pair).collect()
    };
    let mut pairs = match known.len() <= ALL_PAIRS {
        true => all(&known, &known),
        false => {
            let best: Vec<Side> = judged.best(&known).set.into_iter().map(|at| known[at]).collect();
            all(&best, &best)
        }
    };
    for &(a, b) in named {
        if !pairs.iter().any(|&(c, d)| (a, b) == (c, d) || (a, b) == (d, c)) {
            pairs.push((a, b));
        }
    }
    pairs
}

/// The name of a side.
fn name(group: &Group, side: Side) -> String {
    match side {
        Side::Baseline => BASELINE.to_owned(),
        Side::Cell(at) => group.cells.get(at).map_or_else(String::new, |cell| cell.technique.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{CellFacts, analyse};
    use crate::journal;
    use crate::judgement::Judgement;
    use crate::workspace::workspace;

    /// A group of cells with these log speedups, each known within a percent.
    fn group(centers: &[f64]) -> (Group, GroupFacts<'static>, Judged) {
        let member = |at: usize| serde_json::json!({ "family": "f", "technique": format!("t{at}"), "question": "execute", "libraries": {} });
        let members: Vec<serde_json::Value> = (0..centers.len()).map(member).collect();
        let group = serde_json::json!({ "workload": "w", "case": "", "size": "tiny", "workers": 1, "baseline": "b",
            "cells": members });
        let noise =
            |seed: usize, block: u64| 0.01 * (((seed as u64 * 31 + block * 17) % 13) as f64 / 13.0 - 0.5);
        let series =
            |seed: usize, center: f64| (0..8).map(|block| (block, center + noise(seed, block))).collect();
        let cells = centers.iter().enumerate();
        let cells =
            cells.map(|(at, center)| CellFacts { series: series(at + 1, *center), ..CellFacts::default() });
        let facts = GroupFacts { twin: series(0, 0.0), cells: cells.collect(), ..GroupFacts::of(0) };
        let judged = Judgement::of(std::slice::from_ref(&facts)).groups.remove(0);
        (serde_json::from_value(group).unwrap(), facts, judged)
    }

    #[test]
    fn the_best_are_a_set_and_each_of_the_others_is_behind_by_something() {
        let (group, _, judged) = group(&[0.7, 0.2, 0.7004]);
        let best = best(&group, &judged);
        assert_eq!(best.set.len(), 2);
        assert!(best.set.contains(&"t0".to_owned()) && best.set.contains(&"t2".to_owned()));
        assert_eq!(best.out, ["t1", "sequential"]);
        assert!(best.behind["t1"] > 1.5 && best.behind["sequential"] > 1.9, "{best:?}");
        assert_eq!((best.ranks["t1"], best.ranks["sequential"]), ([3, 3], [4, 4]));
        assert_eq!(best.ranks["t0"], [1, 2]);
    }

    #[test]
    fn a_small_group_has_all_pairs_and_a_large_one_those_that_matter() {
        let (small, facts, judged) = group(&[0.7, 0.2, 0.7004]);
        let told = contrasts(&small, &facts, &judged, &[]);
        assert_eq!(told.len(), 6);
        let of = |a: &str, b: &str| told.iter().find(|of| of.a == a && of.b == b).unwrap();
        assert_eq!(of("t1", "t0").verdict, Verdict::Slower);
        assert!((of("t1", "t0").ratio.ln() + 0.5).abs() < 0.01);
        assert_eq!(of("t0", "sequential").verdict, Verdict::Faster);

        let centers: Vec<f64> = (0..20).map(|at| if at < 2 { 0.7 } else { 0.01 * f64::from(at) }).collect();
        let (large, facts, judged) = group(&centers);
        let named = [(Side::Cell(9), Side::Cell(0)), (Side::Cell(0), Side::Cell(1))];
        let told = contrasts(&large, &facts, &judged, &named);
        let names: Vec<[&str; 2]> = told.iter().map(|of| [&*of.a, &*of.b]).collect();
        assert_eq!(names, [["t1", "t0"], ["t9", "t0"]], "no pair is added in the other order");
    }

    #[test]
    fn a_real_run_decides_pairs_of_any_two_cells() {
        let folder = workspace().join("results/earlier/amd-epyc-7003-2-cores");
        let plan = journal::read_plan(&folder).unwrap();
        let lines = journal::read_lines_of(&folder, &plan).unwrap();
        let facts = analyse(&plan, &lines);
        let judgement = Judgement::of(&facts);
        let told = |a: &str, b: &str| {
            let names = [a.parse().unwrap(), b.parse().unwrap()];
            let of = |(group, judged): (&Group, &Judged)| {
                let pair = sides(group, &names)?;
                judged.judge(&[pair]).pop().map(|(.., estimate, verdict)| (estimate, verdict))
            };
            plan.groups.iter().zip(&judgement.groups).find_map(of)
        };
        let (estimate, verdict) = told("julia/rayon", "julia/pure-python").unwrap();
        assert!(estimate.ratio() > 10.0 && verdict == Verdict::Faster, "{estimate:?}");
        let (turned, verdict) = told("julia/pure-python", "julia/rayon").unwrap();
        assert!((estimate.log_mean + turned.log_mean).abs() < 1e-9 && verdict == Verdict::Slower);
        assert_eq!(estimate.half_width, turned.half_width);
        assert!(told("julia/rayon", "julia/sequential").unwrap().0.ratio() > 1.2);
        for none in ["julia/nobody", "heat/rayon", "julia/rayon"] {
            assert!(told("julia/rayon", none).is_none(), "{none}");
        }
        assert!(told("julia/sequential", "julia/sequential").is_none());
    }
}
