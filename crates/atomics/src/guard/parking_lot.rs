//! A read-write lock of one word, from a library: smaller than the standard one, and never poisoned.
//!
//! ```
//! use parking_lot::RwLock;
//! use std::thread;
//!
//! let prices = RwLock::new([3, 4]);
//! thread::scope(|s| {
//!     s.spawn(|| assert!([3, 5].contains(&prices.read()[0])));
//!     s.spawn(|| prices.write()[0] += 2);
//! });
//! assert_eq!(prices.into_inner(), [5, 4]);
//! ```
//!
//! It was much faster than the standard library's locks until those were rewritten (Rust 1.62). Its advantages now are
//! features: upgradable reads, fairness every half a millisecond, no poison. A reader still writes to the lock.

use parallax_pattern::view::{View, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, covers};
use std::sync::Arc;

/// A `parking_lot::RwLock` around the table.
#[derive(Debug, Clone, Copy)]
pub struct ParkingLot {
    workers: usize,
}

impl Technique for ParkingLot {
    const CARD: Card = Card {
        name: "parking-lot",
        idea: "a one-word lock around the table, which readers share; waiters sleep in a table of the process",
        gives: "a small lock without poison, fair from time to time",
        costs: "as with any lock: each reader writes to its word, twice",
        cores: Cores::Workers,
        libraries: &["parking_lot"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(ParkingLot { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for ParkingLot {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        table.iter_mut().zip(first(&**work)).for_each(|(entry, value)| *entry = value);
        let table = ::parking_lot::RwLock::new(table);
        spread(self.workers, &**work, || Shared(&table))
    }
}

/// The table as each worker sees it.
struct Shared<'a, 't, E>(&'a ::parking_lot::RwLock<&'t mut [E]>);

impl<E: Copy> View<E> for Shared<'_, '_, E> {
    fn read(&mut self, entry: usize) -> E {
        self.0.read()[entry]
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        let table = &mut *self.0.write();
        table[entry] = next(table[entry]);
    }
}
