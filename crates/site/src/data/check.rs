//! Checks names, texts and numbers of the input; anything else that is wrong counts as missing.

use anyhow::{Result, bail};
use parallax_record::name::ensure_name;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny};
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

/// The fields of a run's entries that name something.
const NAMES: [&str; 9] = ["workload", "case", "size", "technique", "family", "a", "b", "rust", "peer"];

/// The fields that list names.
const LISTS: [&str; 2] = ["set", "out"];

/// How many errors one entry may have before it is refused.
const MOST_WRONG: usize = 100;

/// Refuses an entry with a name that would be unsafe in a page, a path or a command.
pub(super) fn named(entry: &Value) -> Result<()> {
    let text = |field: &str| entry.get(field).and_then(Value::as_str);
    for (field, name) in NAMES.into_iter().filter_map(|field| Some((field, text(field)?))) {
        if (field, name) != ("case", "") {
            ensure_name(field, name)?;
        }
    }
    let lists = LISTS.into_iter().filter_map(|field| entry.get(field)?.as_array());
    lists.flatten().filter_map(Value::as_str).try_for_each(|name| ensure_name("technique", name))
}

/// The names of a cell; a workload without cases has an empty one.
pub(super) fn names(workload: &str, case: &str, technique: &str, family: &str) -> Result<()> {
    ensure_name("workload", workload)?;
    if !case.is_empty() {
        ensure_name("case", case)?;
    }
    ensure_name("technique", technique)?;
    ensure_name("family", family)
}

/// Takes a field out of an object; null if it has none.
pub(super) fn take(value: &mut Value, field: &str) -> Value {
    value.as_object_mut().and_then(|fields| fields.remove(field)).unwrap_or_default()
}

/// Reads an entry; fields of a wrong type are removed first, and so count as missing.
///
/// # Errors
///
/// If a required field is missing; the error lists all removed fields.
pub(super) fn lenient<T: DeserializeOwned>(mut value: Value) -> Result<T> {
    if !value.is_object() {
        bail!("it is not an object"); // a list would also be read, with unchecked names in its places
    }
    let mut wrong: Vec<String> = Vec::new();
    while wrong.len() < MOST_WRONG {
        match serde_path_to_error::deserialize(&value) {
            Ok(read) => return Ok(read),
            Err(why) => {
                wrong.push(why.to_string());
                if take_out(&mut value, why.path()).is_none() {
                    bail!("{}", wrong.join("; "));
                }
            }
        }
    }
    bail!("{MOST_WRONG} things in it are wrong, the last one: {}", wrong[MOST_WRONG - 1])
}

/// Removes the value at the end of a path.
fn take_out(value: &mut Value, path: &Path) -> Option<Value> {
    let steps: Vec<&Segment> = path.iter().collect();
    let (last, way) = steps.split_last()?;
    let parent = way.iter().try_fold(value, |at, step| match step {
        Segment::Map { key } => at.get_mut(key),
        Segment::Seq { index } => at.get_mut(index),
        Segment::Enum { .. } | Segment::Unknown => None,
    })?;
    match (last, parent) {
        (Segment::Map { key }, Value::Object(fields)) => fields.remove(key),
        (Segment::Seq { index }, Value::Array(all)) if *index < all.len() => Some(all.remove(*index)),
        _ => None,
    }
}

/// Replaces characters that control a terminal or change the direction of text, in all texts and names of fields.
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

/// Replaces every number that is not a sensible quantity by null.
pub(super) fn quantities(value: &mut Value) {
    match value {
        Value::Number(number) if !number.as_f64().is_some_and(is_quantity) => *value = Value::Null,
        Value::Array(all) => all.iter_mut().for_each(quantities),
        Value::Object(fields) => fields.values_mut().for_each(quantities),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Finite, below 10^18 and not negative.
fn is_quantity(number: f64) -> bool {
    (0.0..1e18).contains(&number)
}

/// A sensible quantity; anything else, of whatever type, is none.
pub(super) fn sensible<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Found {
        Number(f64),
        Other(IgnoredAny),
    }
    Ok(match Found::deserialize(from)? {
        Found::Number(number) if is_quantity(number) => Some(number),
        Found::Number(_) | Found::Other(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Entry {
        name: String,
        ratio: Option<f64>,
        #[serde(default)]
        blocks: usize,
        #[serde(default)]
        metrics: BTreeMap<String, f64>,
        #[serde(default)]
        isa: Vec<String>,
    }

    fn read(mut value: Value) -> Result<Entry> {
        quantities(&mut value);
        lenient(value)
    }

    #[test]
    fn only_sensible_numbers_are_kept() {
        let ratio = |number: &str| {
            read(serde_json::from_str(&format!(r#"{{"name": "x", "ratio": {number}}}"#)).unwrap())
                .unwrap()
                .ratio
        };
        assert_eq!((ratio("1.5"), ratio("2"), ratio("0")), (Some(1.5), Some(2.0), Some(0.0)));
        for absurd in ["1e300", "-1", "-1e-9", "null", "\"NaN\"", "[1]", "{}", "true", "1000000000000000000"]
        {
            assert_eq!(ratio(absurd), None, "{absurd}");
        }
    }

    #[test]
    fn what_is_wrong_is_missing_and_the_rest_stays() {
        let told = read(json!({ "name": "x", "ratio": 2.0, "blocks": -3, "isa": ["sse2", 5, "avx"],
            "metrics": { "good": 1.0, "bad": "x", "huge": 1e300, "deep": { "a": [1] } }, "stranger": [-1] }));
        let expected = Entry {
            name: "x".into(),
            ratio: Some(2.0),
            blocks: 0,
            metrics: BTreeMap::from([("good".into(), 1.0)]),
            isa: vec!["sse2".into(), "avx".into()],
        };
        assert_eq!(told.unwrap(), expected);
    }

    #[test]
    fn what_must_be_there_is_asked_for() {
        let why = |value: Value| read(value).unwrap_err().to_string();
        assert!(why(json!({ "ratio": 2.0 })).contains("missing field `name`"));
        let both = why(json!({ "name": 5 }));
        assert!(both.contains("name: invalid type") && both.contains("missing field `name`"), "{both}");
        for other in [json!(null), json!([]), json!(["x", 1.0, 2, {}, []]), json!("x"), json!(5)] {
            assert!(read(other.clone()).is_err(), "{other}");
        }
        let many: Map<String, Value> = (0..MOST_WRONG).map(|k| (k.to_string(), json!("x"))).collect();
        assert!(why(json!({ "name": "x", "metrics": many })).contains("things in it are wrong"));
    }

    #[test]
    fn hostile_names_are_refused_wherever_they_stand() {
        for bad in ["", " ", "a b", "<b>", "-x", "..", "a/b", "a'b", "größe", "a\n", &"x".repeat(101)] {
            for field in NAMES.into_iter().filter(|field| !(bad.is_empty() && *field == "case")) {
                let why = named(&json!({ field: bad })).unwrap_err().to_string();
                assert!(why.contains(field), "{field} {bad:?}: {why}");
            }
            for field in LISTS {
                assert!(named(&json!({ field: ["rayon", bad] })).is_err(), "{field} {bad:?}");
            }
        }
        let good = json!({ "workload": "f_32", "case": "", "a": "avx512+rayon", "set": ["numpy-2.1"], "out": [5], "b": 9 });
        assert!(named(&good).is_ok());
    }

    #[test]
    fn texts_lose_what_steers_and_keep_their_lines() {
        let mut value = json!({ "a\u{1b}": ["x\u{1b}[31m\n\ty\u{202e}\r\nz", 1, null] });
        visible(&mut value);
        assert_eq!(value, json!({ "a\u{fffd}": ["x\u{fffd}[31m\n\ty\u{fffd}\nz", 1, null] }));
    }
}
