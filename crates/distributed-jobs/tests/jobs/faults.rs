//! Failures are reported to the caller they concern, and all else goes on.

use crate::common::{eventually, say, scenario};
use crate::deaths::{text_of, told_by};
use crate::stores::{opened, square};
use parallax_distributed_jobs::{Durability, Error, Jobs};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Fails `times` times, and counts in a file.
fn fails((log, times): (PathBuf, usize)) -> usize {
    let before = text_of(&log).len();
    fs::OpenOptions::new().append(true).create(true).open(log).unwrap().write_all(b"x").unwrap();
    assert!(before >= times, "failure {before} of {times}");
    before
}

pub(crate) fn a_panic_is_tried_again_and_then_reported() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = Jobs::builder().workers(1).retries(2).open(folder.path().join("jobs.db")).unwrap();
    let log = |name: &str| folder.path().join(name);
    assert_eq!(jobs.submit(fails, (log("twice"), 2)).unwrap().wait().unwrap(), 2, "the third try");
    let why = jobs.submit(fails, (log("thrice"), 3)).unwrap().wait().unwrap_err();
    assert!(matches!(why, Error::Failed { .. }) && why.to_string().contains("failure 2 of 3"), "{why}");
    assert_eq!(text_of(&log("thrice")).len(), 3, "no further try");
    let why = jobs.map(fails, [(log("a"), 0), (log("b"), 9), (log("c"), 0)]).unwrap_err();
    assert!(why.to_string().contains("failure 2 of 9"), "{why}");
    assert_eq!((text_of(&log("a")).len(), text_of(&log("c")).len()), (1, 1), "others are done once");
}

fn hangs(item: u32) -> u32 {
    if item == 5 {
        std::thread::sleep(Duration::from_secs(3600));
    }
    item
}

pub(crate) fn a_job_that_hangs_is_ended_and_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = Jobs::builder().workers(1).time_limit(Duration::from_millis(300));
    let jobs = jobs.open(folder.path().join("jobs.db")).unwrap();
    let workers = jobs.worker_ids();
    let handles = jobs.submit_all(hangs, 0..40).unwrap();
    for (item, job) in (0..).zip(&handles).filter(|(item, _)| *item != 5) {
        assert_eq!(job.wait().unwrap(), item);
    }
    let why = handles[5].wait().unwrap_err();
    assert!(matches!(&why, Error::Late { job, .. } if *job == handles[5].id()), "{why}");
    eventually("another worker has taken its place", || jobs.worker_ids() != workers);
}

pub(crate) fn a_job_of_another_build_is_refused() {
    let (jobs, folder) = opened();
    let program = folder.path().join("another build");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::OpenOptions::new().append(true).open(&program).unwrap().write_all(b"other").unwrap();
    let mut other = Command::new(program);
    other.args(["--scenario", "submits only"]).arg(folder.path().join("jobs.db")).stdout(Stdio::piped());
    let (_, ids) = told_by(other.spawn().unwrap());
    for &job in &ids[..3] {
        let why = jobs.find::<u64>(job).wait().unwrap_err();
        assert!(matches!(why, Error::OtherBuild { job: refused } if refused == job), "{why}");
    }
    assert_eq!(jobs.map(square, [3]).unwrap(), [9]);
}

fn refused(path: &Path) -> String {
    let why = Jobs::builder().workers(1).open(path).unwrap_err();
    assert!(matches!(why, Error::Store { .. }), "{why:?}");
    assert!(why.to_string().contains(&path.display().to_string()), "{why}");
    why.to_string()
}

pub(crate) fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("letter"), "Dear reader, ".repeat(1000)).unwrap();
    assert!(refused(&path("letter")).contains("not a database"));
    assert!(refused(&path("no/such/folder/jobs.db")).contains("folder"));
    assert!(refused(folder.path()).contains("unable to open"));

    let jobs = Jobs::builder().workers(0).open(path("torn")).unwrap();
    jobs.submit_all(square, 0..1000).unwrap();
    drop(jobs); // writes the rest into the file itself
    let _ = fs::remove_file(path("torn-wal"));
    let mut bytes = fs::read(path("torn")).unwrap();
    let end = bytes.len() / 2;
    bytes[100..end].fill(0xa5);
    fs::write(path("torn"), &bytes[..end]).unwrap();
    assert!(refused(&path("torn")).contains("malformed"));
}

/// Scenario: submits until there is no room, and prints why it stops.
pub(crate) fn fills_the_disk(path: &Path) {
    let jobs = Jobs::builder().workers(0).open(path).unwrap();
    let mut submitted = Vec::new();
    let why = loop {
        match jobs.submit(|bytes: Vec<u8>| bytes.len(), vec![1; 50_000]) {
            Ok(job) => submitted.push(job.id()),
            Err(why) => break why,
        }
        assert!(submitted.len() < 10_000, "the disk never fills up");
    };
    assert_eq!(jobs.ids().unwrap(), submitted, "the submitted jobs can be read");
    say(&format!("{};{why}", submitted.len()));
}

pub(crate) fn a_full_disk_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.db");
    let program = scenario("fills the disk", &path);
    let mut limited = Command::new("sh");
    // files may have some mebibytes; writing beyond is an error, and no signal
    limited.args(["-c", r#"trap "" XFSZ; ulimit -f 6000; exec "$0" "$@""#]).arg(program.get_program());
    let out = limited.args(program.get_args()).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    let (count, why) = said.trim().split_once(';').unwrap_or_else(|| panic!("{said}"));
    assert!(why.contains("jobs.db") && (why.contains("full") || why.contains("disk I/O")), "{why}");

    let jobs = Jobs::builder().workers(1).open(&path).unwrap(); // there is room again
    let ids = jobs.ids().unwrap();
    assert!(ids.len().to_string() == count && ids.len() > 5, "{} of {count} jobs are left", ids.len());
    assert!(ids.iter().all(|&id| jobs.find::<usize>(id).wait().unwrap() == 50_000));
}

pub(crate) fn a_server_that_is_not_there_is_an_error() {
    for url in ["redis://127.0.0.1:1", "no server"] {
        let why = Jobs::builder().workers(1).redis(url).unwrap_err();
        assert!(matches!(why, Error::Store { .. }) && why.to_string().contains(url), "{why}");
    }
}

pub(crate) fn settings_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let why = Jobs::builder().lease(Duration::ZERO).open(folder.path().join("jobs.db")).unwrap_err();
    assert!(why.to_string().contains("lease"), "{why}");
    let why = Jobs::builder().durability(Durability::Full).redis("redis://127.0.0.1:1").unwrap_err();
    assert!(why.to_string().contains("appendfsync"), "{why}");
}
