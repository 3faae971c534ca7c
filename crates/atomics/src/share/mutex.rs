//! One lock around everything: correct at once, and the more threads the slower.
//!
//! ```
//! use std::{sync::Mutex, thread};
//!
//! let words = Mutex::new([0u64; 4]);
//! thread::scope(|s| {
//!     for _ in 0..2 {
//!         s.spawn(|| (0..100).for_each(|i| words.lock().unwrap()[i % 4] += 1));
//!     }
//! });
//! assert_eq!(words.into_inner().unwrap(), [50; 4]);
//! ```
//!
//! Each hit locks. Holding the lock for a whole share would be quick, and one thread after another.

use super::spread;
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, covers};
use std::sync::Arc;

/// A `std::sync::Mutex` around the table.
#[derive(Debug, Clone, Copy)]
pub struct Mutex {
    workers: usize,
}

impl Technique for Mutex {
    const CARD: Card = Card {
        name: "mutex",
        idea: "one lock around the whole table, taken for every hit",
        gives: "any change to any number of words, all or nothing",
        costs: "all threads queue for one lock, and sleep and wake on the way",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Mutex { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for Mutex {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let words = std::sync::Mutex::new(words);
        spread(self.workers, &**work, |items| {
            work.hits(items, |word| words.lock().expect("no holder has panicked")[word] += 1);
        })
    }
}
