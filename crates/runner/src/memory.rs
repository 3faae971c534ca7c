//! The peak memory of the process tree, in which pages that its processes share count once.

use crate::protocol::PeakBy;
use crate::usage::{status_field, tree};
use std::fs;

/// Resets the peak of resident memory, so that the next [`peak`] covers only later work.
pub(crate) fn reset_peak() {
    for pid in tree() {
        let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5"); // a kernel without it: a higher figure
    }
}

/// The peak of the tree's resident memory since [`reset_peak`], in bytes, and how it was added up. Call it outside of
/// timed code: for several processes, the kernel walks all pages.
///
/// A control group has a peak too, but of other memory: it includes the page cache and kernel memory, and leaves out
/// pages that were there before.
pub(crate) fn peak() -> (u64, PeakBy) {
    let pids = tree();
    let is_alone = pids.len() == 1;
    peak_of(&pids.iter().filter_map(|pid| Resident::of(pid, is_alone)).collect::<Vec<_>>())
}

/// The resident memory of one process, in bytes.
#[derive(Debug, Clone, Copy)]
struct Resident {
    most: u64,
    now: u64,
    /// Its proportional set size: each page divided by the number of processes that have it; `None` if unknown.
    part: Option<u64>,
}

impl Resident {
    /// `None` if it has ended.
    fn of(pid: &str, is_alone: bool) -> Option<Self> {
        let part = if is_alone { None } else { proportional(pid) };
        // `VmHWM` and not `ru_maxrss`, which a child inherits from its parent
        let [most, now] = ["VmHWM:", "VmRSS:"].map(|field| 1024 * status_field(pid, field));
        (now > 0).then_some(Resident { most, now, part })
    }
}

/// Pages that several processes share now count once, and what each process had beyond its current size at its peak
/// counts for each. The tree has no less than any of its processes, though these share pages with other programs, such
/// as the C library.
fn peak_of(tree: &[Resident]) -> (u64, PeakBy) {
    let largest = tree.iter().map(|process| process.most).max().unwrap_or(0);
    let parts: Option<u64> = tree.iter().map(|process| process.part).sum();
    match parts {
        _ if tree.len() < 2 => (largest, PeakBy::Process),
        Some(now) => {
            let beyond: u64 = tree.iter().map(|process| process.most.saturating_sub(process.now)).sum();
            (largest.max(now + beyond), PeakBy::Pss)
        }
        None => (tree.iter().map(|process| process.most).sum(), PeakBy::Rss),
    }
}

/// The proportional set size of a process, in bytes; `None` before Linux 4.14, or where it cannot be read.
fn proportional(pid: &str) -> Option<u64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(1024 * line.split_whitespace().next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    const MIB: u64 = 1 << 20;

    fn resident(most: u64, now: u64, part: u64) -> Resident {
        Resident { most: most * MIB, now: now * MIB, part: Some(part * MIB) }
    }

    #[test]
    fn what_processes_share_counts_once_and_what_each_had_at_its_peak_counts_for_each() {
        let tree = [resident(100, 70, 25), resident(70, 70, 25), resident(80, 70, 25)];
        assert_eq!(peak_of(&tree), ((75 + 30 + 10) * MIB, PeakBy::Pss));
        assert_eq!(peak_of(&tree[..1]), (100 * MIB, PeakBy::Process));
        assert_eq!(peak_of(&[resident(90, 70, 10), resident(70, 70, 10)]).0, 90 * MIB, "others share it");
        let untold = [tree[0], Resident { part: None, ..tree[1] }];
        assert_eq!(peak_of(&untold), (170 * MIB, PeakBy::Rss));
    }

    #[test]
    fn the_peak_is_of_what_follows_the_reset() {
        let large = vec![1u8; 64 << 20];
        black_box(&large);
        drop(large);
        reset_peak();
        let (quiet, _) = peak();
        let large = vec![1u8; 64 << 20];
        black_box(&large);
        assert!(peak().0 >= quiet + 60 * MIB, "{quiet} then {:?}", peak());
    }
}
