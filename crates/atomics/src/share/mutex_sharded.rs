//! Many locks, each around a block of words: threads meet only when they want the same block.
//!
//! ```
//! use std::{sync::Mutex, thread};
//!
//! let mut words = [0u64; 8];
//! let shards: Vec<Mutex<&mut [u64]>> = words.chunks_mut(2).map(Mutex::new).collect();
//! thread::scope(|s| {
//!     for _ in 0..2 {
//!         s.spawn(|| (0..100).for_each(|i| shards[i % 8 / 2].lock().unwrap()[i % 2] += 1));
//!     }
//! });
//! assert_eq!(words.iter().sum::<u64>(), 200);
//! ```
//!
//! Concurrent maps work this way inside. It helps as far as hits are spread over the blocks: the
//! cases `1` and `skewed` send most of them to the first. Each lock has its own cache line;
//! otherwise neighbouring locks would contend although no thread waits.

use super::spread;
use crossbeam::utils::CachePadded;
use parallax_pattern::{Answer, Card, Cores, Share, Technique, Touch, covers};
use std::sync::{Arc, Mutex};

/// How many locks: far more than workers, so that two rarely want the same.
const SHARDS: usize = 64;

/// A lock per block of words.
#[derive(Debug, Clone, Copy)]
pub struct MutexSharded {
    workers: usize,
}

impl Technique for MutexSharded {
    const CARD: Card = Card {
        name: "mutex-sharded",
        idea: "64 locks, each around a block of neighbouring words",
        gives: "a lock's freedom with few meetings, if the hits are spread",
        costs: "an uncontended lock per hit is still two atomic operations; a hot block is a hot lock",
        cores: Cores::Workers,
        libraries: &["crossbeam"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(MutexSharded { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for MutexSharded {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        // A power of two, so that finding the block is a shift and not a division.
        let block = words.len().div_ceil(SHARDS).next_power_of_two();
        let (shift, mask) = (block.trailing_zeros(), block - 1);
        let shards: Vec<_> =
            words.chunks_mut(block).map(|block| CachePadded::new(Mutex::new(block))).collect();
        spread(self.workers, &**work, |items| {
            work.hits(items, |word| {
                shards[word >> shift].lock().expect("no holder has panicked")[word & mask] += 1;
            });
        })
    }
}

#[cfg(feature = "worker")]
mod words {
    use super::{MutexSharded, SHARDS};
    use crate::guard::Hashing;
    use crate::tally::spread;
    use crossbeam::utils::CachePadded;
    use parallax_pattern::Answer;
    use parallax_suite::workload::{Counted, Counts, Wordcount};
    use std::array;
    use std::hash::BuildHasher;
    use std::sync::{Arc, Mutex};

    /// A table for each lock.
    type Table = [CachePadded<Mutex<Counts<Hashing>>>; SHARDS];

    impl MutexSharded {
        pub(crate) fn wordcount(&self, work: &Arc<Wordcount>, out: &mut Counted) -> Answer<()> {
            let table: Table = array::from_fn(|_| CachePadded::default());
            spread(self.workers, work, |part| Self::count(&table, work.words(part)))?;
            out.record(table.into_iter().flat_map(Self::counts));
            Ok(())
        }

        /// Bits of the hash that the tables do not use select the shard, or each table would use only some of its
        /// places. The word is hashed twice, as the standard map accepts no hash from outside.
        fn count<'w>(table: &Table, words: impl Iterator<Item = &'w [u8]>) {
            let hashing = Hashing::default();
            for word in words {
                let shard = (hashing.hash_one(word) >> 32) as usize % SHARDS;
                table[shard].lock().expect("no holder has panicked").add(word, 1);
            }
        }

        fn counts(shard: CachePadded<Mutex<Counts<Hashing>>>) -> Counts<Hashing> {
            shard.into_inner().into_inner().expect("no holder has panicked")
        }
    }

    #[cfg(test)]
    #[test]
    fn no_count_is_lost() {
        struct Fresh(Table);
        impl Default for Fresh {
            fn default() -> Self {
                Fresh(array::from_fn(|_| CachePadded::default()))
            }
        }
        crate::tally::tests::loses_nothing::<Fresh, _>(
            |Fresh(table), words| MutexSharded::count(table, words.iter().copied()),
            |Fresh(table)| table.into_iter().flat_map(MutexSharded::counts),
        );
    }
}
