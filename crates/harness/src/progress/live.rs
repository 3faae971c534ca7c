//! What is known so far of the workload that is measured: a small table that grows while the run goes on.

use crate::judgement::Judged;
use crate::table::{Cell, Column, Format, Table};
use crate::units;
use parallax_method::{Estimate, Verdict};
use parallax_record::plan::Group;

/// More rows would push what was said before out of a small terminal.
const MOST_ROWS: usize = 6;

/// From this width on there is room for intervals.
const WIDE: usize = 72;

/// The techniques of a group that have a number, the fastest first, in lines of at most `width` characters.
pub(super) fn lines(group: &Group, judged: &Judged, width: usize) -> String {
    let mut known: Vec<(&str, &Estimate, Option<Verdict>)> = (group.cells.iter())
        .zip(judged.estimates.iter().zip(&judged.verdicts))
        .filter_map(|(cell, (estimate, verdict))| Some((&*cell.technique, estimate.as_ref()?, *verdict)))
        .collect();
    known.sort_by(|a, b| b.1.log_mean.total_cmp(&a.1.log_mean));
    if known.is_empty() {
        return String::new();
    }
    let mut columns = vec![
        Column::text(&group.work(), "technique").kept(),
        Column::number("speedup", "ratio"),
        Column::text("verdict", "verdict").kept(),
    ];
    let is_wide = width >= WIDE;
    if is_wide {
        columns.extend(["low", "high", "blocks"].map(|title| Column::number(title, title)));
    }
    let mut table = Table::new(columns);
    let ratio = |value: Option<f64>| Cell::from(value.map_or("?".into(), units::ratio));
    for (technique, estimate, verdict) in known.iter().take(MOST_ROWS) {
        let mut row = vec![(*technique).into(), ratio(Some(estimate.ratio())), word(*verdict).into()];
        if is_wide {
            let blocks = Cell::from(estimate.blocks.to_string());
            row.extend([ratio(estimate.low()), ratio(estimate.high()), blocks]);
        }
        table.row(row);
    }
    let mut text = table.render(Format::Text, width, false);
    if let Some(more @ 1..) = known.len().checked_sub(MOST_ROWS) {
        text += &format!("and {more} more");
    }
    let cut = |line: &str| line.chars().take(width).collect::<String>();
    text.trim_end().lines().map(cut).collect::<Vec<_>>().join("\n")
}

fn word(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Faster) => "faster",
        Some(Verdict::Slower) => "slower",
        Some(Verdict::Same) => "same",
        Some(Verdict::Undecided) | None => "unclear yet",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::judgement::Judgement;
    use crate::store::tests::published;

    #[test]
    fn the_table_of_a_real_run_is_short_and_has_the_fastest_first() {
        let (_home, runs) = published(&["2026-01-01T00-00-00Z"]);
        let [run] = runs.as_slice() else { panic!("one run was published") };
        let facts = analyse(&run.plan, run.lines());
        let judgement = Judgement::of(&facts);
        let mut most = 0;
        for (group, judged) in run.plan.groups.iter().zip(&judgement.groups) {
            let known = judged.estimates.iter().flatten().count();
            for width in [80, 48] {
                let said = lines(group, judged, width);
                assert!(said.lines().all(|line| line.chars().count() <= width), "{said}");
                let shown = said.lines().count();
                let expected = known.min(MOST_ROWS) + usize::from(known > 0) + usize::from(known > MOST_ROWS);
                assert_eq!(shown, expected, "of {known} rows: {said}");
                most = most.max(shown);
            }
            let best = judged.estimates.iter().flatten().map(Estimate::ratio).fold(0.0, f64::max);
            let first = lines(group, judged, 80).lines().nth(1).map(str::to_owned);
            assert!(first.is_none_or(|line| line.contains(&units::ratio(best))), "{best}");
        }
        assert!(most > 2, "the published run has groups of several rows");
    }

    #[test]
    fn nothing_is_shown_before_the_first_number() {
        let (_home, runs) = published(&["2026-01-01T00-00-00Z"]);
        let facts = analyse(&runs[0].plan, &[]);
        let judgement = Judgement::of(&facts);
        assert_eq!(lines(&runs[0].plan.groups[0], &judgement.groups[0], 80), "");
    }
}
