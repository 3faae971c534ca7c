//! Takes the cells that the user's run lacks from the reference run: groups of their own, marked as another machine's.

use crate::data::Run;
use parallax_record::name::BASELINE;
use parallax_record::summary::{Row, Summary};
use parallax_suite::Size;
use std::collections::BTreeSet;

/// Workload, case and technique.
type Cell = (String, String, String);
/// Workload, case, size and number of workers of a group.
type Key = (String, String, Size, usize);

/// If there are runs of the user, reduces each reference run to the cells that those lack, and puts it last.
pub(super) fn lend(runs: Vec<Run>) -> Vec<Run> {
    let (mut all, references): (Vec<Run>, Vec<Run>) = runs.into_iter().partition(|run| !run.reference);
    if all.is_empty() {
        return references;
    }
    let rows = all.iter().flat_map(|run| &run.summary.cells);
    let has: BTreeSet<Cell> = rows.filter(|row| row.is_measured()).map(cell).collect();
    for mut run in references {
        reduce(&mut run.summary, &has);
        run.stands_in = true;
        if !run.summary.cells.is_empty() {
            all.push(run);
        }
    }
    all
}

/// Keeps the measured rows of cells that `has` lacks, each group with its baseline, and the contrasts of such cells. The
/// best set of a group stays only if the group is whole.
fn reduce(summary: &mut Summary, has: &BTreeSet<Cell>) {
    let lacks = |row: &Row| row.is_measured() && !has.contains(&cell(row));
    let others = || summary.cells.iter().filter(|row| row.is_measured() && row.technique != BASELINE);
    let shown: BTreeSet<Key> = others().filter(|row| lacks(row)).map(group).collect();
    let parted: BTreeSet<Key> = others().filter(|row| !lacks(row)).map(group).collect();
    summary.cells.retain(|row| {
        shown.contains(&group(row)) && (lacks(row) || row.technique == BASELINE && row.is_measured())
    });
    let kept = summary.cells.iter().filter(|row| row.technique != BASELINE);
    let lent: BTreeSet<(Key, &str)> = kept.map(|row| (group(row), row.technique.as_str())).collect();
    summary.contrasts.retain(|pair| {
        let key = (pair.workload.clone(), pair.case.clone(), pair.size, pair.workers);
        [&pair.a, &pair.b].iter().any(|technique| lent.contains(&(key.clone(), technique.as_str())))
    });
    summary.best.retain(|best| {
        let key = (best.workload.clone(), best.case.clone(), best.size, best.workers);
        shown.contains(&key) && !parted.contains(&key)
    });
}

fn cell(row: &Row) -> Cell {
    (row.workload.clone(), row.case.clone(), row.technique.clone())
}

fn group(row: &Row) -> Key {
    (row.workload.clone(), row.case.clone(), row.size, row.workers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn run(reference: bool, cells: &[(&str, &str, bool)]) -> Run {
        let row = |(workload, technique, measured): &(&str, &str, bool)| {
            let status = if *measured { "measured" } else { "unavailable" };
            json!({ "workload": workload, "technique": technique, "family": "f", "size": "tiny", "status": status,
                    "time_ns_median": measured.then_some(1.0), "ratio": measured.then_some(1.0) })
        };
        let pair = |a: &str, b: &str| json!({ "workload": "w", "size": "tiny", "workers": 0, "a": a, "b": b, "blocks": 9, "ratio": 2.0, "verdict": "faster" });
        let best = |workload: &str| json!({ "workload": workload, "case": "", "size": "tiny", "workers": 0, "set": ["x"], "out": [], "behind": {}, "ranks": {} });
        let summary = json!({ "schema": 1, "cells": cells.iter().map(row).collect::<Vec<Value>>(),
            "contrasts": [pair("x", "a"), pair("x", "y"), pair("y", "z")], "best": [best("w"), best("v")] });
        let gathered =
            json!({ "schema": 2, "runs": [{ "name": "r", "reference": reference, "summary": summary }] });
        crate::data::Gathered::parse(&gathered.to_string()).unwrap().runs.pop().unwrap()
    }

    fn names(run: &Run) -> Vec<String> {
        run.summary.cells.iter().map(|row| format!("{}/{}", row.workload, row.technique)).collect()
    }

    #[test]
    fn a_reference_run_lends_what_the_user_s_lacks_and_no_more() {
        let own = [
            ("w", BASELINE, true),
            ("w", "x", true),
            ("w", "a", true),
            ("w", "y", false),
            ("u", BASELINE, true),
        ];
        let kept = [
            ("w", BASELINE, true),
            ("w", "x", true),
            ("w", "a", true),
            ("w", "y", true),
            ("w", "z", true),
            ("w", "none", false),
            ("v", BASELINE, true),
            ("v", "x", true),
            ("u", BASELINE, true),
        ];
        let all = lend(vec![run(true, &kept), run(false, &own)]);
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].stands_in, all[0].summary.cells.len()),
            (false, 5),
            "the user's run is whole and first"
        );
        let lent = &all[1];
        assert!(lent.stands_in);
        assert_eq!(names(lent), ["w/sequential", "w/y", "w/z", "v/sequential", "v/x"]);
        let pairs: Vec<(&str, &str)> =
            lent.summary.contrasts.iter().map(|pair| (&*pair.a, &*pair.b)).collect();
        assert_eq!(pairs, [("x", "y"), ("y", "z")], "the user's run has x and a");
        let best: Vec<&str> = lent.summary.best.iter().map(|best| &*best.workload).collect();
        assert_eq!(best, ["v"], "the best of w is not known without x");
    }

    #[test]
    fn a_reference_run_that_has_nothing_to_lend_is_not_there() {
        let cells = [("w", BASELINE, true), ("w", "x", true)];
        assert_eq!(lend(vec![run(true, &cells), run(false, &cells)]).len(), 1);
    }

    #[test]
    fn alone_it_is_whole() {
        let all = lend(vec![run(true, &[("w", BASELINE, true), ("w", "x", true), ("w", "y", false)])]);
        assert!(!all[0].stands_in && all[0].summary.cells.len() == 3 && all[0].summary.best.len() == 2);
    }
}
