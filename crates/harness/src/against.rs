//! Against Python: for each workload the best Rust cell beside the best peer, block by block.

use crate::analysis::GroupFacts;
use crate::style::Paint;
use crate::table::{Cell, Column, Table};
use crate::units;
use parallax_method::{Estimate, TRUSTED_BLOCKS, Verdict, judge};
use parallax_record::name::BASELINE;
use parallax_record::name::PEERS;
use parallax_record::name::full;
use parallax_record::summary::Duel;
use parallax_record::summary::{Row, Summary};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A peer that has this share of the workloads counts among those whose common cells a mean is taken over.
const WIDE: f64 = 0.5;

/// A duel before its verdict, which depends on the others.
pub struct Candidate {
    duel: Duel,
    /// What is claimed, and the noise floor that it must clear; none where a cell was always disturbed.
    claim: Option<(Estimate, f64)>,
}

/// Judges all duels of a run together.
pub fn decide(candidates: Vec<Candidate>) -> Vec<Duel> {
    let claims: Vec<(Estimate, f64)> = candidates.iter().filter_map(|candidate| candidate.claim).collect();
    let mut verdicts = judge(&claims).into_iter();
    let decided = |Candidate { duel, claim }| {
        let verdict = claim.and_then(|_| verdicts.next()).unwrap_or(Verdict::Undecided);
        Duel { verdict, ..duel }
    };
    candidates.into_iter().map(decided).collect()
}

/// A peer over all workloads.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Its technique.
    pub peer: String,
    /// How many of the workloads it has.
    pub cells: usize,
    /// How many there are.
    pub of: usize,
    /// The geometric mean of best Rust over this peer, on the cells that all wide peers have.
    pub mean: Option<f64>,
}

/// The duel of a group, whose rows are the baseline's and then one for each cell; none without techniques and peers.
pub fn duel(rows: &[Row], facts: &GroupFacts) -> Option<Candidate> {
    let has_number = |at: &usize| rows[*at].ratio.is_some() && rows[*at].technique != BASELINE;
    let (peers, rust): (Vec<usize>, Vec<usize>) =
        (0..rows.len()).filter(has_number).partition(|at| rows[*at].family == PEERS);
    let ratio = |at: usize| rows[at].ratio.unwrap_or(0.0);
    // One lucky block or a disturbed cell is no champion while there are others that are known.
    let is_known = |at: &usize| {
        let cell = at.checked_sub(1).and_then(|at| facts.cells.get(at));
        cell.is_some_and(|cell| !cell.noisy && cell.values.len() >= TRUSTED_BLOCKS)
    };
    let best = |cells: Vec<usize>| {
        let known: Vec<usize> = cells.iter().copied().filter(is_known).collect();
        let among = if known.is_empty() { cells } else { known };
        among.into_iter().max_by(|a, b| ratio(*a).total_cmp(&ratio(*b)))
    };
    let (rust, peer) = (best(rust)?, best(peers)?);
    let [of_rust, of_peer] = [rust, peer].map(|at| facts.cells.get(at.checked_sub(1)?));
    let (of_rust, of_peer) = (of_rust?, of_peer?);
    let estimate = of_rust.over(of_peer)?;
    let claim = (!of_rust.noisy && !of_peer.noisy).then(|| (estimate, facts.floor()));
    let (rust, peer) = (&rows[rust], &rows[peer]);
    let duel = Duel {
        workload: rust.workload.clone(),
        case: rust.case.clone(),
        size: rust.size,
        workers: rust.workers,
        rust: rust.technique.clone(),
        rust_ns: rust.time_ns_median,
        peer: peer.technique.clone(),
        peer_ns: peer.time_ns_median,
        blocks: estimate.blocks,
        ratio: estimate.ratio(),
        low: estimate.low(),
        high: estimate.high(),
        verdict: Verdict::Undecided,
    };
    Some(Candidate { duel, claim })
}

/// The peers, widest first, and how many cells the means are taken over.
pub fn standings(summary: &Summary) -> (Vec<Standing>, usize) {
    let groups = groups(summary);
    let mut gains: BTreeMap<&str, BTreeMap<usize, f64>> = BTreeMap::new();
    for (at, (rust, peers)) in groups.iter().enumerate() {
        let Some(rust) = best(rust).and_then(|row| row.ratio) else { continue };
        for peer in peers {
            if let Some(ratio) = peer.ratio {
                gains.entry(&peer.technique).or_default().insert(at, rust / ratio);
            }
        }
    }
    let is_wide = |cells: &BTreeMap<usize, f64>| cells.len() as f64 >= WIDE * groups.len() as f64;
    let wide = gains.values().filter(|cells| is_wide(cells)).map(|cells| cells.keys().copied().collect());
    let common: BTreeSet<usize> = wide.reduce(|a: BTreeSet<_>, b| &a & &b).unwrap_or_default();
    let mean = |cells: &BTreeMap<usize, f64>| {
        let logs: Vec<f64> = common.iter().filter_map(|at| Some(cells.get(at)?.ln())).collect();
        let whole = !logs.is_empty() && logs.len() == common.len() && is_wide(cells);
        whole.then(|| (logs.iter().sum::<f64>() / logs.len() as f64).exp())
    };
    let standing = |(peer, cells): (&&str, &BTreeMap<usize, f64>)| Standing {
        peer: (*peer).to_owned(),
        cells: cells.len(),
        of: groups.len(),
        mean: mean(cells),
    };
    let mut standings: Vec<Standing> = gains.iter().map(standing).collect();
    standings.sort_by_key(|standing| std::cmp::Reverse(standing.cells));
    (standings, common.len())
}

/// The two tables of the report.
pub fn tables(summary: &Summary) -> (Table, Table, usize) {
    let mut duels_table = Table::new([
        Column::text("workload", "workload").kept(),
        Column::text("best Rust", "rust").kept(),
        Column::number("time", "rust_ns"),
        Column::text("best peer", "peer").kept(),
        Column::number("time", "peer_ns"),
        Column::number("blocks", "blocks"),
        Column::number("ratio", "ratio").kept(),
        Column::number("from", "low"),
        Column::number("to", "high"),
        Column::text("Rust is", "verdict").kept(),
    ]);
    let number = |value: Option<f64>, show: fn(f64) -> String| {
        value.map_or_else(|| Cell::none("–"), |value| Cell::new(show(value), value))
    };
    for duel in &summary.duels {
        let (verdict, paint) = match duel.verdict {
            Verdict::Faster => ("faster", Paint::Green),
            Verdict::Slower => ("slower", Paint::Red),
            Verdict::Same => ("same", Paint::Plain),
            Verdict::Undecided => ("unclear", Paint::Dim),
        };
        duels_table.row([
            Cell::from(full(&duel.workload, &duel.case)),
            duel.rust.as_str().into(),
            number(duel.rust_ns, units::time),
            duel.peer.as_str().into(),
            number(duel.peer_ns, units::time),
            Cell::new(duel.blocks.to_string(), duel.blocks),
            number(Some(duel.ratio), units::ratio),
            number(duel.low, units::ratio),
            number(duel.high, units::ratio),
            Cell::from(verdict).paint(paint),
        ]);
    }
    let (standings, common) = standings(summary);
    let mut coverage = Table::new([
        Column::text("peer", "peer").kept(),
        Column::number("cells", "cells"),
        Column::number("of", "of"),
        Column::number("best Rust, geometric mean", "mean"),
    ]);
    for standing in standings {
        coverage.row([
            Cell::from(standing.peer.as_str()),
            Cell::new(standing.cells.to_string(), standing.cells),
            Cell::new(standing.of.to_string(), standing.of),
            number(standing.mean, units::ratio),
        ]);
    }
    (duels_table, coverage, common)
}

/// The rows of each workload that has cells of both worlds: Rust's, then the peers'.
fn groups(summary: &Summary) -> Vec<(Vec<&Row>, Vec<&Row>)> {
    let of_twin = |twin: &parallax_record::summary::Twin| {
        let key = (&twin.workload, &twin.case, twin.size, twin.workers);
        let rows = summary.cells.iter().filter(|row| row.technique != BASELINE);
        let rows = rows.filter(|row| (&row.workload, &row.case, row.size, row.workers) == key);
        rows.partition::<Vec<&Row>, _>(|row| row.family != PEERS)
    };
    summary.aa.iter().map(of_twin).filter(|(rust, peers)| !rust.is_empty() && !peers.is_empty()).collect()
}

fn best<'a>(rows: &[&'a Row]) -> Option<&'a Row> {
    let measured = rows.iter().copied().filter(|row| row.ratio.is_some());
    measured.max_by(|a, b| a.ratio.unwrap_or(0.0).total_cmp(&b.ratio.unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing_of(ratios: &[(&str, &[Option<f64>])], rust: &[f64]) -> (Vec<Standing>, usize) {
        let cells = rust.iter().enumerate().flat_map(|(at, &rust)| {
            let peers = ratios.iter().map(move |(name, of)| row(at, name, PEERS, of[at]));
            std::iter::once(row(at, "rayon", "threading", Some(rust))).chain(peers)
        });
        let cells: Vec<serde_json::Value> = cells.collect();
        let twin = |at: usize| {
            serde_json::json!({ "workload": format!("w{at}"), "case": "", "size": "tiny", "workers": 2, "blocks": 4,
                "ratio": 1.0, "ratio_low": null, "ratio_high": null, "floor": null })
        };
        let aa: Vec<serde_json::Value> = (0..rust.len()).map(twin).collect();
        let environment = crate::environment::read(crate::workspace::workspace(), "release");
        let summary = serde_json::json!({ "schema": 1, "mode": "quick", "environment": environment,
            "precision": 0.05, "aa": aa, "cells": cells, "excluded": [] });
        let summary: Summary = serde_json::from_value(summary).unwrap();
        standings(&summary)
    }

    fn row(at: usize, technique: &str, family: &str, ratio: Option<f64>) -> serde_json::Value {
        let low = ratio.map(|ratio| 0.9 * ratio);
        let high = ratio.map(|ratio| 1.1 * ratio);
        serde_json::json!({ "workload": format!("w{at}"), "case": "", "technique": technique, "family": family,
            "question": "execute", "size": "tiny", "workers": 2, "status": "measured", "reason": null, "blocks": 4,
            "ratio": ratio, "ratio_low": low, "ratio_high": high, "libraries": {}, "metrics": {} })
    }

    fn facts(cells: &[&[f64]]) -> GroupFacts<'static> {
        let cell = |values: &&[f64]| crate::analysis::CellFacts {
            values: values.to_vec(),
            blocks: (0..values.len() as u64).collect(),
            ..Default::default()
        };
        GroupFacts {
            cells: cells.iter().map(cell).collect(),
            twin: vec![0.001, -0.001, 0.0, 0.001],
            ..GroupFacts::of(0)
        }
    }

    /// The baseline, two peers and two techniques, by their speedups.
    fn rows(ratios: [Option<f64>; 5]) -> Vec<Row> {
        let names = ["sequential", "numba", "rayon", "numpy", "scoped"];
        let families = ["baseline", PEERS, "threading", PEERS, "threading"];
        let row = |at: usize| serde_json::from_value(row(0, names[at], families[at], ratios[at])).unwrap();
        (0..5).map(row).collect()
    }

    fn alone(rows: &[Row], facts: &GroupFacts) -> Option<Duel> {
        duel(rows, facts).and_then(|candidate| decide(vec![candidate]).pop())
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
        assert!((won.high.unwrap() / won.low.unwrap()).ln() < 1e-9, "what all share cancels");

        let lost = alone(
            &rows([Some(1.0), Some(1.2), Some(0.6), Some(0.6), None]),
            &facts(&[&middle, &low, &low, &[]]),
        );
        let lost = lost.unwrap();
        assert_eq!((lost.rust.as_str(), lost.peer.as_str()), ("rayon", "numba"));
        assert!((lost.ratio.ln() + 0.7).abs() < 1e-9 && lost.verdict == Verdict::Slower);

        let without_peers = rows([Some(1.0), None, Some(2.5), None, None]);
        assert!(duel(&without_peers, &facts(&[&[], &high, &[], &[]])).is_none());
        let without_techniques = rows([Some(1.0), Some(1.2), None, None, None]);
        assert!(duel(&without_techniques, &facts(&[&middle, &[], &[], &[]])).is_none());
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
        // where nobody is known well, the fastest stands for all
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
        // certain, but this machine shows as much of identical code
        let loud =
            GroupFacts { twin: vec![0.3, -0.3, 0.2, -0.2], ..facts(&[&[0.2; 6], &[0.5; 6], &[], &[]]) };
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
        let candidate = |center| duel(&ratios, &facts(&[&[0.0; 8], &clear(center), &[], &[]])).unwrap();
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

    #[test]
    fn a_missing_cell_costs_no_penalty_and_a_mean_is_over_common_cells_only() {
        let all: &[Option<f64>] = &[Some(1.0), Some(1.0), Some(1.0)];
        let most: &[Option<f64>] = &[Some(2.0), Some(2.0), None];
        let few: &[Option<f64>] = &[Some(4.0), None, None];
        let (standings, common) =
            standing_of(&[("all", all), ("most", most), ("few", few)], &[8.0, 8.0, 1000.0]);
        assert_eq!(common, 2, "the third cell is not common, however large");
        let of = |name: &str| standings.iter().find(|standing| standing.peer == name).unwrap();
        assert!((of("all").mean.unwrap() - 8.0).abs() < 1e-9);
        assert!((of("most").mean.unwrap() - 4.0).abs() < 1e-9);
        assert_eq!((of("few").mean, of("few").cells, of("few").of), (None, 1, 3));
    }
}
