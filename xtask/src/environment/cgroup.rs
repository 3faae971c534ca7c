//! A control group can grant less than the machine has, and so can each group around it.

use super::files::Files;

/// How many CPUs' worth of time is granted to this process.
pub(super) fn cpus(files: Files) -> Option<f64> {
    limits(files, cpus_of).reduce(f64::min)
}

/// How much memory is granted to this process, in bytes.
pub(super) fn memory(files: Files) -> Option<u64> {
    limits(files, memory_of).min()
}

/// The limits that hold for this process: those of its control group and of all that enclose it, as `limit`
/// reads them from a group's folder. Both versions of control groups are looked at, for some systems run
/// both.
fn limits<T>(files: Files<'_>, limit: fn(Files, &str) -> Option<T>) -> impl Iterator<Item = T> {
    let groups = files.text("proc/self/cgroup").unwrap_or_default();
    let mut folders = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let mounts = if controllers.is_empty() { vec!["", "unified"] } else { vec![controllers] };
        for mount in mounts {
            let mut path = path.trim_matches('/');
            folders.push(format!("sys/fs/cgroup/{mount}"));
            while !path.is_empty() {
                folders.push(format!("sys/fs/cgroup/{mount}/{path}"));
                path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            }
        }
    }
    folders.into_iter().filter_map(move |folder| limit(files, &folder))
}

fn cpus_of(files: Files, folder: &str) -> Option<f64> {
    let share =
        |quota: f64, period: f64| Some(quota / period).filter(|share| share.is_finite() && *share > 0.0);
    if let Some(text) = files.text(&format!("{folder}/cpu.max")) {
        let (quota, period) = text.split_once(' ')?;
        return share(quota.parse().ok()?, period.parse().ok()?); // `max` is no number
    }
    share(
        files.number(&format!("{folder}/cpu.cfs_quota_us"))?,
        files.number(&format!("{folder}/cpu.cfs_period_us"))?,
    )
}

fn memory_of(files: Files, folder: &str) -> Option<u64> {
    let limit = |file: &str| files.number::<u64>(&format!("{folder}/{file}"));
    // The first version writes a number near 2^63 where there is no limit.
    limit("memory.max").or_else(|| limit("memory.limit_in_bytes")).filter(|&bytes| bytes < 1 << 62)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::files::root;

    fn read(tree: &[(&str, &str)]) -> (Option<f64>, Option<u64>) {
        let folder = root(tree);
        (cpus(Files(folder.path())), memory(Files(folder.path())))
    }

    #[test]
    fn the_tightest_group_around_the_process_counts() {
        let tree = [
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/cpu.max", "150000 100000"),
            ("sys/fs/cgroup/a/b/cpu.max", "max 100000"),
            ("sys/fs/cgroup/a/memory.max", "max"),
            ("sys/fs/cgroup/a/b/memory.max", "1048576"),
        ];
        assert_eq!(read(&tree), (Some(1.5), Some(1 << 20)));
    }

    #[test]
    fn control_groups_of_the_first_kind_count_too() {
        let tree = [
            ("proc/self/cgroup", "4:memory:/x\n2:cpu,cpuacct:/\n0::/\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712"),
            ("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "4096"),
        ];
        assert_eq!(read(&tree), (Some(2.0), Some(4096)));
        let free = [
            ("proc/self/cgroup", "2:cpu:/\n"),
            ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1"),
            ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"),
        ];
        assert_eq!(read(&free), (None, None));
    }
}
