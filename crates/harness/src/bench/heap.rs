//! Counting allocations: once per cell, after all measuring, as the counts are the same on a busy machine.

use super::{Bench, nanoseconds};
use crate::analysis::{GroupFacts, analyse, run_ns};
use crate::heap::Counter;
use crate::progress::Progress;
use crate::share::is_far;
use crate::turn::Patience;
use crate::worker::Interrupted;
use anyhow::Result;
use parallax_method::median;
use parallax_record::journal::{Counted, HeapLine, Line, Role};
use parallax_record::plausible::counted_sanely;
use parallax_runner::clock::now_ns;
use parallax_runner::protocol::{Heap, Measured, Ready};
use std::time::Duration;

/// The share of the budget that is reserved for counting.
pub(crate) const SHARE: f64 = 0.05;

impl Bench<'_> {
    /// The part of the budget that is reserved for counting, in seconds. A sweep does not count.
    pub(super) fn counting_s(&self) -> f64 {
        if self.plan.sweep.is_some() { 0.0 } else { SHARE * self.plan.budget_s }
    }

    /// Counts the cells that have a number and were not counted before the run was resumed, the fastest of each group
    /// first, within the reserved time. A cell that would take longer than the rest of that time is left out.
    pub(super) fn count_allocations(&mut self, progress: &Progress) -> Result<()> {
        let until_ns = now_ns().saturating_add(nanoseconds(self.counting_s()));
        let cells = self.uncounted();
        if cells.is_empty() || self.plan.sweep.is_some() {
            return Ok(());
        }
        let counter = Counter::build().map_err(|why| format!("{why:#}"));
        for Uncounted { group, role, cost_s, .. } in cells {
            let began = now_ns();
            let outcome = match &counter {
                _ if self.is_abroad(group, role) => Counted::Uncounted { reason: ABROAD.into() },
                Ok(_) if began.saturating_add(nanoseconds(cost_s)) > until_ns => continue,
                Ok(counter) => match self.count(counter, (group, role), until_ns, progress) {
                    Ok(heap) => Counted::Counted(heap),
                    Err(why) if why.is::<Interrupted>() => return Err(why),
                    Err(_) if now_ns() >= until_ns => continue,
                    Err(why) => Counted::Uncounted { reason: format!("{why:#}") },
                },
                Err(why) => Counted::Uncounted { reason: why.clone() },
            };
            let turn_ns = (now_ns() - began).max(1);
            self.note(Line::Heap(HeapLine { group, role, variant: VARIANT, turn_ns, outcome }))?;
        }
        Ok(())
    }

    fn count(
        &self,
        counter: &Counter,
        (index, role): (usize, Role),
        until_ns: u64,
        progress: &Progress,
    ) -> Result<Heap> {
        let group = &self.plan.groups[index];
        progress.now(group, role);
        let (launch, wanted) = self.wanted(group, role, VARIANT, &None)?;
        let [start, run] = [self.plan.start_limit_s, self.plan.limit_s].map(Duration::from_secs);
        let heap = counter.count(launch, &wanted, Patience { start, run, until_ns: Some(until_ns) })?;
        counted_sanely(&heap).map(|()| heap)
    }

    /// Whether a cell works on the named hosts.
    fn is_abroad(&self, group: usize, role: Role) -> bool {
        let Role::Technique(cell) = role else { return false };
        !self.plan.hosts.is_empty() && is_far(&self.plan.groups[group].cells[cell].family)
    }

    /// The cells that are to be counted: first the fastest of each group, then the second of each, and so on.
    fn uncounted(&self) -> Vec<Uncounted> {
        let facts = analyse(&self.plan, &self.lines);
        let mut cells: Vec<Uncounted> =
            facts.iter().enumerate().flat_map(|(group, facts)| ranked(group, facts)).collect();
        let is_its = |line: &Line, cell: &Uncounted| match line {
            Line::Heap(heap) => (heap.group, heap.role) == (cell.group, cell.role),
            _ => false,
        };
        cells.retain(|cell| !self.lines.iter().any(|line| is_its(line, cell)));
        cells.sort_by_key(|cell| (cell.rank, cell.group));
        cells
    }
}

const ABROAD: &str = "allocations on other hosts are not counted";

/// The variant of the input that is used for counting.
const VARIANT: u32 = 0;

/// A cell that has a number.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Uncounted {
    group: usize,
    role: Role,
    /// How many cells of its group are faster.
    rank: usize,
    /// The time of one of its turns, in seconds: counting takes no longer.
    cost_s: f64,
}

/// The cells of a group that have a number, the baseline among them, the fastest first.
fn ranked(group: usize, facts: &GroupFacts) -> Vec<Uncounted> {
    let each_ns = |turns: &[(&Ready, &Measured)]| {
        let medians: Vec<f64> = turns.iter().filter_map(|(_, measured)| median(&run_ns(measured))).collect();
        median(&medians)
    };
    let cells = facts.cells.iter().enumerate().filter(|(_, cell)| cell.refused.is_none());
    let cells =
        cells.filter_map(|(index, cell)| Some((each_ns(&cell.turns)?, Role::Technique(index), cell.cost_s)));
    let baseline = each_ns(&facts.baseline).map(|ns| (ns, Role::Baseline, facts.baseline_cost_s));
    let mut all: Vec<(f64, Role, Option<f64>)> = baseline.into_iter().chain(cells).collect();
    all.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
    let cell = |(rank, (_, role, cost_s)): (usize, (f64, Role, Option<f64>))| Uncounted {
        group,
        role,
        rank,
        cost_s: cost_s.unwrap_or_default(),
    };
    all.into_iter().enumerate().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_runner::protocol::Status;
    use serde_json::{from_value, json};

    /// A turn in which a run takes `ns` nanoseconds.
    fn turn(ns: u64) -> (Ready, Measured) {
        let facts = json!({ "items": 1, "unit": "x", "bytes": 0, "flops": 0, "evenness": "even" });
        let ready = json!({ "start_ns": 0, "load_ns": 0, "isa": "", "cores": 1, "facts": facts });
        let sample = json!({ "runs": 1, "wall_ns": ns, "cpu_ns": ns, "check_ns": 0, "stray_ns": 0, "digest": "",
            "minor_faults": 0, "major_faults": 0, "waits": 0, "preemptions": 0 });
        let told =
            json!({ "first_ns": ns, "steady": true, "samples": [sample], "peak_bytes": 1, "threads": 1 });
        (from_value(ready).unwrap(), from_value(told).unwrap())
    }

    #[test]
    fn the_fastest_come_first_and_what_has_no_number_not_at_all() {
        let turns = [300, 100, 200, 50].map(turn);
        let of = |at: usize| vec![(&turns[at].0, &turns[at].1)];
        let mut facts = GroupFacts::of(4);
        (facts.baseline, facts.baseline_cost_s) = (of(0), Some(3.0));
        for (cell, at) in [1, 2, 3].into_iter().enumerate() {
            (facts.cells[cell].turns, facts.cells[cell].cost_s) = (of(at), Some(1.0));
        }
        facts.cells[2].refused = Some((Status::Failed, "it broke later".into()));
        let cell = |role, rank, cost_s| Uncounted { group: 7, role, rank, cost_s };
        let expected = [
            cell(Role::Technique(0), 0, 1.0),
            cell(Role::Technique(1), 1, 1.0),
            cell(Role::Baseline, 2, 3.0),
        ];
        assert_eq!(ranked(7, &facts), expected);
    }
}
