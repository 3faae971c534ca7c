//! Hits as requests: the thread that gets the lock adds for all, and the table stays in its cache.
//!
//! ```
//! use parallax_atomics::blocks::flat_combining::FlatCombining;
//! use std::thread;
//!
//! let words = FlatCombining::new([0u64; 4], 2, |words: &mut [u64; 4], word| words[word] += 1);
//! thread::scope(|s| {
//!     for _ in 0..2 {
//!         s.spawn(|| {
//!             let mut seat = words.sit().unwrap();
//!             (0..100).for_each(|i| seat.ask(i % 4));
//!         });
//!     }
//! });
//! assert_eq!(words.into_inner(), [50; 4]);
//! ```
//!
//! Each hit waits until it is applied, so readers see the same as with a lock. One addition is the smallest possible
//! request, the worst case for this idea: requesting costs more than adding. It pays where changes are long and threads
//! are many, as in a priority queue under dozens of them.

use super::spread;
use crate::blocks::flat_combining;
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, covers};
use std::sync::Arc;

/// [`FlatCombining`](flat_combining::FlatCombining) of hits on the table.
#[derive(Debug, Clone, Copy)]
pub struct FlatCombining {
    workers: usize,
}

impl Technique for FlatCombining {
    const CARD: Card = Card {
        name: "flat-combining",
        idea: "each thread writes its hit to its own slot, and the thread that gets the lock applies all open ones",
        gives: "the table stays in one core's cache for as many hits as are open; waiters leave the lock alone",
        costs: "a slot, a try of the lock and a look at all slots for each hit: more than one addition is worth",
        cores: Cores::Workers,
        libraries: &["crossbeam"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(FlatCombining { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for FlatCombining {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let count = |words: &mut &mut [u64], word: usize| words[word] += 1;
        let words = flat_combining::FlatCombining::new(words, self.workers, count);
        spread(self.workers, &**work, |items| {
            let mut seat = words.sit().expect("there is a seat for each worker");
            work.hits(items, |word| seat.ask(word));
        })
    }
}
