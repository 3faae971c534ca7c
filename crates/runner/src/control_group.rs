//! The memory limits of this process's control group and of those around it, which may be below the machine's.
//!
//! Both versions of control groups are read, since some systems run both. Everything is read below a
//! `root`, which is `/` except in tests.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of this process's control groups and of all that enclose them.
pub fn folders(root: &Path) -> Vec<PathBuf> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let top = root.join("sys/fs/cgroup");
    let mut folders = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let mounts = if controllers.is_empty() { vec!["", "unified"] } else { vec![controllers] };
        for mount in mounts {
            let mut path = path.trim_matches('/');
            folders.push(top.join(mount));
            while !path.is_empty() {
                folders.push(top.join(mount).join(path));
                path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            }
        }
    }
    folders
}

/// How much memory is left to this process, in bytes; `None` if there is no limit. The group's page cache can be
/// reclaimed, so it counts as left.
pub fn memory(root: &Path) -> Option<u64> {
    folders(root).iter().filter_map(|folder| limit(folder)).min()
}

fn limit(folder: &Path) -> Option<u64> {
    let number = |file: &str| fs::read_to_string(folder.join(file)).ok()?.trim().parse::<u64>().ok();
    // Without a limit, the first version writes a number near 2^63, the second a word.
    let limit =
        number("memory.max").or_else(|| number("memory.limit_in_bytes")).filter(|&bytes| bytes < 1 << 62)?;
    let of_processes =
        |line: &str| line.strip_prefix("anon ").or_else(|| line.strip_prefix("total_rss "))?.parse().ok();
    let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    Some(limit.saturating_sub(stat.lines().find_map(of_processes).unwrap_or(0)))
}
