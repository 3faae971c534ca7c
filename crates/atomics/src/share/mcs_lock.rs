//! A queueing lock around everything: fair, and quiet however many wait, but still one lock.
//!
//! ```
//! use parallax_atomics::blocks::mcs_lock::McsLock;
//! use std::thread;
//!
//! let words = McsLock::new([0u64; 4]);
//! thread::scope(|s| {
//!     for _ in 0..2 {
//!         s.spawn(|| (0..100).for_each(|i| words.lock()[i % 4] += 1));
//!     }
//! });
//! assert_eq!(words.into_inner(), [50; 4]);
//! ```
//!
//! Against `mutex` it shows two things at once. It spins where a mutex soon sleeps, which for a critical section of
//! one addition saves the kernel's part. And it is fair: the lock's line goes round the threads hit by hit, where a
//! mutex lets the thread that has the line take it again and again, and is the quicker for it. So fairness is what one
//! pays for here, and what one gets on machines with dozens of cores, where the others starve.

use super::spread;
use crate::blocks::mcs_lock;
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, covers};
use std::sync::Arc;

/// A [`McsLock`](mcs_lock::McsLock) around the table.
#[derive(Debug, Clone, Copy)]
pub struct McsLock {
    workers: usize,
}

impl Technique for McsLock {
    const CARD: Card = Card {
        name: "mcs-lock",
        idea: "one lock around the whole table whose waiters stand in line, each watching a word of its own",
        gives: "first come, first served; a release disturbs one waiter, however many there are",
        costs: "the table's line goes round with the lock; the next in line must be running",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(McsLock { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for McsLock {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let words = mcs_lock::McsLock::new(words);
        spread(self.workers, &**work, |items| work.hits(items, |word| words.lock()[word] += 1))
    }
}
