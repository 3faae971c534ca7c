//! The resource usage of the process tree: CPU time, page faults, context switches, threads.
//!
//! A technique may start processes; their usage is its cost too. The tree is walked through
//! `/proc`, and only when there are children.

use crate::clock;
use nix::errno::Errno;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use std::fs;
use std::time::Duration;

/// Counters of the process tree at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) cpu_ns: u64,
    pub(crate) minor_faults: u64,
    pub(crate) major_faults: u64,
    pub(crate) waits: u64,
    pub(crate) preemptions: u64,
}

impl Spent {
    /// Reads the counters.
    pub(crate) fn now() -> Self {
        let usages = [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN].map(|who| getrusage(who).ok());
        let sum = |field: fn(&Usage) -> i64| -> u64 {
            usages.iter().flatten().map(|usage| u64::try_from(field(usage)).unwrap_or(0)).sum()
        };
        Spent {
            cpu_ns: tree_cpu_ns(),
            minor_faults: sum(Usage::minor_page_faults),
            major_faults: sum(Usage::major_page_faults),
            waits: sum(Usage::voluntary_context_switches),
            preemptions: sum(Usage::involuntary_context_switches),
        }
    }

    /// The usage between `before` and this.
    pub(crate) fn since(&self, before: &Spent) -> Spent {
        Spent {
            cpu_ns: self.cpu_ns.saturating_sub(before.cpu_ns),
            minor_faults: self.minor_faults.saturating_sub(before.minor_faults),
            major_faults: self.major_faults.saturating_sub(before.major_faults),
            waits: self.waits.saturating_sub(before.waits),
            preemptions: self.preemptions.saturating_sub(before.preemptions),
        }
    }
}

/// Lets other processes of the tree go to sleep, for a millisecond at most: for a thread of another process, the kernel
/// reports the CPU time at its last stop or interrupt, up to some milliseconds ago.
pub(crate) fn settle() {
    for _ in 0..10 {
        if !descendants().iter().any(|pid| is_running(pid)) {
            return;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// CPU time that all threads except the calling one use within the given time from now.
pub(crate) fn stray_ns_within(while_: Duration) -> u64 {
    let (tree, own) = (tree_cpu_ns(), clock::thread_cpu_ns());
    std::thread::sleep(while_);
    let (tree, own) = (tree_cpu_ns().saturating_sub(tree), clock::thread_cpu_ns() - own);
    tree.saturating_sub(own)
}

/// CPU time of this process, its ended children and its living descendants.
pub(crate) fn tree_cpu_ns() -> u64 {
    let ended = getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_or(0, |usage| (usage.user_time() + usage.system_time()).num_nanoseconds());
    let living: u64 = descendants().iter().map(|pid| cpu_ns_of(pid)).sum();
    clock::process_cpu_ns() + u64::try_from(ended).unwrap_or(0) + living
}

/// How many threads this process has.
pub(crate) fn threads() -> u32 {
    u32::try_from(status_field("self", "Threads:")).unwrap_or(0)
}

/// This process, and its living descendants.
pub(crate) fn tree() -> Vec<String> {
    let mut all = descendants();
    all.push("self".to_owned());
    all
}

/// The living descendants of this process, except for its load generators.
fn descendants() -> Vec<String> {
    if !has_children() {
        return Vec::new(); // the search takes time for each thread of a process
    }
    let drivers: Vec<String> = parallax_load::processes().iter().map(u32::to_string).collect();
    let mut found = Vec::new();
    let mut parents = vec!["self".to_owned()];
    while let Some(parent) = parents.pop() {
        for task in list(&format!("/proc/{parent}/task")) {
            let children = fs::read_to_string(format!("/proc/{parent}/task/{task}/children"));
            let children = children.unwrap_or_default();
            let is_ours = |child: &&str| drivers.iter().all(|driver| driver != child);
            for child in children.split_whitespace().filter(is_ours) {
                found.push(child.to_owned());
                parents.push(child.to_owned());
            }
        }
    }
    found
}

/// Whether this process has children, living or not yet reaped; none of them is reaped here.
fn has_children() -> bool {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::All, look) != Err(Errno::ECHILD)
}

/// Whether a thread of another process is on a core or waits for one.
fn is_running(pid: &str) -> bool {
    list(&format!("/proc/{pid}/task")).into_iter().any(|task| {
        let stat = fs::read_to_string(format!("/proc/{pid}/task/{task}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|after_name| after_name.trim_start().starts_with('R'))
    })
}

/// CPU time of the living threads of another process, as the scheduler counts it.
fn cpu_ns_of(pid: &str) -> u64 {
    let thread_ns = |task: String| -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{pid}/task/{task}/schedstat")).ok()?;
        stat.split_whitespace().next()?.parse().ok()
    };
    list(&format!("/proc/{pid}/task")).into_iter().filter_map(thread_ns).sum()
}

fn list(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// A number from a process's `/proc` status; 0 if it has ended.
pub(crate) fn status_field(pid: &str, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::random::spin;
    use std::hint::black_box;

    #[test]
    fn cpu_of_other_threads_counts() {
        let before = Spent::now();
        let own = clock::thread_cpu_ns();
        std::thread::spawn(|| black_box(spin(black_box(1), 3_000_000))).join().unwrap();
        let spent = Spent::now().since(&before);
        assert!(spent.cpu_ns > 1_000_000, "{spent:?}");
        assert!(clock::thread_cpu_ns() - own < spent.cpu_ns);
    }

    #[test]
    fn cpu_of_a_living_child_counts() {
        let mut child = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let before = tree_cpu_ns();
        while tree_cpu_ns() - before < 20_000_000 {
            std::thread::yield_now(); // ends only if the child's time is seen, or by the test's time limit
            if clock::thread_cpu_ns() > 20_000_000_000 {
                break;
            }
        }
        let seen = cpu_ns_of(&child.id().to_string());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(seen > 0, "a child that spins shows no CPU time");
    }

    #[test]
    fn another_process_is_waited_for_only_while_it_works() {
        let busy = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn();
        let idle = std::process::Command::new("sleep").arg("600").spawn();
        let mut children = [busy.unwrap(), idle.unwrap()];
        let [busy, idle] = [0, 1].map(|child: usize| children[child].id().to_string());
        assert!(has_children());
        let seen = |pid: &str, running: bool| {
            (0..2000).any(|_| {
                std::thread::sleep(Duration::from_millis(1));
                is_running(pid) == running
            })
        };
        let seen = [seen(&busy, true), seen(&idle, false)];
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!((seen, is_running(&idle)), ([true, true], false));
    }

    #[test]
    fn work_of_other_threads_is_stray_and_that_of_the_watcher_is_not() {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || {
            while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                black_box(spin(black_box(1), 10_000));
            }
        });
        let stray: u64 = (0..10).map(|_| stray_ns_within(Duration::from_millis(3))).sum();
        drop(stop);
        other.join().unwrap();
        assert!(stray > 1_000_000, "{stray}");
    }
}
