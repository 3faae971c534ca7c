//! The environment of a run: machine and build are recorded, so that like is compared with like.
//!
//! Values that could not be read are empty. The record goes into published files, so it has no host name, user name or
//! path.

use crate::machine::{Build, Machine, Moment, Session};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};

/// Machine, build and the state of the machine at the start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    /// The hardware and its system.
    pub machine: Machine,
    /// The toolchain, its flags and the source.
    pub build: Build,
    /// The changing state of the machine, at the start.
    pub moment: Moment,
    /// That state before and after each stretch of measuring that came to its end.
    pub sessions: Vec<Session>,
    /// A hash of each worker that measures, by family; none if it could not be read.
    pub workers: BTreeMap<String, Option<String>>,
    /// A hash of the sources of each of these workers, by family, which shows whether a figure still belongs to this
    /// source.
    pub sources: BTreeMap<String, Option<String>>,
    /// The versions that the Python peers use; empty without peers.
    pub peers: BTreeMap<String, Option<String>>,
}

impl Environment {
    /// The part that must be equal for two halves of a run to be one run. It does not include the source: the workers
    /// measure, and they may be rebuilt from the same commit or stay the same through an edit of a text.
    pub fn key(&self) -> Key {
        let Environment { machine, build, workers, peers, .. } = self;
        Key {
            architecture: machine.architecture.clone(),
            cpu_model: machine.cpu_model.clone(),
            cpus: machine.topology.cpus,
            cpus_allowed: machine.cpus_allowed,
            kernel: machine.kernel.clone(),
            build: Build { commit: None, dirty: None, changes: None, ..build.clone() },
            workers: workers.clone(),
            peers: peers.clone(),
        }
    }
}

impl Key {
    /// The part that identifies the machine, whatever is measured on it.
    pub fn machine(self) -> Self {
        Key { build: Build::default(), workers: BTreeMap::new(), peers: BTreeMap::new(), ..self }
    }
}

/// The part of an [`Environment`] that decides whether a run may be resumed.
///
/// ```
/// use parallax_record::environment::Key;
/// let then = Key { kernel: Some("6.1".into()), ..Key::default() };
/// let now = Key { kernel: Some("6.2".into()), ..Key::default() };
/// let differ: Vec<String> = then.differences(&now).iter().map(ToString::to_string).collect();
/// assert_eq!(differ, ["kernel was 6.1 and is 6.2"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of Machine and Build, explained there")]
pub struct Key {
    pub architecture: String,
    pub cpu_model: Option<String>,
    pub cpus: Option<u64>,
    pub cpus_allowed: Option<u64>,
    pub kernel: Option<String>,
    pub build: Build,
    pub workers: BTreeMap<String, Option<String>>,
    pub peers: BTreeMap<String, Option<String>>,
}

impl Key {
    /// The fields in which `now` differs.
    pub fn differences(&self, now: &Key) -> Vec<Difference> {
        let [was, is] = [self, now].map(|key| serde_json::to_value(key).unwrap_or_default());
        let mut found = Vec::new();
        compare("", &was, &is, &mut found);
        found.sort_by(|a, b| a.field.cmp(&b.field)); // object order depends on other crates' features
        found
    }
}

/// A field that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name; nested fields are joined by dots.
    pub field: String,
    /// The old value.
    pub was: String,
    /// The new value.
    pub is: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} was {} and is {}", self.field, self.was, self.is)
    }
}

fn compare(name: &str, was: &Value, is: &Value, found: &mut Vec<Difference>) {
    let nothing = Map::new();
    match (was.as_object(), is.as_object()) {
        (Some(_), _) | (_, Some(_)) => {
            let [was, is] = [was, is].map(|value| value.as_object().unwrap_or(&nothing));
            let new = is.keys().filter(|key| !was.contains_key(*key));
            for key in was.keys().chain(new) {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                compare(
                    &name,
                    was.get(key).unwrap_or(&Value::Null),
                    is.get(key).unwrap_or(&Value::Null),
                    found,
                );
            }
        }
        _ if was != is => found.push(Difference { field: name.into(), was: words(was), is: words(is) }),
        _ => {}
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => "unknown".into(),
        Value::String(text) if text.is_empty() => "empty".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_appears_or_goes_is_a_difference() {
        let mut found = Vec::new();
        let [was, is] = [r#"{"a": {"x": 1}, "b": "", "c": [1]}"#, r#"{"a": null, "c": [1], "d": 2}"#];
        let [was, is] = [was, is].map(|text| serde_json::from_str(text).unwrap());
        compare("", &was, &is, &mut found);
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["a.x was 1 and is unknown", "b was empty and is unknown", "d was unknown and is 2"]
        );
    }
}
