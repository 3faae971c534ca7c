//! What others did on our CPUs during a block: their time less ours.

use crate::environment::cpu_times;

/// The kernel counts in ticks, mostly of 10 ms, so less than two of them in a block is none.
const COUNTABLE_NS: f64 = 20e6;

/// CPU time spent on the CPUs that we may use, and by us. All workers of a block have ended when it is read.
pub struct Load {
    busy_ns: f64,
    ours_ns: f64,
}

impl Load {
    /// What has been used up to now.
    pub fn now() -> Self {
        let busy_ns = cpu_times().map_or(0.0, |times| (times.busy_ns + times.steal_ns) as f64);
        Load { busy_ns, ours_ns: ours_ns() }
    }

    /// CPU time that others used since `earlier`.
    pub fn foreign_ns_since(&self, earlier: &Load) -> f64 {
        let foreign = (self.busy_ns - earlier.busy_ns) - (self.ours_ns - earlier.ours_ns);
        if foreign < COUNTABLE_NS { 0.0 } else { foreign }
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
mod tests {
    use super::*;

    #[test]
    fn a_little_in_each_turn_is_seen_over_the_block() {
        // nine turns of 100 ms, of which others take 15 ms each, and we 60
        let at = |turn: f64| Load { busy_ns: turn * 75e6, ours_ns: turn * 60e6 };
        assert_eq!(at(1.0).foreign_ns_since(&at(0.0)), 0.0, "a turn alone cannot tell");
        assert_eq!(at(9.0).foreign_ns_since(&at(0.0)), 135e6);
        // what was counted late for us is nobody's
        assert_eq!(Load { busy_ns: 0.0, ours_ns: 5e6 }.foreign_ns_since(&at(0.0)), 0.0);
    }
}
