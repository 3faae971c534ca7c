//! The selection of cells, the same for every verb: a pattern is a name if it is one, and otherwise a regex.
//!
//! `-t atomic` takes the technique of that name and not `atomic-padded`; `-t atom` is not a name, so it takes
//! every technique that contains it. `-w histogram` takes all cases of that workload, `-w histogram:skewed` one of
//! them. Options of one letter add up, as do patterns with commas between them; different letters narrow down, and
//! capital letters exclude.

mod names;

pub use names::Names;

use crate::workspace;
use anyhow::{Error, Result, bail, ensure};
use names::Kind;
use parallax_record::name::full;
use regex::Regex;
use std::str::FromStr;

/// The heading above the options in a verb's help.
const SELECTION: &str = "Selection (a PATTERN is a name, or a regex that finds names; a,b takes both, and '\\,' is a comma in a regex)";

/// The options that select cells; flatten it into a verb's arguments.
///
/// ```
/// use clap::Parser;
/// use parallax_harness::filter::{Filter, Names};
///
/// #[derive(Parser)]
/// struct Show {
///     #[command(flatten)]
///     filter: Filter,
/// }
///
/// let mut names = Names::default();
/// names.add("histogram", "skewed", "mutex", "atomics");
/// names.add("julia", "", "rayon", "threading");
/// let chosen = Show::parse_from(["show", "-w", "hist", "-T", "rayon"]).filter.compile(&names)?;
/// assert!(chosen.admits("histogram", "skewed", "mutex", "atomics"));
/// assert!(!chosen.admits("julia", "", "rayon", "threading"));
/// # anyhow::Ok(())
/// ```
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Filter {
    /// Take these workloads: `histogram` with all its cases, `histogram:skewed` alone
    #[arg(short = 'w', long = "workload", value_name = "PATTERN", help_heading = SELECTION)]
    pub workload: Vec<Pattern>,
    /// Leave these workloads
    #[arg(short = 'W', long = "not-workload", value_name = "PATTERN", help_heading = SELECTION)]
    pub not_workload: Vec<Pattern>,
    /// Take these techniques
    #[arg(short = 't', long = "technique", value_name = "PATTERN", help_heading = SELECTION)]
    pub technique: Vec<Pattern>,
    /// Leave these techniques
    #[arg(short = 'T', long = "not-technique", value_name = "PATTERN", help_heading = SELECTION)]
    pub not_technique: Vec<Pattern>,
    /// Take these families: `distributed` with `distributed-jobs`, `^distributed$` alone
    #[arg(short = 'f', long = "family", value_name = "PATTERN", help_heading = SELECTION)]
    pub family: Vec<Pattern>,
    /// Leave these families
    #[arg(short = 'F', long = "not-family", value_name = "PATTERN", help_heading = SELECTION)]
    pub not_family: Vec<Pattern>,
}

impl Filter {
    /// Whether any option was given.
    pub fn says_anything(&self) -> bool {
        let lists = [&self.workload, &self.not_workload, &self.technique, &self.not_technique];
        lists.into_iter().chain([&self.family, &self.not_family]).any(|patterns| !patterns.is_empty())
    }

    /// Whether an option takes cells, and not only leaves some out.
    pub fn takes_anything(&self) -> bool {
        [&self.workload, &self.technique, &self.family].iter().any(|patterns| !patterns.is_empty())
    }

    /// Checks the patterns against the names that exist.
    ///
    /// A kind of which no name is known yet is not checked, so that families can be chosen before their workers are
    /// built; until then, [`Compiled::admits`] searches in names instead of comparing whole ones.
    ///
    /// # Errors
    ///
    /// A pattern that selects nothing, with similar names.
    pub fn compile(&self, names: &Names) -> Result<Compiled> {
        Ok(Compiled {
            workload: Side::new(Kind::Workload, &self.workload, &self.not_workload, names)?,
            technique: Side::new(Kind::Technique, &self.technique, &self.not_technique, names)?,
            family: Side::new(Kind::Family, &self.family, &self.not_family, names)?,
        })
    }
}

/// Names or regexes, separated by commas, as the user wrote them; an invalid regex is refused while arguments are
/// parsed.
#[derive(Debug, Clone)]
pub struct Pattern(Vec<One>);

/// One name or regex.
#[derive(Debug, Clone)]
struct One {
    text: String,
    regex: Regex,
}

impl FromStr for Pattern {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        split(text).into_iter().map(One::new).collect::<Result<_>>().map(Pattern)
    }
}

impl One {
    fn new(text: &str) -> Result<Self> {
        ensure!(!text.is_empty(), "an empty pattern selects everything; leave the option out");
        match Regex::new(text) {
            Ok(regex) => Ok(One { text: text.to_owned(), regex }),
            Err(error) => {
                let told = error.to_string();
                let why = told.lines().last().unwrap_or(&told).trim_start_matches("error: ");
                bail!(
                    "'{text}' is not a valid regex: {why}; escape characters that stand for themselves with a \
                     backslash, as in '\\+rayon'"
                )
            }
        }
    }
}

/// The parts between commas. A comma after a backslash, in a class or in a repetition like `{1,3}` belongs to the
/// regex.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut escaped, mut class, mut braces) = (false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => class = false,
            '[' => class = true,
            '{' => braces = true,
            '}' => braces = false,
            ',' if !class && !braces => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A filter whose patterns were checked and sorted into names and regexes.
#[derive(Debug, Clone, Default)]
pub struct Compiled {
    workload: Side,
    technique: Side,
    family: Side,
}

impl Compiled {
    /// Whether a cell is selected.
    pub fn admits(&self, workload: &str, case: &str, technique: &str, family: &str) -> bool {
        self.admits_workload(workload, case)
            && self.technique.admits(&[technique])
            && self.admits_family(family)
    }

    /// Whether any cell of a workload's case can be selected.
    pub fn admits_workload(&self, workload: &str, case: &str) -> bool {
        self.workload.admits(&[workload, &full(workload, case)])
    }

    /// Whether any cell of a family can be selected, so that its worker is worth building.
    pub fn admits_family(&self, family: &str) -> bool {
        self.family.admits(&[family])
    }

    /// Whether workloads were named; if not, a verb may keep to the first case of each.
    pub fn names_a_workload(&self) -> bool {
        !self.workload.take.is_empty()
    }

    /// Whether one case of a workload was named.
    pub fn names_a_case(&self) -> bool {
        self.workload.take.iter().any(|test| matches!(test, Test::Name(name) if name.contains(':')))
    }

    /// The error if each pattern finds names, but no cell matches them all.
    pub fn nothing_left(&self) -> Error {
        anyhow::anyhow!(
            "no cell is left: each pattern matches something, but no cell matches them all; leave one out, \
             or see `{}`",
            workspace::list()
        )
    }
}

#[derive(Debug, Clone, Default)]
struct Side {
    take: Vec<Test>,
    leave: Vec<Test>,
}

impl Side {
    fn new(kind: Kind, take: &[Pattern], leave: &[Pattern], names: &Names) -> Result<Self> {
        let known = names.of(kind);
        let test = |pattern: &One| {
            if known.contains(&pattern.text) {
                let name = pattern.text.clone();
                return Ok(if kind == Kind::Family { Test::Family(name) } else { Test::Name(name) });
            }
            if !known.is_empty() && !known.iter().any(|name| pattern.regex.is_match(name)) {
                return Err(names.nothing_matches(kind, &pattern.text));
            }
            Ok(Test::Search(pattern.regex.clone()))
        };
        let tests = |patterns: &[Pattern]| {
            patterns.iter().flat_map(|pattern| &pattern.0).map(test).collect::<Result<Vec<Test>>>()
        };
        Ok(Side { take: tests(take)?, leave: tests(leave)? })
    }

    /// Whether a thing with these `names` is selected.
    fn admits(&self, names: &[&str]) -> bool {
        let any = |tests: &[Test]| tests.iter().any(|test| names.iter().any(|name| test.finds(name)));
        (self.take.is_empty() || any(&self.take)) && !any(&self.leave)
    }
}

#[derive(Debug, Clone)]
enum Test {
    Name(String),
    /// A family, and those that are parts of it: `distributed` is also `distributed-jobs`.
    Family(String),
    Search(Regex),
}

impl Test {
    fn finds(&self, name: &str) -> bool {
        match self {
            Test::Name(wanted) => wanted == name,
            Test::Family(wanted) => name
                .strip_prefix(wanted.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
            Test::Search(regex) => regex.is_match(name),
        }
    }
}

#[cfg(test)]
mod tests;
