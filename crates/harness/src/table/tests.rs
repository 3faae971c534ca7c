//! Tests of tables in four formats, and of the option that chooses among them.

use super::*;
use clap::{CommandFactory, Parser};

/// Shows something.
#[derive(Parser)]
struct Verb {
    #[command(flatten)]
    output: FormatOption,
    /// Shows all.
    #[arg(long)]
    all: bool,
}

#[test]
fn the_option_fits_into_a_verb() {
    let form = |line: &[&str]| Verb::try_parse_from(line).map(|verb| verb.output.format);
    assert_eq!(form(&["verb"]).unwrap(), Format::Text);
    assert_eq!(form(&["verb", "--format", "csv"]).unwrap(), Format::Csv);
    assert!(form(&["verb", "--format", "xml"]).unwrap_err().to_string().contains("text, md, json, csv"));
    assert_eq!(Verb::command().get_about().unwrap().to_string(), "Shows something");
}

#[test]
fn texts_are_wrapped_in_a_narrow_terminal_only() {
    let text = "noise floor: 2.1 % (5 blocks of sequential against itself)\nshort\n";
    assert_eq!(narrowed(text, 80), text);
    let narrow = narrowed(text, 40);
    assert_eq!(narrow, "noise floor: 2.1 % (5 blocks of\n  sequential against itself)\nshort\n");
}

#[test]
#[should_panic(expected = "a row has a cell for each column")]
fn a_row_too_short_is_a_mistake() {
    Table::new([Column::text("a", "a"), Column::text("b", "b")]).row(["x".into()]);
}

#[test]
fn what_can_be_spared_goes_from_text_that_is_too_wide_and_stays_in_the_other_forms() {
    let names = ["first", "second", "third"].map(|name| name.repeat(6));
    let column = |name: &String| Column::text(name, name).kept();
    let [first, second, third] = &names;
    let mut table = Table::new([column(first), column(second).spared(), column(third).spared()]);
    table.row(["1", "2", "3"].map(Cell::from));
    let shown = |width| {
        let text = table.render(Format::Text, width, false);
        names.iter().map(|name| text.contains(name.as_str())).collect::<Vec<bool>>()
    };
    assert_eq!(shown(120), [true, true, true]);
    assert_eq!(shown(90), [true, true, false], "the last goes first");
    assert_eq!(shown(80), [true, true, false]);
    let csv = table.render(Format::Csv, 80, false);
    assert!(names.iter().all(|name| csv.contains(name.as_str())), "{csv}");
}
