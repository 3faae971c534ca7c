//! The current state of the links between the hosts, and the counts of packets that they passed, lost or dropped.

use parallax_pattern::random;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The settings that a relay reads before it passes a packet.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    pub(crate) delay: Duration,
    pub(crate) loss: f64,
    pub(crate) hosts: Vec<Host>,
}

/// The settings of one host, for all its links.
#[derive(Debug, Clone, Default)]
pub(crate) struct Host {
    pub(crate) cut: bool,
    pub(crate) extra: Duration,
}

impl Links {
    pub(crate) fn cut(&self, from: usize, to: usize) -> bool {
        self.hosts[from].cut || self.hosts[to].cut
    }

    /// How long a packet takes, in nanoseconds.
    pub(crate) fn delay(&self, from: usize, to: usize) -> u64 {
        let extra = self.hosts[from].extra.saturating_add(self.hosts[to].extra);
        u64::try_from(self.delay.saturating_add(extra).as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Decides which packets from one host to another are lost: by the next random number of this pair, for each.
pub(crate) struct Losses {
    seed: u64,
    number: u64,
}

impl Losses {
    pub(crate) fn new(seed: u64, from: usize, to: usize) -> Self {
        Losses { seed: random::at(seed, (from * 256 + to) as u64), number: 0 }
    }

    /// Whether the next packet is lost, if `share` of all are.
    pub(crate) fn next(&mut self, share: f64) -> bool {
        let drawn = (random::at(self.seed, self.number) >> 11) as f64 / (1u64 << 53) as f64;
        self.number += 1;
        drawn < share
    }
}

/// How many packets between hosts passed, and how many did not, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Arrived.
    pub passed: u64,
    /// Lost by chance, according to the share of losses.
    pub lost: u64,
    /// Stopped at a host that is cut off.
    pub cut: u64,
    /// Dropped because too many were in transit, or the receiving host took no more.
    pub overflowed: u64,
}

/// [`Counts`] that the relays add to.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) passed: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) cut: AtomicU64,
    pub(crate) overflowed: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> Counts {
        Counts {
            passed: self.passed.load(Relaxed),
            lost: self.lost.load(Relaxed),
            cut: self.cut.load(Relaxed),
            overflowed: self.overflowed.load(Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(seed: u64, from: usize, to: usize, share: f64) -> Vec<usize> {
        let mut losses = Losses::new(seed, from, to);
        (0..10_000).filter(|_| losses.next(share)).collect()
    }

    #[test]
    fn losses_are_the_share_and_follow_the_seed_and_the_pair() {
        for share in [0.01, 0.1, 0.5] {
            let count = lost(3, 0, 1, share).len() as f64;
            let deviation = (10_000.0 * share * (1.0 - share)).sqrt();
            assert!((count - 10_000.0 * share).abs() < 4.0 * deviation, "{count} for {share}");
        }
        assert_eq!(lost(3, 0, 1, 0.1), lost(3, 0, 1, 0.1));
        assert_ne!(lost(3, 0, 1, 0.1), lost(4, 0, 1, 0.1));
        assert_ne!(lost(3, 0, 1, 0.1), lost(3, 1, 0, 0.1));
        assert_eq!((lost(3, 0, 1, 0.0).len(), lost(3, 0, 1, 1.0).len()), (0, 10_000));
    }

    #[test]
    fn a_slow_host_delays_both_ways_and_a_cut_one_is_reached_from_nowhere() {
        let hosts = vec![Host::default(); 3];
        let mut links = Links { delay: Duration::from_nanos(5), loss: 0.0, hosts };
        links.hosts[1] = Host { cut: true, extra: Duration::from_nanos(2) };
        assert_eq!((links.delay(0, 1), links.delay(1, 0), links.delay(0, 2)), (7, 7, 5));
        assert_eq!((links.cut(0, 1), links.cut(1, 0), links.cut(0, 2)), (true, true, false));
    }
}
