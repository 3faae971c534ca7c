//! The gathered file is untrusted input: fields may be missing, numbers absurd and names hostile, so all is checked.
//!
//! Names may contain only harmless characters, because they become titles, files and commands. Other strings lose
//! their control characters and are escaped where they are written (`maud` does that).
//! Numbers that are not finite, sensible quantities become none, so that no page draws them. A run's files have the
//! schema of `parallax_record`; `cargo xtask docs` gathers the rest from the workers and the sources.

mod block;
mod check;
mod run;
mod sweep;

pub(crate) use block::{Block, Turn};
pub(crate) use run::Run;
pub(crate) use sweep::Sweep;

#[cfg(test)]
pub(crate) use run::row;

use anyhow::{Context, Result, bail};
use check::{sensible, take, visible};
use parallax_record::name::ensure_name;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of the gathered file that this program reads.
const SCHEMA: u32 = 2;

/// Everything that `cargo xtask docs` has gathered.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Gathered {
    pub(crate) schema: u32,
    pub(crate) families: Vec<Family>,
    pub(crate) absent: Vec<Absent>,
    /// Whether families of the workspace are missing, so that an unknown name may be one of theirs.
    pub(crate) partial: bool,
    pub(crate) techniques: Vec<Technique>,
    pub(crate) cells: Vec<Cell>,
    #[serde(skip)]
    pub(crate) runs: Vec<Run>,
    #[serde(skip)]
    pub(crate) sweeps: Vec<Sweep>,
    pub(crate) claims: Vec<Claim>,
}

/// A published claim, and the result of running it again.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Claim {
    pub(crate) source: String,
    pub(crate) published: String,
    pub(crate) protocol: String,
    /// `as published` or `rewritten`.
    pub(crate) kept: String,
    pub(crate) differs: String,
    /// What the source does not say, and what was assumed.
    pub(crate) left_open: String,
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
    pub(crate) spread: Spread,
}

/// The least and the largest of the figures behind each median, and how many there are.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Spread {
    pub(crate) as_published: BTreeMap<String, (Figure, Figure, usize)>,
    pub(crate) corrected: BTreeMap<String, (Figure, Figure, usize)>,
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

/// A family whose worker is missing.
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

impl Gathered {
    /// Reads the file and refuses one of which no page can be made.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        const WHAT: &str = "it is not what `cargo xtask docs` writes";
        let mut value: Value = serde_json::from_str(text).context(WHAT)?;
        visible(&mut value);
        let runs = take(&mut value, "runs");
        let sweeps = take(&mut value, "sweeps");
        let mut gathered: Gathered = serde_json::from_value(value).context(WHAT)?;
        if gathered.schema != SCHEMA {
            bail!("it is of version {}, and this program reads version {SCHEMA}", gathered.schema);
        }
        gathered.runs = match runs {
            Value::Array(runs) => runs.into_iter().map(Run::read).collect::<Result<_>>()?,
            Value::Null => Vec::new(),
            _ => bail!(WHAT),
        };
        gathered.sweeps = match sweeps {
            Value::Array(sweeps) => sweeps.into_iter().map(Sweep::read).collect::<Result<_>>()?,
            Value::Null => Vec::new(),
            _ => bail!(WHAT),
        };
        gathered.check_workers().context("a worker's answer cannot be shown")?;
        Ok(gathered)
    }

    fn check_workers(&self) -> Result<()> {
        for family in &self.families {
            ensure_name("family", &family.name)?;
        }
        for technique in &self.techniques {
            ensure_name("technique", &technique.name)?;
            ensure_name("family", &technique.family)?;
        }
        for cell in &self.cells {
            check::names(&cell.workload, &cell.case, &cell.technique, &cell.family)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_refused_with_a_reason() {
        for bad in [r#"{"schema": 2, "runs": [{"summary": {"precision": NaN}}]}"#, "", "[]"] {
            assert!(Gathered::parse(bad).is_err(), "{bad}");
        }
        let other = Gathered::parse(r#"{"schema": 3}"#).unwrap_err().to_string();
        assert!(other.contains("version 3"), "{other}");
    }

    #[test]
    fn missing_fields_are_borne_and_missing_names_are_not() {
        let with = |row: &str| {
            Gathered::parse(&format!(
                r#"{{"schema": 2, "runs": [{{"summary": {{"schema": 1, "cells": [{row}]}}}}]}}"#
            ))
        };
        assert!(with(r#"{"workload": "w", "technique": "t", "family": "f", "size": "tiny"}"#).is_ok());
        assert!(with(r#"{"workload": "w", "family": "f", "size": "tiny"}"#).is_err());
    }
}
