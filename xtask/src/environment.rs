//! A figure belongs to a machine and a build: this records both, so that figures are compared like with like.
//!
//! What cannot be read stays empty, and nothing here fails: a machine that hides its caches can still be
//! measured. The record goes into published files, so it holds no host name, user name or path.

mod build;
mod cgroup;
mod cpu_times;
mod files;
mod machine;
mod moment;
mod topology;

pub use build::{Build, fnv1a};
pub use cpu_times::{CpuTimes, cpu_times};
pub use machine::Machine;
pub use moment::Moment;
pub use topology::{Cache, Topology};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt, path::Path};

/// Machine, build and the moment of looking.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    /// The hardware and its system.
    pub machine: Machine,
    /// What was compiled, and how.
    pub build: Build,
    /// What changes while one looks.
    pub moment: Moment,
    /// A hash of each worker that measures, by family; none if it could not be read.
    pub workers: BTreeMap<String, Option<String>>,
    /// The versions of what the Python peers stand on; empty without them.
    pub peers: BTreeMap<String, Option<String>>,
}

impl Environment {
    /// Looks at this machine, and at the workspace whose programs it runs.
    pub fn read(workspace: &Path, profile: &str) -> Self {
        let root = Path::new("/");
        Environment {
            machine: Machine::read(root),
            build: Build::read(workspace, profile),
            moment: Moment::read(root),
            ..Environment::default()
        }
    }

    /// What must be the same for two halves of a run to be one run. The source is none of it: what measures is the
    /// workers, which may be rebuilt from the same commit and stay the same through an edit of a text.
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

/// The part of an [`Environment`] that decides whether a run may be resumed.
///
/// ```
/// use xtask::environment::Key;
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
        found.sort_by(|a, b| a.field.cmp(&b.field)); // objects keep an order or not, as other crates wish
        found
    }
}

/// A field that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name; fields of fields are joined by points.
    pub field: String,
    /// What it was.
    pub was: String,
    /// What it is.
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

    fn here() -> Environment {
        Environment::read(Path::new(env!("CARGO_MANIFEST_DIR")), "release")
    }

    #[test]
    fn this_machine_is_read() {
        let Environment { machine, build, moment, .. } = here();
        assert!(machine.topology.cpus >= Some(1) && machine.memory_bytes >= Some(1 << 20), "{machine:?}");
        assert!(machine.kernel.is_some() && !machine.isa.is_empty());
        assert!(build.rustc.is_some_and(|rustc| rustc.starts_with("rustc 1.")));
        assert!(moment.load.is_some() && moment.memory_available_bytes < machine.memory_bytes);
    }

    #[test]
    fn the_record_survives_its_file_and_older_files_are_read() {
        let here = here();
        let file = serde_json::to_string(&here).unwrap();
        assert_eq!(serde_json::from_str::<Environment>(&file).unwrap(), here);
        let older: Environment =
            serde_json::from_str(r#"{"machine": {"cpu_model": "Z80", "gone": 1}}"#).unwrap();
        assert_eq!(older.machine.cpu_model.as_deref(), Some("Z80"));
    }

    #[test]
    fn the_record_names_no_place_and_no_person() {
        let file = serde_json::to_string(&here()).unwrap();
        let home = std::env::var("HOME").unwrap_or_default();
        let private = [env!("CARGO_MANIFEST_DIR").to_owned(), format!("{home}/")];
        private
            .iter()
            .filter(|text| text.len() > 2)
            .for_each(|text| assert!(!file.contains(text.as_str()), "{text}"));
    }

    #[test]
    fn the_key_sees_what_matters_and_only_that() {
        let then = here();
        let mut now = then.clone();
        now.moment = Moment { load: Some([9.0; 3]), ..Moment::default() };
        now.machine.virtual_machine = Some("another hint".into());
        (now.build.commit, now.build.dirty) = (Some("another".into()), Some(true));
        now.build.changes = Some("0123456789abcdef".into());
        assert_eq!(then.key().differences(&now.key()), []);
        now.machine.cpus_allowed = None;
        now.build.rustflags.insert("RUSTFLAGS".into(), "-C metadata=another".into());
        now.build.lock = Some("another".into());
        now.workers.insert("simd".into(), Some("rebuilt".into()));
        now.peers.insert("numpy".into(), Some("2.9".into()));
        let fields: Vec<String> = then.key().differences(&now.key()).into_iter().map(|d| d.field).collect();
        assert_eq!(
            fields,
            ["build.lock", "build.rustflags.RUSTFLAGS", "cpus_allowed", "peers.numpy", "workers.simd"]
        );
    }

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
