//! The cache on disk, used by two processes at the same time, and damaged.

use parallax_caching::DiskCache;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

const EACH: u64 = 3000;

fn value(key: u64) -> u64 {
    key * key + 1
}

fn open(folder: &Path, code: &str) -> DiskCache {
    DiskCache::open(folder, code).unwrap()
}

/// Whether a value was there; checks that it is right.
fn known(cache: &mut DiskCache, key: u64) -> bool {
    let mut known = true;
    let got = cache.get_or_compute(key, || {
        known = false;
        value(key)
    });
    assert_eq!(got.unwrap(), value(key), "of key {key}");
    known
}

/// The one file in the folder.
fn file(folder: &Path) -> PathBuf {
    fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

/// This test in another process, as a writer.
fn writer(folder: &Path, first: u64) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "writes_if_told_to", "--nocapture"]);
    command.env("DISK_TEST_FOLDER", folder).env("DISK_TEST_FIRST", first.to_string()).spawn().unwrap()
}

#[test]
fn writes_if_told_to() {
    let Some(folder) = std::env::var_os("DISK_TEST_FOLDER") else { return };
    let first: u64 = std::env::var("DISK_TEST_FIRST").unwrap().parse().unwrap();
    let mut cache = open(Path::new(&folder), "1");
    fs::write(Path::new(&folder).join(format!("ready {first}")), "").unwrap();
    while (0..2).any(|first| !Path::new(&folder).join(format!("ready {first}")).exists()) {
        std::thread::yield_now(); // both begin with an empty file
    }
    assert!((0..EACH).all(|k| !known(&mut cache, 2 * k + first)));
}

#[test]
fn two_processes_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let writers = [0, 1].map(|first| writer(folder.path(), first));
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let mut cache = open(folder.path(), "1");
    let lost = (0..2 * EACH).filter(|&key| !known(&mut cache, key)).count();
    assert_eq!(lost, 0, "of {}", 2 * EACH);
}

#[test]
fn what_another_process_wrote_is_not_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut ours, mut theirs) = (open(folder.path(), "1"), open(folder.path(), "1"));
    assert!(!known(&mut theirs, 5));
    assert!(known(&mut ours, 5), "it was opened before the value was there");
}

#[test]
fn zeros_are_no_values() {
    for code in ["", "\0", "1"] {
        let folder = tempfile::tempdir().unwrap();
        assert!(!known(&mut open(folder.path(), code), 7));
        let path = file(folder.path());
        for zeros in [24, 32, 1000] {
            let whole = fs::read(&path).unwrap();
            fs::write(&path, [whole, vec![0; zeros]].concat()).unwrap();
            let mut cache = open(folder.path(), code);
            assert!(known(&mut cache, 7), "{code:?}");
            assert_eq!(
                cache.get_or_compute(0, || 99).unwrap(),
                99,
                "{zeros} zeros are taken for a value of {code:?}"
            );
            drop(cache);
            assert_eq!(open(folder.path(), code).get_or_compute(0, || unreachable!()).unwrap(), 99);
            fs::remove_file(&path).unwrap();
            assert!(!known(&mut open(folder.path(), code), 7));
        }
    }
}

#[test]
fn codes_that_differ_by_zeros_are_two() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!known(&mut open(folder.path(), ""), 7));
    assert!(!known(&mut open(folder.path(), "\0"), 7));
}

/// Damages each byte in turn, and cuts the record at each length: one record is lost, and the next one is found.
#[test]
fn a_damaged_record_costs_itself_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = open(folder.path(), "1");
    (0..3).for_each(|key| assert!(!known(&mut cache, key)));
    let path = file(folder.path());
    let whole = fs::read(&path).unwrap();
    let record = whole.len() / 3;
    for byte in record..2 * record {
        let mut damaged = whole.clone();
        damaged[byte] ^= 0x55;
        fs::write(&path, &damaged).unwrap();
        let mut cache = open(folder.path(), "1");
        assert_eq!([0, 1, 2].map(|key| known(&mut cache, key)), [true, false, true], "byte {byte}");
        assert!((0..3).all(|key| known(&mut open(folder.path(), "1"), key)), "it is there again");
    }
    for kept in 0..record {
        let torn = [&whole[..record + kept], &whole[2 * record..]].concat(); // then another program went on
        fs::write(&path, &torn).unwrap();
        let mut cache = open(folder.path(), "1");
        assert_eq!([0, 1, 2].map(|key| known(&mut cache, key)), [true, false, true], "{kept} bytes kept");
        assert!((0..3).all(|key| known(&mut open(folder.path(), "1"), key)), "it is there again");
    }
}
