//! What may stand in a name, a text and a number of what comes in.

use anyhow::{Result, bail};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::{Map, Value};

/// The longest name of a workload, technique or family.
const LONGEST_NAME: usize = 100;

/// The signs of a name beside letters and digits.
const SIGNS: &str = "-_+.";

/// Refuses a name that would be more than a name in a page, a path or a command.
pub(super) fn name(what: &str, name: &str) -> Result<()> {
    let harmless = |c: char| c.is_ascii_alphanumeric() || SIGNS.contains(c);
    if name.is_empty() {
        bail!("a {what} has no name");
    }
    if name.len() > LONGEST_NAME {
        bail!("a {what} has a name of {} bytes, and {LONGEST_NAME} are the most", name.len());
    }
    if !name.chars().all(harmless) || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        bail!(
            "the {what} '{name}': a name has letters, digits and {SIGNS} only, and begins with a letter or digit"
        );
    }
    Ok(())
}

/// The names of a cell; a workload without cases has an empty one.
pub(super) fn names(workload: &str, case: &str, technique: &str, family: &str) -> Result<()> {
    name("workload", workload)?;
    if !case.is_empty() {
        name("case", case)?;
    }
    name("technique", technique)?;
    name("family", family)
}

/// Replaces what would steer a terminal or turn the direction of a line, in all texts and names of fields.
pub(super) fn visible(value: &mut Value) {
    match value {
        Value::String(text) => clean(text),
        Value::Array(all) => all.iter_mut().for_each(visible),
        Value::Object(fields) => {
            let cleaned = std::mem::take(fields).into_iter().map(|(mut name, mut value)| {
                clean(&mut name);
                visible(&mut value);
                (name, value)
            });
            *fields = cleaned.collect::<Map<_, _>>();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn clean(text: &mut String) {
    let steers = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(steers) {
        *text = text.replace("\r\n", "\n").replace(steers, "\u{fffd}");
    }
}

/// A finite quantity below 10^18 and not negative; anything else, of whatever type, is none.
pub(super) fn sensible<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Found {
        Number(f64),
        Other(IgnoredAny),
    }
    Ok(match Found::deserialize(from)? {
        Found::Number(number) if (0.0..1e18).contains(&number) => Some(number),
        Found::Number(_) | Found::Other(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(number: &str) -> Option<f64> {
        let row: super::super::Row = serde_json::from_str(&format!(r#"{{"ratio": {number}}}"#)).unwrap();
        row.ratio
    }

    #[test]
    fn only_sensible_numbers_are_kept() {
        assert_eq!(ratio("1.5"), Some(1.5));
        for absurd in ["1e300", "-1", "null", "\"NaN\"", "[1]", "{}"] {
            assert_eq!(ratio(absurd), None, "{absurd}");
        }
    }

    #[test]
    fn names_are_harmless() {
        for good in ["rayon", "avx512+rayon", "halving-grid-search-cv", "f_32", "numpy-2.1", "9"] {
            assert!(name("technique", good).is_ok(), "{good}");
        }
        for bad in ["", " ", "a b", "<b>", "-x", "..", "a/b", "a'b", "größe", "a\n", &"x".repeat(101)] {
            let why = name("technique", bad).unwrap_err().to_string();
            assert!(why.contains("technique"), "{bad}: {why}");
        }
    }

    #[test]
    fn texts_lose_what_steers_and_keep_their_lines() {
        let mut value = serde_json::json!({ "a\u{1b}": ["x\u{1b}[31m\n\ty\u{202e}\r\nz", 1, null] });
        visible(&mut value);
        assert_eq!(value, serde_json::json!({ "a\u{fffd}": ["x\u{fffd}[31m\n\ty\u{fffd}\nz", 1, null] }));
    }
}
