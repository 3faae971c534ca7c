//! Rows that may be compared: those of one run, workload, case, size and number of workers.

use crate::data::Run;
use crate::number::workers;
use parallax_method::Verdict;
use parallax_record::name::{BASELINE, full};
use parallax_record::summary::{Best, Contrast, Row, RowVerdict, Twin};
use parallax_suite::Size;

/// Rows that may be compared: one run, workload, case, size and number of workers.
pub(crate) struct Group<'a> {
    pub(crate) run: &'a Run,
    pub(crate) workload: &'a str,
    pub(crate) case: &'a str,
    pub(crate) size: Size,
    pub(crate) workers: usize,
    /// Measured ones first, the fastest leading; then the refused.
    pub(crate) rows: Vec<&'a Row>,
    pub(crate) twin: Option<&'a Twin>,
    /// Which of its techniques can be the best; none if the run does not say so.
    pub(crate) best: Option<&'a Best>,
    /// Pairs of its techniques that the run compared.
    pub(crate) contrasts: Vec<&'a Contrast>,
    /// Its machine, if the site shows more than one.
    pub(crate) machine: Option<String>,
}

impl<'a> Group<'a> {
    /// A new group that begins with a row.
    pub(super) fn begin(run: &'a Run, machine: Option<String>, row: &'a Row) -> Self {
        let is = |workload: &str, case: &str, size: Size, workers: usize| {
            (workload, case, size, workers) == (&*row.workload, &*row.case, row.size, row.workers)
        };
        let summary = &run.summary;
        Group {
            run,
            workload: &row.workload,
            case: &row.case,
            size: row.size,
            workers: row.workers,
            rows: vec![row],
            twin: summary.aa.iter().find(|of| is(&of.workload, &of.case, of.size, of.workers)),
            best: summary.best.iter().find(|of| is(&of.workload, &of.case, of.size, of.workers)),
            contrasts: summary
                .contrasts
                .iter()
                .filter(|of| is(&of.workload, &of.case, of.size, of.workers))
                .collect(),
            machine,
        }
    }

    /// Whether it has only the rows that the user's run lacks, so that no verdict on the whole is possible.
    pub(crate) fn is_rest(&self) -> bool {
        self.run.stands_in && self.best.is_none()
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

    /// The row with the figure of a technique.
    pub(crate) fn row(&self, technique: &str) -> Option<&'a Row> {
        self.measured().find(|row| row.technique == technique)
    }

    /// Those that can be the best, according to the run: the fastest first, which may include plain code. None if the
    /// run does not say so.
    pub(crate) fn leaders(&self) -> Vec<&'a Row> {
        let set = self.best.into_iter().flat_map(|best| &best.set);
        set.filter_map(|technique| self.row(technique)).collect()
    }

    /// Whether the run says that a technique cannot be the best.
    pub(crate) fn is_out(&self, technique: &str) -> bool {
        self.best.is_some_and(|best| best.out.iter().any(|out| out == technique))
    }

    /// How many times as fast `a` is as `b`, according to the run: the pair's own contrast, or a row's speedup, which
    /// is a contrast with the baseline.
    pub(crate) fn contrast(&self, a: &str, b: &str) -> Option<Contrast> {
        let own = self.contrasts.iter().find(|contrast| contrast.is_of(a, b)).copied().cloned();
        let over_baseline = || self.over_baseline(if a == BASELINE { b } else { a });
        let found = own.or_else(|| (a == BASELINE || b == BASELINE).then(over_baseline).flatten())?;
        Some(if found.a == a { found } else { found.turned() })
    }

    /// A technique's speedup as a contrast with the baseline.
    fn over_baseline(&self, technique: &str) -> Option<Contrast> {
        let row = self.row(technique).filter(|row| row.technique != BASELINE)?;
        Some(Contrast {
            workload: row.workload.clone(),
            case: row.case.clone(),
            size: row.size,
            workers: row.workers,
            a: technique.to_owned(),
            b: BASELINE.to_owned(),
            blocks: row.blocks,
            ratio: row.ratio.filter(|ratio| *ratio > 0.0)?,
            low: row.ratio_low,
            high: row.ratio_high,
            verdict: match row.verdict {
                Some(RowVerdict::Faster) => Verdict::Faster,
                Some(RowVerdict::Slower) => Verdict::Slower,
                Some(RowVerdict::Same) => Verdict::Same,
                Some(RowVerdict::Undecided | RowVerdict::Baseline) | None => Verdict::Undecided,
            },
            duel: false,
            payback: None,
        })
    }

    /// `julia · medium · 2 workers`, and the machine where there is more than one.
    pub(crate) fn title(&self) -> String {
        let title = format!("{} · {} · {}", full(self.workload, self.case), self.size, workers(self.workers));
        self.machine.iter().fold(title, |title, machine| format!("{title} · {machine}"))
    }
}
