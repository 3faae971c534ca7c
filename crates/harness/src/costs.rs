//! The costs of a run's techniques apart from time, kept with the run, since the source may change later.
//!
//! The code that reads the source is passed to a run as its [`Costing`].

use crate::fleet::Fleet;
use crate::workspace;
use parallax_record::cost::Cost;
use parallax_record::plan::Plan;
use parallax_record::summary::{Row, Summary};
use serde::{Deserialize, Serialize};

/// The file of a run that holds the costs.
pub const FILE: &str = "costs.json";

/// Why a run has no costs.
const NOT_LOOKED_UP: &str = "not looked up in this run; `cargo xtask cost RUN` does it";

/// Why a run of a program's own work has no costs.
const OWN: &str = "costs are not looked up for the code of your own work";

/// The costs of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Costed {
    /// The workload.
    pub workload: String,
    /// Its case; empty if the workload has only one.
    #[serde(default)]
    pub case: String,
    /// The technique.
    pub technique: String,
    /// Its family.
    pub family: String,
    /// The costs.
    pub cost: Cost,
}

impl Costed {
    fn is_of(&self, row: &Row) -> bool {
        (&self.workload, &self.case, &self.technique, &self.family)
            == (&row.workload, &row.case, &row.technique, &row.family)
    }
}

/// A function that finds out the costs of the cells of a plan.
pub type Costing<'a> = &'a dyn Fn(&Fleet, &Plan) -> Vec<Costed>;

/// No costs: the source of a program's own work is not read.
pub fn none(_: &Fleet, _: &Plan) -> Vec<Costed> {
    Vec::new()
}

/// Puts the costs that a run keeps into its rows. A row without any has the reason.
pub fn put(summary: &mut Summary, costs: &[Costed]) {
    let unknown = if workspace::is_own() { OWN } else { NOT_LOOKED_UP };
    for row in &mut summary.cells {
        let found = costs.iter().find(|costed| costed.is_of(row));
        row.cost = found.map_or_else(|| Cost::unknown(unknown), |costed| costed.cost.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_has_its_own_costs_or_the_reason_why_it_has_none() {
        let row = |technique: &str, family: &str| json!({ "workload": "w", "technique": technique, "family": family, "size": "tiny" });
        let mut summary: Summary = serde_json::from_value(
            json!({ "schema": 1, "cells": [row("t", "f"), row("t", "f-2"), row("u", "f")] }),
        )
        .unwrap();
        let costed: Vec<Costed> = serde_json::from_value(json!([
            { "workload": "w", "technique": "t", "family": "f", "cost": { "lines": 7 } }
        ]))
        .unwrap();
        put(&mut summary, &costed);
        let lines: Vec<Option<u64>> = summary.cells.iter().map(|row| row.cost.lines).collect();
        assert_eq!(lines, [Some(7), None, None], "another build of it has another family");
        assert!(summary.cells[2].cost.reason("lines").unwrap().contains("cargo xtask cost"));
    }
}
