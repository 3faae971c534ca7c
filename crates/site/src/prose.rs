//! Reads the written prose and lists of `docs/`, which are kept apart from measured figures.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::iter::successors;
use std::path::{Path, PathBuf};

/// All prose and lists.
#[derive(Debug, Default)]
pub(crate) struct Prose {
    /// The guide's chapters, in order: the file's stem and its text.
    pub(crate) guide: Vec<(String, String)>,
    /// What each workload teaches, by name.
    pub(crate) workloads: BTreeMap<String, String>,
    /// A drawing of the idea, by `family` or `family/technique`.
    pub(crate) diagrams: BTreeMap<String, String>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) reading: BTreeMap<String, Vec<Reading>>,
    /// The three questions that lead to a problem.
    pub(crate) path: Vec<Asked>,
    /// Common questions, each answered by a page.
    pub(crate) questions: Vec<Question>,
    /// Common names of a technique, by `family/technique`.
    pub(crate) names: BTreeMap<String, Vec<String>>,
    /// The folder of all of it.
    pub(crate) folder: PathBuf,
}

/// A kind of problem that a visitor may have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Problem {
    pub(crate) id: String,
    pub(crate) title: String,
    /// How to recognise it.
    pub(crate) like: String,
    /// The workloads that represent it; the first one measured decides the answer.
    pub(crate) workloads: Vec<String>,
    /// When the answer stops being right.
    pub(crate) until: String,
    /// The answers that lead to it, one for each of the first questions.
    pub(crate) path: Vec<String>,
}

/// A question on the way to a problem.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    pub(crate) asks: String,
    /// Each answer: its name in problems, and its words.
    pub(crate) answers: Vec<[String; 2]>,
}

/// A common question, and the text that answers it.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// The stem of its file.
    pub(crate) name: String,
    /// Its name in the navigation.
    pub(crate) short: String,
    pub(crate) text: String,
}

impl Question {
    /// The question itself.
    pub(crate) fn title(&self) -> &str {
        self.text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(&self.name)
    }
}

/// An entry of the reading list on performance in Python.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(crate) workloads: Vec<String>,
    /// The answer in Rust.
    pub(crate) rust: String,
    /// The Python systems that it is compared with, as the Python worker names them.
    pub(crate) peers: Vec<String>,
    /// The chapter of the guide that explains it.
    pub(crate) chapter: String,
    /// The pair to compare, where there is one: a technique of ours, then one of theirs.
    #[serde(default)]
    pub(crate) compare: Option<[String; 2]>,
    /// The parts of it that have no cell, and why.
    #[serde(default)]
    pub(crate) apart: Option<String>,
}

/// Something worth reading.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reading {
    pub(crate) what: String,
    pub(crate) why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    guide: Vec<String>,
    problems: Vec<Problem>,
    path: Vec<Asked>,
    questions: Vec<[String; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topics {
    topics: Vec<Topic>,
}

impl Prose {
    /// Reads the folder `docs`.
    ///
    /// # Errors
    ///
    /// If a list is damaged, or names a chapter or a question that does not exist.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let lists: Lists = list(folder, "site.toml")?;
        let text = |part: &str, name: &str| {
            let path = folder.join(part).join(format!("{name}.md"));
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let chapter = |name: &String| Ok((name.clone(), text("guide", name)?));
        let question = |[name, short]: &[String; 2]| {
            Ok(Question { name: name.clone(), short: short.clone(), text: text("questions", name)? })
        };
        Ok(Prose {
            guide: lists.guide.iter().map(chapter).collect::<Result<_>>()?,
            workloads: texts(&folder.join("workloads"), "md")?,
            diagrams: drawings(&folder.join("diagrams"))?,
            problems: lists.problems,
            path: lists.path,
            questions: lists.questions.iter().map(question).collect::<Result<_>>()?,
            names: list(folder, "names.toml")?,
            topics: list::<Topics>(folder, "topics.toml")?.topics,
            reading: list(folder, "reading.toml")?,
            folder: folder.to_owned(),
        })
    }

    /// The drawing of a technique's idea: its own, or that of the longest name that its name extends (`std-channel` for
    /// `std-channel-1024`, `foldhash` for `foldhash+rayon`), or its family's.
    pub(crate) fn diagram(&self, family: &str, technique: &str) -> Option<&String> {
        successors(Some(technique), |name| name.rfind(['-', '+']).map(|end| &name[..end]))
            .find_map(|name| self.diagrams.get(&format!("{family}/{name}")))
            .or_else(|| self.diagrams.get(family))
    }

    /// Whether a system of the reading list has this name: another worker may have its cells.
    pub(crate) fn is_expected(&self, technique: &str) -> bool {
        self.topics.iter().any(|topic| topic.peers.iter().any(|peer| peer == technique))
    }
}

fn list<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T> {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
}

/// The drawings of families, and those of their techniques, which lie in a folder of the family's name.
fn drawings(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for (family, text) in texts(folder, "svg")? {
        let of_techniques = texts(&folder.join(&family), "svg")?;
        found.extend(of_techniques.into_iter().map(|(name, text)| (format!("{family}/{name}"), text)));
        found.insert(family, text);
    }
    Ok(found)
}

/// The files of a folder by their stems; none if there is no such folder.
fn texts(folder: &Path, extension: &str) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|found| found == extension) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            found.insert(stem, text);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_has_the_drawing_of_the_longest_name_that_it_extends() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["threading", "threading/std-channel", "python", "stack", "stack/foldhash", "gone/by"] {
            let path = folder.path().join(format!("{name}.svg"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let prose = Prose { diagrams: drawings(folder.path()).unwrap(), ..Prose::default() };
        let of = |family: &str, technique: &str| prose.diagram(family, technique).cloned();
        assert_eq!(of("threading", "std-channel").as_deref(), Some("threading/std-channel"));
        assert_eq!(of("threading", "std-channel-1024").as_deref(), Some("threading/std-channel"));
        assert_eq!(of("stack", "foldhash+rayon").as_deref(), Some("stack/foldhash"));
        assert_eq!(of("stack", "avx2+rayon").as_deref(), Some("stack"));
        assert_eq!(of("python", "std-channel").as_deref(), Some("python"), "another family's");
        assert_eq!(of("python", "threading").as_deref(), Some("python"), "a family of that name");
        assert_eq!(of("gone", "by"), None, "its family has no drawing");
        assert_eq!(of("yours", "plain"), None);
    }
}
