//! A cache with a limit: the entry that has not been used for the longest time makes room.
//!
//! ```
//! use lru::LruCache;
//! use std::num::NonZeroUsize;
//!
//! fn costly(key: u64) -> u64 {
//!     (0..key).sum()
//! }
//!
//! let mut cache = LruCache::new(NonZeroUsize::new(2).unwrap());
//! for key in [100, 200, 100, 300] {
//!     cache.get_or_insert(key, || costly(key));
//! }
//! assert!(cache.contains(&100) && cache.contains(&300)); // 200 had to go
//! ```
//!
//! A hash map finds the entry; a doubly linked list through the entries keeps the order of use, so that a hit moves one
//! to the front and a miss drops the last, both in constant time. The list is the cost: every hit writes. It is also
//! why the cache has one client here: several would need a lock around every look-up, hits included.

use crate::hashing::Hashing;
use ::lru::LruCache;
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique, room};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A hash map with a list of its entries by last use.
#[derive(Debug, Clone, Copy)]
pub struct Lru;

impl Technique for Lru {
    const CARD: Card = Card {
        name: "lru",
        idea: "remember a limited number of values, and forget those least recently used",
        gives: "most of the hits that its memory can give, when keys come back soon",
        costs: "every hit moves an entry; a scan of new keys flushes the rest",
        cores: Cores::One,
        libraries: &["lru", "foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::LRU;
    fn start(_: usize) -> Answer<Self> {
        Ok(Lru)
    }
}

impl<R: Recall> Remember<R> for Lru {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        let room = NonZeroUsize::new(room(&**work)).unwrap_or(NonZeroUsize::MIN);
        let mut cache = LruCache::with_hasher(room, Hashing::default());
        let (mut sum, mut misses) = (0u64, 0);
        for key in (0..work.len()).map(|i| work.key(i)) {
            let value = *cache.get_or_insert(key, || {
                misses += 1;
                work.compute(key)
            });
            sum = sum.wrapping_add(value);
        }
        Ok(Recalled { sum, hits: work.len() as u64 - misses, policy: Policy::Lru })
    }
}
