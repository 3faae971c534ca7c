//! The speedups of a group as a picture: each technique with its interval on one scale.

use super::group::{Group, is_measured};
use super::rows::speedup;
use crate::scale_line::ScaleLine;
use crate::table::{Cell, Column, Table};
use parallax_record::summary::Row;

/// The widths of a drawing: less shows no difference, and more is hard to follow.
const WIDTHS: [usize; 2] = [21, 61];

/// A line for each technique that has a number, the fastest first, in `width` characters with names and figures.
pub(super) fn table(group: &Group, width: usize) -> Table {
    let rows: Vec<&Row> = group.rows.iter().copied().filter(|row| is_measured(row)).collect();
    let longest =
        |of: &dyn Fn(&Row) -> String| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let before = longest(&|row| row.technique.clone()).max(9)
        + longest(&|row| speedup(row, group.baseline).shown().to_owned()).max(7);
    let room = width.saturating_sub(before + 4).clamp(WIDTHS[0], WIDTHS[1]);
    let scale = ScaleLine::of(rows.iter().filter_map(|row| Some(row.ratio?.ln())), room);
    let drawn = |row: &Row| {
        let half = row.ratio_low.zip(row.ratio_high).map_or(0.0, |(low, high)| (high / low).ln() / 2.0);
        row.ratio.map_or(String::new(), |ratio| scale.draw(ratio.ln(), half))
    };
    let mut table = Table::new([
        Column::text("technique", "technique").kept(),
        Column::number("speedup", "ratio"),
        Column::text(&scale.axis(), "plot").kept(),
    ]);
    for row in rows {
        table.row([row.technique.as_str().into(), speedup(row, group.baseline), Cell::new(drawn(row), "")]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::sample::{missing, row, summary};
    use super::super::{Detail, words};
    use crate::table::Format;
    use std::path::Path;
    use textwrap::core::display_width;

    #[test]
    fn each_measured_technique_has_its_interval_on_one_scale() {
        let rows = vec![
            row("a", 4.0, (3.5, 4.6), "faster"),
            row("a-technique-of-a-long-name", 0.5, (0.1, 2.5), "undecided"),
            missing("b"),
        ];
        let plot = Detail { plot: true, ..Detail::default() };
        let said = words(&summary(rows), Path::new("run"), Format::Text, &plot).unwrap();
        assert!(said.lines().all(|line| display_width(line) <= 80), "{said}");
        let line =
            |name: &str| said.lines().find(|line| line.starts_with(name) && line.contains('█')).unwrap();
        let place = |name: &str| line(name).chars().position(|sign| sign == '█').unwrap();
        assert!(place("a-technique") < place("sequential") && place("sequential") < place("a  "), "{said}");
        let length = |name: &str| line(name).chars().filter(|sign| *sign == '─').count();
        assert!(length("a  ") > 0 && length("a  ") < length("a-technique"), "{said}");
        assert_eq!(length("sequential"), 0, "{said}");
        assert!(!said.lines().any(|line| line.starts_with("b ") && line.contains('█')), "{said}");
    }
}
