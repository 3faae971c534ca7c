//! Everything known of each cell: workers name the cells, runs have the figures.
//!
//! No family or technique is named here: all that a worker or a run mentions has its place.

mod group;
mod rest;

pub(crate) use group::Group;

use crate::data::{Cell, Family, Gathered, Run, Technique};
use crate::prose::Prose;
use parallax_record::summary::{Row, RowStatus};
use parallax_suite::Size;
use parallax_suite::catalogue::{self, Entry};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Everything that pages are made from.
pub(crate) struct Site {
    pub(crate) gathered: Gathered,
    pub(crate) prose: Prose,
    pub(crate) root: PathBuf,
    pub(crate) has_api: bool,
    catalogue: Vec<Entry>,
}

/// The result of looking a cell up by its name.
pub(crate) enum Found<'a> {
    /// It has a number.
    Measured(&'a Run, &'a Row),
    /// It has none, and the run says why.
    Refused(&'a Row),
    /// It exists, or a peer with it is expected, and no run has it.
    NotMeasured,
    /// It is unknown, but a family that is not in this build may have it.
    Absent,
    /// It is unknown.
    Unknown,
}

impl Run {
    /// Its machine in a few words.
    pub(crate) fn machine(&self) -> String {
        self.summary.environment.machine.words()
    }
}

impl Site {
    pub(crate) fn new(mut gathered: Gathered, prose: Prose, root: PathBuf, has_api: bool) -> Self {
        gathered.runs = rest::lend(gathered.runs);
        Site { gathered, prose, root, has_api, catalogue: catalogue::all() }
    }

    /// All workloads: the catalogue's by number, then others by name.
    pub(crate) fn workloads(&self) -> Vec<&str> {
        let known: Vec<&str> = self.catalogue.iter().map(|entry| entry.name).collect();
        let named = self.gathered.cells.iter().map(|cell| cell.workload.as_str());
        let measured = self.rows().map(|row| row.workload.as_str());
        let strangers: BTreeSet<&str> = named.chain(measured).filter(|name| !known.contains(name)).collect();
        known.into_iter().chain(strangers).collect()
    }

    /// The suite's entry of a workload.
    pub(crate) fn entry(&self, workload: &str) -> Option<&Entry> {
        self.catalogue.iter().find(|entry| entry.name == workload)
    }

    /// The one thing a workload shows.
    pub(crate) fn shows(&self, workload: &str) -> &str {
        self.entry(workload).map_or("a workload of another worker", |entry| entry.shows)
    }

    /// All families, and the techniques of each; the baseline's first.
    pub(crate) fn families(&self) -> Vec<(String, Vec<&str>)> {
        let mut families: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for technique in &self.gathered.techniques {
            families.entry(&technique.family).or_default().insert(&technique.name);
        }
        for row in self.rows() {
            families.entry(&row.family).or_default().insert(&row.technique);
        }
        let mut families: Vec<(String, Vec<&str>)> =
            families.into_iter().map(|(name, all)| (name.to_owned(), all.into_iter().collect())).collect();
        families.sort_by_key(|(name, _)| name != "baseline");
        families
    }

    pub(crate) fn family(&self, name: &str) -> Option<&Family> {
        self.gathered.families.iter().find(|family| family.name == name)
    }

    pub(crate) fn technique(&self, family: &str, name: &str) -> Option<&Technique> {
        self.gathered.techniques.iter().find(|found| found.family == family && found.name == name)
    }

    /// The family of a technique that is named without one: the first that has it.
    pub(crate) fn family_of(&self, technique: &str) -> Option<String> {
        let has = |(family, names): (String, Vec<&str>)| names.contains(&technique).then_some(family);
        self.families().into_iter().find_map(has)
    }

    pub(crate) fn cell(&self, workload: &str, case: &str, technique: &str) -> Option<&Cell> {
        let is =
            |cell: &&Cell| (&*cell.workload, &*cell.case, &*cell.technique) == (workload, case, technique);
        self.gathered.cells.iter().find(is)
    }

    /// The rows of all runs.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.gathered.runs.iter().flat_map(|run| &run.summary.cells)
    }

    /// The runs of the user, without those that only lend cells that these lack; all runs if the user has none.
    pub(crate) fn own_runs(&self) -> impl Iterator<Item = &Run> {
        self.gathered.runs.iter().filter(|run| !run.stands_in)
    }

    /// The label that distinguishes a run from the others: its machine, and its name where that is not enough; none
    /// if there is only one run.
    pub(crate) fn label(&self, run: &Run) -> Option<String> {
        let runs: Vec<&Run> = self.own_runs().collect();
        let machine = run.machine();
        let alike: Vec<&Run> = runs.iter().copied().filter(|other| other.machine() == machine).collect();
        if run.stands_in {
            let whose = if alike.is_empty() { "another machine" } else { "the reference run" };
            return Some(format!("{whose}, {machine}"));
        }
        let place =
            alike.iter().filter(|other| other.name == run.name).position(|other| std::ptr::eq(*other, run));
        let namesakes = alike.iter().filter(|other| other.name == run.name).count();
        match (runs.len(), alike.len(), place) {
            (..2, ..) => None,
            (_, 1, _) => Some(machine),
            (_, _, Some(place)) if namesakes > 1 => {
                Some(format!("{machine}, run {} ({})", run.name, place + 1))
            }
            _ => Some(format!("{machine}, run {}", run.name)),
        }
    }

    /// The groups of rows that may be compared, of all runs: by workload, then in the order of the run.
    pub(crate) fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group> = Vec::new();
        for run in &self.gathered.runs {
            let (first, machine) = (groups.len(), self.label(run));
            for row in &run.summary.cells {
                let key = (&*row.workload, &*row.case, row.size, row.workers);
                let found =
                    groups[first..].iter_mut().find(|g| (g.workload, g.case, g.size, g.workers) == key);
                match found {
                    Some(group) => group.rows.push(row),
                    None => groups.push(Group::begin(run, machine.clone(), row)),
                }
            }
        }
        let order = self.workloads();
        let place = |group: &Group| {
            let workload = order.iter().position(|name| *name == group.workload);
            let cases = self.entry(group.workload).map_or(&[][..], |entry| entry.cases);
            let case = cases.iter().position(|case| *case == group.case);
            (workload, case, group.run.stands_in, group.size, group.workers)
        };
        groups.sort_by_key(place);
        groups.iter_mut().for_each(Group::rank);
        groups
    }

    /// The groups of one workload.
    pub(crate) fn groups_of(&self, workload: &str) -> Vec<Group<'_>> {
        self.groups().into_iter().filter(|group| group.workload == workload).collect()
    }

    /// The group that represents a workload: that of its first case.
    pub(crate) fn headline(&self, workload: &str) -> Option<Group<'_>> {
        let case = self.groups_of(workload).first()?.case;
        self.headline_of(workload, case)
    }

    /// The group that represents a case: in the first run that measured it, at the largest size and with the most
    /// workers.
    pub(crate) fn headline_of(&self, workload: &str, case: &str) -> Option<Group<'_>> {
        let mut groups = self.groups_of(workload);
        groups.retain(|group| group.case == case && group.measured().next().is_some());
        let runs = &self.gathered.runs;
        let run = runs.iter().find(|run| groups.iter().any(|group| std::ptr::eq(group.run, *run)))?;
        groups.into_iter().rfind(|group| std::ptr::eq(group.run, run))
    }

    /// Looks a cell up: in the first run that has a figure, and at the largest measured size unless one is named.
    pub(crate) fn find(&self, workload: &str, case: &str, technique: &str, size: Option<Size>) -> Found<'_> {
        let mut groups = self.groups_of(workload);
        groups.retain(|group| group.case == case && size.is_none_or(|size| size == group.size));
        let mut found = Found::Unknown;
        for run in &self.gathered.runs {
            let of_run = groups.iter().filter(|group| std::ptr::eq(group.run, run));
            match find_in(run, of_run, technique) {
                Found::Unknown => {}
                measured @ Found::Measured(..) => return measured,
                other if matches!(found, Found::Unknown | Found::NotMeasured) => found = other,
                _ => {}
            }
        }
        match found {
            Found::Unknown if self.exists(workload, case, technique) => Found::NotMeasured,
            Found::Unknown if self.gathered.partial => Found::Absent,
            found => found,
        }
    }

    /// Whether a worker has the cell, or a peer with it is expected.
    fn exists(&self, workload: &str, case: &str, technique: &str) -> bool {
        let case_is_known = self.entry(workload).is_some_and(|entry| entry.cases.contains(&case));
        self.cell(workload, case, technique).is_some()
            || self
                .rows()
                .any(|row| row.workload == workload && row.case == case && row.technique == technique)
            || case_is_known && self.prose.is_expected(technique)
    }
}

/// Finds a technique in the groups of a run; in the later one if they differ.
fn find_in<'a, 'g>(run: &'a Run, groups: impl Iterator<Item = &'g Group<'a>>, technique: &str) -> Found<'a>
where
    'a: 'g,
{
    let mut found = Found::Unknown;
    for row in groups.filter_map(|group| group.rows.iter().copied().find(|row| row.technique == technique)) {
        found = match found {
            Found::Measured(..) if !row.is_measured() => found,
            _ if row.is_measured() => Found::Measured(run, row),
            _ if row.status == RowStatus::NotReached => Found::NotMeasured,
            _ => Found::Refused(row),
        };
    }
    found
}
