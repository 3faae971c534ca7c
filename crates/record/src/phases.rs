//! The phases of a cell's cost from the start of its process on; no phase is part of another.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Medians over the blocks; null where a worker does not measure a phase by itself, with the reason.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Phases {
    /// Starting the process, until it could begin on a request.
    pub spawn_ns: Option<f64>,
    /// Importing the technique's libraries.
    pub import_ns: Option<f64>,
    /// Starting the technique: pools, processes.
    pub start_ns: Option<f64>,
    /// Building the input, which is not part of any technique.
    pub load_ns: Option<f64>,
    /// Compiling, where that is done while it runs: before the first run, or in it.
    pub compile_ns: Option<f64>,
    /// The first, cold run, without what it compiles.
    pub first_ns: Option<f64>,
    /// A run in the steady state.
    pub steady_ns: Option<f64>,
    /// Why a phase is null, by its name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
}

impl Phases {
    /// The names of the phases, in their order, each with its time.
    pub fn all(&self) -> [(&'static str, Option<f64>); 7] {
        [
            ("spawn", self.spawn_ns),
            ("import", self.import_ns),
            ("start", self.start_ns),
            ("load", self.load_ns),
            ("compile", self.compile_ns),
            ("first", self.first_ns),
            ("steady", self.steady_ns),
        ]
    }
}
