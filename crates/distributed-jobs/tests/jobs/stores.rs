//! Results come in order, once, and again when the store is opened again.

use crate::common::eventually;
use parallax_distributed_jobs::{Error, Jobs};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A new database, and two workers.
pub(crate) fn opened() -> (Jobs, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let jobs = Jobs::builder().workers(2).open(folder.path().join("jobs.db")).unwrap();
    (jobs, folder)
}

pub(crate) fn square(x: u64) -> u64 {
    x * x
}

/// Waits until the other job has begun as well.
fn meets((folder, own, other): (PathBuf, u32, u32)) -> u32 {
    fs::write(folder.join(own.to_string()), "").unwrap();
    eventually("the other one has begun", || folder.join(other.to_string()).exists());
    std::process::id()
}

pub(crate) fn results_come_in_the_order_of_the_items() {
    let (jobs, folder) = opened();
    for count in [0, 1, 2, 600, 1025] {
        assert_eq!(jobs.map(square, 0..count).unwrap(), (0..count).map(|x| x * x).collect::<Vec<_>>());
    }
    let large = vec![7_u8; 3 << 20];
    assert!(
        jobs.map(|bytes: Vec<u8>| bytes.len(), vec![large; 3]).unwrap().iter().all(|&len| len == 3 << 20)
    );
    assert_eq!(jobs.ids().unwrap(), [], "map forgets the jobs of returned results");
    let pair = [(folder.path().to_owned(), 1, 2), (folder.path().to_owned(), 2, 1)];
    let processes: BTreeSet<u32> = jobs.map(meets, pair).unwrap().into_iter().collect();
    assert_eq!(
        processes,
        jobs.worker_ids().into_iter().collect(),
        "both workers at once, after many short jobs"
    );
}

/// Counts the bytes of a job, and of two results.
pub(crate) fn what_goes_in_and_comes_out_is_counted() {
    let (jobs, _folder) = opened();
    let carried = |work: &dyn Fn()| {
        let before = jobs.transport();
        work();
        let after = jobs.transport();
        (after.shipped_bytes - before.shipped_bytes, after.gathered_bytes - before.gathered_bytes)
    };
    assert!(jobs.transport().start_ns > 0);
    assert_eq!(carried(&|| drop(jobs.map(square, []).unwrap())), (0, 0));
    assert_eq!((jobs.transport().ship_ns, jobs.transport().gather_ns), (0, 0));
    let bytes = |bytes: Vec<u8>| bytes;
    let (small, small_result) = carried(&|| drop(jobs.map(bytes, vec![vec![7; 200]; 2]).unwrap()));
    let (large, large_result) = carried(&|| drop(jobs.map(bytes, vec![vec![7; 1200]; 2]).unwrap()));
    assert_eq!(large - small, 2000, "and the length of each length stays two bytes");
    assert_eq!(large_result - small_result, 2000);
    assert!(jobs.transport().ship_ns > 0 && jobs.transport().gather_ns > 0);
    let value = Arc::new(vec![7_u8; 1000]);
    assert_eq!(carried(&|| drop(jobs.keep(&value).unwrap())), (1002, 0));
    assert_eq!(carried(&|| drop(jobs.keep(&value).unwrap())), (0, 0), "it is there already");
    let submitted = carried(&|| assert_eq!(jobs.submit(square, 7).unwrap().wait().unwrap(), 49));
    assert!(submitted.0 > 0 && submitted.1 > 0, "{submitted:?}");
}

pub(crate) fn a_job_is_found_by_its_number_until_it_is_forgotten() {
    let (jobs, folder) = opened();
    let handles = jobs.submit_all(square, [5, 6]).unwrap();
    let single = jobs.submit(square, 7).unwrap();
    let ids = [handles[0].id(), handles[1].id(), single.id()];
    assert_eq!(jobs.ids().unwrap(), ids);
    assert_eq!([handles[0].wait().unwrap(), single.wait().unwrap(), single.wait().unwrap()], [25, 49, 49]);
    drop(jobs);
    assert_eq!(handles[0].wait().unwrap(), 25, "a handle reads on");
    let jobs = Jobs::builder().workers(0).open(folder.path().join("jobs.db")).unwrap();
    assert_eq!(jobs.ids().unwrap(), ids);
    let found = jobs.find::<u64>(ids[0].to_string().parse().unwrap());
    assert_eq!(found.wait().unwrap(), 25);
    jobs.forget(&ids[..1]).unwrap();
    assert!(matches!(found.wait(), Err(Error::Unknown { job }) if job == ids[0]));
    assert_eq!(jobs.ids().unwrap(), ids[1..]);
    let never = jobs.submit(square, 8).unwrap();
    assert!(never.try_wait().unwrap().is_none(), "there is no worker");
    drop(jobs);
    assert!(matches!(never.wait(), Err(Error::Closed)));
}

fn nth(of: (parallax_distributed_jobs::Kept<Vec<u64>>, usize)) -> u64 {
    of.0[of.1]
}

pub(crate) fn a_value_for_many_jobs_is_kept_once() {
    let (jobs, folder) = opened();
    for len in [10, 100_000] {
        let values: Arc<Vec<u64>> = Arc::new((0..len).map(|x| x + (1 << 40)).collect());
        let kept = jobs.keep(&values).unwrap();
        assert_eq!(kept.len(), len as usize);
        let found = jobs.map(nth, (0..50).map(|k| (kept.clone(), k % 10))).unwrap();
        assert_eq!(found, (0..50).map(|k| (1 << 40) + k % 10).collect::<Vec<_>>());
        jobs.keep(&values).unwrap();
    }
    drop(jobs); // writes the rest into the file itself
    let bytes = std::fs::metadata(folder.path().join("jobs.db")).unwrap().len();
    let wal = std::fs::metadata(folder.path().join("jobs.db-wal")).map_or(0, |wal| wal.len());
    assert!(
        (600_000..3_000_000).contains(&(bytes + wal)),
        "{bytes} and {wal} bytes: once, and not in each job"
    );
}

pub(crate) fn queues_of_one_store_do_not_meet() {
    let (jobs, folder) = opened();
    let other = Jobs::builder().workers(0).queue("other").open(folder.path().join("jobs.db")).unwrap();
    let theirs = other.submit(square, 3).unwrap();
    assert_eq!(jobs.map(square, [4]).unwrap(), [16]);
    assert!(theirs.try_wait().unwrap().is_none());
    assert_eq!((jobs.ids().unwrap().len(), other.ids().unwrap()), (0, vec![theirs.id()]));
}

pub(crate) fn jobs_are_done_by_any_worker_that_has_opened_the_store() {
    let (workers, folder) = opened();
    let submits = Jobs::builder().workers(0).open(folder.path().join("jobs.db")).unwrap();
    assert!(submits.worker_ids().is_empty());
    assert_eq!(submits.map(square, 0..10).unwrap(), workers.map(square, 0..10).unwrap());
}
