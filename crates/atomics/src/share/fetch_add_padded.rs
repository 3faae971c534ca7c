//! A cache line for each counter: threads that hit different words no longer disturb each other.
//!
//! ```
//! use crossbeam::utils::CachePadded;
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//! use std::thread;
//!
//! let words = [const { CachePadded::new(AtomicU64::new(0)) }; 4];
//! thread::scope(|s| {
//!     for word in &words {
//!         s.spawn(|| (0..100).for_each(|_| drop(word.fetch_add(1, Relaxed))));
//!     }
//! });
//! assert!(words.iter().all(|word| word.load(Relaxed) == 100));
//! ```
//!
//! A counter takes 128 bytes on x86-64, where lines are fetched in pairs: 32 KiB for 256 words,
//! which is a first-level cache, and 8 MiB for 65536, which no longer fits the second. Cache
//! misses then replace false sharing. And where all threads hit the same word (case `1`),
//! sharing is true, and padding changes nothing.

use super::{counters, read_out, spread};
use crossbeam::utils::CachePadded;
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, covers};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// `fetch_add`, relaxed, on words that share no cache line.
#[derive(Debug, Clone, Copy)]
pub struct FetchAddPadded {
    workers: usize,
}

impl Technique for FetchAddPadded {
    const CARD: Card = Card {
        name: "fetch-add-padded",
        idea: "an atomic addition per hit, each counter on its own cache line",
        gives: "no false sharing: only hits on the same word meet",
        costs: "16 times the memory: 8 MiB for 65536 counters",
        cores: Cores::Workers,
        libraries: &["crossbeam"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(FetchAddPadded { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for FetchAddPadded {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let counters = counters::<CachePadded<AtomicU64>>(words.len());
        spread(self.workers, &**work, |items| {
            work.hits(items, |word| {
                counters[word].fetch_add(1, Relaxed); // the scope's end publishes the counts
            });
        })?;
        read_out(counters.into_iter().map(CachePadded::into_inner), words);
        Ok(())
    }
}
