//! Values that go stale: a time to live bounds how old an answer may be, but not how many are kept.
//!
//! ```
//! use cached::macros::cached;
//! use std::{thread::sleep, time::Duration};
//!
//! #[cached(ttl_millis = 20)]
//! fn looked_up(key: u64) -> std::time::Instant {
//!     std::time::Instant::now()
//! }
//!
//! let first = looked_up(1);
//! assert_eq!(looked_up(1), first);
//! sleep(Duration::from_millis(30));
//! assert_ne!(looked_up(1), first); // the old answer was too old
//! ```
//!
//! Here nothing expires, so the hits are those of a cache that forgets nothing. The extra cost of a look-up
//! is the price of the time to live: each look-up reads the clock.

use crate::clients::{Compute, alone, ask};
use crate::hashing::Hashing;
use ::cached::macros::cached;
use ::cached::{Cached as _, TtlCache};
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A function that an attribute memoises, for a time to live.
#[derive(Debug, Clone, Copy)]
pub struct CachedTtl;

impl Technique for CachedTtl {
    const CARD: Card = Card {
        name: "cached-ttl",
        idea: "an attribute gives a function a cache whose values are used for an hour at most",
        gives: "answers that are never older than you allow",
        costs: "each look-up reads the clock; an expired value stays until the next look-up of its key",
        cores: Cores::One,
        libraries: &["cached", "foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::KEEPS_ALL;
    fn start(_: usize) -> Answer<Self> {
        Ok(CachedTtl)
    }
}

/// The attribute makes a static cache, so only one run at a time may use it.
static ALONE: Mutex<()> = Mutex::new(());

const HOUR: Duration = Duration::from_secs(3600);

#[cached(
    key = "u64",
    convert = "{ key }",
    companions = false,
    ty = "TtlCache<u64, u64, Hashing>",
    create = "{ TtlCache::builder().ttl(HOUR).hasher(Hashing::default()).build().expect(\"a time above 0\") }"
)]
fn fresh(key: u64, compute: Compute) -> u64 {
    compute(key)
}

impl<R: Recall> Remember<R> for CachedTtl {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        alone(&ALONE, || {
            FRESH.write().cache_reset();
            let recalled = ask(&**work, 1, Policy::Unbounded, fresh);
            FRESH.write().cache_reset();
            recalled
        })
    }
}
