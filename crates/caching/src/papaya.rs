//! A map without locks whose values are cells: the first thread to find a cell empty fills it, and the others wait.
//!
//! ```
//! use papaya::HashMap;
//! use std::sync::OnceLock;
//!
//! let known = HashMap::new();
//! let known = known.pin();
//! let cell = known.get(&100).unwrap_or_else(|| known.get_or_insert_with(100, OnceLock::new));
//! assert_eq!(*cell.get_or_init(|| (0..100).sum::<u64>()), 4950); // costly, so it is made once
//! ```
//!
//! A look-up that hits writes nothing that others see. The map itself promises no single flight: two callers
//! may both make a value, and one is thrown away. Where the value is a cell, only an empty cell is thrown
//! away. `get` comes first, because an insertion makes its entry before it looks.

use crate::clients::ask;
use crate::hashing::Hashing;
use ::papaya::{HashMap, ResizeMode};
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique};
use std::sync::{Arc, OnceLock};

/// A concurrent map of cells that are set once.
#[derive(Debug, Clone, Copy)]
pub struct Papaya {
    clients: usize,
}

impl Technique for Papaya {
    const CARD: Card = Card {
        name: "papaya",
        idea: "a lock-free hash map of cells that are set once",
        gives: "hits that no other client slows down; single flight by key",
        costs: "memory grows with the number of keys; removed entries are freed late",
        cores: Cores::Workers,
        libraries: &["papaya", "foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::KEEPS_ALL;
    fn start(workers: usize) -> Answer<Self> {
        Ok(Papaya { clients: workers.max(1) })
    }
}

impl<R: Recall> Remember<R> for Papaya {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        // Blocking: an incremental resize would only shorten the longest look-up, which does not matter here.
        let known: HashMap<u64, OnceLock<u64>, Hashing> =
            HashMap::builder().hasher(Hashing::default()).resize_mode(ResizeMode::Blocking).build();
        ask(&**work, self.clients, Policy::Unbounded, |key, compute| {
            let known = known.pin();
            let cell = known.get(&key).unwrap_or_else(|| known.get_or_insert_with(key, OnceLock::new));
            *cell.get_or_init(|| compute(key))
        })
    }
}
