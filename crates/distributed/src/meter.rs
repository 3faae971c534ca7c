//! What leaves a process and what comes back, counted at the edges of an engine: bytes, and a few looks at the clock a call.

#![expect(
    clippy::disallowed_methods,
    reason = "how long input is on its way out and results on their way back, apart from a technique's time"
)]

use parallax_pattern::Transport;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// A point in time from which something is counted.
#[derive(Debug, Clone, Copy)]
pub struct Moment(Instant);

impl Moment {
    /// This one.
    pub fn now() -> Self {
        Moment(Instant::now())
    }

    /// Nanoseconds since then.
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

// sums that pass nothing on, so each is relaxed
impl Meter {
    /// The processes that were begun with at that moment are ready.
    pub fn started(&self, since: Moment) {
        self.start_ns.store(since.elapsed_ns(), Relaxed);
    }

    /// So many bytes of input have left, and it took that long. Nothing takes no time.
    pub fn shipped(&self, bytes: usize, took_ns: u64) {
        if bytes > 0 {
            self.shipped_bytes.fetch_add(bytes as u64, Relaxed);
            self.ship_ns.fetch_add(took_ns, Relaxed);
        }
    }

    /// So many bytes of results have come, and it took that long. Nothing takes no time.
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
