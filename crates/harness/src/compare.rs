//! Comparisons: of two techniques in one run, or of one technique in two runs.

use crate::analysis::{CellFacts, GroupFacts, analyse};
use crate::judgement::{Judged, Judgement, Side};
use crate::pairs::side_of;
use parallax_method::{Estimate, Verdict, between_runs, judge};
use parallax_record::journal::Line;
use parallax_record::plan::{Group, Plan};
use parallax_record::scale::SweepPoint;
use parallax_suite::Size;
use serde::Serialize;

/// One comparison: of the second of two with the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The workload.
    pub workload: String,
    /// Its case; empty if the workload has only one.
    pub case: String,
    /// How large the input is.
    pub size: Size,
    /// How many workers a technique may use.
    pub workers: usize,
    /// The technique that is judged: the second of two, or the one of the second run.
    pub technique: String,
    /// The reference: the first technique, or the same one in the first run.
    pub against: String,
    /// The smaller of their two numbers of blocks.
    pub blocks: usize,
    /// How many times as fast the second is.
    pub ratio: f64,
    /// The lower end of its 95 % interval; none without enough blocks.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// The verdict on the second, corrected for all comparisons of the table.
    pub verdict: Verdict,
}

/// A plan, and the lines that were measured by it.
pub type Measured<'a> = (&'a Plan, &'a [Line]);

/// A claim before its verdict: its comparison, and the noise floor that it must clear.
struct Claim<'a> {
    group: &'a Group,
    technique: &'a str,
    against: &'a str,
    estimate: Estimate,
    floor: f64,
}

/// Compares pairs of techniques, the second over the first, in every group that has both, over the same blocks.
pub fn techniques(run: Measured, pairs: &[[&str; 2]]) -> Vec<Compared> {
    let (plan, lines) = run;
    let judgement = Judgement::of(&analyse(plan, lines));
    let mut claims = Vec::new();
    for (group, judged) in plan.groups.iter().zip(&judgement.groups) {
        for &[against, technique] in pairs {
            let sides = side_of(group, technique).zip(side_of(group, against));
            if let Some(estimate) = sides.and_then(|(a, b)| judged.contrast(a, b)) {
                claims.push(Claim { group, technique, against, estimate, floor: judged.floor });
            }
        }
    }
    decided(claims)
}

/// Why pairs of techniques that a run has, none of them broken, have no comparison, in words: a line for each pair in
/// each group.
pub fn uncompared((plan, lines): Measured, pairs: &[[&str; 2]]) -> Vec<String> {
    let all = analyse(plan, lines);
    let judgement = Judgement::of(&all);
    let mut told = Vec::new();
    for ((group, facts), judged) in plan.groups.iter().zip(&all).zip(&judgement.groups) {
        for &[against, technique] in pairs {
            let Some((a, b)) = side_of(group, technique).zip(side_of(group, against)) else { continue };
            let broke = |side: Side| match side {
                Side::Cell(at) => facts.cells[at].refused.is_some(),
                Side::Baseline => false,
            };
            if judged.contrast(a, b).is_none() && !broke(a) && !broke(b) {
                told.push(format!("{}: {technique} over {against}: {}", group.work(), why_apart(facts)));
            }
        }
    }
    told
}

/// Why nothing of a group is compared.
fn why_apart(facts: &GroupFacts) -> String {
    match (facts.excluded.len(), facts.excluded.last()) {
        (1, Some((_, why))) => format!("its block does not count: {why}"),
        (blocks, Some((_, why))) => format!("{blocks} blocks do not count; the last: {why}"),
        (_, None) => "no block has both".into(),
    }
}

/// Compares each technique that two runs have in the same group, the second run over the first.
///
/// Each speedup is over the baseline of its own run, so that a machine that is slower for a day slows both. The runs
/// share no block, so the intervals are as wide as both together, plus the shift of the median cell between the runs;
/// and a difference counts only beyond the noise floors of both.
pub fn runs(first: Measured, second: Measured) -> Vec<Compared> {
    let [before, after] = [first, second].map(|(plan, lines)| analyse(plan, lines));
    let [judged_first, judged_second] = [&before, &after].map(|facts| Judgement::of(facts));
    let (mut claims, mut pairs) = (Vec::new(), Vec::new());
    for ((group, judged), facts) in second.0.groups.iter().zip(&judged_second.groups).zip(&after) {
        let others = first.0.groups.iter().zip(&judged_first.groups);
        // a cold figure and a warm one differ without a change of the code
        let same = |of: &((&Group, &Judged), &GroupFacts)| {
            place(of.0.0) == place(group) && of.1.regime == facts.regime
        };
        let Some(((other, judged_other), _)) = others.zip(&before).find(same) else { continue };
        for (at, cell) in group.cells.iter().enumerate() {
            let there = other
                .cells
                .iter()
                .position(|of| (&of.family, &of.technique) == (&cell.family, &cell.technique));
            let estimates = there.and_then(|there| {
                let known = judged.is_known(Side::Cell(at)) && judged_other.is_known(Side::Cell(there));
                judged.estimates[at].zip(judged_other.estimates[there]).filter(|_| known)
            });
            if let Some(pair) = estimates {
                let technique = cell.technique.as_str();
                let floor = judged.floor.hypot(judged_other.floor);
                claims.push(Claim { group, technique, against: technique, estimate: pair.0, floor });
                pairs.push(pair);
            }
        }
    }
    for (claim, estimate) in claims.iter_mut().zip(between_runs(&pairs)) {
        claim.estimate = estimate;
    }
    decided(claims)
}

/// A cell that had a number and broke afterwards: a technique's second build, or the technique in the second run. It
/// has no comparison, but is a regression all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The cell.
    pub cell: String,
    /// Why it has no number.
    pub reason: String,
}

/// The second builds of a run that broke where the first has a number.
pub fn broken_builds((plan, lines): Measured) -> Vec<Broken> {
    let facts = analyse(plan, lines);
    let of_group = |(group, facts): (&Group, &GroupFacts)| -> Vec<Broken> {
        let pair = |(first, second): (usize, usize)| {
            let [first, of_second] = [first, second].map(|at| &facts.cells[at]);
            broken(group, second, first, of_second)
        };
        group.pairs().into_iter().filter_map(pair).collect()
    };
    plan.groups.iter().zip(&facts).flat_map(of_group).collect()
}

/// The techniques that broke in the second run where the first has a number.
pub fn broken_since(first: Measured, second: Measured) -> Vec<Broken> {
    let [before, after] = [first, second].map(|(plan, lines)| analyse(plan, lines));
    let mut all = Vec::new();
    for (group, facts) in second.0.groups.iter().zip(&after) {
        let others = first.0.groups.iter().zip(&before);
        let Some((other, of_other)) = others.into_iter().find(|(other, _)| place(other) == place(group))
        else {
            continue;
        };
        for (at, cell) in group.cells.iter().enumerate() {
            let there = other
                .cells
                .iter()
                .position(|of| (&of.family, &of.technique) == (&cell.family, &cell.technique));
            all.extend(there.and_then(|there| broken(group, at, &of_other.cells[there], &facts.cells[at])));
        }
    }
    all
}

fn broken(group: &Group, at: usize, before: &CellFacts, after: &CellFacts) -> Option<Broken> {
    let had_a_number = before.refused.is_none() && !before.series.is_empty();
    let (_, reason) = after.refused.as_ref().filter(|_| had_a_number)?;
    Some(Broken { cell: format!("{}/{}", group.work(), group.cells[at].technique), reason: reason.clone() })
}

/// The key by which groups of two runs are the same measurement.
fn place(group: &Group) -> (&str, &str, Size, usize, Option<&SweepPoint>) {
    (&group.workload, &group.case, group.size, group.workers, group.point.as_ref())
}

fn decided(claims: Vec<Claim>) -> Vec<Compared> {
    let verdicts = judge(&claims.iter().map(|claim| (claim.estimate, claim.floor)).collect::<Vec<_>>());
    let compared =
        |(Claim { group, technique, against, estimate, .. }, verdict): (Claim, Verdict)| Compared {
            workload: group.workload.clone(),
            case: group.case.clone(),
            size: group.size,
            workers: group.workers,
            technique: technique.to_owned(),
            against: against.to_owned(),
            blocks: estimate.blocks,
            ratio: estimate.ratio(),
            low: estimate.low(),
            high: estimate.high(),
            verdict,
        };
    claims.into_iter().zip(verdicts).map(compared).collect()
}

impl Compared {
    /// Whether the second is certainly slower, and by more than this share.
    pub fn regressed_by(&self, share: f64) -> bool {
        self.verdict == Verdict::Slower && self.ratio < 1.0 - share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_runner::protocol::Status;

    #[test]
    fn what_is_not_compared_has_a_reason() {
        let mut facts = GroupFacts::of(2);
        assert_eq!(why_apart(&facts), "no block has both");
        facts.excluded.push((0, "others kept 1.00 cores busy, over 0.1".into()));
        assert_eq!(why_apart(&facts), "its block does not count: others kept 1.00 cores busy, over 0.1");
        facts.excluded.push((1, "others kept 0.50 cores busy, over 0.1".into()));
        let told = "2 blocks do not count; the last: others kept 0.50 cores busy, over 0.1";
        assert_eq!(why_apart(&facts), told);
    }

    #[test]
    fn what_had_a_number_and_has_none_is_broken_and_nothing_else_is() {
        let group = serde_json::json!({ "workload": "w", "case": "c", "size": "tiny", "workers": 1, "baseline": "b",
            "cells": [{ "family": "f", "technique": "t", "question": "execute", "libraries": {} }] });
        let group: Group = serde_json::from_value(group).unwrap();
        let number = || CellFacts { series: vec![(0, 0.1)], ..CellFacts::default() };
        let refused =
            |status| CellFacts { refused: Some((status, "it died".into())), ..CellFacts::default() };
        let told = broken(&group, 0, &number(), &refused(Status::Failed));
        assert_eq!(told, Some(Broken { cell: "w:c/t".into(), reason: "it died".into() }));
        assert!(broken(&group, 0, &number(), &refused(Status::Unfit)).is_some(), "it was fit before");
        let unreached = CellFacts::default;
        for (before, after) in [
            (number(), number()),
            (number(), unreached()),
            (unreached(), refused(Status::Failed)),
            (refused(Status::Failed), refused(Status::Failed)),
        ] {
            assert_eq!(broken(&group, 0, &before, &after), None);
        }
    }
}
