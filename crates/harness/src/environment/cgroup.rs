//! The CPU time and memory that control groups grant this process; the runner finds these groups.

use super::files::Files;
use parallax_runner::control_group;

/// How many CPUs' worth of time is granted to this process.
pub(super) fn cpus(files: Files) -> Option<f64> {
    control_group::folders(files.0).iter().filter_map(|folder| cpus_of(Files(folder))).reduce(f64::min)
}

/// How much memory is granted to this process, in bytes.
pub(super) fn memory(files: Files) -> Option<u64> {
    control_group::memory(files.0)
}

fn cpus_of(folder: Files) -> Option<f64> {
    let share =
        |quota: f64, period: f64| Some(quota / period).filter(|share| share.is_finite() && *share > 0.0);
    if let Some(text) = folder.text("cpu.max") {
        let (quota, period) = text.split_once(' ')?;
        return share(quota.parse().ok()?, period.parse().ok()?); // `max` is not a number
    }
    share(folder.number("cpu.cfs_quota_us")?, folder.number("cpu.cfs_period_us")?)
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
