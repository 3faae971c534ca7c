//! A cache that outlives the program: a file for each value, under a name that says which code made it.
//!
//! ```
//! use parallax_caching::disk::DiskCache;
//!
//! const CODE: &str = "fn costly(key: u64) -> u64 { (0..key).sum() }"; // or include_str!("costly.rs")
//!
//! let folder = tempfile::tempdir()?;
//! let costly = |key: u64| (0..key).sum::<u64>();
//! let first = DiskCache::open(folder.path(), CODE)?;
//! assert_eq!(first.get_or_compute(100, || costly(100))?, 4950);
//!
//! let next_day = DiskCache::open(folder.path(), CODE)?;
//! assert_eq!(next_day.get_or_compute(100, || unreachable!())?, 4950); // from the file
//!
//! let edited = DiskCache::open(folder.path(), "fn costly(key: u64) -> u64 { key }")?;
//! assert_eq!(edited.get_or_compute(100, || 100)?, 100); // computed anew
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! What is remembered across programs can be wrong in a way that what is remembered within one cannot: the
//! code changes, and the answers of the old code stay. So the key must include the code's version. Python's
//! joblib.Memory compares the source of the function; it does not see what that function calls, and neither
//! does `include_str!` of one file. Who cannot name all of the code names the version of the whole program.

use crate::clients::ask;
use parallax_suite::pattern::Recall;
use parallax_suite::question::{Answer, Card, Cores, No, Policy, Recalled, Remember, Technique};
use parallax_suite::random::mix;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::{fs, io};

/// Values on disk, by key and by the version of the code that computes them.
#[derive(Debug, Clone)]
pub struct DiskCache {
    folder: PathBuf,
    version: u64,
}

impl DiskCache {
    /// Opens or makes the cache of one version of a function in `folder`.
    ///
    /// `code` is whatever changes when the function does: its source, or the program's version.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made.
    pub fn open(folder: &Path, code: &str) -> io::Result<Self> {
        let version = code.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
        let folder = folder.join(format!("{version:016x}"));
        fs::create_dir_all(&folder)?;
        Ok(DiskCache { folder, version })
    }

    /// The value of a key, from its file if that is there and whole.
    ///
    /// # Errors
    ///
    /// If a value cannot be written. One that cannot be read is computed again.
    pub fn get_or_compute(&self, key: u64, compute: impl FnOnce() -> u64) -> io::Result<u64> {
        let file = self.folder.join(format!("{key:016x}"));
        if let Some(value) = fs::read(&file).ok().and_then(|bytes| self.unseal(key, &bytes)) {
            return Ok(value);
        }
        let value = compute();
        // Not flushed to the device: a file that is lost or torn by a crash is computed again.
        fs::write(&file, [value, self.seal(key, value)].map(u64::to_le_bytes).concat())?;
        Ok(value)
    }

    fn unseal(&self, key: u64, bytes: &[u8]) -> Option<u64> {
        let (value, seal) = bytes.split_first_chunk()?;
        let value = u64::from_le_bytes(*value);
        (seal == self.seal(key, value).to_le_bytes()).then_some(value)
    }

    /// Tells a whole file of this key and version from any other.
    fn seal(&self, key: u64, value: u64) -> u64 {
        mix(mix(self.version ^ mix(key)) ^ value)
    }
}

/// A file for each value, in a folder that goes when the run ends.
#[derive(Debug, Clone, Copy)]
pub struct Disk;

impl Technique for Disk {
    const CARD: Card = Card {
        name: "disk",
        idea: "a file for each value, under the version of the code that made it",
        gives: "values that the next start of the program need not compute",
        costs: "system calls for each look-up: microseconds, where memory takes nanoseconds",
        cores: Cores::One,
        libraries: &["tempfile"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Disk)
    }
}

impl Remember for Disk {
    fn recall<R: Recall>(&self, work: &Arc<R>) -> Answer<Recalled> {
        let failed = |error: io::Error| No::Failed(Box::new(error));
        let folder = tempfile::tempdir().map_err(failed)?;
        let cache = DiskCache::open(folder.path(), env!("CARGO_PKG_VERSION")).map_err(failed)?;
        let broken = OnceLock::new();
        let recalled = ask(&**work, 1, Policy::Unbounded, |key, compute| {
            cache.get_or_compute(key, || compute(key)).unwrap_or_else(|error| {
                let _ = broken.set(error); // the first one says enough
                0
            })
        });
        folder.close().map_err(failed)?;
        broken.into_inner().map_or(Ok(recalled), |error| Err(failed(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a key, and whether it was computed.
    fn ask_once(cache: &DiskCache, key: u64, value: u64) -> (u64, bool) {
        let mut computed = false;
        let got = cache.get_or_compute(key, || {
            computed = true;
            value
        });
        (got.unwrap(), computed)
    }

    #[test]
    fn a_value_outlives_the_cache_and_not_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let open = |code| DiskCache::open(folder.path(), code).unwrap();
        assert_eq!(ask_once(&open("1"), 7, 70), (70, true));
        assert_eq!(ask_once(&open("1"), 7, 71), (70, false), "the same code in another start");
        assert_eq!(ask_once(&open("2"), 7, 72), (72, true), "other code");
        assert_eq!(ask_once(&open("1"), 7, 73), (70, false), "back to the old code, whose value is there");
        assert_eq!(ask_once(&open("1"), 8, 80), (80, true), "another key");
    }

    #[test]
    fn a_torn_or_foreign_file_is_computed_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(folder.path(), "1").unwrap();
        let path = |key: u64| cache.folder.join(format!("{key:016x}"));
        assert_eq!(ask_once(&cache, 1, 10), (10, true));
        let whole = fs::read(path(1)).unwrap();
        let mut flipped = whole.clone();
        flipped[3] ^= 1;
        let longer = [&whole[..], &[0]].concat();
        for torn in [&whole[..0], &whole[..7], &whole[..15], &flipped[..], &longer[..]] {
            fs::write(path(1), torn).unwrap();
            assert_eq!(ask_once(&cache, 1, 10), (10, true), "{torn:?}");
            assert_eq!(ask_once(&cache, 1, 11), (10, false), "it was mended");
        }
        fs::copy(path(1), path(2)).unwrap();
        assert_eq!(ask_once(&cache, 2, 20), (20, true), "the value of another key");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(folder.path(), "1").unwrap();
        fs::remove_dir(&cache.folder).unwrap();
        assert!(cache.get_or_compute(1, || 1).is_err());
    }
}
