//! Planning a run: which cells it compares, and their groups with a baseline each.

use crate::filter::Filter;
use crate::fleet::{Fleet, FleetCell, Wanted, Workspace};
use crate::{topics, workspace};
use anyhow::{Result, bail};
use parallax_record::name::{BASELINE, PEERS};
use parallax_record::plan::{Group, Member};
use parallax_suite::{Size, catalogue};

/// The selection of a bench from all cells.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    /// The filter of the user.
    pub filter: &'a Filter,
    /// Whether all cells are taken if none are named, and not only the headline.
    pub all: bool,
}

impl Selection<'_> {
    /// Whether it is the headline: the techniques that each workload lists for its first case.
    pub fn is_headline(&self) -> bool {
        !self.all && !self.filter.takes_anything()
    }

    /// The workers that it needs.
    pub fn wanted(&self) -> Wanted {
        match self.is_headline() {
            true => Wanted::Headline,
            false => Wanted::Filtered(self.filter.clone()),
        }
    }

    /// The selected cells: those that the filter takes, in all cases if it names a workload and otherwise in the first
    /// case of each; or the headline.
    ///
    /// # Errors
    ///
    /// As [`Fleet::choose`].
    pub fn choose<'f>(&self, fleet: &'f Fleet) -> Result<Vec<&'f FleetCell>> {
        let mut chosen = fleet.choose_first_cases(self.filter)?;
        if self.is_headline() {
            let families = Workspace::read().map_or_else(|_| Vec::new(), |workspace| workspace.programs());
            let peers = fleet.launches.contains_key(PEERS);
            chosen.retain(|cell| is_headline(cell, headline(&cell.info.workload), &families, peers));
        }
        Ok(chosen)
    }
}

/// The techniques of a workload that a bench takes by default; empty where it lists none, and all are taken.
fn headline(workload: &str) -> &'static [&'static str] {
    let entry = catalogue::all().into_iter().find(|entry| entry.name == workload);
    entry.map_or(&[], |entry| entry.headline)
}

/// Whether a cell is in the headline of its workload, which lists techniques of the workspace's `families`.
///
/// A worker of another family was named by the user, who then wants to see it. All peers are in, since the best of them
/// is wanted, and so is a technique that a topic compares with one of them.
fn is_headline(cell: &FleetCell, listed: &[&str], families: &[String], peers: bool) -> bool {
    let FleetCell { of_family: family, asked: technique, info, .. } = cell;
    let technique = technique.as_str();
    listed.is_empty()
        || technique == BASELINE
        || listed.contains(&technique)
        || !families.contains(family)
        || (peers && topics::names(&info.workload, technique))
}

/// Groups the chosen cells by their baseline.
///
/// # Errors
///
/// If nothing is chosen, or a cell has no baseline.
pub fn groups(fleet: &Fleet, chosen: &[&FleetCell], size: Size, workers: &[usize]) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    for &workers in workers {
        for cell in chosen {
            let info = &cell.info;
            let same = |group: &&mut Group| {
                (group.workers, &group.workload, &group.case) == (workers, &info.workload, &info.case)
            };
            let group = match groups.iter_mut().find(same) {
                Some(group) => group,
                None => {
                    let baseline = baseline(fleet, cell)?;
                    let (workload, case) = (info.workload.clone(), info.case.clone());
                    let (point, cells) = (None, Vec::new());
                    groups.push(Group { workload, case, size, workers, point, baseline, cells });
                    groups.last_mut().expect("one was just added")
                }
            };
            if info.technique != BASELINE {
                group.cells.push(Member {
                    family: cell.family.clone(),
                    technique: info.technique.clone(),
                    asked: (cell.asked != info.technique).then(|| cell.asked.clone()),
                    question: info.question.to_string(),
                    algorithm: info.algorithm.clone(),
                    alone: info.alone.clone(),
                    libraries: info.libraries.clone(),
                });
            }
        }
    }
    groups.retain(|group| !group.cells.is_empty());
    if groups.is_empty() {
        bail!("nothing is left to compare with the baseline; `{}` shows all cells", workspace::list());
    }
    Ok(groups)
}

/// The family that has the baseline of a cell's workload.
fn baseline(fleet: &Fleet, cell: &FleetCell) -> Result<String> {
    let is_baseline = |other: &&FleetCell| {
        let (other, info) = (&other.info, &cell.info);
        (&other.workload, &other.case, other.technique.as_str()) == (&info.workload, &info.case, BASELINE)
    };
    match fleet.cells.iter().find(is_baseline) {
        Some(baseline) => Ok(baseline.family.clone()),
        None => bail!("{} has no baseline: some worker must have {BASELINE} for it", cell.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Verb {
        #[command(flatten)]
        filter: Filter,
    }

    fn cell(family: &str, technique: &str) -> FleetCell {
        let info = serde_json::json!({
            "workload": "julia", "technique": technique, "question": "execute", "pattern": "map", "idea": "",
            "gives": "", "costs": "", "source": "", "implementor": "", "kernel": "", "libraries": {}
        });
        FleetCell::of(family, 1, serde_json::from_value(info).unwrap())
    }

    #[test]
    fn a_headline_has_what_its_workload_lists_and_what_nobody_could_list() {
        let families = ["baseline", "processes", "threading"].map(str::to_owned);
        let of =
            |family, technique, peers| is_headline(&cell(family, technique), &["rayon"], &families, peers);
        assert!(of("threading", "rayon", false) && of("baseline", BASELINE, false));
        assert!(!of("threading", "crossbeam", false));
        assert!(of("mine", "crossbeam", false), "a worker of the user's own");
        // a topic compares it with a peer, which makes sense where the peers run
        assert!(!of("processes", "pipes", false) && of("processes", "pipes", true));
        assert!(of(PEERS, "numba-njit", true));
        assert!(
            is_headline(&cell("threading", "crossbeam"), &[], &families, false),
            "without a list, all are in"
        );
    }

    #[test]
    fn naming_something_lifts_the_restriction_and_leaving_something_out_does_not() {
        for (line, all, expected) in [
            ("", false, true),
            ("", true, false),
            ("-T mutex -W heat -F simd", false, true),
            ("-w julia", false, false),
            ("-t rayon", false, false),
            ("-f simd -T mutex", false, false),
        ] {
            let words = std::iter::once("verb").chain(line.split_whitespace());
            let filter = Verb::parse_from(words).filter;
            let selection = Selection { filter: &filter, all };
            assert_eq!(selection.is_headline(), expected, "{line}");
            assert_eq!(matches!(selection.wanted(), Wanted::Headline), expected, "{line}");
        }
    }
}
