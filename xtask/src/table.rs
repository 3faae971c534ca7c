//! A table has one content and four forms: for a terminal, for a document, for a program and for a spreadsheet.
//!
//! A cell holds what people read (`1.23 ms`) and the value behind it (`1230000`). Text and Markdown show the
//! first; JSON and CSV hold the second, under the column's key, with its unit at the end of the key.

mod text;

use crate::style::{self, Paint, visible};
use anyhow::Result;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use std::io::{ErrorKind, IsTerminal, Write};

/// Columns, and rows of cells.
///
/// ```
/// use xtask::table::{Cell, Column, Format, Table};
/// let mut table = Table::new([Column::text("technique", "technique"), Column::number("time", "time_ns")]);
/// table.row(["rayon".into(), Cell::new("1.20 ms", 1_200_000)]);
/// assert_eq!(table.render(Format::Text, 80, false), "technique     time\nrayon      1.20 ms\n");
/// assert_eq!(table.render(Format::Json, 80, false), "[\n{\"technique\":\"rayon\",\"time_ns\":1200000}\n]\n");
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
    /// If it has not a cell for each column.
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

    /// The table in `format`, ending in a line feed. `width` and `coloured` count for text only; a table whose
    /// numbers alone are wider than `width` stays wider.
    pub fn render(&self, format: Format, width: usize, coloured: bool) -> String {
        match format {
            Format::Text => text::render(&self.columns, &self.rows, width, coloured),
            Format::Md => self.markdown(),
            Format::Json => self.json(),
            Format::Csv => self.csv(),
        }
    }

    /// Writes the table to standard output, as wide as the terminal or 80 columns.
    ///
    /// # Errors
    ///
    /// If standard output cannot be written; a closed pipe is no error.
    pub fn print(&self, format: Format) -> Result<()> {
        print(&self.render(format, terminal_width(), style::coloured()))
    }

    fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let rule = |column: &Column| if column.align == Align::Right { "---:" } else { "---" }.to_owned();
        let mut out = line(self.columns.iter().map(|column| escape_markdown(&column.title)).collect());
        out += &line(self.columns.iter().map(rule).collect());
        out.extend(
            self.rows.iter().map(|row| line(row.iter().map(|cell| escape_markdown(&cell.text)).collect())),
        );
        out
    }

    fn json(&self) -> String {
        let object = |row: &Vec<Cell>| serde_json::to_string(&Object { columns: &self.columns, row });
        let objects: Vec<String> = self.rows.iter().filter_map(|row| object(row).ok()).collect();
        if objects.is_empty() { "[]\n".into() } else { format!("[\n{}\n]\n", objects.join(",\n")) }
    }

    fn csv(&self) -> String {
        let line = |fields: Vec<String>| format!("{}\n", fields.join(","));
        let mut out = line(self.columns.iter().map(|column| quote_csv(&column.key)).collect());
        out.extend(self.rows.iter().map(|row| line(row.iter().map(|cell| csv_field(&cell.value)).collect())));
        out
    }
}

/// What a column is called, and how it is laid out.
#[derive(Debug, Clone)]
pub struct Column {
    /// What people read above it.
    pub title: String,
    /// What programs call it; units last, as in `time_ns`.
    pub key: String,
    /// Which side its cells keep to.
    pub align: Align,
    /// What happens to it where the table is too wide.
    pub fit: Fit,
}

impl Column {
    /// A column of words: to the left, wrapped if need be.
    pub fn text(title: &str, key: &str) -> Self {
        Column { title: title.into(), key: key.into(), align: Align::Left, fit: Fit::Wrap }
    }

    /// A column of figures: to the right, never wrapped.
    pub fn number(title: &str, key: &str) -> Self {
        Column { title: title.into(), key: key.into(), align: Align::Right, fit: Fit::Keep }
    }

    /// The same, kept whole: for names that are to be copied, and for bars.
    pub fn kept(self) -> Self {
        Column { fit: Fit::Keep, ..self }
    }

    /// The same, cut short with an ellipsis instead of wrapped.
    pub fn cut(self) -> Self {
        Column { fit: Fit::Cut, ..self }
    }
}

/// Which side a column's cells keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

/// What happens to a column where the table is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It goes on in the next line.
    Wrap,
    /// It ends in an ellipsis.
    Cut,
    /// It stays.
    Keep,
}

/// What people read, the value behind it, and how it looks.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    text: String,
    value: Value,
    paint: Paint,
}

impl Cell {
    /// A text with the value that it stands for.
    pub fn new(text: impl Into<String>, value: impl Into<Value>) -> Self {
        Cell { text: text.into(), value: value.into(), paint: Paint::Plain }
    }

    /// A reason where a value would stand: read by people, `null` to programs.
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

/// The form of a table; `--format` on every verb that prints one.
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

/// Writes `text` to standard output.
///
/// # Errors
///
/// If that fails; a reader that has seen enough, such as `head`, is no error.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

/// How many columns standard output has: 80 if it is not a terminal.
pub fn terminal_width() -> usize {
    let out = std::io::stdout();
    let size = if out.is_terminal() { rustix::termios::tcgetwinsize(&out).ok() } else { None };
    size.map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 0).unwrap_or(80).max(40)
}

/// A row as an object with its keys in the order of the columns.
struct Object<'a> {
    columns: &'a [Column],
    row: &'a [Cell],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(self.row) {
            map.serialize_entry(&column.key, &cell.value)?;
        }
        map.end()
    }
}

/// Takes the meaning from what Markdown and HTML would read as markup.
fn escape_markdown(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        if "\\|<>&*_`[]~$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn csv_field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => quote_csv(text),
        other => quote_csv(&other.to_string()),
    }
}

/// Quotes a field as RFC 4180 asks. Line breaks are spelled out, so that a record is a line.
fn quote_csv(text: &str) -> String {
    let text = visible(text);
    if text.contains([',', '"']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn sample() -> Table {
        let mut table = Table::new([
            Column::text("cell", "cell"),
            Column::number("time", "time_ns"),
            Column::text("why|not", "reason"),
        ]);
        table.row(["julia/rayon".into(), Cell::new("1.20 ms", 1.2e6), Cell::none("")]);
        table.row(["a,\"b\"\n".into(), Cell::none("no <MPI>"), Cell::new("two", json!([1, {"k": "v"}]))]);
        table
    }

    #[test]
    fn markdown_takes_the_meaning_from_markup() {
        assert_eq!(
            sample().render(Format::Md, 10, true),
            "| cell | time | why\\|not |\n| --- | ---: | --- |\n| julia/rayon | 1.20 ms |  |\n\
             | a,\"b\"\\\\n | no \\<MPI\\> | two |\n"
        );
    }

    #[test]
    fn json_holds_values_under_their_keys_in_order() {
        let said = sample().render(Format::Json, 10, true);
        assert!(
            said.starts_with("[\n{\"cell\":\"julia/rayon\",\"time_ns\":1200000.0,\"reason\":null},\n"),
            "{said}"
        );
        let read: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(read[1], json!({"cell": "a,\"b\"\n", "time_ns": null, "reason": [1, {"k": "v"}]}));
        assert_eq!(Table::new([Column::text("a", "a")]).render(Format::Json, 80, false), "[]\n");
        let mut nan = Table::new([Column::number("a", "a")]);
        nan.row([Cell::new("?", f64::NAN)]);
        assert_eq!(nan.render(Format::Json, 80, false), "[\n{\"a\":null}\n]\n");
    }

    #[test]
    fn csv_keeps_a_record_to_a_line() {
        assert_eq!(
            sample().render(Format::Csv, 10, true),
            "cell,time_ns,reason\njulia/rayon,1200000.0,\n\"a,\"\"b\"\"\\n\",,\"[1,{\"\"k\"\":\"\"v\"\"}]\"\n"
        );
    }

    #[test]
    #[should_panic(expected = "a row has a cell for each column")]
    fn a_row_too_short_is_a_mistake() {
        sample().row(["x".into()]);
    }

    proptest! {
        #[test]
        fn a_field_of_csv_reads_back(fields in prop::collection::vec("[a-c,\" ]{0,6}", 1..5)) {
            let line: Vec<String> = fields.iter().map(|field| quote_csv(field)).collect();
            prop_assert_eq!(read_csv(&line.join(",")), fields);
        }

        #[test]
        fn whatever_comes_in_stays_in_its_row(text in any::<String>()) {
            let mut table = Table::new([Column::text("a", "a"), Column::text("b", "b")]);
            table.row([Cell::from(text.clone()), Cell::from(text)]);
            for (format, lines) in [(Format::Md, 3), (Format::Json, 3), (Format::Csv, 2)] {
                let said = table.render(format, 80, false);
                prop_assert_eq!(said.lines().count(), lines, "{}", said);
            }
            for format in [Format::Text, Format::Md, Format::Csv] {
                let said = table.render(format, 40, false);
                prop_assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{}", said);
            }
        }
    }

    /// Reads a line of CSV by the rule of RFC 4180.
    fn read_csv(line: &str) -> Vec<String> {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    fields.last_mut().unwrap().push(chars.next().unwrap())
                }
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                c => fields.last_mut().unwrap().push(c),
            }
        }
        fields
    }
}
