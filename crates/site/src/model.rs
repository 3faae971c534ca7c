//! What is known of every cell, whoever said it: workers name the cells, runs have the figures.
//!
//! Nothing here knows a family or a technique by name; what a worker or a run mentions has its place.

use crate::data::{Cell, Family, Gathered, Row, Run, Technique, Twin};
use crate::prose::Prose;
use parallax_suite::catalogue::{self, Entry};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The sizes, rising.
pub(crate) const SIZES: [&str; 4] = ["tiny", "small", "medium", "large"];

/// All that pages are made from.
pub(crate) struct Site {
    pub(crate) gathered: Gathered,
    pub(crate) prose: Prose,
    pub(crate) root: PathBuf,
    pub(crate) has_api: bool,
    catalogue: Vec<Entry>,
}

/// Rows that may be compared: one run, workload, case, size and number of workers.
pub(crate) struct Group<'a> {
    pub(crate) run: &'a Run,
    pub(crate) workload: &'a str,
    pub(crate) case: &'a str,
    pub(crate) size: &'a str,
    pub(crate) workers: usize,
    /// Measured ones first, the fastest leading; then the refused.
    pub(crate) rows: Vec<&'a Row>,
    pub(crate) twin: Option<&'a Twin>,
}

/// What there is to say of a cell that someone names.
pub(crate) enum Found<'a> {
    /// It has a number.
    Measured(&'a Row),
    /// It has none, and the run says why.
    Refused(&'a Row),
    /// It exists, or will, and no run has it.
    NotMeasured,
    /// Nobody has ever heard of it.
    Unknown,
}

impl Row {
    /// Whether it has a figure.
    pub(crate) fn is_measured(&self) -> bool {
        self.status == "measured" && self.ratio.is_some() && self.time_ns_median.is_some()
    }

    /// `workload/technique`, or `workload:case/technique`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", full(&self.workload, &self.case), self.technique)
    }
}

/// `workload` or `workload:case`.
pub(crate) fn full(workload: &str, case: &str) -> String {
    if case.is_empty() { workload.to_owned() } else { format!("{workload}:{case}") }
}

impl<'a> Group<'a> {
    /// Those with a figure, the fastest first.
    pub(crate) fn measured(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().copied().filter(|row| row.is_measured())
    }

    /// Those without, by technique.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().copied().filter(|row| !row.is_measured())
    }

    /// The fastest, and those whose intervals reach its own: nobody can tell them apart here.
    pub(crate) fn leaders(&self) -> Vec<&'a Row> {
        let Some(best) = self.measured().next() else { return Vec::new() };
        let low = best.ratio_low.or(best.ratio).unwrap_or(0.0);
        self.measured().filter(|row| row.ratio_high.or(row.ratio).is_some_and(|high| high >= low)).collect()
    }

    /// `julia · medium · 2 workers`.
    pub(crate) fn title(&self) -> String {
        let workers = if self.workers == 1 { "1 worker".into() } else { format!("{} workers", self.workers) };
        format!("{} · {} · {workers}", full(self.workload, self.case), self.size)
    }
}

impl Site {
    pub(crate) fn new(gathered: Gathered, prose: Prose, root: PathBuf, has_api: bool) -> Self {
        Site { gathered, prose, root, has_api, catalogue: catalogue::all() }
    }

    /// All workloads: the catalogue's by number, then strangers by name.
    pub(crate) fn workloads(&self) -> Vec<&str> {
        let known: Vec<&str> = self.catalogue.iter().map(|entry| entry.name).collect();
        let named = self.gathered.cells.iter().map(|cell| cell.workload.as_str());
        let measured = self.rows().map(|row| row.workload.as_str());
        let strangers: BTreeSet<&str> = named.chain(measured).filter(|name| !known.contains(name)).collect();
        known.into_iter().chain(strangers).collect()
    }

    /// What the suite says of a workload.
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

    /// The family of a technique that is named alone: the first that has one of that name.
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

    /// What may be compared with what, of all runs: by workload, then as the run has them.
    pub(crate) fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group> = Vec::new();
        for run in &self.gathered.runs {
            let first = groups.len();
            for row in &run.summary.cells {
                let key = (&*row.workload, &*row.case, &*row.size, row.workers);
                let found =
                    groups[first..].iter_mut().find(|g| (g.workload, g.case, g.size, g.workers) == key);
                match found {
                    Some(group) => group.rows.push(row),
                    None => groups.push(begin(run, row)),
                }
            }
        }
        let order = self.workloads();
        let place = |group: &Group| {
            let workload = order.iter().position(|name| *name == group.workload);
            let cases = self.entry(group.workload).map_or(&[][..], |entry| entry.cases);
            let size = SIZES.iter().position(|size| *size == group.size);
            (workload, cases.iter().position(|case| *case == group.case), size, group.workers)
        };
        groups.sort_by_key(place);
        groups.iter_mut().for_each(rank);
        groups
    }

    /// The groups of one workload.
    pub(crate) fn groups_of(&self, workload: &str) -> Vec<Group<'_>> {
        self.groups().into_iter().filter(|group| group.workload == workload).collect()
    }

    /// The group that stands for a workload: its first case, as large and with as many workers as there is.
    pub(crate) fn headline(&self, workload: &str) -> Option<Group<'_>> {
        let groups = self.groups_of(workload);
        let first = groups.iter().map(|group| group.case).next()?.to_owned();
        groups.into_iter().rfind(|group| group.case == first && group.measured().next().is_some())
    }

    /// What there is to say of a cell; the largest measured size speaks for it unless one is named.
    pub(crate) fn find(&self, workload: &str, case: &str, technique: &str, size: Option<&str>) -> Found<'_> {
        let mut found = Found::Unknown;
        for group in self.groups_of(workload) {
            if group.case != case || size.is_some_and(|size| size != group.size) {
                continue;
            }
            if let Some(row) = group.rows.iter().find(|row| row.technique == technique) {
                found = match found {
                    Found::Measured(_) if !row.is_measured() => found,
                    _ if row.is_measured() => Found::Measured(row),
                    _ if row.status == "not_reached" => Found::NotMeasured,
                    _ => Found::Refused(row),
                };
            }
        }
        match found {
            Found::Unknown if self.exists(workload, case, technique) => Found::NotMeasured,
            found => found,
        }
    }

    /// Whether a worker has the cell, or a peer is expected that will.
    fn exists(&self, workload: &str, case: &str, technique: &str) -> bool {
        let case_is_known = self.entry(workload).is_some_and(|entry| entry.cases.contains(&case));
        self.cell(workload, case, technique).is_some()
            || self
                .rows()
                .any(|row| row.workload == workload && row.case == case && row.technique == technique)
            || case_is_known && self.prose.is_expected(technique)
    }
}

fn begin<'a>(run: &'a Run, row: &'a Row) -> Group<'a> {
    let is = |twin: &&Twin| {
        (&twin.workload, &twin.case, &twin.size, twin.workers)
            == (&row.workload, &row.case, &row.size, row.workers)
    };
    Group {
        run,
        workload: &row.workload,
        case: &row.case,
        size: &row.size,
        workers: row.workers,
        rows: vec![row],
        twin: run.summary.aa.iter().find(is),
    }
}

fn rank(group: &mut Group) {
    group.rows.sort_by(|a, b| {
        let speed = |row: &Row| if row.is_measured() { row.ratio.unwrap_or(0.0) } else { -1.0 };
        speed(b).total_cmp(&speed(a)).then_with(|| a.technique.cmp(&b.technique))
    });
}
