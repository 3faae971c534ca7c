//! Foreign load: the time that others spent on our CPUs, which is all time spent there minus our own.

use crate::environment::cpu_times;
use parallax_runner::clock::now_ns;
use std::ops::AddAssign;

/// The least foreign time that counts: the kernel counts in ticks, mostly of 10 ms, so less than two are ignored.
const COUNTABLE_NS: f64 = 20e6;

/// The CPU time spent on the CPUs that we may use, and that spent by us. It is read while no worker runs, since the
/// time of a worker is known only after its end.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    at_ns: u64,
    busy_ns: f64,
    ours_ns: f64,
}

impl Load {
    /// The CPU time up to now.
    pub fn now() -> Self {
        let busy_ns = cpu_times().map_or(0.0, |times| (times.busy_ns + times.steal_ns) as f64);
        Load { at_ns: now_ns(), busy_ns, ours_ns: ours_ns() }
    }

    /// The load of others since `earlier`.
    pub fn since(&self, earlier: &Load) -> Foreign {
        Foreign {
            cpu_ns: (self.busy_ns - earlier.busy_ns) - (self.ours_ns - earlier.ours_ns),
            wall_ns: self.at_ns.saturating_sub(earlier.at_ns),
        }
    }
}

/// The load of others over some time; it can be added up, for example over the turns of a block.
#[derive(Debug, Clone, Copy, Default)]
pub struct Foreign {
    cpu_ns: f64,
    wall_ns: u64,
}

impl Foreign {
    /// `cores` cores, kept busy for a second.
    #[cfg(test)]
    pub(crate) fn of_cores(cores: f64) -> Self {
        Foreign { cpu_ns: cores * 1e9, wall_ns: 1_000_000_000 }
    }

    /// How many cores they kept busy, on average.
    pub fn cores(self) -> f64 {
        if self.cpu_ns < COUNTABLE_NS { 0.0 } else { self.cpu_ns / self.wall_ns.max(1) as f64 }
    }
}

impl AddAssign for Foreign {
    fn add_assign(&mut self, other: Foreign) {
        self.cpu_ns += other.cpu_ns;
        self.wall_ns += other.wall_ns;
    }
}

/// CPU time of this process and of all workers that have ended.
fn ours_ns() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let of = |who| {
        getrusage(who).map_or(0, |usage| (usage.user_time() + usage.system_time()).num_nanoseconds()) as f64
    };
    of(UsageWho::RUSAGE_SELF) + of(UsageWho::RUSAGE_CHILDREN)
}

#[cfg(test)]
impl Load {
    /// The load at `at_ns`, if others have kept `cores` cores busy until then.
    pub(crate) fn of(at_ns: u64, cores: f64) -> Self {
        Load { at_ns, busy_ns: at_ns as f64 * cores, ours_ns: 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_in_each_turn_is_seen_over_the_block() {
        // nine turns of 100 ms, of which others take 15 ms each, and we 60
        let at = |turn: u32| {
            let at_ns = u64::from(turn) * 100_000_000;
            Load { at_ns, busy_ns: f64::from(turn) * 75e6, ours_ns: f64::from(turn) * 60e6 }
        };
        assert_eq!(at(1).since(&at(0)).cores(), 0.0, "too little in a single turn");
        assert_eq!(at(9).since(&at(0)).cores(), 0.15);
        let mut block = Foreign::default();
        (0..9).for_each(|turn| block += at(turn + 1).since(&at(turn)));
        assert_eq!(block.cores(), 0.15, "nor does it matter how a block is cut");
        // time of ours that was counted late is not foreign
        assert_eq!(Load { ours_ns: 5e6, ..at(0) }.since(&at(0)).cores(), 0.0);
        assert_eq!(at(1).since(&at(1)).cores(), 0.0, "no time has passed");
    }
}
