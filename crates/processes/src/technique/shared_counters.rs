//! Shared counters for processes: an atomic addition works on any memory, also on memory that processes share.
//!
//! ```
//! use parallax_processes::{Pool, shared::Counters};
//! use std::sync::atomic::Ordering::Relaxed;
//!
//! fn count(hits: Counters) {
//!     for x in 0..1000 {
//!         hits[x % 2].fetch_add(1, Relaxed);
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     parallax_processes::init();
//!     let pool = Pool::builder().workers(2).build()?;
//!     let hits = Counters::zeroed(2)?;
//!     pool.broadcast(count, |_| hits.clone())?; // the replies pass on what was counted
//!     assert_eq!(hits[0].load(Relaxed) + hits[1].load(Relaxed), 2000);
//!     Ok(())
//! }
//! ```
//!
//! The same instruction as between threads, on the same cache lines, and so at the same price under
//! contention. It does not need a lock: a process that dies between two additions leaves whole words.

use super::run_memory::{KeptMemory, RunMemory, Shape};
use super::sent::Sent;
use super::{MOST_PIECES, failed, portion, unavailable};
use crate::Pool;
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, Wire, covers};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// A table of atomic words that all worker processes map.
#[derive(Debug)]
pub struct SharedCounters {
    pool: Pool,
    kept: KeptMemory,
}

impl Technique for SharedCounters {
    const CARD: Card = Card {
        name: "shared-counters",
        idea: "worker processes add to atomic words in memory that all of them map",
        gives: "shared counts between programs, which survive the death of any of them",
        costs: "contention and false sharing, as between threads",
        cores: Cores::Workers,
        libraries: &["memmap2", "postcard"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let pool = Pool::builder().workers(workers.max(1)).build();
        let pool = pool.map_err(unavailable)?;
        Ok(SharedCounters { pool, kept: KeptMemory::default() })
    }
}

impl<T: Touch + Wire> Share<T> for SharedCounters {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let sent = Sent::new(work)?;
        let memory = self.kept.get(Shape { words: words.len(), ..Shape::default() })?;
        memory.table.iter().for_each(|count| count.store(0, Relaxed)); // passed on by the message that starts
        self.pool.broadcast(touch::<T>, |_| (sent.clone(), memory.clone())).map_err(failed)?;
        let counts = memory.table.iter().map(|count| count.load(Relaxed)); // passed on by the replies
        words.iter_mut().zip(counts).for_each(|(word, count)| *word += count);
        Ok(())
    }
}

/// Runs in the workers, all of which take pieces until none is left.
fn touch<T: Touch + Wire>((work, memory): (Sent<T>, RunMemory)) {
    let (table, grain) = (&memory.table[..], portion(work.len(), work.grain(), MOST_PIECES));
    while let Some(piece) = memory.take(work.len().div_ceil(grain)) {
        let items = piece * grain..(piece * grain).saturating_add(grain).min(work.len());
        work.hits(items, |word| _ = table[word].fetch_add(1, Relaxed)); // only the sum counts
    }
}
