//! The store of runs, in which a figure can be looked up instead of measured again, and followed over time.

use crate::analysis::{CellFacts, analyse};
use crate::journal::{self, read_json, read_lines_of, read_plan};
use crate::say::say;
use anyhow::Result;
use jiff::Timestamp;
use parallax_method::TRUSTED_BLOCKS;
use parallax_record::environment::{Environment, Key};
use parallax_record::journal::Line;
use parallax_record::plan::{Group, Plan};
use parallax_runner::protocol::Status;
use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

/// The format of the time in a run's name.
const NAME: &str = "%Y-%m-%dT%H-%M-%SZ";

/// A name for a run that begins now; names sort by time.
pub fn now_name() -> String {
    Timestamp::now().strftime(NAME).to_string()
}

fn time_of(name: &str) -> Option<Timestamp> {
    let offset = NAME.replace('Z', "%z");
    Timestamp::strptime(offset, name.strip_suffix('Z')?.to_owned() + "+0000").ok()
}

/// A stored run.
#[derive(Debug)]
pub struct Stored {
    /// The name of its folder.
    pub name: String,
    /// When it began: by its name, or else by its files.
    pub time: Timestamp,
    /// Its plan.
    pub plan: Plan,
    /// The machine and the build.
    pub environment: Environment,
    folder: PathBuf,
    lines: OnceCell<Vec<Line>>,
    /// For each cell, whether it has a usable result.
    known: OnceCell<Vec<Vec<bool>>>,
}

impl Stored {
    fn read(folder: PathBuf) -> Result<Self> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let time = match time_of(&name) {
            Some(time) => time,
            None => folder.join("plan.json").metadata()?.modified()?.try_into()?,
        };
        let (plan, environment) = (read_plan(&folder)?, read_json(&folder, "env.json")?);
        Ok(Stored { name, time, plan, environment, folder, lines: OnceCell::new(), known: OnceCell::new() })
    }

    /// Its turns and blocks; none if the journal is damaged, with a message.
    pub fn lines(&self) -> &[Line] {
        self.lines.get_or_init(|| {
            read_lines_of(&self.folder, &self.plan).unwrap_or_else(|why| {
                say(&format!("without the run {}: {why:#}", self.name));
                Vec::new()
            })
        })
    }

    /// The index of the group in its plan that corresponds to `group`: with the same work, size and number of workers.
    pub fn group(&self, group: &Group) -> Option<usize> {
        let key = |group: &Group| (group.workload.clone(), group.case.clone(), group.size, group.workers);
        self.plan.groups.iter().position(|other| key(other) == key(group))
    }

    /// Whether it has a usable result of the technique with that index in its group: a figure from quiet blocks, enough
    /// for a claim, or that it cannot run here. A technique that broke, or was cut off, has none.
    pub fn knows(&self, group: usize, technique: usize) -> bool {
        let known = self.known.get_or_init(|| {
            let known = |cell: &CellFacts| match &cell.refused {
                Some((status, _)) => *status != Status::Failed,
                None => !cell.noisy && cell.series.len() >= TRUSTED_BLOCKS,
            };
            let facts = analyse(&self.plan, self.lines());
            facts.iter().map(|group| group.cells.iter().map(known).collect()).collect()
        });
        known.get(group).and_then(|cells| cells.get(technique)).copied().unwrap_or(false)
    }
}

/// All runs of the store, the oldest first. One that cannot be read is left out, with a message; so are sweeps, whose
/// points do not have a workload's own sizes.
pub fn runs() -> Vec<Stored> {
    runs_in(&journal::home())
}

fn runs_in(home: &Path) -> Vec<Stored> {
    let folders = fs::read_dir(home).into_iter().flatten().flatten().map(|entry| entry.path());
    let read = |folder: PathBuf| match Stored::read(folder) {
        Ok(run) => Some(run),
        Err(why) => {
            say(&format!("without a run: {why:#}"));
            None
        }
    };
    let runs = folders.filter(|folder| folder.join("plan.json").exists()).filter_map(read);
    let mut runs: Vec<Stored> = runs.filter(|run| run.plan.sweep.is_none()).collect();
    runs.sort_by(|a, b| (a.time, &a.name).cmp(&(b.time, &b.name)));
    runs
}

/// The runs that were made on this machine, whatever was measured there, the oldest first.
pub fn runs_of(machine: &Key) -> Vec<Stored> {
    let mut runs = runs();
    runs.retain(|run| run.environment.key().machine() == *machine);
    runs
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::workspace::workspace;

    /// A store that has the published run under each of these names.
    pub(crate) fn published(names: &[&str]) -> (tempfile::TempDir, Vec<Stored>) {
        let home = tempfile::tempdir().unwrap();
        let run = workspace().join("results/earlier/amd-epyc-7003-2-cores");
        for name in names {
            let folder = home.path().join(name);
            fs::create_dir(&folder).unwrap();
            for file in ["plan.json", "env.json", "journal.ndjson"] {
                fs::copy(run.join(file), folder.join(file)).unwrap();
            }
        }
        let runs = runs_in(home.path());
        (home, runs)
    }

    impl Stored {
        /// Replaces its lines.
        pub(crate) fn set_lines(&mut self, lines: Vec<Line>) {
            (self.lines, self.known) = (OnceCell::from(lines), OnceCell::new());
        }
    }

    #[test]
    fn runs_are_sorted_by_the_time_in_their_name_or_of_their_plan() {
        let (home, _) = published(&["2026-01-02T03-04-05Z", "aside", "2020-01-01T00-00-00Z"]);
        fs::create_dir(home.path().join("peers")).unwrap();
        fs::create_dir(home.path().join("damaged")).unwrap();
        fs::write(home.path().join("damaged/plan.json"), "{").unwrap();
        let names: Vec<String> = runs_in(home.path()).into_iter().map(|run| run.name).collect();
        // the copy has the present time, which is after all of these
        assert_eq!(names, ["2020-01-01T00-00-00Z", "2026-01-02T03-04-05Z", "aside"]);
        let run = &runs_in(home.path())[1];
        assert_eq!(run.time.to_string(), "2026-01-02T03:04:05Z");
        assert!(time_of(&now_name()).unwrap() <= Timestamp::now());
        assert_eq!(runs_in(&home.path().join("nowhere")).len(), 0);
    }

    #[test]
    fn a_group_is_found_by_its_work_size_and_workers() {
        let (_home, runs) = published(&["one"]);
        let run = &runs[0];
        let group = &run.plan.groups[4];
        assert_eq!(run.group(group), Some(4));
        assert_eq!(run.group(&Group { cells: Vec::new(), ..group.clone() }), Some(4));
        assert_eq!(run.group(&Group { workers: 77, ..group.clone() }), None);
        assert_eq!(run.group(&Group { case: "another".into(), ..group.clone() }), None);
    }

    #[test]
    fn what_broke_or_was_cut_off_is_not_known() {
        let (_home, mut runs) = published(&["one"]);
        assert!(runs[0].knows(4, 0));
        assert!(!runs[0].knows(4, 1000));
        let facts = analyse(&runs[0].plan, runs[0].lines());
        let cells = facts.iter().enumerate().flat_map(|(group, facts)| {
            facts.cells.iter().enumerate().map(move |(at, cell)| (group, at, cell))
        });
        let (mut short, mut unfit) = (0, 0);
        for (group, at, cell) in cells {
            match &cell.refused {
                Some((Status::Failed, _)) => assert!(!runs[0].knows(group, at)),
                Some(_) => {
                    unfit += 1;
                    assert!(runs[0].knows(group, at), "it cannot run here, today as then");
                }
                None if cell.series.len() < TRUSTED_BLOCKS => {
                    short += 1;
                    assert!(!runs[0].knows(group, at));
                }
                None => {}
            }
        }
        assert!(short > 0 && unfit > 0, "{short} {unfit}");
        runs[0].set_lines(Vec::new());
        assert!(!runs[0].knows(4, 0));
    }
}
