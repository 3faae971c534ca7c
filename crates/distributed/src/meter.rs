//! The traffic of an engine, counted at its edges: bytes and times, with a few looks at the clock a call.

#![expect(
    clippy::disallowed_methods,
    reason = "the time of input and results on their way, apart from a technique's time"
)]

use parallax_pattern::Transport;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// A point in time from which a duration is counted.
#[derive(Debug, Clone, Copy)]
pub struct Moment(Instant);

impl Moment {
    /// The present moment.
    pub fn now() -> Self {
        Moment(Instant::now())
    }

    /// Nanoseconds since this moment.
    pub fn elapsed_ns(self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The sums of an engine over its calls; see [`Transport`] for what each of them means.
#[derive(Debug, Default)]
pub struct Meter {
    start_ns: AtomicU64,
    shipped_bytes: AtomicU64,
    ship_ns: AtomicU64,
    gathered_bytes: AtomicU64,
    gather_ns: AtomicU64,
}

// plain sums that publish no other data, so all are relaxed
impl Meter {
    /// Records that the processes whose start began at `since` are ready.
    pub fn started(&self, since: Moment) {
        self.start_ns.store(since.elapsed_ns(), Relaxed);
    }

    /// Adds bytes of input that were sent, and their time. No bytes take no time.
    pub fn shipped(&self, bytes: usize, took_ns: u64) {
        if bytes > 0 {
            self.shipped_bytes.fetch_add(bytes as u64, Relaxed);
            self.ship_ns.fetch_add(took_ns, Relaxed);
        }
    }

    /// Adds bytes of results that came, and their time. No bytes take no time.
    pub fn gathered(&self, bytes: usize, took_ns: u64) {
        if bytes > 0 {
            self.gathered_bytes.fetch_add(bytes as u64, Relaxed);
            self.gather_ns.fetch_add(took_ns, Relaxed);
        }
    }

    /// The sums so far.
    pub fn read(&self) -> Transport {
        Transport {
            start_ns: self.start_ns.load(Relaxed),
            shipped_bytes: self.shipped_bytes.load(Relaxed),
            ship_ns: self.ship_ns.load(Relaxed),
            gathered_bytes: self.gathered_bytes.load(Relaxed),
            gather_ns: self.gather_ns.load(Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_grow_and_nothing_takes_no_time() {
        let meter = Meter::default();
        meter.shipped(0, 100);
        meter.gathered(0, 100);
        assert_eq!(meter.read(), Transport::default());
        meter.shipped(5, 70);
        meter.shipped(6, 30);
        meter.gathered(8, 9);
        let sums =
            Transport { start_ns: 0, shipped_bytes: 11, ship_ns: 100, gathered_bytes: 8, gather_ns: 9 };
        assert_eq!(meter.read(), sums);
    }
}
