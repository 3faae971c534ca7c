//! The owner of each orphan process: it is ended with its own worker, and not with another family's.

use parallax_runner::clock::now_ns;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// A variable in the environment of a worker and of all processes it starts. It identifies their owner once
/// they have left the worker's tree, as daemons do.
pub(super) const MARK: &str = "PARALLAX_OWNER";

/// The running workers, by process, each with its mark.
static RUNNING: Mutex<BTreeMap<u32, String>> = Mutex::new(BTreeMap::new());

/// A mark that no other worker has.
pub(super) fn mark() -> String {
    // Relaxed: the numbers must differ, and nothing else depends on them.
    static STARTED: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), STARTED.fetch_add(1, Relaxed))
}

/// Children of ours that no worker started: processes left running by a build become ours, as workers'
/// orphans do.
static STRANGERS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Notes the children that we have before a worker starts, while none runs.
pub(super) fn spare(children: &[i32]) {
    if running().is_empty() {
        strangers().extend(children);
    }
}

/// Notes that a worker runs.
pub(super) fn began(pid: u32, mark: String) {
    running().insert(pid, mark);
}

/// Notes that a worker has ended.
pub(super) fn ended(pid: u32) {
    running().remove(&pid);
}

/// How long to wait for processes that were killed. One that the kernel holds back may take longer.
const PATIENCE_NS: u64 = 2_000_000_000;

/// Ends and reaps the orphans, until none is left of them and of the `killed` processes.
///
/// A process becomes our child when its parent has ended, so one look at our children is too early for most. What is not
/// reaped here would never be: its CPU time would pass for that of others.
pub(super) fn reap(killed: &[i32]) {
    let until_ns = now_ns() + PATIENCE_NS;
    let is_there = |pid: &i32| Path::new(&format!("/proc/{pid}")).exists();
    while end_orphans(&super::children(std::process::id())) > 0 || killed.iter().any(is_there) {
        if now_ns() > until_ns {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Ends and reaps those of our children that are neither a running worker nor owned by one; returns how many.
fn end_orphans(children: &[i32]) -> usize {
    let (running, mut ended) = (running(), 0);
    for &child in children {
        let Some(pid) = Pid::from_raw(child) else { continue };
        let id = child.unsigned_abs();
        if strangers().contains(&child) {
            continue;
        }
        let is_owned = || mark_of(id).is_some_and(|mark| running.values().any(|other| *other == mark));
        if running.contains_key(&id) || is_owned() {
            continue;
        }
        let _ = kill_process(pid, Signal::KILL);
        ended += usize::from(waitpid(Some(pid), WaitOptions::empty()).is_ok());
    }
    ended
}

fn running() -> MutexGuard<'static, BTreeMap<u32, String>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn strangers() -> MutexGuard<'static, BTreeSet<i32>> {
    STRANGERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The mark that a process has inherited; none if it has ended, or has cleared its environment.
fn mark_of(pid: u32) -> Option<String> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut variables = environment.split(|&byte| byte == 0);
    let mark = variables.find_map(|variable| variable.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="))?;
    Some(String::from_utf8_lossy(mark).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    fn sleeper(mark: &str) -> Child {
        Command::new("sleep").arg("60").env(MARK, mark).spawn().unwrap()
    }

    #[test]
    fn only_what_no_running_worker_is_or_owns_is_ended() {
        let marks = [mark(), mark(), mark()];
        let [mut worker, mut its_daemon, mut orphan] =
            [&marks[0], &marks[1], &marks[2]].map(|mark| sleeper(mark));
        let mut builder = sleeper("of no worker");
        spare(&[i32::try_from(builder.id()).unwrap()]); // while none runs
        end_orphans(&[i32::try_from(builder.id()).unwrap()]);
        assert!(matches!(builder.try_wait(), Ok(None)), "processes left by a build are not ended");
        builder.kill().unwrap();
        builder.wait().unwrap();
        began(worker.id(), "of a worker that changed its own".into());
        began(u32::MAX, marks[1].clone());
        let children = [worker.id(), its_daemon.id(), orphan.id()].map(|id| i32::try_from(id).unwrap());
        end_orphans(&children);
        let runs = |child: &mut Child| matches!(child.try_wait(), Ok(None));
        let found = [runs(&mut worker), runs(&mut its_daemon), runs(&mut orphan)];
        [worker.id(), u32::MAX].into_iter().for_each(ended);
        end_orphans(&children[..2]);
        assert_eq!(found, [true, true, false]);
        assert!(!runs(&mut worker) && !runs(&mut its_daemon));
    }

    #[test]
    fn killed_processes_are_reaped_when_they_become_ours() {
        let name = format!("{}::reaps_a_chain", module_path!().split_once("::").unwrap().1);
        let mut alone = Command::new(std::env::current_exe().unwrap());
        let out = alone.args(["--exact", &name, "--ignored"]).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success() && said.contains("1 passed"), "{said}");
    }

    #[test]
    #[ignore = "started by the previous test, in a process of which no other test has children"]
    fn reaps_a_chain() {
        super::super::adopt_orphans();
        let mut worker = Command::new("sh").args(["-c", "sh -c 'sleep 61 & wait' & wait"]).spawn().unwrap();
        let killed = || super::super::descendants(worker.id());
        while killed().len() < 2 {
            thread::sleep(Duration::from_millis(1));
        }
        let killed = killed();
        for pid in killed.iter().map(|pid| Pid::from_raw(*pid).unwrap()) {
            kill_process(pid, Signal::KILL).unwrap();
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        reap(&killed);
        let left = killed.iter().filter(|pid| Path::new(&format!("/proc/{pid}")).exists()).count();
        assert_eq!(left, 0, "of {killed:?}");
    }
}
