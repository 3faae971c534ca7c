//! The folder of a run: the frozen plan, the machine, and a journal line for each turn, so that any prefix is a result.
//!
//! Lines are appended as turns end, and are synced to the disk at the end of a block. A torn last line (a crash, a full
//! disk) is cut off when the run is opened again; a block without its end does not count and is run again.

mod read;
#[cfg(test)]
mod tests;

use read::read_lines;
pub use read::{read_ceilings, read_costs, read_json, read_lines_of, read_plan, read_rests};

use crate::durable::{self, Disk};
use crate::share::Ceilings;
use crate::shell::quoted;
use crate::workspace::{self, command};
use anyhow::{Context, Result, bail};
use parallax_method::schedule::Rest;
use parallax_record::journal::Line;
use parallax_record::plan::Plan;
use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

/// The file of a run that holds the limits.
const LIMITS: &str = "limits.json";

/// The file of a run that holds the measurements of links between hosts.
const NETWORK: &str = "network.json";

/// The file of the machine and the build.
const ENVIRONMENT: &str = "env.json";

/// The file of the turns and blocks.
const JOURNAL: &str = "journal.ndjson";

/// The folder of one run, locked against other processes.
pub struct Run {
    folder: PathBuf,
    journal: File,
    _lock: File,
}

impl Run {
    /// Makes a new run in the folder that was reserved for it.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn create(place: Place, plan: &Plan, environment: &impl Serialize) -> Result<Self> {
        let (folder, lock) = place.take();
        let way_out = || format!("make room in {}, or choose another --out", folder.display());
        // The journal is opened before the other files, whose writing also syncs its name.
        let journal = open_journal(&folder).with_context(way_out)?;
        write_json(&folder, ENVIRONMENT, environment).with_context(way_out)?;
        write_json(&folder, "plan.json", plan).with_context(way_out)?;
        // The name of the folder is synced too, and that of the folder of all runs, which may also be new.
        for parent in folder.ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()).take(2) {
            durable::Files::sync_folder(&mut Disk, parent).with_context(way_out)?;
        }
        Ok(Run { folder, journal, _lock: lock })
    }

    /// Opens a run to continue it: cuts off a torn last line and returns all whole ones.
    ///
    /// # Errors
    ///
    /// If it cannot be read or written, or a whole line is damaged.
    pub fn resume(claimed: Claimed, plan: &Plan) -> Result<(Self, Vec<Line>)> {
        let Claimed { folder, lock } = claimed;
        let (lines, whole) = read_lines(&folder, plan)?;
        let journal = open_journal(&folder)?;
        journal.set_len(whole)?;
        let _ = fs::remove_file(folder.join("end.json")); // the run is not ended now
        Ok((Run { folder, journal, _lock: lock }, lines))
    }

    /// Appends a line; a line that ends a block is synced to the disk with all before it.
    ///
    /// # Errors
    ///
    /// If there is no space: the lines before are kept, and the error names the way out.
    pub fn append(&mut self, line: &Line) -> Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let ends = matches!(line, Line::Block(_));
        durable::append(&mut self.journal, &text, ends).with_context(|| self.way_out())
    }

    /// Writes the machine's limits, with all samples so far, and the measurements of links between hosts, if there are
    /// any.
    pub fn keep_ceilings(&self, ceilings: &Ceilings) -> Result<()> {
        let network = |network| write_json(&self.folder, NETWORK, network);
        let limits = write_json(&self.folder, LIMITS, &ceilings.limits);
        limits
            .and_then(|()| ceilings.network.as_ref().map_or(Ok(()), network))
            .with_context(|| self.way_out())
    }

    /// The limits that were stored before the run was resumed.
    ///
    /// # Errors
    ///
    /// If a file is damaged.
    pub fn ceilings(&self) -> Result<Ceilings> {
        read_ceilings(&self.folder)
    }

    /// Writes why each cell got no more blocks, the state of the machine meanwhile, and the summary derived from the
    /// rest.
    pub fn finish(
        &self,
        rests: Option<&[Vec<Rest>]>,
        environment: &impl Serialize,
        summary: &impl Serialize,
    ) -> Result<()> {
        let write = || {
            rests.map_or(Ok(()), |rests| write_json(&self.folder, "end.json", &rests))?;
            write_json(&self.folder, ENVIRONMENT, environment)?;
            write_json(&self.folder, "summary.json", summary)
        };
        write().with_context(|| self.way_out())
    }

    /// The way out where the folder can no longer be written.
    fn way_out(&self) -> String {
        if !self.folder.join("plan.json").exists() {
            let folder = self.folder.display();
            return format!("{folder} is gone; only the report of this run is left");
        }
        let (folder, quoted) = (self.folder.display(), quoted(&self.folder));
        format!("cannot write to {folder}; make room, then `{} --resume {quoted}`", command())
    }
}

/// A run that this process has locked, found before anything is built.
pub struct Claimed {
    folder: PathBuf,
    lock: File,
}

impl Claimed {
    /// Finds a run by its path, its name, or as the newest one, and locks it.
    ///
    /// # Errors
    ///
    /// If it is not a run, or another process has locked it.
    pub fn find(run: Option<&Path>) -> Result<Self> {
        let folder = find(run)?;
        read_plan(&folder)?;
        let lock = lock(&folder)?;
        Ok(Claimed { folder, lock })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A locked folder for a new run, checked to be writable before anything is built.
pub struct Place {
    folder: PathBuf,
    lock: Option<File>,
}

impl Place {
    /// Reserves a folder.
    ///
    /// # Errors
    ///
    /// If it holds a run, cannot be written, or another process has locked it.
    pub fn new(folder: PathBuf) -> Result<Self> {
        let shown = folder.display();
        let left = |name| folder.join(name).metadata().is_ok_and(|file| file.len() > 0);
        if ["plan.json", JOURNAL, LIMITS].into_iter().any(left) {
            bail!("{shown} holds a run already; continue it with --resume or choose another --out");
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {shown}; choose another --out"))?;
        let lock = lock(&folder)?;
        Ok(Place { folder, lock: Some(lock) })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn take(mut self) -> (PathBuf, File) {
        let lock = self.lock.take().expect("it is taken once, here");
        (std::mem::take(&mut self.folder), lock)
    }
}

impl Drop for Place {
    /// A run that did not begin leaves no files.
    fn drop(&mut self) {
        if self.lock.take().is_some() {
            let _ = fs::remove_file(self.folder.join("lock"));
            let _ = fs::remove_dir(&self.folder); // unless there is something of the user's
        }
    }
}

fn open_journal(folder: &Path) -> Result<File> {
    let path = folder.join(JOURNAL);
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .with_context(|| format!("cannot write to {}", path.display()))
}

/// Takes the run's lock, which is released when the process ends, however it ends.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = File::create(&path)
        .with_context(|| format!("cannot write to {}; choose another --out", folder.display()))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        bail!("another process is using {}; wait for it, or choose another --out", folder.display());
    }
    Ok(file)
}

pub(crate) fn write_json(folder: &Path, name: &str, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec_pretty(value)?;
    durable::replace(&mut Disk, folder, name, &text)
        .with_context(|| format!("cannot write {}", folder.join(name).display()))
}

/// The folder of all runs.
pub fn home() -> PathBuf {
    crate::target::folder().join("parallax")
}

/// The newest run that `is_meant` accepts; for a program's own work, of its bench.
///
/// # Errors
///
/// If there is none.
pub fn newest(is_meant: impl Fn(&Plan) -> bool) -> Result<PathBuf> {
    let runs = fs::read_dir(home()).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_its = |path: &PathBuf| {
        let is_of = |plan: &Plan| workspace::own().is_none_or(|bench| plan.families().any(|f| f == bench));
        read_plan(path).is_ok_and(|plan| is_of(&plan) && is_meant(&plan))
    };
    let newest = runs.filter(is_its).max();
    newest.with_context(|| format!("there is no run yet; `{}` makes one", command()))
}

/// A run by its path, its name, or the newest one; for a program's own work, the newest of its bench.
pub fn find(run: Option<&Path>) -> Result<PathBuf> {
    let Some(run) = run else { return newest(|_| true) };
    let is_run = |path: &PathBuf| path.join("plan.json").exists();
    let found = Some(run.to_owned()).filter(is_run).or_else(|| Some(home().join(run)).filter(is_run));
    found.with_context(|| format!("{} is not a run; runs are kept in {}", run.display(), home().display()))
}
