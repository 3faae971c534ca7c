//! Percentiles of latencies, exact: a run is short enough to keep every latency.

use serde::{Deserialize, Serialize};

/// How long answers took, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Latency {
    /// The number of answers.
    pub count: u64,
    /// The median.
    pub p50_ns: u64,
    /// One in a hundred took longer; `None` with fewer than a hundred answers.
    pub p99_ns: Option<u64>,
    /// One in a thousand took longer; `None` with fewer than a thousand answers.
    pub p999_ns: Option<u64>,
    /// The longest.
    pub max_ns: u64,
}

impl Latency {
    /// The percentiles of `all`, which it sorts.
    pub(crate) fn of(all: &mut [u64]) -> Self {
        all.sort_unstable();
        let count = all.len();
        // the nearest rank: the smallest latency that at least `share` thousandths of all do not exceed
        let rank = |share: usize| all[(count * share).div_ceil(1000).saturating_sub(1)];
        if count == 0 {
            return Latency::default();
        }
        Latency {
            count: count as u64,
            p50_ns: rank(500),
            p99_ns: (count >= 100).then(|| rank(990)),
            p999_ns: (count >= 1000).then(|| rank(999)),
            max_ns: all[count - 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut all: Vec<u64> = (1..=1000).rev().collect();
        let latency = Latency::of(&mut all);
        assert_eq!(latency.p50_ns, 500);
        assert_eq!((latency.p99_ns, latency.p999_ns, latency.max_ns), (Some(990), Some(999), 1000));
    }

    #[test]
    fn too_few_have_no_tail() {
        assert_eq!(Latency::of(&mut []), Latency::default());
        let few = Latency::of(&mut [3, 1, 2]);
        assert_eq!((few.p50_ns, few.p99_ns, few.p999_ns, few.max_ns), (2, None, None, 3));
    }
}
