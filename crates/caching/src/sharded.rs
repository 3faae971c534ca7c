//! Many locks instead of one: a key's hash selects its map, and two clients seldom want the same one.
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::Mutex;
//!
//! let shards: [Mutex<HashMap<u64, u64>>; 8] = Default::default();
//! let costly = |key: u64| (0..key).sum::<u64>();
//! let ask = |key: u64| {
//!     let shard = &shards[(key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61) as usize];
//!     *shard.lock().unwrap().entry(key).or_insert_with(|| costly(key))
//! };
//! assert_eq!([ask(100), ask(200), ask(100)], [4950, 19900, 4950]);
//! ```
//!
//! The lock is kept while a value is computed, so no value is computed twice; but a client that wants another
//! key of the same shard waits as well. More shards make that rarer. A function that looks up other values of
//! the same cache under the lock may wait for itself.

use crate::clients::ask;
use crate::hashing::Hashing;
use parallax_pattern::random::GAMMA;
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Hash maps, each behind a lock.
#[derive(Debug, Clone, Copy)]
pub struct Sharded {
    clients: usize,
}

/// On a pair of cache lines of its own, so that a thread that takes one lock does not slow down its neighbours.
#[derive(Default)]
#[repr(align(128))]
struct Shard(Mutex<HashMap<u64, u64, Hashing>>);

impl Technique for Sharded {
    const CARD: Card = Card {
        name: "sharded",
        idea: "hash maps that each have a lock; a key's hash chooses one",
        gives: "many clients and single flight from the standard library alone",
        costs: "an uncontended lock for each look-up; a costly value blocks its whole shard",
        cores: Cores::Workers,
        libraries: &["foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::KEEPS_ALL;
    fn start(workers: usize) -> Answer<Self> {
        Ok(Sharded { clients: workers.max(1) })
    }
}

impl<R: Recall> Remember<R> for Sharded {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        // A client meets another in at most one look-up of 64, however many clients there are.
        let bits = (64 * self.clients).next_power_of_two().ilog2();
        let shards: Vec<Shard> = (0..1 << bits).map(|_| Shard::default()).collect();
        ask(&**work, self.clients, Policy::Unbounded, |key, compute| {
            let shard = &shards[(key.wrapping_mul(GAMMA) >> (64 - bits)) as usize];
            *shard
                .0
                .lock()
                .expect("a panic while computing ends the run")
                .entry(key)
                .or_insert_with(|| compute(key))
        })
    }
}
