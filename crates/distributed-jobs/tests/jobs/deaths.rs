//! Workers and programs are killed, and each job still has one result.

use crate::common::{eventually, kill, line_of, runs, say, scenario};
use crate::stores::square;
use parallax_distributed_jobs::{Builder, Error, JobId, Jobs};
use parallax_pattern::optional;
use parallax_pattern::random::{at, mix};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

fn builder() -> Builder {
    Jobs::builder().workers(2).lease(Duration::from_secs(1))
}

/// Runs for a little, logs that it did, and returns a value unique to the item.
fn noted((log, item): (PathBuf, u64)) -> u64 {
    thread::sleep(Duration::from_micros(500));
    let mut log = fs::OpenOptions::new().append(true).create(true).open(log).unwrap();
    log.write_all(&item.to_le_bytes()).unwrap();
    mix(item)
}

/// Records that the work is done.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Kills workers at random moments while they do `count` jobs.
fn survives(jobs: &Jobs, folder: &Path, count: u64, kills: u64) {
    let log = folder.join("log");
    let done = AtomicBool::new(false);
    let killed = thread::scope(|scope| {
        let killer = scope.spawn(|| {
            let mut killed = 0;
            while killed < kills && !done.load(Relaxed) {
                thread::sleep(Duration::from_millis(at(7, 2 * killed) % 120));
                let workers = jobs.worker_ids();
                if let Some(&worker) = workers.get(at(7, 2 * killed + 1) as usize % workers.len().max(1)) {
                    kill(worker);
                    killed += 1;
                }
            }
            killed
        });
        let end = Done(&done); // also if the test fails
        let handles = jobs.submit_all(noted, (0..count).map(|item| (log.clone(), item))).unwrap();
        for (item, job) in (0..).zip(&handles) {
            assert_eq!(job.wait().unwrap(), mix(item), "item {item}");
        }
        assert_eq!(jobs.ids().unwrap(), handles.iter().map(|job| job.id()).collect::<Vec<_>>());
        drop(end);
        killer.join().unwrap()
    });
    let runs = fs::read(log).unwrap();
    let mut times = vec![0; count as usize];
    runs.chunks_exact(8).for_each(|item| times[u64::from_le_bytes(item.try_into().unwrap()) as usize] += 1);
    assert!(times.iter().all(|&times| times > 0), "each was run, and not only reported");
    assert!(killed >= kills.min(5), "{killed} kills hit the work");
    say(&format!(
        "{killed} kills, {count} jobs, {} of them run again",
        times.iter().filter(|&&times| times > 1).count()
    ));
}

pub(crate) fn no_result_is_lost_or_comes_twice_while_workers_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = builder().open(folder.path().join("jobs.db")).unwrap();
    survives(&jobs, folder.path(), 2_000, 20);
}

pub(crate) fn ten_thousand_jobs_survive_a_hundred_kills() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = builder().open(folder.path().join("jobs.db")).unwrap();
    survives(&jobs, folder.path(), 10_000, 100);
}

pub(crate) fn no_result_is_lost_on_redis_while_workers_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = Server::start(folder.path()) else { return };
    let jobs = builder().redis(&server.url).unwrap();
    survives(&jobs, folder.path(), 2_000, 20);
    assert_eq!(jobs.map(square, 0..700).unwrap(), (0..700).map(|x| x * x).collect::<Vec<_>>());
}

/// A Redis server of one test.
struct Server {
    url: String,
    process: Child,
}

impl Server {
    fn start(folder: &Path) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"]).arg(folder);
        let process = command.stdout(Stdio::null()).spawn();
        if optional::hidden("redis") || process.is_err() {
            optional::skip("redis", "redis-server is not on PATH");
            return None;
        }
        eventually("Redis listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Server { url: format!("redis://127.0.0.1:{port}"), process: process.unwrap() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Scenario: submits jobs, waits until a worker begins, and prints their numbers.
pub(crate) fn submits(path: &Path) {
    let jobs = Jobs::builder().workers(1).lease(Duration::from_secs(1)).open(path).unwrap();
    tell_and_stay(&jobs, path);
}

/// Scenario: submits jobs for other programs' workers.
pub(crate) fn submits_only(path: &Path) {
    tell_and_stay(&Jobs::builder().workers(0).open(path).unwrap(), path);
}

fn tell_and_stay(jobs: &Jobs, path: &Path) {
    let log = path.with_extension("log");
    let handles = jobs.submit_all(noted, (0..300).map(|item| (log.clone(), item))).unwrap();
    let ids: Vec<String> = handles.iter().map(|job| job.id().to_string()).collect();
    let workers: Vec<String> = jobs.worker_ids().iter().map(u32::to_string).collect();
    say(&format!("{};{}", workers.join(" "), ids.join(" ")));
    thread::sleep(Duration::from_secs(600));
}

/// The workers and jobs that a scenario printed before it was killed.
pub(crate) fn told_by(mut child: Child) -> (Vec<u32>, Vec<JobId>) {
    let line = line_of(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let (workers, ids) = line.split_once(';').unwrap_or_else(|| panic!("it says {line}"));
    let read = |words: &str| words.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    (read(workers), ids.split_whitespace().map(|id| id.parse().unwrap()).collect())
}

pub(crate) fn a_program_that_was_killed_finds_its_results() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.db");
    let (workers, ids) = told_by(scenario("submits", &path).spawn().unwrap());
    eventually("its worker has ended", || !workers.iter().any(|&worker| runs(worker)));
    let jobs = builder().open(&path).unwrap();
    assert_eq!((jobs.ids().unwrap(), ids.len()), (ids.clone(), 300));
    for (item, &id) in (0..).zip(&ids) {
        assert_eq!(jobs.find::<u64>(id).wait().unwrap(), mix(item));
    }
}

/// Scenario: starts workers, prints their IDs, and does nothing.
pub(crate) fn waits(path: &Path) {
    let jobs = builder().open(path).unwrap();
    let workers: Vec<String> = jobs.worker_ids().iter().map(u32::to_string).collect();
    say(&format!("{};", workers.join(" ")));
    thread::sleep(Duration::from_secs(600));
}

pub(crate) fn workers_end_with_the_program_that_started_them() {
    let folder = tempfile::tempdir().unwrap();
    let (workers, _) = told_by(scenario("waits", &folder.path().join("jobs.db")).spawn().unwrap());
    assert_eq!(workers.len(), 2);
    eventually("they have ended", || !workers.iter().any(|&worker| runs(worker)));
    let jobs = builder().open(folder.path().join("jobs.db")).unwrap();
    let workers = jobs.worker_ids();
    assert!(workers.len() == 2 && workers.iter().all(|&worker| runs(worker)));
    drop(jobs);
    assert!(!workers.iter().any(|&worker| runs(worker)), "dropping the jobs waits for them");
}

fn fatal(item: u32) -> u32 {
    if item == 3 { std::process::abort() } else { item }
}

pub(crate) fn a_job_that_ends_its_workers_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = builder().take_overs(2).open(folder.path().join("jobs.db")).unwrap();
    let handles = jobs.submit_all(fatal, 0..6).unwrap();
    assert!(matches!(handles[3].wait(), Err(Error::GivenUp { times: 3, .. })), "{:?}", handles[3].wait());
    assert_eq!(jobs.map(square, [9]).unwrap(), [81], "the workers go on");
}

/// The whole content of a file.
pub(crate) fn text_of(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_or_else(|_| Vec::new(), |_| bytes)
}
