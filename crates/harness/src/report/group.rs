//! A group in the report: its rows, the fastest first, and their comparisons.

use crate::{units, workspace};
use parallax_record::name::{BASELINE, full};
use parallax_record::summary::{Best, Contrast, Row, RowStatus, RowVerdict, Summary, Twin};
use parallax_suite::Size;

/// Workload, case, size and workers.
pub(super) type Key<'a> = (&'a str, &'a str, Size, usize);

/// A part of a summary that belongs to a group.
pub(super) trait InGroup {
    /// The key of that group.
    fn key(&self) -> Key<'_>;
}

macro_rules! in_group {
    ($($type:ty),*) => {$(
        impl InGroup for $type {
            fn key(&self) -> Key<'_> {
                (&self.workload, &self.case, self.size, self.workers)
            }
        }
    )*};
}

in_group!(Best, Contrast, Row, Twin);

/// The rows that can be compared with each other.
pub(super) struct Group<'a> {
    /// The baseline against itself.
    pub(super) twin: &'a Twin,
    /// The fastest first, then those without a ratio.
    pub(super) rows: Vec<&'a Row>,
    /// The techniques that can be the best; none in summaries of older versions.
    pub(super) best: Option<&'a Best>,
    contrasts: Vec<&'a Contrast>,
    /// The baseline of the ratios.
    pub(super) baseline: &'a str,
}

impl<'a> Group<'a> {
    /// The groups of a run whose ratios are against `baseline`.
    pub(super) fn all(summary: &'a Summary, baseline: &'a str) -> Vec<Self> {
        summary.aa.iter().map(|twin| Self::of(summary, twin, baseline)).collect()
    }

    fn of(summary: &'a Summary, twin: &'a Twin, baseline: &'a str) -> Self {
        let mut rows = members(&summary.cells, twin.key());
        let rank = |row: &Row| row.ratio.unwrap_or(f64::NEG_INFINITY);
        rows.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        let best = summary.best.iter().find(|best| best.key() == twin.key());
        Group { twin, rows, best, contrasts: members(&summary.contrasts, twin.key()), baseline }
    }

    /// `workload` or `workload:case`.
    pub(super) fn work(&self) -> String {
        full(&self.twin.workload, &self.twin.case)
    }

    /// The title of its table.
    pub(super) fn title(&self) -> String {
        let workers = units::things(self.twin.workers, "worker");
        let isa = self.isa().map_or(String::new(), |isa| format!(" · {isa}"));
        let size = if workspace::is_own() { String::new() } else { format!(" · {}", self.twin.size) };
        format!("{}{size} · {workers}{isa}", self.work())
    }

    /// The instruction set of all rows, if they share one; else it needs a column.
    pub(super) fn isa(&self) -> Option<&'a str> {
        let mut sets = self.rows.iter().filter_map(|row| row.isa.as_deref());
        let first = sets.next()?;
        sets.all(|isa| isa == first).then_some(first)
    }

    /// The row of a technique that was measured.
    pub(super) fn measured(&self, technique: &str) -> Option<&'a Row> {
        self.rows.iter().copied().find(|row| row.technique == technique && is_measured(row))
    }

    /// The rows that can get a verdict: those that have a number, or only lack time.
    pub(super) fn judged(&self) -> impl Iterator<Item = &'a Row> {
        let may_have_one = |row: &&Row| is_measured(row) || row.status == RowStatus::NotReached;
        self.rows.iter().copied().filter(|row| row.technique != self.baseline).filter(may_have_one)
    }

    /// Whether two techniques are shown to be the same, within 3 %.
    pub(super) fn same(&self, a: &str, b: &str) -> bool {
        let row_says = |of: &str| self.measured(of).is_some_and(|row| row.verdict == Some(RowVerdict::Same));
        match (a == self.baseline, b == self.baseline) {
            (true, _) => row_says(b),
            (_, true) => row_says(a),
            _ => self.contrast(a, b).is_some_and(|(of, _)| of.verdict == parallax_method::Verdict::Same),
        }
    }

    /// The contrast of two techniques, and whether it is stored in the other order.
    pub(super) fn contrast(&self, a: &str, b: &str) -> Option<(&'a Contrast, bool)> {
        let of = |one: &str, other: &str| {
            self.contrasts.iter().copied().find(|contrast| contrast.a == one && contrast.b == other)
        };
        of(a, b).map(|found| (found, false)).or_else(|| of(b, a).map(|found| (found, true)))
    }
}

/// The members of a group, in their order.
fn members<'a, T: InGroup>(all: &'a [T], key: Key) -> Vec<&'a T> {
    all.iter().filter(|one| one.key() == key).collect()
}

/// Whether it has a number.
pub(super) fn is_measured(row: &Row) -> bool {
    row.status == RowStatus::Measured
}

/// Whether it was dropped, because it cannot be the best.
pub(super) fn is_out(row: &Row) -> bool {
    row.stop_reason.as_deref() == Some("out")
}

/// Whether it has no verdict, though more blocks could give it one.
pub(super) fn is_unclear(row: &Row) -> bool {
    row.verdict == Some(RowVerdict::Undecided) && !is_out(row)
}

/// Whether its verdict is known, or no longer wanted.
pub(super) fn is_decided(row: &Row) -> bool {
    is_out(row) || matches!(row.verdict, Some(RowVerdict::Faster | RowVerdict::Slower | RowVerdict::Same))
}

/// Whether ratios are against the plain sequential code, as they are measured.
pub(super) fn is_usual(baseline: &str) -> bool {
    baseline == BASELINE
}
