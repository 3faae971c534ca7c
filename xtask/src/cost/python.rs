//! A Python library's dependencies, as installed in the environment of the peers.

use parallax_harness::peers;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The distributions of each set of libraries that was asked for.
#[derive(Debug, Default)]
pub(super) struct Distributions {
    found: BTreeMap<String, Told>,
    why: Option<String>,
}

/// The output of `peers.distributions` for some libraries.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Told {
    Found { distributions: u64, bytes: u64 },
    Missing { error: String },
}

type Libraries = BTreeMap<String, Option<String>>;

impl Distributions {
    /// Asks the environment of the peers, with one command for all of these.
    pub(super) fn of<'a>(libraries: impl Iterator<Item = &'a Libraries>) -> Self {
        let asked: BTreeSet<String> = libraries.map(key).collect();
        let words = ["-m", "peers.distributions"].into_iter().chain(asked.iter().map(String::as_str));
        let told = peers::command(&words.collect::<Vec<_>>()).and_then(|mut command| Ok(command.output()?));
        match told {
            Ok(told) if told.status.success() => match serde_json::from_slice(&told.stdout) {
                Ok(found) => Distributions { found, why: None },
                Err(why) => Distributions { why: Some(why.to_string()), ..Self::default() },
            },
            Ok(told) => {
                let said = String::from_utf8_lossy(&told.stderr).trim().to_owned();
                Distributions {
                    why: Some(said.lines().last().unwrap_or_default().to_owned()),
                    ..Self::default()
                }
            }
            Err(why) => Distributions { why: Some(format!("{why:#}")), ..Self::default() },
        }
    }

    /// How many distributions some libraries need, and the bytes of their installed files.
    pub(super) fn brought(&self, libraries: &Libraries) -> Result<(u64, u64), String> {
        match self.found.get(&key(libraries)) {
            Some(Told::Found { distributions, bytes }) => Ok((*distributions, *bytes)),
            Some(Told::Missing { error }) => Err(error.clone()),
            None => Err(self
                .why
                .clone()
                .unwrap_or_else(|| "the environment of the peers was not asked".to_owned())),
        }
    }
}

/// Libraries as one word.
fn key(libraries: &Libraries) -> String {
    libraries.keys().map(String::as_str).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_has_the_reason_that_python_gives() {
        let told = r#"{"numba,python": {"distributions": 3, "bytes": 70}, "gone": {"error": "gone is not installed"}}"#;
        let all = Distributions { found: serde_json::from_str(told).unwrap(), why: None };
        let libraries =
            |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), None)).collect::<Libraries>();
        assert_eq!(all.brought(&libraries(&["python", "numba"])), Ok((3, 70)));
        assert_eq!(all.brought(&libraries(&["gone"])), Err("gone is not installed".into()));
        assert!(all.brought(&libraries(&["other"])).unwrap_err().contains("not asked"));
    }
}
