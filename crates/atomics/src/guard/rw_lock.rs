//! One lock that lets readers in side by side: the first thing to try, and seldom faster than a mutex.
//!
//! ```
//! use std::{sync::RwLock, thread};
//!
//! let prices = RwLock::new([3, 4]);
//! thread::scope(|s| {
//!     s.spawn(|| assert!([3, 5].contains(&prices.read().unwrap()[0]))); // readers do not wait for each other
//!     s.spawn(|| prices.write().unwrap()[0] += 2);
//! });
//! assert_eq!(prices.into_inner().unwrap(), [5, 4]);
//! ```
//!
//! Readers do not wait for each other, but each counts itself in and out, in one word that all cores contend for: where
//! a read is short, that word is the bottleneck. It pays where readers stay inside for a microsecond or more.

use parallax_pattern::view::{View, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, covers};
use std::sync::Arc;

/// A `std::sync::RwLock` around the table.
#[derive(Debug, Clone, Copy)]
pub struct RwLock {
    workers: usize,
}

impl Technique for RwLock {
    const CARD: Card = Card {
        name: "rwlock",
        idea: "one lock around the whole table, which readers share",
        gives: "readers side by side, and changes to any number of entries at the same time",
        costs: "each reader writes to the lock's own word, twice: all cores contend for that line",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(RwLock { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for RwLock {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        table.iter_mut().zip(first(&**work)).for_each(|(entry, value)| *entry = value);
        let table = std::sync::RwLock::new(table);
        spread(self.workers, &**work, || Shared(&table))
    }
}

/// The table as each worker sees it.
struct Shared<'a, 't, E>(&'a std::sync::RwLock<&'t mut [E]>);

impl<E: Copy> View<E> for Shared<'_, '_, E> {
    fn read(&mut self, entry: usize) -> E {
        self.0.read().expect("no holder has panicked")[entry]
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        let table = &mut *self.0.write().expect("no holder has panicked");
        table[entry] = next(table[entry]);
    }
}
