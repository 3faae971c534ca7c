//! A concurrent cache whose hits only set a mark: the order of use is found out when an entry must go.
//!
//! ```
//! use quick_cache::sync::Cache;
//!
//! let cache = Cache::new(1000);
//! let value = cache.get_or_insert_with(&100, || Ok::<u64, ()>((0..100).sum())); // single flight
//! assert_eq!(value, Ok(4950));
//! assert_eq!(cache.get(&100), Some(4950));
//! ```
//!
//! A clock hand goes round and evicts entries without a mark; keys that came back soon after their
//! eviction count as hot (Clock-PRO: Jiang, Chen and Zhang, 2005; S3-FIFO: Yang and others, 2023). So a
//! hit takes a read lock and writes one mark, where an LRU list takes a write lock and moves an entry.

use crate::clients::ask;
use crate::hashing::Hashing;
use ::quick_cache::sync::{Cache, DefaultLifecycle};
use ::quick_cache::{OptionsBuilder, UnitWeighter};
use parallax_pattern::{Answer, Card, Cores, No, Policy, Recall, Recalled, Remember, Technique, room};
use std::convert::Infallible;
use std::sync::Arc;

/// A concurrent cache that approximates the order of use by a clock hand.
#[derive(Debug, Clone, Copy)]
pub struct QuickCache {
    clients: usize,
}

impl Technique for QuickCache {
    const CARD: Card = Card {
        name: "quick-cache",
        idea: "a concurrent cache with a limit, which marks used entries and evicts those without a mark",
        gives: "cheap hits for many clients, more of them than LRU has under scans, and single flight",
        costs: "the order of eviction is approximate, and the limit holds for each shard",
        cores: Cores::Workers,
        libraries: &["quick_cache", "foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::BOUNDED;
    fn start(workers: usize) -> Answer<Self> {
        Ok(QuickCache { clients: workers.max(1) })
    }
}

impl<R: Recall> Remember<R> for QuickCache {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        let capacity = room(&**work);
        // One client needs no shards, which would each keep a limit of their own.
        let shards = if self.clients == 1 { 1 } else { 4 * self.clients };
        let options = OptionsBuilder::new()
            .estimated_items_capacity(capacity)
            .weight_capacity(capacity as u64)
            .shards(shards)
            .build()
            .map_err(|error| No::failed(error.to_string()))?;
        let (hasher, lifecycle) = (Hashing::default(), DefaultLifecycle::default());
        let cache = Cache::with_options(options, UnitWeighter, hasher, lifecycle);
        let recalled = ask(&**work, self.clients, Policy::Bounded, |key, compute| {
            let Ok(value) = cache.get_or_insert_with(&key, || Ok::<_, Infallible>(compute(key)));
            value
        })?;
        let policy = match self.clients {
            1 => Policy::Bounded,
            _ => Policy::Loose { held: cache.len() as u64 }, // the clients' requests interleave in any order
        };
        Ok(Recalled { policy, ..recalled })
    }
}
