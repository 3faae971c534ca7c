//! Which processes are heard from while a call runs, so that silent ones can be named.

#![expect(
    clippy::disallowed_methods,
    reason = "the time since a process's last message, not a technique's time"
)]

use super::gate::Gate;
use std::time::{Duration, Instant};

/// When each process was last heard from.
pub(super) struct Watch {
    pub(super) began: Instant,
    heard: Vec<(u64, Instant)>,
}

impl Watch {
    pub(super) fn new(gate: &Gate) -> Self {
        let began = Instant::now();
        Watch { began, heard: gate.heard().into_iter().map(|count| (count, began)).collect() }
    }

    pub(super) fn look(&mut self, gate: &Gate) {
        let now = Instant::now();
        for (known, count) in self.heard.iter_mut().zip(gate.heard()) {
            if known.0 != count {
                *known = (count, now);
            }
        }
    }

    /// The processes not heard from in the second half of this time; if there are none, the one that fell silent first.
    /// A lost process may keep others waiting, which are then silent as well.
    pub(super) fn silent(&self, limit: Duration, now: Instant) -> Vec<usize> {
        let others = 1..self.heard.len();
        let is_silent = |process: &usize| now - self.heard[*process].1 > limit / 2;
        let silent: Vec<usize> = others.clone().filter(is_silent).collect();
        match silent[..] {
            [] => others.rev().min_by_key(|&process| self.heard[process].1).into_iter().collect(),
            _ => silent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn who_is_silent_is_to_blame_and_if_nobody_is_the_first_that_was() {
        let mut watch = Watch::new(&Gate::new(4));
        let at = |seconds| watch.began + Duration::from_secs(seconds);
        let (now, limit) = (at(60), Duration::from_secs(40));
        let heard = [at(0), at(55), at(41), at(58)]; // this process waits for the others, and is not to blame
        watch.heard.iter_mut().zip(heard).for_each(|(known, at)| known.1 = at);
        assert_eq!(watch.silent(limit, now), [2], "all were heard from a while ago, and this one first");
        assert_eq!(watch.silent(Duration::from_secs(9), now), [1, 2]);
    }

    #[test]
    fn a_host_that_gives_a_sign_is_noticed() {
        let gate = Gate::new(2);
        let mut watch = Watch::new(&gate);
        let before = watch.heard[1].1;
        watch.look(&gate);
        assert_eq!(watch.heard[1].1, before);
        gate.hear(1);
        thread::sleep(Duration::from_millis(1));
        watch.look(&gate);
        assert!(watch.heard[1].1 > before && watch.heard[0].1 == before);
    }
}
