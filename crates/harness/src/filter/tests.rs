//! Tests of patterns: what they select, exclude and refuse.

use super::*;
use clap::{CommandFactory, Parser};

/// Shows something.
#[derive(Debug, Parser)]
struct Verb {
    #[command(flatten)]
    filter: Filter,
}

const CELLS: [(&str, &str, &str, &str); 8] = [
    ("julia", "", "rayon", "threading"),
    ("julia", "", "avx512", "simd"),
    ("julia", "", "avx512+rayon", "simd"),
    ("julia2", "", "rayon", "threading"),
    ("histogram", "256", "rayon", "threading"),
    ("histogram", "skewed", "rayon", "threading"),
    ("histogram", "skewed", "atomic", "atomics"),
    ("histogram", "skewed", "atomic-padded", "atomics"),
];

fn names() -> Names {
    let mut names = Names::default();
    CELLS.iter().for_each(|(w, c, t, f)| names.add(w, c, t, f));
    names
}

fn parse(line: &str) -> Result<Filter, clap::Error> {
    Verb::try_parse_from(std::iter::once("verb").chain(line.split(' ').filter(|a| !a.is_empty())))
        .map(|v| v.filter)
}

fn compile(line: &str) -> Result<Compiled> {
    parse(line).unwrap().compile(&names())
}

/// The indexes of the cells that `line` selects.
fn chosen(line: &str) -> Vec<usize> {
    let compiled = compile(line).unwrap();
    (0..CELLS.len())
        .filter(|&i| {
            let (w, c, t, f) = CELLS[i];
            compiled.admits(w, c, t, f)
        })
        .collect()
}

#[test]
fn a_name_selects_itself_and_a_pattern_what_contains_it() {
    assert_eq!(chosen(""), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(chosen("-t atomic"), [6]);
    assert_eq!(chosen("-t atomi"), [6, 7]);
    assert_eq!(chosen("-t avx512+rayon"), [2]);
    assert_eq!(chosen("-t rayon"), [0, 3, 4, 5]);
    assert_eq!(chosen("-t rayon$"), [0, 2, 3, 4, 5]);
    assert_eq!(chosen("-w julia"), [0, 1, 2]);
    assert_eq!(chosen("-w ^jul"), [0, 1, 2, 3]);
}

#[test]
fn a_workload_stands_for_its_cases() {
    assert_eq!(chosen("-w histogram"), [4, 5, 6, 7]);
    assert_eq!(chosen("-w histogram:256"), [4]);
    assert_eq!(chosen("-w skew"), [5, 6, 7]);
    assert_eq!(chosen("-w gram$"), [4, 5, 6, 7]);
    assert_eq!(chosen("-W histogram"), [0, 1, 2, 3]);
    assert_eq!(chosen("-w histogram -W histogram:skewed"), [4]);
}

#[test]
fn one_letter_adds_up_and_different_letters_narrow_down() {
    assert_eq!(chosen("-w julia2 --workload histogram:256"), [3, 4]);
    assert_eq!(chosen("-w julia -f simd -T avx512"), [2]);
    assert_eq!(chosen("-f simd -f atomics --not-family simd"), [6, 7]);
    assert_eq!(chosen("-t rayon -f atomics"), [0; 0]);
}

#[test]
fn commas_divide_patterns_and_not_a_regex() {
    assert_eq!(chosen("-t atomic,avx512"), [1, 6]);
    assert_eq!(chosen("-w julia2,histogram:256 -T atomic,atomic-padded"), [3, 4]);
    assert_eq!(chosen("-t avx512\\+r,^at"), [2, 6, 7]);
    assert_eq!(chosen("-t ^rayo{1,2}n$"), [0, 3, 4, 5]);
    for (text, parts) in [
        ("a,b", &["a", "b"][..]),
        (r"a\,b", &[r"a\,b"]),
        (r"a\\,b", &[r"a\\", "b"]),
        ("[,a]{2,3},b", &["[,a]{2,3}", "b"]),
        ("a", &["a"]),
        ("a,", &["a", ""]),
    ] {
        assert_eq!(split(text), parts);
    }
    let why = |line| compile(line).unwrap_err().to_string();
    assert!(why("-t atomic,rayno").contains("did you mean 'rayon'?"), "each of them is checked");
    assert!(parse("-t atomic,").unwrap_err().to_string().contains("leave the option out"));
    assert!(parse("-t atomic,(").unwrap_err().to_string().contains("'(' is not a valid regex"));
}

#[test]
fn a_verb_can_tell_what_was_asked_for() {
    let asked = |line| compile(line).map(|c| (c.names_a_workload(), c.names_a_case())).unwrap();
    assert_eq!(asked("-t rayon -W julia"), (false, false));
    assert_eq!(asked("-w histogram"), (true, false));
    assert_eq!(asked("-w julia -w histogram:skewed"), (true, true));
    assert!(compile("-f simd").unwrap().admits_family("simd"));
    assert!(!compile("-f simd").unwrap().admits_family("atomics"));
}

#[test]
fn a_pattern_that_finds_nothing_names_what_is_near() {
    let why = |line| compile(line).unwrap_err().to_string();
    assert_eq!(
        why("-w histgram"),
        "no workload matches 'histgram'; did you mean 'histogram'? `cargo xtask list` shows what there is"
    );
    assert!(why("-w histogram:skewde").contains("did you mean 'histogram:skewed'?"));
    assert!(why("-t Rayon").contains("did you mean 'rayon'?"));
    assert!(why("-T rayno").contains("did you mean 'rayon'?"), "what is left out is checked too");
    assert!(why("-w rayon").contains("it is a technique, for -t"));
    let far = why("-t quantum");
    assert!(far.contains("cargo xtask list") && !far.contains("did you mean"), "{far}");
}

#[test]
fn a_kind_of_which_nothing_is_known_is_searched() {
    let mut families = Names::default();
    families.add("", "", "", "simd");
    let early = parse("-t whatever -f simd").unwrap().compile(&families).unwrap();
    assert!(early.admits_family("simd") && early.admits("", "", "whatever", "simd"));
    assert!(parse("-f simt").unwrap().compile(&families).is_err());
}

#[test]
fn a_verb_keeps_its_own_words() {
    let help = Verb::command().render_long_help().to_string();
    assert!(help.starts_with("Shows something") && help.contains(SELECTION), "{help}");
    assert!(help.find("--help") < help.find(SELECTION), "other options stay under their own heading: {help}");
}

#[test]
fn a_regex_that_is_none_is_shown() {
    let why = parse("-t +rayon").unwrap_err().to_string();
    assert!(
        why.contains("'+rayon' is not a valid regex: repetition operator missing expression; escape"),
        "{why}"
    );
    assert!(why.contains("--technique"), "{why}");
    assert!("(".parse::<Pattern>().unwrap_err().to_string().contains("unclosed group"));
    assert!("".parse::<Pattern>().unwrap_err().to_string().contains("leave the option out"));
    assert!("a{1000}{1000}".parse::<Pattern>().is_err(), "too big to compile");
}
