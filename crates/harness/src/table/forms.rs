//! Tables as Markdown, JSON and CSV, with the markup characters of each format escaped.

use super::{Align, Cell, Column};
use crate::style::visible;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A Markdown table of the texts.
pub(super) fn markdown(columns: &[Column], rows: &[Vec<Cell>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = |column: &Column| if column.align == Align::Right { "---:" } else { "---" }.to_owned();
    let mut out = line(columns.iter().map(|column| escape_markdown(&column.title)).collect());
    out += &line(columns.iter().map(rule).collect());
    out.extend(rows.iter().map(|row| line(row.iter().map(|cell| escape_markdown(&cell.text)).collect())));
    out
}

/// An array of objects of the values, one to a line.
pub(super) fn json(columns: &[Column], rows: &[Vec<Cell>]) -> String {
    let object = |row: &Vec<Cell>| {
        serde_json::to_string(&Object { columns, row }).expect("values under keys that are strings serialise")
    };
    let objects: Vec<String> = rows.iter().map(object).collect();
    if objects.is_empty() { "[]\n".into() } else { format!("[\n{}\n]\n", objects.join(",\n")) }
}

/// A line of keys, and a line of values for each row.
pub(super) fn csv(columns: &[Column], rows: &[Vec<Cell>]) -> String {
    let line = |fields: Vec<String>| format!("{}\n", fields.join(","));
    let mut out = line(columns.iter().map(|column| quote_csv(&column.key)).collect());
    out.extend(rows.iter().map(|row| line(row.iter().map(|cell| csv_field(&cell.value)).collect())));
    out
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

/// Escapes characters that Markdown and HTML would read as markup.
pub(crate) fn escape_markdown(text: &str) -> String {
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

/// Quotes a field according to RFC 4180. Line breaks are spelled out, so that a record is a line.
fn quote_csv(text: &str) -> String {
    let text = visible(text);
    let quote = text.contains([',', '"']) || text.trim() != text;
    if quote { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Format, Table};
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

    /// Reads a line of CSV according to RFC 4180.
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
