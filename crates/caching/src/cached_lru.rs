//! A limit in the attribute: `max_size` turns a function's cache into an LRU cache.
//!
//! ```
//! use cached::CachedExt;
//! use cached::macros::cached;
//!
//! #[cached(max_size = 2)]
//! fn costly(key: u64) -> u64 {
//!     (0..key).sum()
//! }
//!
//! [100, 200, 100, 300].map(costly);
//! assert_eq!(COSTLY.read().len(), 2); // 200 had to go
//! ```

use crate::clients::{Compute, alone, ask};
use crate::hashing::Hashing;
use ::cached::macros::cached;
use ::cached::{Cached as _, LruCache};
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique, room};
use std::sync::{Arc, Mutex};

/// A function that an attribute memoises, up to a limit.
#[derive(Debug, Clone, Copy)]
pub struct CachedLru;

impl Technique for CachedLru {
    const CARD: Card = Card {
        name: "cached-lru",
        idea: "an attribute gives a function a cache with a limit, which forgets the least recently used",
        gives: "a bound on memory in one word",
        costs: "an exclusive lock even for hits, since they change the order of use",
        cores: Cores::One,
        libraries: &["cached", "foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::LRU;
    fn start(_: usize) -> Answer<Self> {
        Ok(CachedLru)
    }
}

/// The attribute makes a static cache, so only one run at a time may use it.
static ALONE: Mutex<()> = Mutex::new(());

/// Each run sets its own limit. Write it into the attribute where you know it at compile time.
#[cached(
    key = "u64",
    convert = "{ key }",
    companions = false,
    ty = "LruCache<u64, u64, Hashing>",
    create = "{ LruCache::builder().max_size(1024).hasher(Hashing::default()).build().expect(\"a size above 0\") }"
)]
fn recent(key: u64, compute: Compute) -> u64 {
    compute(key)
}

impl<R: Recall> Remember<R> for CachedLru {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        alone(&ALONE, || {
            RECENT.write().cache_reset();
            RECENT.write().set_max_size(room(&**work));
            let recalled = ask(&**work, 1, Policy::Lru, recent);
            RECENT.write().cache_reset();
            recalled
        })
    }
}
