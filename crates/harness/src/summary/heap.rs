//! The allocations of a run of each row, or why they are unknown.

use parallax_record::journal::{Counted, HeapLine, Line, Role};
use parallax_record::plan::Plan;
use parallax_record::summary::{Row, RowStatus};

/// Fills in the allocations of a group's rows: the baseline's, and then one for each of its cells.
pub(super) fn fill(rows: &mut [Row], plan: &Plan, lines: &[Line], group: usize) {
    let roles = [Role::Baseline].into_iter().chain((0..).map(Role::Technique));
    for (row, role) in rows.iter_mut().zip(roles) {
        if row.status != RowStatus::Measured {
            continue; // its reason is that of the row
        }
        match outcome(lines, group, role) {
            Some(Counted::Counted(heap)) => {
                row.allocations = Some(heap.allocations);
                row.allocated_bytes = Some(heap.bytes);
                row.held_bytes = Some(heap.peak_bytes);
            }
            Some(Counted::Uncounted { reason }) => row.allocations_reason = Some(reason.clone()),
            None if plan.sweep.is_some() => row.allocations_reason = Some(NOT_OF_SWEEPS.into()),
            None => row.allocations_reason = Some(NOT_REACHED.into()),
        }
    }
}

const NOT_OF_SWEEPS: &str = "a sweep does not count allocations; `cargo xtask bench` does";

const NOT_REACHED: &str = "the run had no time to count allocations, or is from an older version; `cargo xtask profile CELL` counts them";

/// The result of counting a cell, the last time that it was tried.
fn outcome(lines: &[Line], group: usize, role: Role) -> Option<&Counted> {
    lines.iter().rev().find_map(|line| match line {
        Line::Heap(HeapLine { group: of, role: by, outcome, .. }) if (*of, *by) == (group, role) => {
            Some(outcome)
        }
        _ => None,
    })
}
