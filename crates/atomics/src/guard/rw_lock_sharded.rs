//! Many read-write locks, each around a block of entries: readers of different blocks write to different lines.
//!
//! ```
//! use std::{sync::RwLock, thread};
//!
//! let shards = [RwLock::new([3, 4]), RwLock::new([5, 6])];
//! thread::scope(|s| {
//!     s.spawn(|| assert_eq!(shards[1].read().unwrap()[0], 5));
//!     s.spawn(|| shards[0].write().unwrap()[1] += 1); // stops no thread at the other shard
//! });
//! assert_eq!(shards[0].read().unwrap()[1], 5);
//! ```
//!
//! Concurrent maps are made this way. Even an uncontended lock costs a read two atomic operations, some ten
//! nanoseconds, so it scales, but from a higher cost than a plain table's.

use crossbeam::utils::CachePadded;
use parallax_pattern::view::{View, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, covers};
use std::sync::{Arc, RwLock};

/// How many locks: far more than workers, so that two rarely want the same.
const SHARDS: usize = 64;

/// A lock per block of entries.
#[derive(Debug, Clone, Copy)]
pub struct RwLockSharded {
    workers: usize,
}

impl Technique for RwLockSharded {
    const CARD: Card = Card {
        name: "rwlock-sharded",
        idea: "64 locks that readers share, each around a block of neighbouring entries",
        gives: "readers that rarely meet, and plain code",
        costs: "two atomic operations a read; a change to two blocks needs both locks",
        cores: Cores::Workers,
        libraries: &["crossbeam"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(RwLockSharded { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for RwLockSharded {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        table.iter_mut().zip(first(&**work)).for_each(|(entry, value)| *entry = value);
        // A power of two, so that finding the block is a shift and not a division.
        let block = table.len().div_ceil(SHARDS).next_power_of_two();
        let shards: Vec<_> =
            table.chunks_mut(block).map(|block| CachePadded::new(RwLock::new(block))).collect();
        spread(self.workers, &**work, || Shared { shards: &shards, block })
    }
}

/// The table as each worker sees it.
struct Shared<'a, 't, E> {
    shards: &'a [CachePadded<RwLock<&'t mut [E]>>],
    block: usize,
}

impl<E: Copy> View<E> for Shared<'_, '_, E> {
    fn read(&mut self, entry: usize) -> E {
        let shard = &self.shards[entry >> self.block.trailing_zeros()];
        shard.read().expect("no holder has panicked")[entry & (self.block - 1)]
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        let shard = &self.shards[entry >> self.block.trailing_zeros()];
        let entries = &mut *shard.write().expect("no holder has panicked");
        let value = &mut entries[entry & (self.block - 1)];
        *value = next(*value);
    }
}
