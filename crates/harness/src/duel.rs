//! Duels with Python: for each workload, the best Rust cell against the best peer, over the blocks that both have.

use crate::judgement::{Judged, Side};
use parallax_method::{Estimate, TRUSTED_BLOCKS, Verdict, judge};
use parallax_record::name::{BASELINE, PEERS};
use parallax_record::summary::{Duel, Row};
use std::collections::BTreeMap;

/// A duel before its verdict, which depends on the others.
pub struct Candidate {
    duel: Duel,
    /// The claims, each with the noise floor that it must clear; empty where a cell was always disturbed. The first is
    /// the duel's own; the others are those of the pairs that might have met instead.
    claims: Vec<(Estimate, f64)>,
}

/// Judges all duels of a run together.
///
/// The same figures choose the pair and then support the claim about it. So each claim is corrected for all the pairs
/// that could have met.
pub fn decide(candidates: Vec<Candidate>) -> Vec<Duel> {
    let claims: Vec<(Estimate, f64)> =
        candidates.iter().flat_map(|candidate| candidate.claims.iter().copied()).collect();
    let mut verdicts = judge(&claims).into_iter();
    let decided = |Candidate { duel, claims }| {
        let mut own = verdicts.by_ref().take(claims.len());
        let verdict = own.next().unwrap_or(Verdict::Undecided);
        own.for_each(drop);
        Duel { verdict, ..duel }
    };
    candidates.into_iter().map(decided).collect()
}

/// The duels of a group: one for each algorithm that both techniques and peers have, the workload's own first. The rows
/// are the baseline's and then one for each cell.
pub fn duels(rows: &[Row], judged: &Judged) -> Vec<Candidate> {
    let has_number = |at: &usize| rows[*at].ratio.is_some() && rows[*at].technique != BASELINE;
    let mut algorithms: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for at in (0..rows.len()).filter(has_number) {
        let (rust, peers) = algorithms.entry(&rows[at].algorithm).or_default();
        if rows[at].family == PEERS { peers.push(at) } else { rust.push(at) }
    }
    algorithms.into_values().filter_map(|(rust, peers)| duel(rows, judged, rust, peers)).collect()
}

/// The duel of these rows, all of one algorithm; none without techniques or without peers.
fn duel(rows: &[Row], judged: &Judged, rust: Vec<usize>, peers: Vec<usize>) -> Option<Candidate> {
    let (rust, peers) = (contenders(rows, judged, rust), contenders(rows, judged, peers));
    let (of_rust, of_peer) = (&rows[*rust.first()?], &rows[*peers.first()?]);
    let pairs = rust.iter().flat_map(|rust| peers.iter().map(move |peer| (cell(*rust), cell(*peer))));
    let mut claims = pairs.map(|(rust, peer)| judged.contrast(rust, peer));
    let own = claims.next()?;
    let estimate = own.or_else(|| doubtful(of_rust, of_peer))?;
    let claims = [own].into_iter().chain(claims.filter(|_| own.is_some())).flatten();
    let duel = Duel {
        workload: of_rust.workload.clone(),
        case: of_rust.case.clone(),
        size: of_rust.size,
        workers: of_rust.workers,
        algorithm: of_rust.algorithm.clone(),
        rust: of_rust.technique.clone(),
        rust_ns: of_rust.time_ns_median,
        peer: of_peer.technique.clone(),
        peer_ns: of_peer.time_ns_median,
        blocks: estimate.blocks,
        ratio: estimate.ratio(),
        low: estimate.low(),
        high: estimate.high(),
        verdict: Verdict::Undecided,
    };
    Some(Candidate { duel, claims: claims.map(|estimate| (estimate, judged.floor)).collect() })
}

/// The cell of a row.
fn cell(row: usize) -> Side {
    row.checked_sub(1).map_or(Side::Baseline, Side::Cell)
}

/// The cells that may be the best of their side, the fastest first. A cell with one lucky block, or a disturbed cell,
/// is not chosen while others have reliable figures.
fn contenders(rows: &[Row], judged: &Judged, cells: Vec<usize>) -> Vec<usize> {
    let is_known = |at: &usize| judged.is_known(cell(*at)) && rows[*at].blocks >= TRUSTED_BLOCKS;
    let known: Vec<usize> = cells.iter().copied().filter(is_known).collect();
    let mut among = if known.is_empty() { cells } else { known };
    among.sort_by(|a, b| rows[*b].ratio.unwrap_or(0.0).total_cmp(&rows[*a].ratio.unwrap_or(0.0)));
    let best = judged.best(&among.iter().map(|at| cell(*at)).collect::<Vec<_>>());
    let mut may = best.set.iter().map(|at| among[*at]).collect::<Vec<_>>();
    // the one whose figure is shown comes first, even if others may be as good
    may.retain(|at| *at != among[0]);
    among.first().copied().into_iter().chain(may).collect()
}

/// The contrast of two cells of which one was always disturbed: from the two figures of the rows, without a claim.
fn doubtful(rust: &Row, peer: &Row) -> Option<Estimate> {
    let log = rust.ratio?.ln() - peer.ratio?.ln();
    Some(Estimate::with(rust.blocks.min(peer.blocks), log, 0.0, 0.0))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::analysis::GroupFacts;
    use crate::judgement::Judgement;

    /// A measured row as a summary has it.
    pub(crate) fn row(at: usize, technique: &str, family: &str, ratio: Option<f64>) -> serde_json::Value {
        let low = ratio.map(|ratio| 0.9 * ratio);
        let high = ratio.map(|ratio| 1.1 * ratio);
        serde_json::json!({ "workload": format!("w{at}"), "case": "", "technique": technique, "family": family,
            "question": "execute", "size": "tiny", "workers": 2, "status": "measured", "reason": null, "blocks": 4,
            "ratio": ratio, "ratio_low": low, "ratio_high": high, "libraries": {}, "metrics": {} })
    }

    fn facts(cells: &[&[f64]]) -> GroupFacts<'static> {
        let cell = |values: &&[f64]| crate::analysis::CellFacts {
            series: (0..).zip(values.iter().copied()).collect(),
            ..Default::default()
        };
        GroupFacts {
            cells: cells.iter().map(cell).collect(),
            twin: twin(&[0.001, -0.001, 0.0, 0.001]),
            ..GroupFacts::of(0)
        }
    }

    fn twin(values: &[f64]) -> Vec<(u64, f64)> {
        (0..).zip(values.iter().copied()).collect()
    }

    /// Judged alone, with rows that have the blocks of the cells.
    fn candidate_of(rows: &[Row], facts: &GroupFacts) -> Option<Candidate> {
        let mut rows = rows.to_vec();
        rows.iter_mut().skip(1).zip(&facts.cells).for_each(|(row, cell)| row.blocks = cell.series.len());
        duels(&rows, &Judgement::of(std::slice::from_ref(facts)).groups[0]).into_iter().next()
    }

    /// The baseline, two peers and two techniques, by their speedups.
    fn rows(ratios: [Option<f64>; 5]) -> Vec<Row> {
        let names = ["sequential", "numba", "rayon", "numpy", "scoped"];
        let families = ["baseline", PEERS, "threading", PEERS, "threading"];
        let row = |at: usize| serde_json::from_value(row(0, names[at], families[at], ratios[at])).unwrap();
        (0..5).map(row).collect()
    }

    fn alone(rows: &[Row], facts: &GroupFacts) -> Option<Duel> {
        candidate_of(rows, facts).and_then(|candidate| decide(vec![candidate]).pop())
    }

    #[test]
    fn the_best_of_both_worlds_meet_and_the_baseline_is_none_of_them() {
        let noise = [-0.01, 0.01, -0.02, 0.02];
        let around = |center: f64| noise.map(|noise| center + noise);
        let [low, middle, high] = [around(-0.5), around(0.2), around(0.9)];
        let won = alone(
            &rows([Some(1.0), Some(1.2), Some(2.5), Some(0.6), Some(0.6)]),
            &facts(&[&middle, &high, &low, &low]),
        );
        let won = won.unwrap();
        assert_eq!((won.rust.as_str(), won.peer.as_str(), won.blocks), ("rayon", "numba", 4));
        assert!((won.ratio.ln() - 0.7).abs() < 1e-9 && won.verdict == Verdict::Faster);
        let width = (won.high.unwrap() / won.low.unwrap()).ln();
        assert!(width < 0.05, "what all share cancels: {width}");

        let lost = alone(
            &rows([Some(1.0), Some(1.2), Some(0.6), Some(0.6), None]),
            &facts(&[&middle, &low, &low, &[]]),
        );
        let lost = lost.unwrap();
        assert_eq!((lost.rust.as_str(), lost.peer.as_str()), ("rayon", "numba"));
        assert!((lost.ratio.ln() + 0.7).abs() < 1e-9 && lost.verdict == Verdict::Slower);

        let without_peers = rows([Some(1.0), None, Some(2.5), None, None]);
        assert!(candidate_of(&without_peers, &facts(&[&[], &high, &[], &[]])).is_none());
        let without_techniques = rows([Some(1.0), Some(1.2), None, None, None]);
        assert!(candidate_of(&without_techniques, &facts(&[&middle, &[], &[], &[]])).is_none());
    }

    #[test]
    fn only_those_of_the_same_algorithm_meet() {
        let cells = facts(&[&[0.2; 6], &[0.9; 6], &[0.5; 6], &[0.7; 6]]);
        let meet = |algorithms: [&str; 5]| {
            let mut rows = rows([Some(1.0), Some(1.2), Some(2.5), Some(1.6), Some(2.0)]);
            rows.iter_mut().zip(algorithms).for_each(|(row, name)| row.algorithm = name.to_owned());
            rows.iter_mut().skip(1).for_each(|row| row.blocks = 6);
            let judged = &Judgement::of(std::slice::from_ref(&cells)).groups[0];
            let duels = decide(duels(&rows, judged));
            duels
                .iter()
                .map(|duel| format!("{}:{}/{}", duel.algorithm, duel.rust, duel.peer))
                .collect::<Vec<_>>()
        };
        assert_eq!(meet([""; 5]), [":rayon/numpy"]);
        // rayon is the fastest, and has no rival that does the same
        assert_eq!(meet(["", "", "halving", "", ""]), [":scoped/numpy"]);
        assert_eq!(meet(["", "halving", "halving", "", ""]), [":scoped/numpy", "halving:rayon/numba"]);
        assert!(meet(["", "halving", "", "halving", ""]).is_empty());
    }

    #[test]
    fn one_lucky_block_makes_no_champion() {
        let ratios = rows([Some(1.0), Some(1.2), Some(2.5), None, Some(2.0)]);
        let lucky = facts(&[&[0.2; 6], &[0.9], &[], &[0.7; 6]]);
        assert_eq!(alone(&ratios, &lucky).unwrap().rust, "scoped");
        let mut disturbed = facts(&[&[0.2; 6], &[0.9; 6], &[], &[0.7; 6]]);
        assert_eq!(alone(&ratios, &disturbed).unwrap().rust, "rayon");
        disturbed.cells[1].noisy = true;
        assert_eq!(alone(&ratios, &disturbed).unwrap().rust, "scoped");
        // where no figure is reliable, the fastest is chosen
        let few = facts(&[&[0.2], &[0.9], &[], &[0.7]]);
        assert_eq!(alone(&ratios, &few).unwrap().rust, "rayon");
    }

    #[test]
    fn a_duel_is_decided_by_the_rules_of_all_verdicts() {
        let ratios = || rows([Some(1.0), Some(1.2), Some(2.5), None, None]);
        let pair = |rust: &[f64], peer: &[f64]| alone(&ratios(), &facts(&[peer, rust, &[], &[]])).unwrap();
        // two blocks that agree by luck, a whole interval away from 1
        let few = pair(&[0.9, 0.9001], &[0.2, 0.2]);
        assert!(few.low.unwrap() > 1.5 && few.verdict == Verdict::Undecided);
        // certain, but no more than 1 %
        assert_eq!(pair(&[0.205; 6], &[0.2; 6]).verdict, Verdict::Same);
        // certain, but identical code differs as much on this machine
        let loud =
            GroupFacts { twin: twin(&[0.3, -0.3, 0.2, -0.2]), ..facts(&[&[0.2; 6], &[0.5; 6], &[], &[]]) };
        assert_eq!(alone(&ratios(), &loud).unwrap().verdict, Verdict::Undecided);
        // always disturbed
        let mut disturbed = facts(&[&[0.2; 6], &[0.5; 6], &[], &[]]);
        disturbed.cells[0].noisy = true;
        assert_eq!(alone(&ratios(), &disturbed).unwrap().verdict, Verdict::Undecided);
        disturbed.cells[0].noisy = false;
        assert_eq!(alone(&ratios(), &disturbed).unwrap().verdict, Verdict::Faster);
    }

    #[test]
    fn duels_are_corrected_for_each_other() {
        let ratios = rows([Some(1.0), Some(1.2), Some(2.5), None, None]);
        let clear =
            |center: f64| [-0.03, -0.02, -0.01, 0.0, 0.0, 0.01, 0.02, 0.03].map(|noise| center + noise);
        let candidate =
            |center| candidate_of(&ratios, &facts(&[&[0.0; 8], &clear(center), &[], &[]])).unwrap();
        let weak = || candidate(0.037);
        assert_eq!(decide(vec![weak()])[0].verdict, Verdict::Faster);
        let many = (0..6).map(|at| if at == 0 { weak() } else { candidate(0.0) }).collect();
        assert_eq!(decide(many)[0].verdict, Verdict::Undecided);
    }

    #[test]
    fn a_duel_is_kept_as_the_site_reads_it() {
        let ratios = rows([Some(1.0), Some(1.2), Some(2.5), None, None]);
        let duel = alone(&ratios, &facts(&[&[0.2; 6], &[0.5; 6], &[], &[]])).unwrap();
        let kept = serde_json::to_value(&duel).unwrap();
        for (field, value) in [("workload", "w0"), ("case", ""), ("rust", "rayon"), ("verdict", "faster")] {
            assert_eq!(kept[field], value, "{field}");
        }
        assert!(
            ["size", "workers", "peer", "blocks", "ratio", "low", "high"]
                .iter()
                .all(|of| !kept[of].is_null())
        );
    }
}
