//! Other load on a virtual machine shows as CPU time that is not ours, and as nothing else.
//!
//! So the CPU time of the whole machine is read before and after a sample; what the sample's own processes
//! did not use, somebody else did.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What all CPUs together have spent since boot. The kernel counts in ticks, mostly of 10 ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuTimes {
    /// At work, for whomever.
    pub busy_ns: u64,
    /// Ready to work while the host ran something else.
    pub steal_ns: u64,
    /// With nothing to do, or waiting for a disk.
    pub idle_ns: u64,
}

impl CpuTimes {
    /// What was spent since `earlier`.
    ///
    /// ```
    /// use xtask::environment::CpuTimes;
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

    /// All of it.
    pub fn total_ns(self) -> u64 {
        self.busy_ns.saturating_add(self.steal_ns).saturating_add(self.idle_ns)
    }

    /// Which share was stolen; 0 if no time has passed.
    pub fn steal_share(self) -> f64 {
        self.steal_ns as f64 / self.total_ns().max(1) as f64
    }

    /// Reads the first line of `/proc/stat`, counted in ticks of `1 / hz` seconds.
    pub(super) fn parse(stat: &str, hz: u64) -> Option<CpuTimes> {
        let mut fields = stat.lines().next()?.split_whitespace();
        if fields.next()? != "cpu" {
            return None;
        }
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

/// Reads the machine's CPU times.
///
/// # Errors
///
/// If `/proc/stat` cannot be read; then other load cannot be told, and a run should say so.
pub fn cpu_times() -> Result<CpuTimes> {
    let stat = std::fs::read_to_string("/proc/stat")
        .context("the machine's CPU times are not readable at /proc/stat, so other load cannot be told")?;
    CpuTimes::parse(&stat, rustix::param::clock_ticks_per_second())
        .context("/proc/stat does not begin with a line of CPU times, so other load cannot be told")
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
