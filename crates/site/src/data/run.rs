//! A run as it comes in: its summary, as far as pages show it, and the trace of its probe.

use super::check::{name, names, sensible};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The version of a run's summary that this program reads.
const SUMMARY: u32 = 1;

/// One run.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Run {
    pub(crate) name: String,
    /// The file that names its cells.
    pub(crate) file: String,
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
    /// The best of both worlds, for each workload.
    pub(crate) duels: Vec<Pair>,
    /// Pairs of cells that the texts name.
    pub(crate) contrasts: Vec<Pair>,
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

/// Two cells that the run held against each other, block by block.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Pair {
    /// Older runs have workload and case in one word, `work`.
    #[serde(alias = "work")]
    pub(crate) workload: String,
    pub(crate) case: String,
    pub(crate) size: String,
    pub(crate) workers: usize,
    /// In a duel the Rust cell.
    #[serde(alias = "rust")]
    pub(crate) a: String,
    /// In a duel the peer.
    #[serde(alias = "peer")]
    pub(crate) b: String,
    pub(crate) blocks: usize,
    /// How many times as fast `a` is as `b`.
    #[serde(deserialize_with = "sensible")]
    pub(crate) ratio: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) low: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) high: Option<f64>,
    /// Of `a`: `faster`, `slower`, `same` or `undecided`.
    pub(crate) verdict: Option<String>,
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
    /// From how many calls on its start-up has paid for itself.
    #[serde(deserialize_with = "sensible")]
    pub(crate) pays_after: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) pays_after_low: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) pays_after_high: Option<f64>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) items: Option<f64>,
    pub(crate) unit: Option<String>,
    pub(crate) limit: Option<String>,
    #[serde(deserialize_with = "sensible")]
    pub(crate) limit_share: Option<f64>,
    /// Why there is no share.
    pub(crate) limit_reason: Option<String>,
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

impl Run {
    /// Refuses a run of another version, or with a name that is not harmless.
    pub(super) fn check(&self) -> Result<()> {
        if self.summary.schema != SUMMARY {
            bail!(
                "its summary is of version {}, and this program reads version {SUMMARY}",
                self.summary.schema
            );
        }
        let file = if self.file.is_empty() { "its plan.json" } else { &self.file };
        self.summary.check().with_context(|| format!("{file} has a name that cannot be shown"))
    }
}

impl Summary {
    fn check(&self) -> Result<()> {
        for row in &self.cells {
            names(&row.workload, &row.case, &row.technique, &row.family)?;
            name("size", &row.size)?;
        }
        for twin in &self.aa {
            names(&twin.workload, &twin.case, "twin", "baseline")?;
        }
        for block in &self.excluded {
            names(&block.workload, &block.case, "any", "any")?;
        }
        for pair in self.duels.iter().chain(&self.contrasts) {
            name("technique", &pair.a)?;
            name("technique", &pair.b)?;
        }
        Ok(())
    }
}
