//! The comparison with Python over all workloads: the winner of each duel, and how far each peer is behind.

use crate::style::Paint;
use crate::table::{Cell, Column, Table};
use crate::units;
use parallax_method::Verdict;
use parallax_record::name::BASELINE;
use parallax_record::name::PEERS;
use parallax_record::name::full;
use parallax_record::summary::{Row, Summary};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The share of the workloads from which on a peer is wide: means are taken over the cells that all wide peers have.
const WIDE: f64 = 0.5;

/// The standing of a peer over all workloads.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Its technique.
    pub peer: String,
    /// How many of the workloads it has.
    pub cells: usize,
    /// How many there are.
    pub of: usize,
    /// The geometric mean of the best Rust of the same algorithm over this peer, on the cells that all wide peers have.
    pub mean: Option<f64>,
}

/// The peers, widest first, and how many cells the means are taken over.
pub fn standings(summary: &Summary) -> (Vec<Standing>, usize) {
    let groups = groups(summary);
    let mut gains: BTreeMap<&str, BTreeMap<usize, f64>> = BTreeMap::new();
    for (at, (rust, peers)) in groups.iter().enumerate() {
        for peer in peers {
            let best = best(rust.iter().copied().filter(|rust| rust.algorithm == peer.algorithm));
            if let (Some(best), Some(ratio)) = (best, peer.ratio) {
                gains.entry(&peer.technique).or_default().insert(at, best / ratio);
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
        Column::text("algorithm", "algorithm"),
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
            Cell::from(duel.algorithm.as_str()),
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

/// The rows of each workload that has cells of both Rust and peers: Rust's, then the peers'.
fn groups(summary: &Summary) -> Vec<(Vec<&Row>, Vec<&Row>)> {
    let of_twin = |twin: &parallax_record::summary::Twin| {
        let key = (&twin.workload, &twin.case, twin.size, twin.workers);
        let rows = summary.cells.iter().filter(|row| row.technique != BASELINE);
        let rows = rows.filter(|row| (&row.workload, &row.case, row.size, row.workers) == key);
        rows.partition::<Vec<&Row>, _>(|row| row.family != PEERS)
    };
    summary.aa.iter().map(of_twin).filter(|(rust, peers)| !rust.is_empty() && !peers.is_empty()).collect()
}

fn best<'a>(rows: impl Iterator<Item = &'a Row>) -> Option<f64> {
    rows.filter_map(|row| row.ratio).max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duel::tests::row;

    fn standing_of(ratios: &[(&str, &[Option<f64>])], rust: &[f64]) -> (Vec<Standing>, usize) {
        standings(&summary_of(ratios, rust))
    }

    fn summary_of(ratios: &[(&str, &[Option<f64>])], rust: &[f64]) -> Summary {
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
        serde_json::from_value(summary).unwrap()
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
    fn a_peer_stands_beside_the_best_of_its_own_algorithm() {
        let mut summary = summary_of(&[("halving", &[Some(4.0)]), ("numpy", &[Some(2.0)])], &[8.0]);
        summary.cells.iter_mut().find(|row| row.technique == "halving").unwrap().algorithm = "halving".into();
        let (standings, _) = standings(&summary);
        assert_eq!(standings.iter().map(|of| &*of.peer).collect::<Vec<_>>(), ["numpy"]);
    }
}
