//! The strongest ordering, where none is needed: what does it cost?
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
//! use std::thread;
//!
//! let words = [const { AtomicU64::new(0) }; 4];
//! thread::scope(|s| {
//!     for _ in 0..2 {
//!         s.spawn(|| (0..100).for_each(|i| drop(words[i % 4].fetch_add(1, SeqCst))));
//!     }
//! });
//! assert_eq!(words.map(AtomicU64::into_inner), [50; 4]);
//! ```
//!
//! On x86-64 nothing: every locked instruction is a full barrier already, and the machine code is that of `Relaxed`,
//! except for what the compiler may reorder around it. On ARM and POWER the orderings are different instructions.

use super::{counters, read_out, spread};
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, covers};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// `fetch_add`, sequentially consistent, on words side by side.
#[derive(Debug, Clone, Copy)]
pub struct FetchAddSeqCst {
    workers: usize,
}

impl Technique for FetchAddSeqCst {
    const CARD: Card = Card {
        name: "fetch-add-seqcst",
        idea: "an atomic addition per hit, sequentially consistent",
        gives: "one order of all such operations, which a plain count does not need",
        costs: "on x86-64 the same as relaxed; on weaker machines an extra barrier",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(FetchAddSeqCst { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for FetchAddSeqCst {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let counters = counters::<AtomicU64>(words.len());
        spread(self.workers, &**work, |items| {
            work.hits(items, |word| {
                counters[word].fetch_add(1, SeqCst); // in one order with all other hits: more than is needed
            });
        })?;
        read_out(counters, words);
        Ok(())
    }
}
