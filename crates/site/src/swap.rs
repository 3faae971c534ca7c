//! The old site stays until the new one is whole: that is made in a folder beside, and takes its place by being renamed.
//!
//! Beside `site` stands `.site.building` for as long as it takes, with `new` and, for the moment between two
//! renames, `old`. What an interrupted build leaves of it is put right by the next one.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Says that a folder is a site and may be replaced.
const MARKER: &str = ".parallax-site";

const NEW: &str = "new";
const OLD: &str = "old";

/// A site that is being made.
pub(crate) struct Building {
    out: PathBuf,
    beside: PathBuf,
    /// Held while this process builds; a killed one lets go of it.
    _lock: File,
}

impl Building {
    /// Begins a site that is to stand in `out`.
    ///
    /// # Errors
    ///
    /// If `out` holds something else, or another process makes the same site.
    pub(crate) fn begin(out: &Path) -> Result<Self> {
        let out = match fs::canonicalize(out) {
            Ok(real) => real, // a link to a folder stays a link
            Err(_) => std::path::absolute(out).context("the current folder is gone")?,
        };
        let (Some(parent), Some(name)) = (out.parent(), out.file_name()) else {
            bail!("{} cannot be a site; choose another --out", out.display());
        };
        let beside = parent.join(format!(".{}.building", name.to_string_lossy()));
        refuse(&out, |out| out.join(MARKER).exists())?;
        refuse(&beside, |beside| {
            entries(beside).is_ok_and(|names| names.iter().all(|name| name == NEW || name == OLD))
        })?;
        fs::create_dir_all(&beside).with_context(|| format!("cannot make {}", beside.display()))?;
        let lock = File::open(&beside).with_context(|| format!("cannot open {}", beside.display()))?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            bail!("another process is making {}; wait for it, or choose another --out", out.display());
        }
        let building = Building { out, beside, _lock: lock };
        building.restore();
        for left in [NEW, OLD] {
            remove(&building.beside.join(left))?;
        }
        Ok(building)
    }

    /// Where the new site is made.
    pub(crate) fn folder(&self) -> PathBuf {
        self.beside.join(NEW)
    }

    /// Puts the new site in the old one's place.
    ///
    /// # Errors
    ///
    /// If it cannot be put there; the old one then stays.
    pub(crate) fn finish(self) -> Result<()> {
        let (new, old) = (self.folder(), self.beside.join(OLD));
        let why = || {
            format!(
                "cannot replace {}; if it is a mount point, choose a folder in it with --out",
                self.out.display()
            )
        };
        fs::write(new.join(MARKER), "made by `cargo xtask docs`; it is replaced as a whole\n")
            .with_context(why)?;
        if self.out.exists() {
            fs::rename(&self.out, &old).with_context(why)?;
        }
        fs::rename(&new, &self.out).with_context(why)
    }

    /// Brings the old site back if it was taken away and no other has come.
    fn restore(&self) {
        if !self.out.exists() {
            let _ = fs::rename(self.beside.join(OLD), &self.out);
        }
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        self.restore();
        if self.out.exists() || !self.beside.join(OLD).exists() {
            let _ = fs::remove_dir_all(&self.beside);
        }
    }
}

/// Refuses a place that holds something which is not `ours`.
fn refuse(place: &Path, ours: impl Fn(&Path) -> bool) -> Result<()> {
    let something = match entries(place) {
        Ok(names) => !names.is_empty(),
        Err(why) if why.kind() == io::ErrorKind::NotFound => false,
        Err(why) if why.kind() == io::ErrorKind::NotADirectory => true,
        Err(why) => return Err(why).with_context(|| format!("cannot read {}", place.display())),
    };
    if something && !ours(place) {
        bail!("{} holds something that is no site; choose another --out, or remove it", place.display());
    }
    Ok(())
}

fn entries(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => {
            Err(why).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_do_not_make_one_site() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("site");
        let first = Building::begin(&out).unwrap();
        let why = Building::begin(&out).err().unwrap().to_string();
        assert!(why.contains("another process is making"), "{why}");
        drop(first);
        assert!(Building::begin(&out).is_ok(), "a build that has ended is in nobody's way");
    }

    #[test]
    fn a_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("site");
        fs::write(&out, "years of work").unwrap();
        assert!(Building::begin(&out).is_err() && out.is_file());
    }
}
