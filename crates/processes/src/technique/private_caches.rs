//! A cache in each process: none can see another's, so each answers for its own keys.
//!
//! ```
//! use parallax_processes::Pool;
//! use std::collections::HashMap;
//!
//! /// Answers those of the first `requests` requests whose key is this worker's.
//! fn answer((worker, workers, requests): (u64, u64, u64)) -> u64 {
//!     let mut cache = HashMap::new();
//!     let mine = (0..requests).map(|request| request % 7).filter(|key| key % workers == worker);
//!     mine.map(|key| *cache.entry(key).or_insert_with(|| key * key)).sum()
//! }
//!
//! fn main() -> Result<(), parallax_processes::Error> {
//!     parallax_processes::init();
//!     let pool = Pool::builder().workers(2).build()?;
//!     let sums = pool.map(answer, [(0, 2, 14), (1, 2, 14)])?;
//!     assert_eq!(sums.iter().sum::<u64>(), 2 * (0 + 1 + 4 + 9 + 16 + 25 + 36));
//!     Ok(())
//! }
//! ```
//!
//! If any process could take any request, every process would compute the common keys again: the usual loss of
//! prefork servers. Dividing the keys, as a sharded memcached does, keeps each
//! value once. The price is that a popular key cannot be shared, and that each request must
//! find the owner of its key: here each worker reads all of the keys.

use super::sent::Sent;
use super::{failed, unavailable};
use crate::Pool;
use ::lru::LruCache;
use foldhash::quality::FixedState;
use parallax_pattern::random::mix;
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique, Wire};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Worker processes, each with an LRU cache for its share of the keys.
#[derive(Debug)]
pub struct PrivateCaches {
    pub(super) pool: Pool,
}

impl Technique for PrivateCaches {
    const CARD: Card = Card {
        name: "private-caches",
        idea: "each process remembers a share of the keys, in a cache that no other can see",
        gives: "caches without a lock; each value is remembered once",
        costs: "each worker looks at every request; uneven keys leave workers idle",
        cores: Cores::Workers,
        libraries: &["lru", "foldhash", "postcard"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let pool = Pool::builder().workers(workers.max(1)).build();
        Ok(PrivateCaches { pool: pool.map_err(unavailable)? })
    }
}

impl<R: Recall + Wire> Remember<R> for PrivateCaches {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        let sent = Sent::new(work)?;
        let parts = self.pool.broadcast(answer::<R>, |worker| (sent.clone(), self.share(&**work, worker)));
        let together = |(sum, hits): (u64, u64), part: (u64, u64)| (sum.wrapping_add(part.0), hits + part.1);
        let (sum, hits) = parts.map_err(failed)?.into_iter().fold((0, 0), together);
        Ok(Recalled { sum, hits, policy: Policy::Bounded })
    }
}

/// The number of this share of the keys, the number of shares, and how many values fit in its cache.
pub(super) type Keys = (u64, u64, usize);

impl PrivateCaches {
    /// No more shares than values that may be remembered: the other workers get no keys.
    pub(super) fn share<R: Recall>(&self, work: &R, worker: usize) -> Keys {
        let shares = self.pool.workers().min(work.capacity()).max(1);
        (worker as u64, shares as u64, work.capacity() / shares)
    }
}

// The functions below run in the workers.

fn answer<R: Recall + Wire>((work, keys): (Sent<R>, Keys)) -> (u64, u64) {
    remember(&*work, keys)
}

/// The sum of the values of a share of the keys, and how many of them were remembered.
pub(super) fn remember<R: Recall>(work: &R, (mine, shares, room): Keys) -> (u64, u64) {
    // The cache is allocated in one piece, so for no more values than can come.
    let room = room.min(work.len());
    let room = NonZeroUsize::new(room).unwrap_or(NonZeroUsize::MIN);
    let mut cache = LruCache::with_hasher(room, FixedState::default()); // as in the caches of threads
    let (mut sum, mut hits) = (0u64, 0);
    for key in (0..work.len()).map(|i| work.key(i)).filter(|&key| mix(key) % shares == mine) {
        hits += 1;
        let value = *cache.get_or_insert(key, || {
            hits -= 1;
            work.compute(key)
        });
        sum = sum.wrapping_add(value);
    }
    (sum, hits)
}
