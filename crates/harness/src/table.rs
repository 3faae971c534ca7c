//! Tables in four formats: for a terminal, a document, a program and a spreadsheet.
//!
//! A cell holds what people read (`1.23 ms`) and the value behind it (`1230000`). Text and Markdown show the
//! first; JSON and CSV hold the second, under the column's key, with its unit at the end of the key.

mod forms;
mod text;

use crate::style::{self, Paint};
use anyhow::{Context, Result};
use serde_json::Value;
use std::io::{ErrorKind, IsTerminal, Write};

pub(crate) use forms::escape_markdown;

/// Columns, and rows of cells.
///
/// ```
/// use parallax_harness::table::{Cell, Column, Format, Table};
/// let mut table = Table::new([Column::text("technique", "technique"), Column::number("time", "time_ns")]);
/// table.row(["rayon".into(), Cell::new("1.20 ms", 1_200_000)]);
/// assert_eq!(table.render(Format::Text, 80, false), "technique     time\nrayon      1.20 ms\n");
/// let json = "[\n{\"technique\":\"rayon\",\"time_ns\":1200000}\n]\n";
/// assert_eq!(table.render(Format::Json, 80, false), json);
/// assert_eq!(table.render(Format::Csv, 80, false), "technique,time_ns\nrayon,1200000\n");
/// ```
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Table { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// If it does not have a cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<Cell> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.columns.len(), "a row has a cell for each column");
        self.rows.push(cells);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table in `format`, ending in a line feed. `width` and `coloured` count for text only.
    ///
    /// In less than 80 columns, a table that does not fit becomes a line for each cell, row by row; in 80 or more it
    /// stays wider, for a pager.
    pub fn render(&self, format: Format, width: usize, coloured: bool) -> String {
        match format {
            Format::Text => self.text(width, coloured),
            Format::Md => forms::markdown(&self.columns, &self.rows),
            Format::Json => forms::json(&self.columns, &self.rows),
            Format::Csv => forms::csv(&self.columns, &self.rows),
        }
    }

    /// As text. Where that is too wide, columns that can be spared are left out, the last of them first.
    fn text(&self, width: usize, coloured: bool) -> String {
        let mut kept: Vec<usize> = (0..self.columns.len()).collect();
        loop {
            let columns: Vec<Column> = kept.iter().map(|&at| self.columns[at].clone()).collect();
            let cells = |row: &Vec<Cell>| kept.iter().map(|&at| row[at].clone()).collect::<Vec<Cell>>();
            let rows: Vec<Vec<Cell>> = self.rows.iter().map(cells).collect();
            let plain = text::render(&columns, &rows, width, false);
            let fits = plain.lines().all(|line| textwrap::core::display_width(line) <= width);
            match kept.iter().rposition(|&at| self.columns[at].spare) {
                Some(last) if !fits => drop(kept.remove(last)),
                _ => return text::render(&columns, &rows, width, coloured),
            }
        }
    }

    /// Writes the table to standard output, as wide as the terminal or 80 columns.
    ///
    /// # Errors
    ///
    /// If standard output cannot be written; a closed pipe is not an error.
    pub fn print(&self, format: Format) -> Result<()> {
        let rendered = self.render(format, terminal_width(), style::coloured());
        if format == Format::Text { tell(&rendered) } else { print(&rendered) }
    }
}

/// A column: its names and its layout.
#[derive(Debug, Clone)]
pub struct Column {
    /// The title for people.
    pub title: String,
    /// The key for programs; units last, as in `time_ns`.
    pub key: String,
    /// The alignment of its cells.
    pub align: Align,
    /// How it fits where the table is too wide.
    pub fit: Fit,
    /// Whether text leaves it out where the table is too wide; the formats for programs always have it.
    pub spare: bool,
}

impl Column {
    /// A column of words: to the left, wrapped if necessary.
    pub fn text(title: &str, key: &str) -> Self {
        Column { title: title.into(), key: key.into(), align: Align::Left, fit: Fit::Wrap, spare: false }
    }

    /// A column of figures: to the right, never wrapped.
    pub fn number(title: &str, key: &str) -> Self {
        Column { title: title.into(), key: key.into(), align: Align::Right, fit: Fit::Keep, spare: false }
    }

    /// The same, kept whole: for names that are to be copied, and for bars.
    pub fn kept(self) -> Self {
        Column { fit: Fit::Keep, ..self }
    }

    /// The same, left out of text that would be too wide.
    pub fn spared(self) -> Self {
        Column { spare: true, ..self }
    }

    /// The same, cut short with an ellipsis instead of wrapped.
    pub fn cut(self) -> Self {
        Column { fit: Fit::Cut, ..self }
    }
}

/// The alignment of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

/// How a column fits where the table is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It goes on in the next line.
    Wrap,
    /// It ends in an ellipsis.
    Cut,
    /// It keeps its width.
    Keep,
}

/// A cell: its text for people, the value behind it, and its look.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    text: String,
    value: Value,
    paint: Paint,
}

impl Cell {
    /// Its text for people.
    pub(crate) fn shown(&self) -> &str {
        &self.text
    }

    /// A text with the value that it shows.
    pub fn new(text: impl Into<String>, value: impl Into<Value>) -> Self {
        Cell { text: text.into(), value: value.into(), paint: Paint::Plain }
    }

    /// A reason instead of a value: a text for people, `null` for programs.
    pub fn none(reason: impl Into<String>) -> Self {
        Cell::new(reason, Value::Null).paint(Paint::Dim)
    }

    /// The same in another look.
    pub fn paint(self, paint: Paint) -> Self {
        Cell { paint, ..self }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::new(text, text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::new(text.clone(), text)
    }
}

/// The format of a table; `--format` on every verb that prints one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns for a terminal
    #[default]
    Text,
    /// A Markdown table
    Md,
    /// An array of objects, one to a line
    Json,
    /// Comma-separated values
    Csv,
}

/// The option `--format`; flatten it into a verb's arguments.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct FormatOption {
    /// How to print the table
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub format: Format,
}

/// The width for which tables and texts are made, in columns.
pub const USUAL_WIDTH: usize = 80;

/// Writes `text` for people to standard output: in characters of the locale, and within a narrow terminal.
///
/// # Errors
///
/// As [`print()`].
pub fn tell(text: &str) -> Result<()> {
    print(&narrowed(&style::plain(text), terminal_width()))
}

/// Wraps the lines that are too wide for less than the usual width; texts are made for that.
fn narrowed(text: &str, width: usize) -> String {
    if width >= USUAL_WIDTH {
        return text.to_owned();
    }
    let wrap =
        |line: &str| textwrap::wrap(line, textwrap::Options::new(width).subsequent_indent("  ")).join("\n");
    let fits = |line: &str| textwrap::core::display_width(line) <= width;
    text.lines().map(|line| if fits(line) { line.to_owned() } else { wrap(line) } + "\n").collect()
}

/// Writes `text` to standard output.
///
/// # Errors
///
/// If that fails; a reader that closes early, such as `head`, is not an error.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("cannot write to standard output"),
    }
}

/// How many columns standard output has: those of the terminal, or else `COLUMNS`, or else 80.
pub fn terminal_width() -> usize {
    let out = std::io::stdout();
    let size = if out.is_terminal() { rustix::termios::tcgetwinsize(&out).ok() } else { None };
    let told = size.map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 0);
    let named = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|&columns| columns > 0);
    told.or_else(named).unwrap_or(USUAL_WIDTH).max(NARROWEST)
}

/// The narrowest width: below this, nothing is readable.
const NARROWEST: usize = 20;

#[cfg(test)]
mod tests;
