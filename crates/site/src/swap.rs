//! Replaces the old site by the new one only when that is complete: it is made in another folder and then renamed.
//!
//! During a build there is a folder `.site.building` next to `site`, with `new` and, between two renames, `old`. The
//! next build cleans up after an interrupted one.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The file that marks a folder as a site that may be replaced.
const MARKER: &str = ".parallax-site";

const NEW: &str = "new";
const OLD: &str = "old";

/// A site that is being made.
pub(crate) struct Building {
    out: PathBuf,
    beside: PathBuf,
    /// Held while this process builds; the system releases it if the process is killed.
    _lock: File,
}

impl Building {
    /// Begins a site that will be in `out`.
    ///
    /// # Errors
    ///
    /// If `out` contains something else, or another process makes the same site.
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

    /// Replaces the old site by the new one.
    ///
    /// # Errors
    ///
    /// If that fails; the old one is then kept.
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

    /// Restores the old site if it was moved away and no new one is there.
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

/// Refuses a place that contains something that is not `ours`.
fn refuse(place: &Path, ours: impl Fn(&Path) -> bool) -> Result<()> {
    let something = match entries(place) {
        Ok(names) => !names.is_empty(),
        Err(why) if why.kind() == io::ErrorKind::NotFound => false,
        Err(why) if why.kind() == io::ErrorKind::NotADirectory => true,
        Err(why) => return Err(why).with_context(|| format!("cannot read {}", place.display())),
    };
    if something && !ours(place) {
        bail!("{} holds something that is not a site; choose another --out, or remove it", place.display());
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
