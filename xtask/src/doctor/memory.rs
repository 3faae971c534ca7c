//! Remembers the previous values of settings: on the disk before the first is changed, and checked when read again.

use super::settings::{Knob, Tree, is_value};
use anyhow::{Context, Result, ensure};
use parallax_harness::durable::{self, Files};
use rustix::process::geteuid;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The version of the file.
const SCHEMA: u32 = 1;

/// Larger than any file that `--apply` writes.
const MOST_BYTES: u64 = 1 << 20;

/// The kernel draws a new value at each start, which resets all settings.
const BOOT: &str = "proc/sys/kernel/random/boot_id";

/// The previous value of a file, and the value that it was changed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Its path, relative to the root.
    pub(super) file: String,
    pub(super) before: String,
    pub(super) applied: String,
}

/// The contents of the file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: u32,
    boot: Option<String>,
    settings: Vec<Entry>,
}

/// The changes to this machine's settings since its start.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) path: PathBuf,
    boot: Option<String>,
    pub(super) entries: Vec<Entry>,
    /// Whether the file was written before the last start of the machine, so that its entries no longer hold.
    pub(super) outlived: bool,
}

/// The path of the file: one for each machine, as machines may share a home, and out of reach of `cargo clean`.
///
/// # Errors
///
/// If this user has no home.
pub(super) fn place(tree: &impl Tree) -> Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || absolute("HOME").map(|home| home.join(".local/state"));
    let state = absolute("XDG_STATE_HOME").or_else(home);
    let state =
        state.context("there is no place to keep the previous settings; set HOME or XDG_STATE_HOME")?;
    let host = tree.read("proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let host: String = host.chars().take(64).map(plain).collect();
    Ok(state.join("parallax").join(format!("settings-{host}.json")))
}

impl Memory {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    ///
    /// If the file is damaged, or names a file that `--apply` never changes.
    pub(super) fn read(path: &Path, tree: &impl Tree) -> Result<Self> {
        let boot = tree.read(BOOT).ok();
        let mut memory = Memory { path: path.to_owned(), boot, entries: Vec::new(), outlived: false };
        let Some(record) = record(path)? else { return Ok(memory) };
        memory.outlived = record.boot != memory.boot;
        if !memory.outlived {
            memory.entries = record.settings;
        }
        Ok(memory)
    }

    /// Remembers the value of a file. The first value stays, unless another process has changed the file since: then
    /// `--restore` puts that value back, and this returns true.
    pub(super) fn note(&mut self, file: &str, before: &str, applied: &str) -> bool {
        match self.entries.iter_mut().find(|entry| entry.file == file) {
            Some(entry) => {
                let by_another = before != entry.before && before != entry.applied;
                if by_another {
                    before.clone_into(&mut entry.before);
                }
                applied.clone_into(&mut entry.applied);
                by_another
            }
            None => {
                let [file, before, applied] = [file, before, applied].map(str::to_owned);
                self.entries.push(Entry { file, before, applied });
                false
            }
        }
    }

    /// Forgets a file.
    pub(super) fn forget(&mut self, file: &str) {
        self.entries.retain(|entry| entry.file != file);
    }

    /// Writes it to the disk, or removes the file if there is nothing to remember; returns when that is done.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or others could change it.
    pub(super) fn keep(&self, disk: &mut impl Files) -> Result<()> {
        let shown = self.path.display();
        if self.entries.is_empty() {
            return match fs::remove_file(&self.path) {
                Err(why) if why.kind() != ErrorKind::NotFound => {
                    Err(why).with_context(|| format!("cannot remove {shown}"))
                }
                _ => Ok(()),
            };
        }
        let (folder, name) = (self.path.parent(), self.path.file_name().and_then(|name| name.to_str()));
        let (folder, name) = folder.zip(name).with_context(|| format!("{shown} cannot name a file"))?;
        make_own(folder)?;
        let record = Record { schema: SCHEMA, boot: self.boot.clone(), settings: self.entries.clone() };
        let text = serde_json::to_vec_pretty(&record)?;
        durable::replace(disk, folder, name, &text).with_context(|| format!("cannot write {shown}"))
    }
}

/// The file's content; none without a file.
fn record(path: &Path) -> Result<Option<Record>> {
    let damaged = || {
        format!(
            "{} is damaged or not what --apply wrote, so nothing was changed; put the values in it back by hand, and \
             remove it",
            path.display()
        )
    };
    let status = match fs::symlink_metadata(path) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        status => status.with_context(damaged)?,
    };
    ensure!(status.is_file() && status.len() <= MOST_BYTES && status.uid() == geteuid().as_raw(), damaged());
    let text = fs::read(path).with_context(damaged)?;
    let record: Record = serde_json::from_slice(&text).with_context(damaged)?;
    let known = |entry: &Entry| {
        Knob::named(&entry.file).is_some() && is_value(&entry.before) && is_value(&entry.applied)
    };
    ensure!(record.schema == SCHEMA && record.settings.iter().all(known), damaged());
    Ok(Some(record))
}

/// Makes a folder that only this user can write to: another user could make root write to any file.
fn make_own(folder: &Path) -> Result<()> {
    let shown = folder.display();
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make {shown}; XDG_STATE_HOME names another place"))?;
    let status = fs::symlink_metadata(folder)?;
    let own = status.is_dir() && status.uid() == geteuid().as_raw() && status.mode() & 0o022 == 0;
    ensure!(own, "others may write to {shown}; XDG_STATE_HOME names another place");
    Ok(())
}
