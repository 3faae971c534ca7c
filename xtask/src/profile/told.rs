//! The tables of a profile: where the time went, by function and by library, and the counts.

use super::counts::Count;
use super::score::{self, Share};
use super::seen::{Frame, Seen, Took};
use anyhow::Result;
use parallax_harness::style::Paint;
use parallax_harness::table::{Cell, Column, Format, Table, tell};
use parallax_harness::units;
use std::fmt::Write;
use std::path::Path;

/// How many functions and libraries the text shows.
const SHOWN: usize = 15;

/// Functions below this share are left out.
const LEAST_PERCENT: f64 = 0.1;

/// The whole report of a profile.
pub(crate) struct Told<'a> {
    pub(crate) lines: &'a [String],
    pub(crate) warnings: &'a [String],
    pub(crate) seen: &'a Seen,
    /// The unit of the weights.
    pub(crate) unit: &'a str,
    pub(crate) counts: &'a [Count],
    /// Empty except for the fixture.
    pub(crate) shares: &'a [Share],
    pub(crate) picture: &'a Path,
}

impl Told<'_> {
    /// Prints it: as text, or as one table in the other formats.
    ///
    /// # Errors
    ///
    /// If standard output cannot be written.
    pub(crate) fn print(&self, format: Format) -> Result<()> {
        if format != Format::Text {
            return self.rows().print(format);
        }
        let (width, coloured) =
            (parallax_harness::table::terminal_width(), parallax_harness::style::coloured());
        tell(&self.text(width, coloured))
    }

    fn text(&self, width: usize, coloured: bool) -> String {
        let wrapped = |line: &str| {
            textwrap::fill(line, textwrap::Options::new(width).break_words(false).subsequent_indent("  "))
                + "\n"
        };
        let mut text: String = self.lines.iter().map(|line| wrapped(line)).collect();
        for table in [self.functions(), self.libraries(), self.counted(), self.scored()] {
            if !table.is_empty() {
                let _ = write!(text, "\n{}", table.render(Format::Text, width, coloured));
            }
        }
        text.push('\n');
        if let Some(score) = self.score() {
            let _ = writeln!(text, "score: L1 error {score:.1} points");
        }
        for warning in self.warnings {
            text += &wrapped(&format!("{} {warning}", Paint::Yellow.over("warning:", coloured)));
        }
        let _ = writeln!(text, "{}", self.picture.display());
        text
    }

    fn score(&self) -> Option<f64> {
        (!self.shares.is_empty()).then(|| score::l1_points(self.shares))
    }

    fn functions(&self) -> Table {
        let mut table = Table::new([
            Column::text("function", "function").cut(),
            Column::text("library", "library").cut(),
            Column::number("self", "self_percent"),
            Column::number("inclusive", "inclusive_percent"),
        ]);
        for (frame, took) in self.worth_telling().take(SHOWN) {
            let [own, inclusive] = self.percents(took);
            table.row([frame.function.clone().into(), frame.library.clone().into(), own, inclusive]);
        }
        table
    }

    /// The functions with at least [`LEAST_PERCENT`] of the weight.
    fn worth_telling(&self) -> impl Iterator<Item = (&Frame, Took)> {
        let least = LEAST_PERCENT * self.seen.total() as f64 / 100.0;
        self.seen.by_function().into_iter().filter(move |(_, took)| took.inclusive as f64 >= least)
    }

    fn libraries(&self) -> Table {
        let mut table = Table::new([
            Column::text("library", "library").cut(),
            Column::number("self", "self_percent"),
            Column::number("inclusive", "inclusive_percent"),
        ]);
        for (library, took) in self.seen.by_library().into_iter().take(SHOWN) {
            let [own, inclusive] = self.percents(took);
            table.row([library.into(), own, inclusive]);
        }
        table
    }

    fn counted(&self) -> Table {
        let mut table = Table::new([Column::text("in a run", "count"), Column::text("number", "number")]);
        // counts that are missing for the same reason share a row
        for counts in self.counts.chunk_by(|one, next| one.each.is_err() && one.each == next.each) {
            let titles: Vec<&str> = counts.iter().map(|count| count.title).collect();
            table.row([titles.join(", ").into(), value(&counts[0])]);
        }
        table
    }

    fn scored(&self) -> Table {
        let mut table = Table::new([
            Column::text("fixture's function", "function").kept(),
            Column::number("right", "right_percent"),
            Column::number("seen", "seen_percent"),
        ]);
        for Share { function, right, seen } in self.shares {
            table.row([(*function).into(), percent(*right), percent(*seen)]);
        }
        table
    }

    /// Everything in one table: a row each, with its kind.
    fn rows(&self) -> Table {
        let columns = ["kind", "name", "library"].map(|key| Column::text(key, key));
        let figures = ["self_percent", "inclusive_percent", "value"].map(|key| Column::number(key, key));
        let mut table =
            Table::new(columns.into_iter().chain(figures).chain([Column::text("reason", "reason")]));
        let none = || Cell::none("");
        for (frame, took) in self.worth_telling() {
            let [own, inclusive] = self.percents(took);
            let names = ["function".into(), frame.function.clone().into(), frame.library.clone().into()];
            table.row(names.into_iter().chain([own, inclusive, none(), none()]));
        }
        for (library, took) in self.seen.by_library() {
            let [own, inclusive] = self.percents(took);
            table.row(["library".into(), library.into(), library.into(), own, inclusive, none(), none()]);
        }
        let mut row = |kind: &str, name: &str, value: Cell, reason: Cell| {
            table.row([kind.into(), name.into(), none(), none(), none(), value, reason]);
        };
        row("total", self.unit, Cell::new(units::count(self.seen.total()), self.seen.total()), none());
        for count in self.counts {
            let reason = count.each.as_ref().err().map_or_else(none, |why| why.clone().into());
            row("count", count.key, value(count), reason);
        }
        for share in self.shares {
            row(
                "share",
                share.function,
                Cell::new(format!("{:.2}", share.seen), rounded(share.seen)),
                none(),
            );
        }
        if let Some(score) = self.score() {
            row("score", "l1_error_points", Cell::new(format!("{score:.2}"), rounded(score)), none());
        }
        for (kind, lines) in [("line", self.lines), ("warning", self.warnings)] {
            for line in lines {
                row(kind, kind, none(), line.clone().into());
            }
        }
        row("picture", &self.picture.display().to_string(), none(), none());
        table
    }

    fn percents(&self, took: Took) -> [Cell; 2] {
        let total = self.seen.total().max(1) as f64;
        [took.own, took.inclusive].map(|part| percent(100.0 * part as f64 / total))
    }
}

fn percent(percent: f64) -> Cell {
    Cell::new(format!("{percent:.1} %"), rounded(percent))
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The number of a run, or the reason, which is in its own column for programs.
fn value(count: &Count) -> Cell {
    match &count.each {
        Ok(ns) if count.key.ends_with("_ns") => Cell::new(units::time(*ns), rounded(*ns)),
        Ok(bytes) if count.key.ends_with("_bytes") => Cell::new(units::bytes(*bytes as u64), rounded(*bytes)),
        Ok(each) if *each < 10.0 => Cell::new(format!("{each:.2}"), rounded(*each)),
        Ok(each) => Cell::new(units::count(each.round() as u64), rounded(*each)),
        Err(why) => Cell::none(format!("none: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::seen::by_hand;
    use std::path::PathBuf;

    fn with(check: impl Fn(&Told<'_>)) {
        let long = format!("_start main {}", "a_long_name::".repeat(20));
        let seen = by_hand(&[(1, 1, "_start main julia"), (1, 2, "_start main julia"), (1, 3, &long)]);
        let counts = [
            Count { title: "instructions", key: "instructions", each: Err("hidden".into()) },
            Count { title: "cycles", key: "cycles", each: Err("hidden".into()) },
            Count { title: "CPU time", key: "cpu_ns", each: Ok(1.5e6) },
            Count { title: "memory allocated", key: "allocated_bytes", each: Ok(2048.0) },
        ];
        let shares = [Share { function: "spins_55_percent", right: 55.0, seen: 50.0 }];
        let (lines, warnings) = (["julia/rayon".to_owned()], ["stacks were not followed".to_owned()]);
        let picture = PathBuf::from("/tmp/x.svg");
        check(&Told {
            lines: &lines,
            warnings: &warnings,
            seen: &seen,
            unit: "looks",
            counts: &counts,
            shares: &shares,
            picture: &picture,
        });
    }

    #[test]
    fn people_read_it_at_80_columns() {
        with(|told| {
            let text = told.text(80, false);
            assert!(text.lines().all(|line| textwrap::core::display_width(line) <= 80), "{text}");
            let line = |begins: &str| text.lines().find(|line| line.starts_with(begins)).unwrap_or("");
            assert!(line("julia ").contains("66.7 %"), "{text}");
            assert!(
                line("instructions, cycles").contains("none: hidden") && line("CPU time").contains("1.50 ms"),
                "{text}"
            );
            assert!(line("memory allocated").contains("2.00 KiB"), "{text}");
            assert!(
                text.contains("score: L1 error 5.0 points") && text.contains("warning: stacks were"),
                "{text}"
            );
        });
    }

    #[test]
    fn programs_read_one_table() {
        with(|told| {
            let json = told.rows().render(Format::Json, 80, false);
            let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
            let of = |kind: &str, name: &str| {
                rows.iter()
                    .find(|row| row["kind"] == kind && row["name"] == name)
                    .unwrap_or_else(|| panic!("{json}"))
            };
            assert_eq!(of("function", "julia")["self_percent"], 66.667);
            assert_eq!(of("library", "worker")["inclusive_percent"], 100.0);
            assert!(of("count", "instructions")["value"].is_null());
            assert_eq!(of("count", "instructions")["reason"], "hidden");
            assert_eq!(of("count", "cpu_ns")["value"], 1.5e6);
            assert_eq!(of("count", "allocated_bytes")["value"], 2048.0);
            assert_eq!(of("score", "l1_error_points")["value"], 5.0);
            assert_eq!(of("warning", "warning")["reason"], "stacks were not followed");
            let csv = told.rows().render(Format::Csv, 80, false);
            assert_eq!(csv.lines().count(), 1 + rows.len());
        });
    }
}
