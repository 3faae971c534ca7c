//! One atomic addition per hit: the processor does read, add and write as one.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//! use std::thread;
//!
//! let words = [const { AtomicU64::new(0) }; 4];
//! thread::scope(|s| {
//!     for _ in 0..2 {
//!         s.spawn(|| (0..100).for_each(|i| drop(words[i % 4].fetch_add(1, Relaxed))));
//!     }
//! });
//! assert_eq!(words.map(AtomicU64::into_inner), [50; 4]);
//! ```
//!
//! The cache line must come to the core that adds. Eight words share a line, so even hits on
//! different words make it travel: false sharing.

use super::{counters, read_out, spread};
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, covers};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// `fetch_add`, relaxed, on words side by side.
#[derive(Debug, Clone, Copy)]
pub struct FetchAdd {
    workers: usize,
}

impl Technique for FetchAdd {
    const CARD: Card = Card {
        name: "fetch-add",
        idea: "an atomic addition per hit, relaxed",
        gives: "no lock, no waiting, no retry; any thread may read at any time",
        costs: "some 5 ns a hit alone, and a line transfer between cores under contention",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(FetchAdd { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for FetchAdd {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let counters = counters::<AtomicU64>(words.len());
        spread(self.workers, &**work, |items| {
            work.hits(items, |word| {
                counters[word].fetch_add(1, Relaxed); // the scope's end publishes the counts
            });
        })?;
        read_out(counters, words);
        Ok(())
    }
}
