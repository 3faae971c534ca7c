//! The number of working threads over time: if there are more than cores, they take turns.

use super::seen::Seen;
use std::collections::HashMap;

/// The longest strip, in slices.
const SLICES: u64 = 120;

/// The mean number of looks in a slice for each core: enough to see all threads that take turns, even if other
/// processes use a part of each core.
const LOOKS: f64 = 16.0;

/// A thread was at work in a slice if it has this share of a core's looks there.
const AT_WORK: f64 = 0.1;

/// Threads at work, slice by slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Strip {
    /// How long a slice is.
    pub(crate) slice_ns: u64,
    /// How many threads were at work in each; 0 where nothing was timed.
    pub(crate) threads: Vec<u32>,
    /// How many cores they may use.
    pub(crate) cores: u32,
}

/// Cuts the looks into slices; none if their times are not known.
pub(crate) fn strip(seen: &Seen, cores: usize) -> Option<Strip> {
    let cores = cores.max(1);
    let times = || seen.looks.iter().map(|look| look.at_ns).filter(|at| *at > 0);
    let (from, to) = (times().min()?, times().max()?);
    let enough = LOOKS * cores as f64 * (to - from) as f64 / times().count() as f64;
    let slice_ns = ((to - from) / SLICES).max(enough as u64) + 1;
    let mut slices: Vec<HashMap<u32, u32>> = vec![HashMap::new(); ((to - from) / slice_ns + 1) as usize];
    for look in seen.looks.iter().filter(|look| look.at_ns > 0) {
        *slices[((look.at_ns - from) / slice_ns) as usize].entry(look.thread).or_default() += 1;
    }
    let at_work = |looks: &HashMap<u32, u32>| {
        let all: u32 = looks.values().sum();
        let least = AT_WORK * f64::from(all) / cores as f64;
        looks.values().filter(|looks| f64::from(**looks) >= least).count() as u32
    };
    Some(Strip { slice_ns, threads: slices.iter().map(at_work).collect(), cores: cores as u32 })
}

impl Strip {
    /// The slices in which anything was timed.
    fn timed(&self) -> impl Iterator<Item = u32> {
        self.threads.iter().copied().filter(|threads| *threads > 0)
    }

    /// The usual number of threads at work, and the largest.
    pub(crate) fn usual_and_most(&self) -> (u32, u32) {
        let mut timed: Vec<u32> = self.timed().collect();
        timed.sort_unstable();
        (timed.get(timed.len() / 2).copied().unwrap_or(0), timed.last().copied().unwrap_or(0))
    }

    /// The share of the time in which more threads than cores were at work.
    pub(crate) fn oversubscribed(&self) -> f64 {
        let over = self.timed().filter(|threads| *threads > self.cores).count();
        over as f64 / self.timed().count().max(1) as f64
    }

    /// Describes the strip in a sentence.
    pub(crate) fn sentence(&self) -> String {
        let (usual, most) = self.usual_and_most();
        let over = 100.0 * self.oversubscribed();
        let cores = parallax_harness::units::things(self.cores as usize, "core");
        format!(
            "threads at work: usually {usual}, at most {most}, on {cores}; more than there are cores in {over:.0} % of \
             the time"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::seen::by_hand;

    /// A second with a look each millisecond at each of two cores; `threads` take turns of 3 ms.
    fn turns(threads: u32) -> Seen {
        let looks: Vec<(u32, u64, &str)> = (0..1000_u64)
            .flat_map(|ms| (0..2).map(move |core| (ms, core)))
            .map(|(ms, core)| ((2 * (ms / 3) as u32 + core) % threads, 1_000_000 * (ms + 1), "f"))
            .collect();
        by_hand(&looks)
    }

    #[test]
    fn threads_that_take_turns_are_more_than_there_are_cores() {
        let two = strip(&turns(2), 2).unwrap();
        assert_eq!((two.usual_and_most(), two.oversubscribed()), ((2, 2), 0.0));
        let six = strip(&turns(6), 2).unwrap();
        assert!(six.usual_and_most().0 >= 5 && six.oversubscribed() > 0.95, "{six:?}");
        assert!(six.sentence().contains("on 2 cores; more than there are cores in"), "{}", six.sentence());
    }

    #[test]
    fn threads_that_take_turns_on_a_part_of_the_cores_are_seen_all() {
        let mut seen = turns(6);
        seen.looks.retain(|look| look.at_ns / 3_000_000 % 4 == 0); // others have the cores in between
        let strip = strip(&seen, 2).unwrap();
        assert!(strip.usual_and_most().0 >= 5, "{strip:?}");
    }

    #[test]
    fn a_thread_that_only_looks_in_is_not_at_work() {
        let mut seen = turns(2);
        for k in 0..10 {
            let mut look = seen.looks[0].clone();
            (look.thread, look.at_ns) = (99, 1_000_000 + k * 100_000_000);
            seen.looks.push(look);
        }
        assert_eq!(strip(&seen, 2).unwrap().usual_and_most().1, 2);
    }

    #[test]
    fn without_times_there_is_no_strip() {
        assert_eq!(strip(&by_hand(&[(1, 0, "f")]), 2), None);
        assert_eq!(strip(&Seen::default(), 2), None);
        assert_eq!(strip(&by_hand(&[(1, 7, "f")]), 2).unwrap().threads, [1]);
    }
}
