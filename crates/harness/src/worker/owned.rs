//! The owner of each orphan process: it is ended with its own worker, and not with another family's.

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// Ends and reaps those of our children that are neither a running worker nor owned by one.
pub(super) fn end_orphans(children: &[i32]) {
    let running = running();
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
        let _ = waitpid(Some(pid), WaitOptions::empty());
    }
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
}
