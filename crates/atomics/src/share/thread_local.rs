//! Privatisation: every thread counts in its own table, and the tables are added up at the end.
//!
//! ```
//! use std::{sync::Mutex, thread};
//!
//! let words = Mutex::new([0u64; 4]);
//! thread::scope(|s| {
//!     for _ in 0..2 {
//!         s.spawn(|| {
//!             let mut own = [0u64; 4];
//!             (0..100).for_each(|i| own[i % 4] += 1);
//!             let mut words = words.lock().unwrap(); // once per thread, not once per hit
//!             words.iter_mut().zip(own).for_each(|(word, own)| *word += own);
//!         });
//!     }
//! });
//! assert_eq!(words.into_inner().unwrap(), [50; 4]);
//! ```
//!
//! It is the reduction of the `reduce` pattern, written by hand. A count is known only at the end;
//! extra space is a table per worker, and the merge costs workers times words.

use super::spread;
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, covers};
use std::sync::{Arc, Mutex};

/// A table per worker, merged.
#[derive(Debug, Clone, Copy)]
pub struct ThreadLocal {
    workers: usize,
}

impl Technique for ThreadLocal {
    const CARD: Card = Card {
        name: "thread-local",
        idea: "a table per worker, added up at the end",
        gives: "hits at the speed of one thread, on all cores",
        costs: "a table of memory per worker, a merge, and no total before the end",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(ThreadLocal { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for ThreadLocal {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let len = words.len();
        let words = Mutex::new(words);
        spread(self.workers, &**work, |items| {
            let mut own = vec![0; len];
            work.hits(items, |word| own[word] += 1);
            let mut words = words.lock().expect("no holder has panicked");
            words.iter_mut().zip(own).for_each(|(word, own)| *word += own);
        })
    }
}
