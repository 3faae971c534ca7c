//! CPU times: on a virtual machine, other load shows only as CPU time that is not ours.
//!
//! So the time of the CPUs that we may use is read before and after a block; the part that the block's own processes
//! did not use, others used. The other CPUs do not matter.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The times of some CPUs together since boot. The kernel counts in ticks, mostly of 10 ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuTimes {
    /// At work for any process.
    pub busy_ns: u64,
    /// Ready to work while the host ran something else.
    pub steal_ns: u64,
    /// With nothing to do, or waiting for a disk.
    pub idle_ns: u64,
}

impl CpuTimes {
    /// The times since `earlier`.
    ///
    /// ```
    /// use parallax_harness::environment::CpuTimes;
    /// let earlier = CpuTimes { busy_ns: 30, steal_ns: 0, idle_ns: 50 };
    /// let now = CpuTimes { busy_ns: 70, steal_ns: 10, idle_ns: 100 };
    /// assert_eq!(now.since(earlier), CpuTimes { busy_ns: 40, steal_ns: 10, idle_ns: 50 });
    /// assert_eq!(now.since(earlier).steal_share(), 0.1);
    /// ```
    pub fn since(self, earlier: CpuTimes) -> CpuTimes {
        // The kernel's idle time can run backwards by a tick.
        CpuTimes {
            busy_ns: self.busy_ns.saturating_sub(earlier.busy_ns),
            steal_ns: self.steal_ns.saturating_sub(earlier.steal_ns),
            idle_ns: self.idle_ns.saturating_sub(earlier.idle_ns),
        }
    }

    /// The sum of all times.
    pub fn total_ns(self) -> u64 {
        self.busy_ns.saturating_add(self.steal_ns).saturating_add(self.idle_ns)
    }

    /// The share that was stolen; 0 if no time has passed.
    pub fn steal_share(self) -> f64 {
        self.steal_ns as f64 / self.total_ns().max(1) as f64
    }

    /// Reads the first line of `/proc/stat`, of all CPUs together, counted in ticks of `1 / hz` seconds.
    pub(super) fn parse(stat: &str, hz: u64) -> Option<CpuTimes> {
        let mut fields = stat.lines().next()?.split_whitespace();
        if fields.next()? != "cpu" {
            return None;
        }
        Self::ticks(fields, hz)
    }

    /// Reads the lines of the CPUs with these numbers; none unless each of them has one.
    pub(super) fn parse_of(stat: &str, hz: u64, cpus: &[usize]) -> Option<CpuTimes> {
        let line = |cpu: &usize| {
            let name = format!("cpu{cpu}");
            let mut words = stat.lines().map(str::split_whitespace);
            Self::ticks(words.find_map(|mut words| (words.next()? == name).then_some(words))?, hz)
        };
        let sum = |a: CpuTimes, b: CpuTimes| {
            Some(CpuTimes {
                busy_ns: a.busy_ns.checked_add(b.busy_ns)?,
                steal_ns: a.steal_ns.checked_add(b.steal_ns)?,
                idle_ns: a.idle_ns.checked_add(b.idle_ns)?,
            })
        };
        let mut cpus = cpus.iter();
        let first = line(cpus.next()?)?;
        cpus.try_fold(first, |so_far, cpu| sum(so_far, line(cpu)?))
    }

    /// Reads the lines of the CPUs with these numbers. Where a container has renumbered its lines, it has exactly one
    /// for each of our CPUs, and all lines count.
    pub(super) fn parse_allowed(stat: &str, hz: u64, cpus: &[usize]) -> Option<CpuTimes> {
        let numbered = |line: &&str| line.strip_prefix("cpu").is_some_and(|rest| !rest.starts_with(' '));
        let renumbered = || stat.lines().filter(numbered).count() == cpus.len();
        Self::parse_of(stat, hz, cpus).or_else(|| renumbered().then(|| Self::parse(stat, hz)).flatten())
    }

    fn ticks<'a>(fields: impl Iterator<Item = &'a str>, hz: u64) -> Option<CpuTimes> {
        let tick = 1_000_000_000_u64.checked_div(hz)?;
        let times: Vec<u64> =
            fields.map(|field| field.parse::<u64>().ok()?.checked_mul(tick)).collect::<Option<_>>()?;
        // Guest time, which follows, is part of user time already.
        let &[user, nice, system, idle, iowait, irq, softirq, steal, ..] = times.as_slice() else {
            return None;
        };
        let sum = |parts: &[u64]| parts.iter().try_fold(0_u64, |sum, &part| sum.checked_add(part));
        let busy_ns = sum(&[user, nice, system, irq, softirq])?;
        Some(CpuTimes { busy_ns, steal_ns: steal, idle_ns: sum(&[idle, iowait])? })
    }
}

/// Reads the times of the CPUs that this process may use.
///
/// # Errors
///
/// If `/proc/stat` cannot be read; then other load cannot be detected, and a run should say so.
pub fn cpu_times() -> Result<CpuTimes> {
    let stat = std::fs::read_to_string("/proc/stat").context(
        "the machine's CPU times are not readable at /proc/stat, so other load cannot be detected",
    )?;
    CpuTimes::parse_allowed(&stat, rustix::param::clock_ticks_per_second(), &allowed()?)
        .context("/proc/stat does not have a line of times for each CPU, so other load cannot be detected")
}

/// The CPUs that this process may use, which `taskset` and control groups restrict.
fn allowed() -> Result<Vec<usize>> {
    let set =
        rustix::thread::sched_getaffinity(None).context("cannot read which CPUs this process may use")?;
    Ok((0..rustix::thread::CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_ticks_is_read() {
        let stat = "cpu  10 1 4 500 20 2 3 7 999 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        let read = CpuTimes::parse(stat, 100).unwrap();
        assert_eq!(read, CpuTimes { busy_ns: 200_000_000, steal_ns: 70_000_000, idle_ns: 5_200_000_000 });
    }

    #[test]
    fn what_is_no_such_line_is_refused() {
        let bad =
            ["", "cpu", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 3", "cpu a 2 3 4 5 6 7 8", "cpu -1 2 3 4 5 6 7 8"];
        bad.iter().for_each(|stat| assert_eq!(CpuTimes::parse(stat, 100), None, "{stat}"));
        assert_eq!(CpuTimes::parse("cpu 1 2 3 4 5 6 7 8", 0), None);
        assert_eq!(CpuTimes::parse("cpu 99999999999999 2 3 4 5 6 7 8", 1), None, "overflow");
    }

    #[test]
    fn only_the_cpus_that_we_may_use_count() {
        let stat = "cpu  99 99 99 99 99 99 99 99 0 0\ncpu0 1 0 0 10 0 0 0 0 0 0\ncpu1 90 0 0 0 0 0 0 0 0 0\n\
                    cpu2 2 0 0 10 0 0 0 3 0 0\ncpu10 50 0 0 0 0 0 0 0 0 0\nintr 5\n";
        let of = |cpus: &[usize]| CpuTimes::parse_of(stat, 1_000_000_000, cpus);
        assert_eq!(of(&[0, 2]), Some(CpuTimes { busy_ns: 3, steal_ns: 3, idle_ns: 20 }));
        assert_eq!(of(&[1]), Some(CpuTimes { busy_ns: 90, steal_ns: 0, idle_ns: 0 }));
        assert_eq!((of(&[0, 3]), of(&[])), (None, None), "a CPU without a line, and no CPU");
    }

    #[test]
    fn lines_that_a_container_has_numbered_anew_are_ours() {
        let stat =
            "cpu  3 0 0 20 0 0 0 0 0 0\ncpu0 1 0 0 10 0 0 0 0 0 0\ncpu1 2 0 0 10 0 0 0 0 0 0\nintr 5\n";
        let of = |cpus: &[usize]| CpuTimes::parse_allowed(stat, 1_000_000_000, cpus);
        let all = Some(CpuTimes { busy_ns: 3, steal_ns: 0, idle_ns: 20 });
        assert_eq!((of(&[4, 5]), of(&[0, 1])), (all, all));
        assert_eq!(of(&[1]).map(|times| times.busy_ns), Some(2));
        assert_eq!(of(&[7]), None, "two lines, and neither is that of our one");
    }

    #[test]
    fn work_of_this_process_shows() {
        let before = cpu_times().unwrap();
        let mut x = 1_u64;
        let spent = (0..1_000_000)
            .map(|_| {
                (0..10_000).for_each(|i| x = std::hint::black_box(x.rotate_left(5) ^ i));
                cpu_times().unwrap().since(before)
            })
            .find(|spent| spent.busy_ns >= 20_000_000);
        assert!(spent.is_some());
    }
}
