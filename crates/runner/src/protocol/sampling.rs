//! How long a turn takes samples: as long as that pays, given the fixed cost of the turn.
//!
//! A process costs its start, its input and its warm-up before its first sample, and processes differ
//! from one another. How many samples to take from each is an old question with a simple answer (Kalibera and
//! Jones, "Rigorous benchmarking in reasonable time", ISMM 2013): with the cost `c₁` of a process and `c₂` of
//! a sample, and the variances `v₁` between processes and `v₂` between samples of one,
//!
//! > n = ⌈√(c₁/c₂ · v₂/v₁)⌉
//!
//! gives the narrowest interval for the time spent. The costs are measured in each turn; the variances are fixed
//! in the plan, so no result influences how it is sampled.

use serde::{Deserialize, Serialize};

/// How to run a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// How many samples to take at most.
    pub samples: u32,
    /// How many to take at least, if that many fit in [`ROOM_NS`].
    #[serde(default)]
    pub least_samples: u32,
    /// The length of a sample whose time varies within a process as much as it does between processes; 0 to
    /// take the largest number of samples.
    #[serde(default)]
    pub parity_ns: u64,
    /// The shortest sample; runs are batched until they last as long.
    pub min_sample_ns: u64,
    /// How long to warm up at least; 0 for no warm-up (the first run is then the sample).
    pub warmup_ns: u64,
    /// How long to warm up at most.
    pub max_warmup_ns: u64,
    /// A first run of at least this length is the only sample, if no regime is given.
    pub long_ns: u64,
    /// How warm a sample is; `None` if the length of the first run decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<Regime>,
}

/// How warm a technique is when it is sampled: the same for all turns that are compared, regardless of their length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Warmed up until two batches agree.
    Batches,
    /// Warmed up for the shortest warm-up, steady or not: a long first run is enough.
    Singles,
    /// The first run is the sample.
    Cold,
}

/// A single run of this length warms up by itself. No batch needs to be longer.
pub const LONG_ENOUGH_ALONE_NS: u64 = 100_000_000;

/// A turn may sample this long, however cheap it was to start: one disturbance could shift the median of a few samples.
pub const ROOM_NS: u64 = 300_000_000;

/// A sample lasts at least this many times as long as the work around it: poison, check, counters.
const TIMES_THE_REST: u64 = 4;

/// After how many samples of a turn the process tree is watched for leaked work.
const WATCHES: u32 = 3;

impl Measure {
    /// One run, checked: no warm-up, no batching.
    pub const ONCE: Measure = Measure {
        samples: 1,
        least_samples: 1,
        parity_ns: 0,
        min_sample_ns: 0,
        warmup_ns: 0,
        max_warmup_ns: 0,
        long_ns: 0,
        regime: None,
    };

    /// The regime of the plan, or the one for a first run of this length.
    pub fn regime_after(&self, first_ns: u64) -> Regime {
        match self.regime {
            Some(regime) => regime,
            None if self.warmup_ns == 0 || first_ns >= self.long_ns => Regime::Cold,
            None if first_ns >= LONG_ENOUGH_ALONE_NS => Regime::Singles,
            None => Regime::Batches,
        }
    }

    /// How long a batch must last if each comes with `rest_ns` of other work, so that most of the turn is spent
    /// inside samples.
    pub fn batch_ns(&self, rest_ns: u64) -> u64 {
        self.min_sample_ns.max((TIMES_THE_REST * rest_ns).min(LONG_ENOUGH_ALONE_NS))
    }

    /// How many samples of `wall_ns` are worth taking in a turn that cost `fixed_ns` before them, if each comes
    /// with `rest_ns` of other work. One if a run takes as long as the plan calls long.
    ///
    /// The longer a sample, the less it varies: one of `wall_ns` has `parity_ns / wall_ns` times the variance
    /// of processes.
    pub fn enough(&self, wall_ns: u64, rest_ns: u64, fixed_ns: u64) -> u32 {
        if wall_ns >= self.long_ns {
            return 1;
        }
        if self.parity_ns == 0 {
            return self.samples.max(1);
        }
        let (wall, each) = (wall_ns.max(1) as f64, (wall_ns + rest_ns).max(1) as f64);
        let worth = (fixed_ns as f64 / each * self.parity_ns as f64 / wall).sqrt();
        let room = (ROOM_NS as f64 / each).round().clamp(2.0, f64::from(self.least_samples.max(2)));
        (worth.ceil().max(room) as u32).clamp(1, self.samples.max(1))
    }

    /// Whether to watch the process tree for leaked work after sample number `k` of `samples`.
    ///
    /// Watching takes milliseconds, which is much compared with a short sample. A technique that leaks work
    /// does so in every run and cannot know after which of them it is watched.
    pub fn watches(k: u32, samples: u32) -> bool {
        let watches = WATCHES.min(samples);
        let before = |k: u32| u64::from(k) * u64::from(watches) / u64::from(samples.max(1));
        before(k + 1) > before(k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    const PLAN: Measure = Measure {
        samples: 30,
        least_samples: 10,
        parity_ns: 180 * MS,
        min_sample_ns: 5 * MS,
        warmup_ns: 20 * MS,
        max_warmup_ns: 3000 * MS,
        long_ns: 1000 * MS,
        regime: None,
    };

    #[test]
    fn the_first_run_decides_where_no_regime_is_asked_for() {
        let decided =
            [1_000, 99_999_999, 100_000_000, 999_999_999, 1_000_000_000].map(|ns| PLAN.regime_after(ns));
        let [batches, singles, cold] = [Regime::Batches, Regime::Singles, Regime::Cold];
        assert_eq!(decided, [batches, batches, singles, singles, cold]);
        assert_eq!(Measure::ONCE.regime_after(1), Regime::Cold);
        assert_eq!(Measure { regime: Some(Regime::Cold), ..PLAN }.regime_after(1), Regime::Cold);
    }

    #[test]
    fn the_number_of_samples_is_the_optimum_of_kalibera_and_jones() {
        // by hand: 80 ms before samples of 5 ms with 0.2 ms each, √(80/5.2 · 180/5) = 23.5
        assert_eq!(PLAN.enough(5 * MS, MS / 5, 80 * MS), 24);
        // four times the cost of a process is worth twice as many samples, and these are few enough
        assert_eq!(PLAN.enough(5 * MS, MS / 5, 20 * MS), 12);
        // the work around a sample makes each more expensive
        assert_eq!(PLAN.enough(5 * MS, 5 * MS, 80 * MS), 17);
    }

    #[test]
    fn short_runs_give_ten_to_thirty_samples_and_long_ones_fewer() {
        let few_and_many = |wall: u64| [1, 10_000].map(|fixed| PLAN.enough(wall * MS, 0, fixed * MS));
        assert_eq!(few_and_many(5), [10, 30]);
        let cheap = [5, 20, 50, 100, 300, 999, 1000].map(|wall| PLAN.enough(wall * MS, 0, MS));
        assert_eq!(cheap, [10, 10, 6, 3, 2, 2, 1]);
        assert_eq!(
            Measure { samples: 3, ..PLAN }.enough(5 * MS, 0, 80 * MS),
            3,
            "never more than the plan allows"
        );
        assert_eq!(Measure { parity_ns: 0, samples: 7, ..PLAN }.enough(5 * MS, 0, 80 * MS), 7);
        assert_eq!(Measure::ONCE.enough(0, 0, 0), 1);
    }

    #[test]
    fn a_turn_of_common_costs_samples_for_most_of_its_time_and_half_a_second_at_most() {
        for wall in [5, 10, 20, 50] {
            // a process and its input, the first run, and a batch and a half of warm-up
            let fixed = (40 + wall + wall.max(6) * 3 / 2) * MS;
            let (each, rest) = (wall.max(6) * MS, MS / 2);
            let samples = u64::from(PLAN.enough(each, rest, fixed));
            let (inside, turn) = (samples * each, fixed + samples * (each + rest));
            assert!(10 * inside >= 6 * turn, "{wall} ms: {inside} of {turn} ns");
            assert!(turn <= 500 * MS, "{wall} ms: {turn} ns");
        }
    }

    #[test]
    fn what_comes_with_a_sample_makes_it_longer_but_not_endless() {
        let lasts = [0, MS, 10 * MS, 60 * MS].map(|rest| PLAN.batch_ns(rest));
        assert_eq!(lasts, [5 * MS, 5 * MS, 40 * MS, LONG_ENOUGH_ALONE_NS]);
    }

    #[test]
    fn three_samples_are_watched_and_the_last_is_one_of_them() {
        let watched =
            |samples: u32| (0..samples).filter(|&k| Measure::watches(k, samples)).collect::<Vec<_>>();
        assert_eq!(watched(1), [0]);
        assert_eq!(watched(2), [0, 1]);
        assert_eq!(watched(3), [0, 1, 2]);
        assert_eq!(watched(10), [3, 6, 9]);
        assert_eq!(watched(30), [9, 19, 29]);
    }
}
