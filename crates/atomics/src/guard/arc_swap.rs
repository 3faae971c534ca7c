//! A pointer for each entry: a change makes a new value and swaps the pointer, and readers keep the old value.
//!
//! ```
//! use arc_swap::ArcSwap;
//! use std::sync::Arc;
//!
//! let price = ArcSwap::from_pointee(String::from("3 euros"));
//! let seen = price.load(); // no thread waits, and the seen value stays
//! price.store(Arc::new(String::from("5 euros")));
//! assert_eq!((&**seen, &**price.load()), (&String::from("3 euros"), &String::from("5 euros")));
//! ```
//!
//! It holds values of any kind and size, and readers never wait. Each read records the pointer in the thread's own
//! slot, so that the value is not freed meanwhile: some nanoseconds, without a line that all cores contend for. A
//! change allocates.

use ::arc_swap::ArcSwap as Pointer;
use parallax_pattern::view::{View, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, covers};
use std::sync::Arc;

/// An `arc_swap::ArcSwap` for each entry.
#[derive(Debug, Clone, Copy)]
pub struct ArcSwap {
    workers: usize,
}

impl Technique for ArcSwap {
    const CARD: Card = Card {
        name: "arc-swap",
        idea: "a pointer per entry: a change puts a new value in its place",
        gives: "values of any kind, and readers that never wait",
        costs: "an allocation a change, a pointer to follow a read, and old values as long as a reader has them",
        cores: Cores::Workers,
        libraries: &["arc-swap"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(ArcSwap { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for ArcSwap {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        let pointers: Vec<_> = first(&**work).map(Pointer::from_pointee).collect();
        let readers = spread(self.workers, &**work, || Shared(&pointers))?;
        table.iter_mut().zip(&pointers).for_each(|(entry, pointer)| *entry = **pointer.load());
        Ok(readers)
    }
}

/// The table as each worker sees it.
struct Shared<'a, E>(&'a [Pointer<E>]);

impl<E: Copy> View<E> for Shared<'_, E> {
    fn read(&mut self, entry: usize) -> E {
        **self.0[entry].load()
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        self.0[entry].rcu(|value| next(**value));
    }
}
