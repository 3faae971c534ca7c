//! A cache that outlives the program: a file of values, under a name that says which code made them.
//!
//! ```
//! use parallax_caching::disk::DiskCache;
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
//! assert_eq!(edited.get_or_compute(100, || 100)?, 100); // computed anew
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! What is remembered across programs can be wrong in a way that what is remembered within one cannot: the
//! code changes, and the answers of the old code stay. So the key must include the code's version. Python's
//! joblib.Memory compares the source of the function; it does not see what that function calls, and neither
//! does `include_str!` of one file. Who cannot name all of the code names the version of the whole program.
//!
//! New values are added at the file's end, and where each stands is kept in memory (Bitcask: Sheehy and
//! Smith, 2010). A file for each value, as joblib has it, takes ten times as long for values this small.

use crate::clients::ask;
use parallax_suite::pattern::Recall;
use parallax_suite::question::{Answer, Card, Cores, No, Policy, Recalled, Remember, Technique};
use parallax_suite::random::mix;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

/// Values on disk, by key and by the version of the code that computes them. It has one writer.
#[derive(Debug)]
pub struct DiskCache {
    file: File,
    version: u64,
    /// Where the record of each key begins.
    places: HashMap<u64, u64>,
    end: u64,
}

/// A key, its value, and a seal that tells a whole record from a torn one.
const RECORD: usize = 24;

impl DiskCache {
    /// Opens or makes the cache of one version of a function in `folder`; reads all of it once.
    ///
    /// `code` is whatever changes when the function does: its source, or the program's version.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or made.
    pub fn open(folder: &Path, code: &str) -> io::Result<Self> {
        let version = code.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
        let path = folder.join(format!("{version:016x}"));
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut cache = DiskCache { file, version, places: HashMap::new(), end: 0 };
        for record in fs::read(&path)?.chunks(RECORD) {
            // A program that stopped while it wrote leaves a torn record: what follows is computed again.
            let Some((key, _)) = cache.unseal(record) else { break };
            cache.places.insert(key, cache.end);
            cache.end += RECORD as u64;
        }
        cache.file.set_len(cache.end)?;
        Ok(cache)
    }

    /// The value of a key, from the file if it is there and whole.
    ///
    /// # Errors
    ///
    /// If a value cannot be written. One that cannot be read is computed again.
    pub fn get_or_compute(&mut self, key: u64, compute: impl FnOnce() -> u64) -> io::Result<u64> {
        if let Some((found, value)) = self.places.get(&key).and_then(|&place| self.read(place))
            && found == key
        {
            return Ok(value);
        }
        let value = compute();
        // Not flushed to the device: what is lost by a crash is computed again.
        self.file.write_all_at(&self.sealed(key, value), self.end)?;
        self.places.insert(key, self.end);
        self.end += RECORD as u64;
        Ok(value)
    }

    fn read(&self, place: u64) -> Option<(u64, u64)> {
        let mut record = [0; RECORD];
        self.file.read_exact_at(&mut record, place).ok()?;
        self.unseal(&record)
    }

    fn sealed(&self, key: u64, value: u64) -> [u8; RECORD] {
        let seal = mix(mix(self.version ^ mix(key)) ^ value);
        let mut record = [0; RECORD];
        for (bytes, word) in record.chunks_exact_mut(8).zip([key, value, seal]) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        record
    }

    /// The key and the value of a whole record.
    fn unseal(&self, record: &[u8]) -> Option<(u64, u64)> {
        let (key, rest) = record.split_first_chunk()?;
        let (key, value) = (u64::from_le_bytes(*key), u64::from_le_bytes(*rest.first_chunk()?));
        (record == self.sealed(key, value)).then_some((key, value))
    }
}

/// A file of values, in a folder that goes when the run ends.
#[derive(Debug, Clone, Copy)]
pub struct Disk;

impl Technique for Disk {
    const CARD: Card = Card {
        name: "disk",
        idea: "a file of values, under the version of the code that made them",
        gives: "values that the next start of the program need not compute",
        costs: "a system call for each look-up: a microsecond, where memory takes nanoseconds",
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
        let cache = Mutex::new(DiskCache::open(folder.path(), env!("CARGO_PKG_VERSION")).map_err(failed)?);
        let broken = OnceLock::new();
        let recalled = ask(&**work, 1, Policy::Unbounded, |key, compute| {
            let mut cache = cache.lock().expect("it has one client");
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
    use tempfile::TempDir;

    fn open(folder: &TempDir, code: &str) -> DiskCache {
        DiskCache::open(folder.path(), code).unwrap()
    }

    /// The value of a key, and whether it was computed.
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
    fn a_torn_record_and_what_follows_it_are_computed_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = open(&folder, "1");
        (0..3).for_each(|key| assert!(ask_once(&mut cache, key, key + 10).1));
        let path = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let whole = fs::read(&path).unwrap();
        for (length, flip) in [(72, Some(30)), (72, Some(40)), (72, Some(24)), (47, None), (25, None)] {
            let mut torn = whole[..length].to_vec();
            flip.into_iter().for_each(|byte: usize| torn[byte] ^= 1);
            fs::write(&path, &torn).unwrap();
            let mut cache = open(&folder, "1");
            let asked = [0, 1, 2].map(|key| ask_once(&mut cache, key, key + 10));
            assert_eq!(asked, [(10, false), (11, true), (12, true)], "{length} {flip:?}");
            assert_eq!(ask_once(&mut open(&folder, "1"), 2, 0), (12, false), "it was mended");
        }
    }

    #[test]
    fn a_record_that_is_damaged_meanwhile_is_computed_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = open(&folder, "1");
        assert_eq!(ask_once(&mut cache, 1, 10), (10, true));
        cache.file.write_all_at(&[0xff; 4], 10).unwrap();
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
