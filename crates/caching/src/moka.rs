//! A concurrent cache with an admission policy: a key that was seen once does not push out one that is used often.
//!
//! ```
//! use moka::sync::Cache;
//!
//! let cache = Cache::new(1000);
//! let value = cache.get_with(100, || (0..100).sum::<u64>()); // one caller computes, others wait
//! assert_eq!(value, 4950);
//! assert_eq!(cache.get(&100), Some(4950));
//! ```
//!
//! A sketch counts how often each key was requested, and a new key enters only if its count beats that of the key it
//! would push out (TinyLFU: Einziger, Friedman and Manes, 2017). So a scan of new keys does little harm. Reads and
//! writes go into buffers; the thread that fills a buffer applies it, which costs more than the look-up.

use crate::clients::ask;
use crate::hashing::Hashing;
use ::moka::sync::Cache;
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique, room};
use std::sync::Arc;

/// A concurrent cache that admits by frequency.
#[derive(Debug, Clone, Copy)]
pub struct Moka {
    clients: usize,
}

impl Technique for Moka {
    const CARD: Card = Card {
        name: "moka",
        idea: "a concurrent cache with a limit, which admits a key by how often it was requested",
        gives: "most of the best possible hits even under scans; single flight; many clients",
        costs: "several times the look-up of a plain map",
        cores: Cores::Workers,
        libraries: &["moka", "foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::BOUNDED;
    fn start(workers: usize) -> Answer<Self> {
        Ok(Moka { clients: workers.max(1) })
    }
}

impl<R: Recall> Remember<R> for Moka {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        let room = room(&**work) as u64;
        let cache = Cache::builder().max_capacity(room).build_with_hasher(Hashing::default());
        let loose = Policy::Loose { held: 0 };
        // By reference: an owned key is put on the heap for a hit, too.
        let recalled =
            ask(&**work, self.clients, loose, |key, compute| cache.get_with_by_ref(&key, || compute(key)))?;
        cache.run_pending_tasks(); // before this it may hold more than its limit
        Ok(Recalled { policy: Policy::Loose { held: cache.entry_count() }, ..recalled })
    }
}
