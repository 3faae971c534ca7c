//! Rows that stand side by side: of one run, workload, case, size and number of workers, and of nothing else.

use super::full;
use crate::data::{Row, Run, Twin};

/// Rows that may be compared: one run, workload, case, size and number of workers.
pub(crate) struct Group<'a> {
    pub(crate) run: &'a Run,
    pub(crate) workload: &'a str,
    pub(crate) case: &'a str,
    pub(crate) size: &'a str,
    pub(crate) workers: usize,
    /// Measured ones first, the fastest leading; then the refused.
    pub(crate) rows: Vec<&'a Row>,
    pub(crate) twin: Option<&'a Twin>,
    /// Which machine it is of, where the site shows more than one.
    pub(crate) machine: Option<String>,
}

impl<'a> Group<'a> {
    /// The group that a row begins.
    pub(super) fn begin(run: &'a Run, machine: Option<String>, row: &'a Row) -> Self {
        let is = |twin: &&Twin| {
            (&twin.workload, &twin.case, &twin.size, twin.workers)
                == (&row.workload, &row.case, &row.size, row.workers)
        };
        Group {
            run,
            workload: &row.workload,
            case: &row.case,
            size: &row.size,
            workers: row.workers,
            rows: vec![row],
            twin: run.summary.aa.iter().find(is),
            machine,
        }
    }

    /// Sorts the rows.
    pub(super) fn rank(&mut self) {
        self.rows.sort_by(|a, b| {
            let speed = |row: &Row| if row.is_measured() { row.ratio.unwrap_or(0.0) } else { -1.0 };
            speed(b).total_cmp(&speed(a)).then_with(|| a.technique.cmp(&b.technique))
        });
    }

    /// Those with a figure, the fastest first.
    pub(crate) fn measured(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().copied().filter(|row| row.is_measured())
    }

    /// Those without, by technique.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().copied().filter(|row| !row.is_measured())
    }

    /// Those that are faster than plain code, and of which no other is sure to be faster: no interval lies wholly
    /// above their own. A cell of one block, which has none, drives nobody out and does not lead.
    pub(crate) fn leaders(&self) -> Vec<&'a Row> {
        let surest = self.measured().filter_map(|row| row.ratio_low).fold(0.0, f64::max);
        let may_lead = |row: &&Row| {
            row.verdict.as_deref() == Some("faster") && row.ratio_high.is_some_and(|high| high >= surest)
        };
        self.measured().filter(may_lead).collect()
    }

    /// `julia · medium · 2 workers`, and the machine where there is more than one.
    pub(crate) fn title(&self) -> String {
        let workers = if self.workers == 1 { "1 worker".into() } else { format!("{} workers", self.workers) };
        let title = format!("{} · {} · {workers}", full(self.workload, self.case), self.size);
        self.machine.iter().fold(title, |title, machine| format!("{title} · {machine}"))
    }
}
