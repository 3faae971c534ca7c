//! A cache that outlives the program: a file of values, named by the version of the code that computed them.
//!
//! ```
//! use parallax_caching::DiskCache;
//!
//! const CODE: &str = "fn costly(key: u64) -> u64 { (0..key).sum() }"; // or include_str!("costly.rs")
//!
//! let folder = tempfile::tempdir()?;
//! let costly = |key: u64| (0..key).sum::<u64>();
//! let mut first = DiskCache::open(folder.path(), CODE)?;
//! assert_eq!(first.get_or_compute(100, || costly(100))?, 4950);
//!
//! let mut next_day = DiskCache::open(folder.path(), CODE)?;
//! assert_eq!(next_day.get_or_compute(100, || unreachable!())?, 4950); // from the file
//!
//! let mut edited = DiskCache::open(folder.path(), "fn costly(key: u64) -> u64 { key }")?;
//! assert_eq!(edited.get_or_compute(100, || 100)?, 100); // computed again
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A cache that outlives the program can be wrong in a way that a cache in memory cannot: the code changes, and
//! the answers of the old code stay. So the key must include the code's version. Python's joblib.Memory
//! compares the source of the function; it does not see the functions that this one calls, and neither does
//! `include_str!` of one file. If you cannot name all of the code, use the version of the whole program.
//!
//! New values are appended to the file, and their positions are kept in memory (Bitcask: Sheehy and Smith,
//! 2010). Several programs may have the file open: each appends under a lock of the file, after it has read
//! what the others appended. Each record begins with a mark, so a damaged record loses only itself. A file for
//! each value, as joblib has it, takes ten times as long for values this small.

use crate::clients::ask;
use crate::hashing::Hashing;
use parallax_pattern::random::{GAMMA, mix};
use parallax_pattern::{Answer, Card, Cores, No, Policy, Recall, Recalled, Remember, Technique};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

/// Values on disk, by key and by the version of the code that computes them. Any number of programs may use it.
#[derive(Debug)]
pub struct DiskCache {
    file: File,
    version: u64,
    /// The position of each key's record.
    places: HashMap<u64, u64, Hashing>,
    /// The file has been read up to here.
    end: u64,
}

/// Begins each record, so that the next record is found after a damaged one. Not zeros, because zeros fill
/// files that a crash cut off.
const MARK: [u8; 8] = *b"recorded";

/// The size of a record: the mark, a key, its value, and a checksum that tells a whole record from a torn one.
const RECORD: usize = 32;

impl DiskCache {
    /// Opens or creates the cache of one version of a function in `folder`, and reads all of it.
    ///
    /// `code` must change when the function does: its source, or the program's version.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or created.
    pub fn open(folder: &Path, code: &str) -> io::Result<Self> {
        // The length comes first: zeros would leave a hash of zero as it is.
        let length = mix(GAMMA ^ code.len() as u64);
        let version = code.bytes().fold(length, |hash, byte| mix(hash ^ u64::from(byte)));
        let path = folder.join(format!("{version:016x}"));
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut cache = DiskCache { file, version, places: HashMap::default(), end: 0 };
        cache.file.lock_shared()?; // a record that is being written is not read
        let caught_up = cache.catch_up();
        cache.file.unlock()?;
        caught_up?;
        Ok(cache)
    }

    /// The value of a key, from the file if it is there and whole.
    ///
    /// # Errors
    ///
    /// If a value cannot be written. One that cannot be read is computed again.
    pub fn get_or_compute(&mut self, key: u64, compute: impl FnOnce() -> u64) -> io::Result<u64> {
        if let Some(value) = self.read(key) {
            return Ok(value);
        }
        if self.file.metadata()?.len() > self.end {
            self.locked(Self::catch_up)?; // another program has appended something
            if let Some(value) = self.read(key) {
                return Ok(value);
            }
        }
        let value = compute(); // without the lock, because it may take long
        self.locked(|cache| cache.add(key, value))?;
        Ok(value)
    }

    fn read(&self, key: u64) -> Option<u64> {
        let mut record = [0; RECORD];
        self.file.read_exact_at(&mut record, *self.places.get(&key)?).ok()?;
        self.unseal(&record).and_then(|(found, value)| (found == key).then_some(value))
    }

    /// Calls `change` under the file's lock, so that no other program writes.
    fn locked(&mut self, change: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        self.file.lock()?;
        let outcome = change(self);
        self.file.unlock()?;
        outcome
    }

    /// Reads what others have appended. Bytes that are not a record are skipped up to the next mark.
    fn catch_up(&mut self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        self.end = self.end.min(length); // another program may have emptied it
        let mut added = vec![0; usize::try_from(length - self.end).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut added, self.end)?;
        let mut rest = added.as_slice();
        while let Some((record, _)) = rest.split_first_chunk::<RECORD>() {
            let step = match self.unseal(record) {
                Some((key, _)) => {
                    self.places.insert(key, self.end);
                    RECORD
                }
                None => 1 + mark(&rest[1..]),
            };
            self.end += step as u64;
            rest = &rest[step..];
        }
        Ok(())
    }

    fn add(&mut self, key: u64, value: u64) -> io::Result<()> {
        self.catch_up()?;
        // After the end, which may be a torn record of a program that stopped while it wrote.
        let end = self.file.metadata()?.len();
        // Not flushed to the device: values lost in a crash are computed again.
        self.file.write_all_at(&self.sealed(key, value), end)?;
        self.places.insert(key, end);
        self.end = end + RECORD as u64;
        Ok(())
    }

    fn sealed(&self, key: u64, value: u64) -> [u8; RECORD] {
        let seal = mix(mix(self.version ^ mix(key)) ^ value);
        let mut record = [0; RECORD];
        let parts = [MARK, key.to_le_bytes(), value.to_le_bytes(), seal.to_le_bytes()];
        record.copy_from_slice(parts.as_flattened());
        record
    }

    /// The key and the value of a record, if it is whole.
    fn unseal(&self, record: &[u8; RECORD]) -> Option<(u64, u64)> {
        let [_, key, value, _] = record.as_chunks().0 else { return None };
        let (key, value) = (u64::from_le_bytes(*key), u64::from_le_bytes(*value));
        (*record == self.sealed(key, value)).then_some((key, value))
    }
}

/// The distance to the next mark, or to a partial mark that the end cuts off.
fn mark(bytes: &[u8]) -> usize {
    let found = bytes.windows(MARK.len()).position(|window| window == MARK);
    found.unwrap_or((bytes.len() + 1).saturating_sub(MARK.len()))
}

/// A file of values, in a folder that is removed when the run ends.
#[derive(Debug, Clone, Copy)]
pub struct Disk;

impl Technique for Disk {
    const CARD: Card = Card {
        name: "disk",
        idea: "a file of values, named by the version of the code that computed them",
        gives: "values that the next start of the program does not compute again",
        costs: "a system call for each look-up, six for a new value: microseconds, where memory takes nanoseconds",
        cores: Cores::One,
        libraries: &["tempfile"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::KEEPS_ALL;
    fn start(_: usize) -> Answer<Self> {
        Ok(Disk)
    }
}

impl<R: Recall> Remember<R> for Disk {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        let failed = |error: io::Error| No::Failed(Box::new(error));
        let folder = tempfile::tempdir().map_err(failed)?;
        let cache = Mutex::new(DiskCache::open(folder.path(), env!("CARGO_PKG_VERSION")).map_err(failed)?);
        let broken = OnceLock::new();
        let recalled = ask(&**work, 1, Policy::Unbounded, |key, compute| {
            let mut cache = cache.lock().expect("it has one client");
            cache.get_or_compute(key, || compute(key)).unwrap_or_else(|error| {
                let _ = broken.set(error); // the first error is enough
                0
            })
        })?;
        folder.close().map_err(failed)?;
        broken.into_inner().map_or(Ok(recalled), |error| Err(failed(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn open(folder: &TempDir, code: &str) -> DiskCache {
        DiskCache::open(folder.path(), code).unwrap()
    }

    /// The value of a key, and whether it was computed now.
    fn ask_once(cache: &mut DiskCache, key: u64, value: u64) -> (u64, bool) {
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
        assert_eq!(ask_once(&mut open(&folder, "1"), 7, 70), (70, true));
        assert_eq!(ask_once(&mut open(&folder, "1"), 7, 71), (70, false), "the same code in another start");
        assert_eq!(ask_once(&mut open(&folder, "2"), 7, 72), (72, true), "other code");
        assert_eq!(
            ask_once(&mut open(&folder, "1"), 7, 73),
            (70, false),
            "the old code, whose value is there"
        );
        assert_eq!(ask_once(&mut open(&folder, "1"), 8, 80), (80, true), "another key");
        let mut both = open(&folder, "1");
        assert_eq!([ask_once(&mut both, 7, 0), ask_once(&mut both, 8, 0)], [(70, false), (80, false)]);
    }

    #[test]
    fn a_record_that_is_damaged_meanwhile_is_computed_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = open(&folder, "1");
        assert_eq!(ask_once(&mut cache, 1, 10), (10, true));
        cache.file.write_all_at(&[0xff; 4], 18).unwrap();
        assert_eq!(ask_once(&mut cache, 1, 11), (11, true));
        assert_eq!(ask_once(&mut cache, 1, 12), (11, false));
        cache.file.set_len(0).unwrap();
        assert_eq!(ask_once(&mut cache, 1, 13), (13, true));
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(DiskCache::open(&folder.path().join("gone"), "1").is_err());
    }
}
