//! One line above a function: the attribute gives it a cache of its own, shared by the whole program.
//!
//! ```
//! use cached::macros::cached;
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//!
//! static CALLS: AtomicU64 = AtomicU64::new(0);
//!
//! #[cached(sync_writes = "by_key")]
//! fn costly(key: u64) -> u64 {
//!     CALLS.fetch_add(1, Relaxed);
//!     (0..key).sum()
//! }
//!
//! // Both want the same key at the same time: one computes, and the other waits for it.
//! std::thread::scope(|s| [(); 2].map(|()| s.spawn(|| assert_eq!(costly(100), 4950))).map(|_| ()));
//! assert_eq!(CALLS.load(Relaxed), 1);
//! ```
//!
//! Without `sync_writes = "by_key"` both would compute (single flight is not the default, nor is it in
//! Python's `lru_cache`). All keys share 64 locks, so a function memoised in this way must not call
//! itself: it could wait for itself.

use crate::clients::{Compute, alone, ask};
use crate::hashing::Hashing;
use ::cached::macros::cached;
use ::cached::{Cached as _, UnboundCache};
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique};
use std::sync::{Arc, Mutex};

/// A function that an attribute memoises.
#[derive(Debug, Clone, Copy)]
pub struct Cached {
    clients: usize,
}

impl Technique for Cached {
    const CARD: Card = Card {
        name: "cached",
        idea: "an attribute gives a function a cache, and lets one caller compute what others wait for",
        gives: "memoisation in one line, single flight included",
        costs: "one lock around all look-ups; the cache lives as long as the program",
        cores: Cores::Workers,
        libraries: &["cached", "foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::KEEPS_ALL;
    fn start(workers: usize) -> Answer<Self> {
        Ok(Cached { clients: workers.max(1) })
    }
}

/// The attribute makes a static cache, so only one run at a time may use it.
static ALONE: Mutex<()> = Mutex::new(());

/// The key is `key` alone; the closure that computes the value is not part of it.
#[cached(
    sync_writes = "by_key",
    key = "u64",
    convert = "{ key }",
    companions = false,
    ty = "UnboundCache<u64, u64, Hashing>",
    create = "{ UnboundCache::builder().hasher(Hashing::default()).build().expect(\"it has no settings\") }"
)]
fn value(key: u64, compute: Compute) -> u64 {
    compute(key)
}

impl<R: Recall> Remember<R> for Cached {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        alone(&ALONE, || {
            VALUE.write().cache_reset();
            let recalled = ask(&**work, self.clients, Policy::Unbounded, value);
            VALUE.write().cache_reset();
            recalled
        })
    }
}
