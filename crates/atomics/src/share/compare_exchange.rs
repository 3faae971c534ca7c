//! Optimistic: compute the new value, and store it only if no other thread was quicker; else retry.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//! use std::thread;
//!
//! let highest = AtomicU64::new(0);
//! thread::scope(|s| {
//!     for x in [3, 9, 5] {
//!         let highest = &highest;
//!         s.spawn(move || {
//!             let mut seen = highest.load(Relaxed);
//!             while let Err(now) = highest.compare_exchange_weak(seen, seen.max(x), Relaxed, Relaxed) {
//!                 seen = now;
//!             }
//!         });
//!     }
//! });
//! assert_eq!(highest.into_inner(), 9);
//! ```
//!
//! It can compute any function of a word, not only those with a processor instruction. For a count it is the
//! wrong tool: under contention it throws work away. `weak` may fail spuriously, which saves a loop within the loop on
//! ARM.

use super::{counters, read_out, spread};
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, covers};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A compare-exchange loop per hit.
#[derive(Debug, Clone, Copy)]
pub struct CompareExchange {
    workers: usize,
}

impl Technique for CompareExchange {
    const CARD: Card = Card {
        name: "compare-exchange",
        idea: "read, add, and store if unchanged, else retry",
        gives: "any function of one word, without a lock; some thread always makes progress",
        costs: "each failure moves the cache line for nothing",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(CompareExchange { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for CompareExchange {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let counters = counters::<AtomicU64>(words.len());
        spread(self.workers, &**work, |items| {
            work.hits(items, |word| {
                let counter = &counters[word];
                let mut seen = counter.load(Relaxed); // the scope's end publishes the counts
                while let Err(now) = counter.compare_exchange_weak(seen, seen + 1, Relaxed, Relaxed) {
                    seen = now;
                }
            });
        })?;
        read_out(counters, words);
        Ok(())
    }
}
