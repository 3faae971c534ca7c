//! One block of a run as an example: its turns in order, as `cargo xtask docs` has taken them from the journal.

use super::check::{lenient, named};
use crate::number::workers;
use anyhow::Result;
use parallax_record::name::full;
use serde::Deserialize;
use serde_json::Value;

/// A block: the baseline, techniques in random order, the baseline again.
#[derive(Debug, Deserialize)]
pub(crate) struct Block {
    workload: String,
    #[serde(default)]
    case: String,
    size: String,
    workers: usize,
    /// Its number in the run.
    pub(crate) block: u64,
    pub(crate) turns: Vec<Turn>,
    pub(crate) probe_before: Option<Probe>,
    pub(crate) probe_after: Option<Probe>,
}

/// The fixed piece of arithmetic that shows a machine that changes.
#[derive(Debug, Deserialize)]
pub(crate) struct Probe {
    pub(crate) compute_ns: u64,
}

/// One process of a block.
#[derive(Debug, Deserialize)]
pub(crate) struct Turn {
    pub(crate) technique: String,
    /// Whether it is the baseline under a second name.
    #[serde(default)]
    pub(crate) twin: bool,
    /// From the start of its process to its end.
    pub(crate) turn_ns: u64,
    /// All its samples together.
    pub(crate) sampled_ns: u64,
    /// The median of its runs.
    pub(crate) run_ns: f64,
    /// How many times as fast it was as the two turns of the baseline; none for these.
    pub(crate) ratio: Option<f64>,
}

impl Block {
    /// Reads it; none if there is none, or if it is not whole: a drawing of a part would show another order.
    ///
    /// # Errors
    ///
    /// If it has a name that is not harmless.
    pub(super) fn read(value: Value) -> Result<Option<Self>> {
        named(&value)?;
        let turns = value.get("turns").and_then(Value::as_array);
        turns.into_iter().flatten().try_for_each(named)?;
        let all = turns.map_or(0, Vec::len);
        Ok(lenient(value).ok().filter(|block: &Block| block.turns.len() == all && block.is_whole()))
    }

    fn is_whole(&self) -> bool {
        let is_end = |turn: Option<&Turn>| turn.is_some_and(|turn| turn.ratio.is_none());
        let is_inside = |turn: &Turn| turn.ratio.is_some_and(|ratio| ratio > 0.0);
        let inside = self.turns.get(1..self.turns.len().max(2) - 1).unwrap_or_default();
        let has_time = |turn: &Turn| turn.turn_ns > 0 && turn.run_ns > 0.0 && turn.sampled_ns <= turn.turn_ns;
        is_end(self.turns.first())
            && is_end(self.turns.last())
            && !inside.is_empty()
            && inside.iter().all(is_inside)
            && self.turns.iter().all(has_time)
    }

    /// `julia · small · 2 workers`.
    pub(crate) fn title(&self) -> String {
        format!("{} · {} · {}", full(&self.workload, &self.case), self.size, workers(self.workers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn block(ratios: &[Option<f64>]) -> Value {
        let turn = |ratio: &Option<f64>| {
            let ratio = *ratio;
            json!({ "technique": "t", "turn_ns": 100, "sampled_ns": 60, "run_ns": 5.0, "ratio": ratio })
        };
        json!({ "workload": "w", "case": "", "size": "small", "workers": 2, "block": 7,
                "turns": ratios.iter().map(turn).collect::<Vec<_>>() })
    }

    #[test]
    fn a_block_is_shown_whole_or_not_at_all() {
        let whole = || block(&[None, Some(2.0), Some(1.0), None]);
        assert_eq!(Block::read(whole()).unwrap().unwrap().title(), "w · small · 2 workers");
        let parts =
            [&[][..], &[None], &[None, None], &[None, Some(2.0)], &[Some(2.0), None], &[None, None, None]];
        for other in parts {
            assert!(Block::read(block(other)).unwrap().is_none(), "{other:?}");
        }
        let wrong =
            [("turn_ns", json!(-1)), ("run_ns", json!(0)), ("sampled_ns", json!(101)), ("ratio", json!("x"))];
        for (field, wrong) in wrong {
            let mut damaged = whole();
            damaged["turns"][1][field] = wrong;
            assert!(Block::read(damaged).unwrap().is_none(), "{field}");
        }
        assert!(Block::read(Value::Null).unwrap().is_none());
    }

    #[test]
    fn its_names_are_harmless() {
        let mut hostile = block(&[None, Some(2.0), None]);
        hostile["turns"][1]["technique"] = json!("<b>");
        assert!(Block::read(hostile).is_err());
        let mut hostile = block(&[None, Some(2.0), None]);
        hostile["workload"] = json!("<b>");
        assert!(Block::read(hostile).is_err());
    }
}
