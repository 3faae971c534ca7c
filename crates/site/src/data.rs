//! What comes in is input: fields may be missing, numbers absurd and names hostile, and none of it reaches a page unchecked.
//!
//! Strings are kept as they are and escaped where they are written (`maud` does that by itself). Numbers
//! that are no finite, sensible quantity become none, so that no page ever draws them.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use std::collections::BTreeMap;

/// The version of the gathered file that this program reads.
const SCHEMA: u32 = 1;

/// The version of a run's summary that this program reads.
const SUMMARY: u32 = 1;

/// The longest name of a workload, technique or family.
const LONGEST_NAME: usize = 100;

/// Everything that `cargo xtask docs` has gathered.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Gathered {
    pub(crate) schema: u32,
    pub(crate) families: Vec<Family>,
    pub(crate) absent: Vec<Absent>,
    pub(crate) techniques: Vec<Technique>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) runs: Vec<Run>,
    pub(crate) claims: Vec<Claim>,
}

/// A published claim, and what came of running it again.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Claim {
    pub(crate) source: String,
    pub(crate) published: String,
    pub(crate) look_at: String,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) error: Option<String>,
}

/// A claim's verdict; the figures are milliseconds unless their name says otherwise.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Outcome {
    pub(crate) verdict: String,
    pub(crate) why: String,
    pub(crate) as_published: BTreeMap<String, Figure>,
    pub(crate) corrected: BTreeMap<String, Figure>,
}

/// A figure, if it is a sensible one.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Figure(#[serde(deserialize_with = "sensible")] pub(crate) Option<f64>);

/// A crate of related techniques.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) source: Option<String>,
    pub(crate) doc: Option<String>,
}

/// A family that could not be asked.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Absent {
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// One way to make a program faster.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Technique {
    pub(crate) family: String,
    pub(crate) name: String,
    pub(crate) idea: String,
    pub(crate) gives: String,
    pub(crate) costs: String,
    pub(crate) source: String,
    pub(crate) implementor: String,
    pub(crate) libraries: BTreeMap<String, Option<String>>,
    pub(crate) doc: String,
    pub(crate) example: Option<Example>,
}

/// The stand-alone example at the head of a technique's file.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Example {
    pub(crate) text: String,
    pub(crate) first: usize,
}

/// One technique on one case of one workload.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Cell {
    pub(crate) family: String,
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) technique: String,
    pub(crate) question: String,
    pub(crate) pattern: String,
    pub(crate) kernel: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) missing: Option<String>,
}

/// A piece of a cell's code.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Part {
    pub(crate) part: String,
    pub(crate) file: String,
    pub(crate) first_line: usize,
    pub(crate) last_line: usize,
    pub(crate) text: String,
}

/// One run.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) reference: bool,
    pub(crate) summary: Summary,
    pub(crate) trace: Vec<Block>,
    pub(crate) limits: Vec<Limit>,
}

/// What the machine gives of one thing in a second.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Limit {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) way: String,
    pub(crate) isa: String,
    pub(crate) workers: usize,
    #[serde(deserialize_with = "sensible")]
    pub(crate) per_second: Option<f64>,
}

/// The run's `summary.json`, as far as pages show it.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Summary {
    pub(crate) schema: u32,
    pub(crate) mode: String,
    pub(crate) environment: Environment,
    #[serde(deserialize_with = "sensible")]
    pub(crate) precision: Option<f64>,
    pub(crate) aa: Vec<Twin>,
    pub(crate) cells: Vec<Row>,
    pub(crate) excluded: Vec<Excluded>,
}

/// Machine and build; shown as they are told.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Environment {
    pub(crate) machine: serde_json::Map<String, serde_json::Value>,
    pub(crate) build: serde_json::Map<String, serde_json::Value>,
    pub(crate) moment: serde_json::Map<String, serde_json::Value>,
}

/// The baseline under a second name.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Twin {
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) size: String,
    pub(crate) workers: usize,
    pub(crate) blocks: usize,
    #[serde(deserialize_with = "sensible")]
    pub(crate) ratio: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) ratio_low: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) ratio_high: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) floor: Option<f64>,
}

/// A block that does not count.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Excluded {
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) block: u64,
    pub(crate) reason: String,
}

/// One cell of a run.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Row {
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) technique: String,
    pub(crate) family: String,
    pub(crate) question: String,
    pub(crate) size: String,
    pub(crate) workers: usize,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) blocks: usize,
    pub(crate) stop_reason: Option<String>,
    pub(crate) verdict: Option<String>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) time_ns_median: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) ratio: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) ratio_low: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) ratio_high: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) cores_used: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) cpu_ns: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) peak_bytes: Option<f64>,
    pub(crate) isa: Option<String>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) start_ns: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) first_ns: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) items: Option<f64>,
    pub(crate) unit: Option<String>,
    pub(crate) limit: Option<String>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) limit_share: Option<f64>,
    pub(crate) libraries: BTreeMap<String, Option<String>>,
    pub(crate) metrics: BTreeMap<String, Option<f64>>,
}

/// What the machine said around one block.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Block {
    pub(crate) block: u64,
    #[serde(deserialize_with = "sensible")]
    pub(crate) foreign_cores: Option<f64>,
    pub(crate) before: Option<Probe>,
    pub(crate) after: Option<Probe>,
}

/// A fixed piece of work.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
pub(crate) struct Probe {
    #[serde(deserialize_with = "sensible")]
    pub(crate) compute_ns: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) memory_ns: Option<f64>,
}

impl Gathered {
    /// Reads the file and refuses what no page could be made of.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let gathered: Gathered =
            serde_json::from_str(text).context("it is not what `cargo xtask docs` writes")?;
        if gathered.schema != SCHEMA {
            bail!("it is of version {}, and this program reads version {SCHEMA}", gathered.schema);
        }
        for run in &gathered.runs {
            run.check().with_context(|| format!("the run '{}' is damaged", run.name))?;
        }
        for cell in &gathered.cells {
            check_names(&[&cell.workload, &cell.technique, &cell.family])?;
        }
        Ok(gathered)
    }
}

impl Run {
    fn check(&self) -> Result<()> {
        if self.summary.schema != SUMMARY {
            bail!(
                "its summary is of version {}, and this program reads version {SUMMARY}",
                self.summary.schema
            );
        }
        for row in &self.summary.cells {
            check_names(&[&row.workload, &row.technique, &row.family])?;
        }
        Ok(())
    }
}

/// A name is short and not empty; what stands in it is its own affair.
fn check_names(names: &[&String]) -> Result<()> {
    match names.iter().find(|name| name.trim().is_empty() || name.len() > LONGEST_NAME) {
        Some(name) if name.trim().is_empty() => bail!("a cell has no workload, technique or family"),
        Some(name) => bail!("a name of {} bytes is longer than {LONGEST_NAME}", name.len()),
        None => Ok(()),
    }
}

/// A finite quantity below 10^18 and not negative; anything else, of whatever type, is none.
fn sensible<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Found {
        Number(f64),
        Other(IgnoredAny),
    }
    Ok(match Found::deserialize(from)? {
        Found::Number(number) if (0.0..1e18).contains(&number) => Some(number),
        Found::Number(_) | Found::Other(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(field: &str) -> Row {
        serde_json::from_str(&format!(r#"{{"workload": "w", "technique": "t", {field}}}"#)).unwrap()
    }

    #[test]
    fn only_sensible_numbers_are_kept() {
        assert_eq!(row(r#""ratio": 1.5"#).ratio, Some(1.5));
        for absurd in ["1e300", "-1", "null", "\"NaN\"", "[1]", "{}"] {
            assert_eq!(row(&format!(r#""ratio": {absurd}"#)).ratio, None, "{absurd}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_with_a_reason() {
        for bad in [r#"{"schema": 1, "runs": [{"summary": {"precision": NaN}}]}"#, "", "[]"] {
            assert!(Gathered::parse(bad).is_err(), "{bad}");
        }
        let other = Gathered::parse(r#"{"schema": 2}"#).unwrap_err().to_string();
        assert!(other.contains("version 2"), "{other}");
    }

    #[test]
    fn missing_fields_are_borne_and_missing_names_are_not() {
        let with = |row: &str| {
            Gathered::parse(&format!(
                r#"{{"schema": 1, "runs": [{{"summary": {{"schema": 1, "cells": [{row}]}}}}]}}"#
            ))
        };
        assert!(with(r#"{"workload": "w", "technique": "t", "family": "f"}"#).is_ok());
        assert!(with(r#"{"workload": "w", "family": "f"}"#).is_err());
        let long = "x".repeat(101);
        assert!(with(&format!(r#"{{"workload": "{long}", "technique": "t", "family": "f"}}"#)).is_err());
    }
}
