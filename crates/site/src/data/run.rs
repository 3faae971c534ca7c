//! Reads a run: its files in the schema of `parallax_record`, of which parts may be missing or wrong.

use super::block::Block;
use super::check::{lenient, named, quantities, take};
use anyhow::{Context, Result, bail};
use parallax_limits::Limit;
use parallax_limits::network::Network;
use parallax_record::journal::BlockLine;
use parallax_record::plan::SCHEMA;
use parallax_record::summary::{Contrast, Duel, Summary};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) reference: bool,
    /// Whether it only lends cells that the other runs of the site lack.
    pub(crate) stands_in: bool,
    /// Its contrasts include the duels.
    pub(crate) summary: Summary,
    /// The machine's state around each block.
    pub(crate) trace: Vec<BlockLine>,
    pub(crate) limits: Vec<Limit>,
    /// The ways between its hosts, if it measured them.
    pub(crate) network: Option<Network>,
    /// One of its blocks, turn by turn, if its journal is there.
    pub(crate) block: Option<Block>,
}

impl Run {
    /// Reads the part of the gathered file about a run.
    ///
    /// # Errors
    ///
    /// If its summary is of another version, or has an unsafe name or a row that cannot be read.
    pub(super) fn read(mut value: Value) -> Result<Self> {
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, file) = (text("name"), text("file"));
        let file = if file.is_empty() { "its plan.json" } else { &file };
        let reference = value.get("reference") == Some(&Value::Bool(true));
        let summary = summary(take(&mut value, "summary"), file)
            .with_context(|| format!("the run '{name}' cannot be shown"))?;
        quantities(&mut value);
        let trace = readable(entries(take(&mut value, "trace")));
        let limits = readable(entries(take(&mut value, "limits")));
        let network = lenient(take(&mut value, "network")).ok();
        let block = Block::read(take(&mut value, "block"))
            .with_context(|| format!("the run '{name}' has a block that cannot be shown"))?;
        Ok(Run { name, reference, stands_in: false, summary, trace, limits, network, block })
    }
}

/// Reads a summary; `file` is the one that names its cells.
fn summary(mut value: Value, file: &str) -> Result<Summary> {
    let schema = value.get("schema").and_then(Value::as_u64).unwrap_or(0);
    if schema != u64::from(SCHEMA) {
        bail!("its summary is of version {schema}, and this program reads version {SCHEMA}");
    }
    let environment = take(&mut value, "environment"); // a machine may well have a negative fact
    quantities(&mut value);
    let [cells, aa, best, contrasts, duels, excluded] =
        ["cells", "aa", "best", "contrasts", "duels", "excluded"].map(|list| entries(take(&mut value, list)));
    for entry in [&cells, &aa, &best, &contrasts, &duels, &excluded].into_iter().flatten() {
        named(entry).with_context(|| format!("{file} has a name that cannot be shown"))?;
    }
    let mut summary: Summary = lenient(value)?;
    summary.environment = lenient(environment).unwrap_or_default();
    summary.cells = cells
        .into_iter()
        .map(lenient)
        .collect::<Result<_>>()
        .with_context(|| format!("{file} has a row that cannot be read"))?;
    (summary.aa, summary.best, summary.excluded) = (readable(aa), readable(best), readable(excluded));
    summary.contrasts = with_duels(readable(contrasts), readable(duels));
    Ok(summary)
}

/// The entries of a list; none where there is no list.
fn entries(value: Value) -> Vec<Value> {
    if let Value::Array(all) = value { all } else { Vec::new() }
}

/// The entries that can be read; the others are left out.
fn readable<T: DeserializeOwned>(entries: Vec<Value>) -> Vec<T> {
    entries.into_iter().filter_map(|entry| lenient(entry).ok()).collect()
}

/// All pairs, including the duels. A ratio of zero cannot be inverted, and is none.
fn with_duels(mut contrasts: Vec<Contrast>, duels: Vec<Duel>) -> Vec<Contrast> {
    for duel in duels.into_iter().map(of_duel) {
        if !contrasts.iter().any(|contrast| contrast.has_pair_of(&duel)) {
            contrasts.push(duel);
        }
    }
    contrasts.retain(|contrast| contrast.ratio > 0.0);
    contrasts
}

fn of_duel(duel: Duel) -> Contrast {
    let Duel { workload, case, size, workers, rust, peer, blocks, ratio, low, high, verdict, .. } = duel;
    Contrast {
        workload,
        case,
        size,
        workers,
        a: rust,
        b: peer,
        blocks,
        ratio,
        low,
        high,
        verdict,
        duel: true,
        payback: None,
    }
}

/// A measured row with these fields, for tests.
#[cfg(test)]
pub(crate) fn row(fields: &Value) -> parallax_record::summary::Row {
    let mut row = serde_json::json!({ "workload": "w", "technique": "t", "family": "f", "size": "tiny",
        "status": "measured", "time_ns_median": 1.0 });
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(row).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_method::Verdict;
    use parallax_record::plan::Mode;
    use parallax_record::summary::{RowStatus, RowVerdict};
    use serde_json::json;

    fn read(summary: Value) -> Result<Summary> {
        Run::read(json!({ "name": "r", "file": "r/plan.json", "summary": summary })).map(|run| run.summary)
    }

    /// A pair of one group.
    fn pair(a: &str, b: &str, ratio: Value) -> Value {
        json!({ "workload": "w", "size": "tiny", "workers": 2, "a": a, "b": b, "blocks": 9, "ratio": ratio,
                "low": 1.1, "high": 1.3, "verdict": "faster" })
    }

    #[test]
    fn a_hostile_summary_is_read_as_far_as_it_makes_sense() {
        let absurd = [json!(-1), json!(1e300), json!("NaN"), json!([1]), json!({ "a": 1 }), json!(null)];
        for number in absurd {
            let row = json!({ "workload": "w", "technique": "t", "family": "f", "size": "tiny", "status": "measured",
                "verdict": "won", "ratio": number, "ratio_low": number, "time_ns_median": number, "peak_bytes": number,
                "blocks": number, "workers": number, "metrics": { "bad": number, "good": 1.5 }, "limit_share": 0.5 });
            let told = read(json!({ "schema": 1, "mode": number, "precision": number, "cells": [row], "best": number,
                "environment": { "machine": { "topology": { "cores": number }, "kernel": "6.1", "perf_event_paranoid": -1 } },
                "aa": [{ "workload": "w", "size": "tiny", "workers": 2, "floor": number }, number],
                "contrasts": [pair("x", "y", number.clone()), pair("x", "z", json!(1.2))] }))
            .unwrap();
            let row = &told.cells[0];
            assert_eq!(
                (row.ratio, row.ratio_low, row.peak_bytes, row.blocks),
                (None, None, None, 0),
                "{number}"
            );
            assert_eq!(
                (row.verdict, row.limit_share, row.is_measured()),
                (None, Some(0.5), false),
                "{number}"
            );
            assert_eq!(row.metrics.keys().collect::<Vec<_>>(), ["good"], "{number}");
            assert_eq!((told.mode, told.precision, told.aa.len()), (Mode::Quick, 0.0, 1), "{number}");
            let machine = &told.environment.machine;
            assert_eq!((machine.topology.cores, machine.perf_event_paranoid), (None, Some(-1)), "{number}");
            let pairs: Vec<&str> = told.contrasts.iter().map(|pair| &*pair.b).collect();
            assert_eq!(pairs, ["z"], "a pair without a sensible ratio is none: {number}");
        }
    }

    #[test]
    fn a_summary_without_most_of_its_fields_is_borne() {
        let bare = json!({ "workload": "w", "technique": "t", "family": "f", "size": "tiny" });
        let told = read(json!({ "schema": 1, "cells": [bare] })).unwrap();
        assert_eq!((told.cells[0].status, told.cells[0].verdict), (RowStatus::NotReached, None));
        assert!(told.best.is_empty() && told.contrasts.is_empty() && told.aa.is_empty());
        for field in ["workload", "technique", "family", "size"] {
            let mut without = json!({ "schema": 1, "cells": [bare] });
            without["cells"][0].as_object_mut().unwrap().remove(field);
            let why = format!("{:#}", read(without).unwrap_err());
            assert!(why.contains("r/plan.json") && why.contains(field), "{why}");
        }
        for version in [json!({}), json!({ "schema": 2 }), json!({ "schema": "1" }), json!(null), json!([])] {
            assert!(format!("{:#}", read(version).unwrap_err()).contains("version"));
        }
    }

    #[test]
    fn the_words_of_another_program_claim_nothing() {
        let mut won = pair("x", "y", json!(1.2));
        won["verdict"] = json!("won");
        let row = json!({ "workload": "w", "technique": "t", "family": "f", "size": "tiny", "status": "<b>", "verdict": "same" });
        let told = read(json!({ "schema": 1, "cells": [row], "contrasts": [won] })).unwrap();
        assert_eq!(told.contrasts[0].verdict, Verdict::Undecided);
        assert_eq!(
            (told.cells[0].status, told.cells[0].verdict),
            (RowStatus::NotReached, Some(RowVerdict::Same))
        );
    }

    #[test]
    fn a_duel_is_a_pair_among_the_others_and_none_twice() {
        let duel = |rust: &str, peer: &str| json!({ "workload": "w", "size": "tiny", "workers": 2, "rust": rust, "peer": peer, "blocks": 5, "ratio": 7.0 });
        let older =
            json!({ "work": "w", "size": "tiny", "workers": 2, "rust": "x", "peer": "o", "ratio": 7.0 });
        let told =
            read(json!({ "schema": 1, "contrasts": [pair("y", "x", json!(2.0)), pair("v", "w", json!(0.0))],
            "duels": [duel("x", "y"), duel("x", "z"), older] }))
            .unwrap();
        let pairs: Vec<(&str, &str, f64)> =
            told.contrasts.iter().map(|pair| (&*pair.a, &*pair.b, pair.ratio)).collect();
        assert_eq!(pairs, [("y", "x", 2.0), ("x", "z", 7.0)]);
    }
}
