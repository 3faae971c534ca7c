//! Against Python: for each workload the best Rust cell beside the best peer, block by block.

use crate::analysis::GroupFacts;
use crate::estimate::Estimate;
use crate::filter::full;
use crate::peers::FAMILY;
use crate::style::Paint;
use crate::summary::{Row, Summary};
use crate::table::{Cell, Column, Table};
use crate::units;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A peer that has this share of the workloads counts among those whose common cells a mean is taken over.
const WIDE: f64 = 0.5;

/// A workload's best cells from both worlds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Duel {
    pub(crate) work: String,
    pub(crate) size: String,
    pub(crate) workers: usize,
    pub(crate) rust: String,
    pub(crate) rust_ns: Option<f64>,
    pub(crate) peer: String,
    pub(crate) peer_ns: Option<f64>,
    /// How many blocks have both, or the fewer that one of them has where these are too few.
    pub(crate) blocks: usize,
    /// How many times as fast the Rust cell is.
    pub(crate) ratio: f64,
    /// Its 95 % interval; none where one of them has a single block.
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

impl Duel {
    /// Whether Rust is ahead or behind by the whole interval; undecided without one.
    pub(crate) fn verdict(&self) -> &'static str {
        match (self.low, self.high) {
            (Some(low), _) if low > 1.0 => "ahead",
            (_, Some(high)) if high < 1.0 => "behind",
            _ => "unclear",
        }
    }
}

/// A peer over all workloads.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Standing {
    pub(crate) peer: String,
    /// How many of the workloads it has, and how many there are.
    pub(crate) cells: usize,
    pub(crate) of: usize,
    /// The geometric mean of best Rust over this peer, on the cells that all wide peers have.
    pub(crate) mean: Option<f64>,
}

/// The duel of a group, whose rows are the baseline's and then one for each cell; none without peers.
pub(crate) fn duel(rows: &[Row], facts: &GroupFacts) -> Option<Duel> {
    let (peers, rust): (Vec<usize>, Vec<usize>) =
        (0..rows.len()).filter(|at| rows[*at].ratio.is_some()).partition(|at| rows[*at].family == FAMILY);
    let best = |cells: Vec<usize>| {
        cells
            .into_iter()
            .max_by(|a, b| rows[*a].ratio.unwrap_or(0.0).total_cmp(&rows[*b].ratio.unwrap_or(0.0)))
    };
    let (rust, peer) = (best(rust)?, best(peers)?);
    let of_peer = &facts.cells[peer - 1];
    let estimate = match rust.checked_sub(1) {
        Some(rust) => facts.cells[rust].over(of_peer),
        // the baseline is as far from the peer as the peer from it
        None => of_peer.estimate().map(|estimate| Estimate { log_mean: -estimate.log_mean, ..estimate }),
    }?;
    let (rust, peer) = (&rows[rust], &rows[peer]);
    Some(Duel {
        work: full(&rust.workload, &rust.case),
        size: rust.size.to_string(),
        workers: rust.workers,
        rust: rust.technique.clone(),
        rust_ns: rust.time_ns_median,
        peer: peer.technique.clone(),
        peer_ns: peer.time_ns_median,
        blocks: estimate.blocks,
        ratio: estimate.ratio(),
        low: estimate.low(),
        high: estimate.high(),
    })
}

/// The peers, widest first, and how many cells the means are taken over.
pub(crate) fn standings(summary: &Summary) -> (Vec<Standing>, usize) {
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
pub(crate) fn tables(summary: &Summary) -> (Table, Table, usize) {
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
        let paint = match duel.verdict() {
            "ahead" => Paint::Green,
            "behind" => Paint::Red,
            _ => Paint::Dim,
        };
        duels_table.row([
            Cell::from(duel.work.as_str()),
            duel.rust.as_str().into(),
            number(duel.rust_ns, units::time),
            duel.peer.as_str().into(),
            number(duel.peer_ns, units::time),
            Cell::new(duel.blocks.to_string(), duel.blocks),
            number(Some(duel.ratio), units::ratio),
            number(duel.low, units::ratio),
            number(duel.high, units::ratio),
            Cell::from(duel.verdict()).paint(paint),
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
    let of_twin = |twin: &crate::summary::Twin| {
        let key = (&twin.workload, &twin.case, twin.size, twin.workers);
        let rows =
            summary.cells.iter().filter(|row| (&row.workload, &row.case, row.size, row.workers) == key);
        rows.partition::<Vec<&Row>, _>(|row| row.family != FAMILY)
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
            let peers = ratios.iter().map(move |(name, of)| row(at, name, FAMILY, of[at]));
            std::iter::once(row(at, "rayon", "threading", Some(rust))).chain(peers)
        });
        let cells: Vec<serde_json::Value> = cells.collect();
        let twin = |at: usize| {
            serde_json::json!({ "workload": format!("w{at}"), "case": "", "size": "tiny", "workers": 2, "blocks": 4,
                "ratio": 1.0, "ratio_low": null, "ratio_high": null, "floor": null })
        };
        let aa: Vec<serde_json::Value> = (0..rust.len()).map(twin).collect();
        let environment = crate::environment::Environment::read(crate::workspace(), "release");
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
            baseline: Vec::new(),
            twin: Vec::new(),
            baseline_cost_s: None,
            cells: cells.iter().map(cell).collect(),
            excluded: Vec::new(),
        }
    }

    #[test]
    fn the_best_of_both_worlds_meet_and_the_baseline_is_one_of_them() {
        let rows = |ratios: [Option<f64>; 5]| -> Vec<Row> {
            let names = ["sequential", "numba", "rayon", "numpy", "scoped"];
            let families = ["baseline", FAMILY, "threading", FAMILY, "threading"];
            let row =
                |at: usize| serde_json::from_value(row(0, names[at], families[at], ratios[at])).unwrap();
            (0..5).map(row).collect()
        };
        let noise = [-0.01, 0.01, -0.02, 0.02];
        let around = |center: f64| noise.map(|noise| center + noise);
        let [low, middle, high] = [around(-0.5), around(0.2), around(0.9)];
        let rust = duel(
            &rows([Some(1.0), Some(1.2), Some(2.5), Some(0.6), Some(0.6)]),
            &facts(&[&middle, &high, &low, &low]),
        );
        let rust = rust.unwrap();
        assert_eq!((rust.rust.as_str(), rust.peer.as_str(), rust.blocks), ("rayon", "numba", 4));
        assert!((rust.ratio.ln() - 0.7).abs() < 1e-9 && rust.verdict() == "ahead");
        assert!((rust.high.unwrap() / rust.low.unwrap()).ln() < 1e-9, "what all share cancels");

        let baseline = duel(
            &rows([Some(1.0), Some(1.2), Some(0.6), Some(0.6), None]),
            &facts(&[&middle, &low, &low, &[]]),
        );
        let baseline = baseline.unwrap();
        assert_eq!((baseline.rust.as_str(), baseline.peer.as_str()), ("sequential", "numba"));
        assert!((baseline.ratio.ln() + 0.2).abs() < 1e-9 && baseline.verdict() == "behind");

        assert!(
            duel(&rows([Some(1.0), None, Some(2.5), None, None]), &facts(&[&[], &high, &[], &[]])).is_none()
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

    #[test]
    fn who_is_ahead_is_said_only_by_a_whole_interval() {
        let duel = |low, high| Duel {
            work: "w".into(),
            size: "tiny".into(),
            workers: 1,
            rust: "r".into(),
            rust_ns: None,
            peer: "p".into(),
            peer_ns: None,
            blocks: 4,
            ratio: 1.0,
            low,
            high,
        };
        assert_eq!(duel(Some(1.1), Some(1.4)).verdict(), "ahead");
        assert_eq!(duel(Some(0.7), Some(0.9)).verdict(), "behind");
        assert_eq!(duel(Some(0.9), Some(1.2)).verdict(), "unclear");
        assert_eq!(duel(None, None).verdict(), "unclear");
    }
}
