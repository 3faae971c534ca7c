//! The names that exist, so that a pattern without a match gets a "did you mean".

use crate::workspace;
use anyhow::Error;
use parallax_record::name::full;
use parallax_record::near::{did_you_mean, see_list};
use std::collections::BTreeSet;

/// The names that exist.
#[derive(Debug, Clone, Default)]
pub struct Names([BTreeSet<String>; 3]);

impl Names {
    /// Adds a cell's names; an empty one adds nothing.
    pub fn add(&mut self, workload: &str, case: &str, technique: &str, family: &str) {
        let with_case = if workload.is_empty() { String::new() } else { full(workload, case) };
        let names = [
            (Kind::Workload, workload),
            (Kind::Workload, &with_case),
            (Kind::Technique, technique),
            (Kind::Family, family),
        ];
        for (kind, name) in names.into_iter().filter(|(_, name)| !name.is_empty()) {
            self.0[kind as usize].insert(name.to_owned());
        }
    }

    /// The names of one kind, including a workload's cases.
    pub(super) fn of(&self, kind: Kind) -> &BTreeSet<String> {
        &self.0[kind as usize]
    }

    /// The error for a pattern that matches no name of its kind.
    pub(super) fn nothing_matches(&self, kind: Kind, text: &str) -> Error {
        let names = || self.of(kind).iter().map(String::as_str);
        let other = Kind::ALL.into_iter().find(|kind| self.of(*kind).contains(text));
        let cases = text.split_once(':').map(|(workload, _)| format!("{workload}:"));
        let cases: Vec<&str> =
            names().filter(|name| cases.as_ref().is_some_and(|of| name.starts_with(of))).collect();
        let hint = match other {
            Some(kind) => format!("; it is a {}, for {}", kind.word(), kind.option()),
            None => match did_you_mean(text, names()) {
                hint if hint.is_empty() && !cases.is_empty() => format!("; there are {}", cases.join(", ")),
                hint => hint,
            },
        };
        anyhow::anyhow!("no {} matches '{text}'{}", kind.word(), see_list(&hint, &workspace::list()))
    }
}

/// The kind of thing that a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Workload,
    Technique,
    Family,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Workload, Kind::Technique, Kind::Family];

    const fn word(self) -> &'static str {
        ["workload", "technique", "family"][self as usize]
    }

    const fn option(self) -> &'static str {
        ["-w", "-t", "-f"][self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_that_is_none_shows_those_that_are() {
        let mut names = Names::default();
        ["256", "skewed"].iter().for_each(|case| names.add("histogram", case, "", ""));
        let why = names.nothing_matches(Kind::Workload, "histogram:even").to_string();
        assert_eq!(
            why,
            "no workload matches 'histogram:even'; there are histogram:256, histogram:skewed; \
             `cargo xtask list` shows what there is"
        );
    }

    #[test]
    fn empty_names_are_not_added() {
        let mut names = Names::default();
        names.add("", "skewed", "", "simd");
        assert_eq!(Kind::ALL.map(|kind| names.of(kind).len()), [0, 0, 1]);
    }
}
