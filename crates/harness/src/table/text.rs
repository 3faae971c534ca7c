//! Tables as aligned text for a terminal: columns two spaces apart, of which the widest are wrapped first.

use super::{Align, Cell, Column, Fit, USUAL_WIDTH};
use crate::style::{Paint, visible};
use textwrap::{Options, WordSplitter, core::display_width};

/// The spaces between two columns.
const GAP: usize = 2;
/// A column of words is not made narrower than this: below it, wrapped text is unreadable.
const NARROW: usize = 12;

/// Lays the table out in `width` columns of a terminal.
pub(super) fn render(columns: &[Column], rows: &[Vec<Cell>], width: usize, coloured: bool) -> String {
    let titles = columns.iter().map(|column| Cell::new(&column.title, "").paint(Paint::Bold)).collect();
    let texts: Vec<Vec<Shown>> =
        std::iter::once(&titles).chain(rows).map(|row| row.iter().map(shown).collect()).collect();
    let widths = widths(columns, &texts, width);
    let taken = widths.iter().sum::<usize>() + GAP * columns.len().saturating_sub(1);
    if taken > width && width < USUAL_WIDTH {
        return stacked(&texts, width, coloured);
    }
    let lines = texts.iter().flat_map(|row| lines(columns, row, &widths, coloured));
    lines.map(|line| line + "\n").collect()
}

/// Row by row, for terminals in which the columns do not fit side by side: the first cell, and below it each
/// other one after its title.
fn stacked(texts: &[Vec<Shown>], width: usize, coloured: bool) -> String {
    let Some((titles, rows)) = texts.split_first() else { return String::new() };
    let mut out = String::new();
    for row in rows {
        for (i, (title, cell)) in titles.iter().zip(row).enumerate() {
            let line = match (title.text.as_str(), cell.text.trim_end()) {
                (_, "") => continue,
                (_, text) if i == 0 => text.to_owned(),
                ("", text) => format!("  {}", text.trim_start()),
                (title, text) => format!("  {title}: {}", text.trim_start()),
            };
            let options = Options::new(width).subsequent_indent("    ");
            let options = options.word_splitter(WordSplitter::NoHyphenation);
            for line in textwrap::wrap(&line, options) {
                out += &cell.paint.over(line, coloured);
                out.push('\n');
            }
        }
    }
    out
}

/// A cell ready to be printed.
struct Shown {
    text: String,
    paint: Paint,
}

fn shown(cell: &Cell) -> Shown {
    Shown { text: visible(&cell.text).into_owned(), paint: cell.paint }
}

/// The width of each column.
fn widths(columns: &[Column], rows: &[Vec<Shown>], width: usize) -> Vec<usize> {
    let natural = |i: usize| rows.iter().map(|row| display_width(&row[i].text)).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..columns.len()).map(natural).collect();
    let floor = |i: usize| display_width(&columns[i].title).max(NARROW);
    let gaps = GAP * columns.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > width {
        let gives = |&i: &usize| columns[i].fit != Fit::Keep && widths[i] > floor(i);
        let Some(widest) = (0..columns.len()).filter(gives).max_by_key(|&i| widths[i]) else { break };
        widths[widest] -= 1;
    }
    widths
}

/// The lines of a row.
fn lines(columns: &[Column], row: &[Shown], widths: &[usize], coloured: bool) -> Vec<String> {
    let fragments: Vec<Vec<String>> = columns
        .iter()
        .zip(row)
        .zip(widths)
        .map(|((column, cell), &width)| fit(&cell.text, column.fit, width))
        .collect();
    let height = fragments.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let line = |k: usize| {
        let mut line = String::new();
        let mut blank = 0; // spaces are written only once something follows them
        for (i, column) in columns.iter().enumerate() {
            let text = fragments[i].get(k).map_or("", String::as_str).trim_end();
            let pad = widths[i].saturating_sub(display_width(text));
            let (before, after) = if column.align == Align::Right { (pad, 0) } else { (0, pad) };
            if !text.is_empty() {
                line += &" ".repeat(blank + before);
                line += &row[i].paint.over(text, coloured);
                blank = 0;
            } else {
                blank += before;
            }
            blank += after + GAP;
        }
        line
    };
    (0..height).map(line).collect()
}

/// The lines of a text in a column of `width`.
fn fit(text: &str, fit: Fit, width: usize) -> Vec<String> {
    if display_width(text) <= width {
        return vec![text.to_owned()];
    }
    match fit {
        Fit::Keep => vec![text.to_owned()],
        Fit::Wrap => {
            // Lines do not break at hyphens, which are part of a command's options here.
            let options = Options::new(width).word_splitter(WordSplitter::NoHyphenation);
            textwrap::wrap(text, options).into_iter().map(Into::into).collect()
        }
        Fit::Cut => {
            let mut kept = text.to_owned();
            while display_width(&kept) + 1 > width && kept.pop().is_some() {}
            vec![kept.trim_end().to_owned() + "…"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Format, Table};
    use proptest::prelude::*;

    fn table(fit: fn(Column) -> Column) -> Table {
        let columns = [
            Column::text("cell", "cell").kept(),
            Column::number("time", "time_ns"),
            fit(Column::text("reason", "reason")),
        ];
        let mut table = Table::new(columns);
        table.row(["julia/rayon".into(), "1.20 ms".into(), "".into()]);
        table.row([
            "x".into(),
            "—".into(),
            "it needs MPI: apt install libopenmpi-dev, then --features mpi".into(),
        ]);
        table
    }

    #[test]
    fn columns_line_up_and_words_wrap() {
        assert_eq!(
            table(|c| c).render(Format::Text, 45, false),
            "cell            time  reason\n\
             julia/rayon  1.20 ms\n\
             x                  —  it needs MPI: apt\n\
             \x20                     install libopenmpi-dev,\n\
             \x20                     then --features mpi\n"
        );
    }

    #[test]
    fn a_cut_column_keeps_to_one_line() {
        let said = table(Column::cut).render(Format::Text, 45, false);
        assert_eq!(said.lines().last(), Some("x                  —  it needs MPI: apt inst…"));
        assert!(table(Column::kept).render(Format::Text, 45, false).ends_with("--features mpi\n"));
    }

    #[test]
    fn colour_takes_no_room_and_ends_with_its_line() {
        let mut table = Table::new([Column::text("a", "a"), Column::text("b", "b")]);
        let words = "one two three four five six seven";
        table.row([Cell::from(words).paint(Paint::Red), Cell::from("y")]);
        let said = table.render(Format::Text, 20, true);
        let plain = anstream::adapter::strip_str(&said).to_string();
        assert_eq!(plain, table.render(Format::Text, 20, false));
        for line in said.lines() {
            assert_eq!(line.matches("\x1b[31m").count(), line.contains("\x1b[31m") as usize);
            assert!(line.matches("\x1b[0m").count() >= 1, "{line:?}");
        }
    }

    #[test]
    fn wide_letters_count_for_two() {
        let mut table = Table::new([Column::text("a", "a"), Column::text("b", "b")]);
        table.row(["日本".into(), "x".into()]);
        table.row(["abcd".into(), "x".into()]);
        assert_eq!(table.render(Format::Text, 80, false), "a     b\n日本  x\nabcd  x\n");
    }

    #[test]
    fn a_row_that_does_not_fit_a_narrow_terminal_becomes_lines() {
        let mut wide = table(|c| c);
        wide.columns.extend((0..4).map(|i| Column::number(&format!("n{i}"), "n")));
        wide.rows.iter_mut().for_each(|row| row.extend((0..4).map(|i| Cell::new("123.4 MiB", i))));
        let narrow = wide.render(Format::Text, 40, false);
        assert!(narrow.lines().all(|line| display_width(line) <= 40), "{narrow}");
        assert!(narrow.starts_with("julia/rayon\n  time: 1.20 ms\n  n0: 123.4 MiB\n"), "{narrow}");
        let usual = wide.render(Format::Text, 80, false);
        assert!(usual.starts_with("cell            time  reason"), "{usual}");
    }

    proptest! {
        #[test]
        fn a_table_of_numbers_fits_any_terminal_narrower_than_usual(
            rows in prop::collection::vec(prop::collection::vec("[0-9.]{0,12}", 7), 0..4),
            width in 20..80_usize,
        ) {
            let mut table = Table::new((0..7).map(|i| Column::number(&format!("number {i}"), "n")));
            rows.into_iter().for_each(|row| table.row(row.into_iter().map(Cell::from)));
            for line in table.render(Format::Text, width, false).lines() {
                prop_assert!(display_width(line) <= width, "{:?}", line);
            }
        }

        #[test]
        fn a_table_of_words_fits(
            rows in prop::collection::vec(("[a-z ]{0,90}", "[a-z日]{0,90}", "[0-9]{0,9}"), 0..6),
            width in 40..120_usize,
        ) {
            let columns = [Column::text("a", "a"), Column::text("b", "b").cut(), Column::number("c", "c")];
            let mut table = Table::new(columns);
            rows.into_iter().for_each(|(a, b, c)| table.row([a.into(), b.into(), c.into()]));
            for line in table.render(Format::Text, width, false).lines() {
                prop_assert!(display_width(line) <= width, "{:?}", line);
                prop_assert!(!line.ends_with(' '));
            }
        }

        #[test]
        fn no_word_is_lost_in_wrapping(text in "[a-z]{1,9}( [a-z]{1,40}){0,12}", width in 12..60_usize) {
            let mut table = Table::new([Column::text("t", "t")]);
            table.row([text.clone().into()]);
            let said = table.render(Format::Text, width, false);
            let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(said.split_once('\n').unwrap().1), letters(&text));
        }
    }
}
