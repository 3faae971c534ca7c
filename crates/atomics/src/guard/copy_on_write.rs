//! One pointer to the whole table: a change copies all of it, and a reader pays next to nothing.
//!
//! ```
//! use arc_swap::{ArcSwap, Cache};
//!
//! let routes = ArcSwap::from_pointee(vec!["/", "/about"]);
//! let mut mine = Cache::new(&routes); // each thread keeps the last table that it has seen
//! assert_eq!(mine.load().len(), 2);
//! routes.rcu(|old| [&old[..], &["/new"]].concat());
//! assert_eq!(mine.load()[2], "/new");
//! ```
//!
//! For data that changes once a minute and is read all day: configuration, routes, rules. A reader sees the whole table
//! as of one moment, not only each entry.

use arc_swap::{ArcSwap, Cache};
use parallax_pattern::view::{View, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, No, Technique, covers};
use std::sync::Arc;

/// How many bytes all changes together may copy: some seconds' worth.
const MOST_BYTES: usize = 10_000_000_000;

/// An `arc_swap::ArcSwap` of the whole table.
#[derive(Debug, Clone, Copy)]
pub struct CopyOnWrite {
    workers: usize,
}

impl Technique for CopyOnWrite {
    const CARD: Card = Card {
        name: "copy-on-write",
        idea: "one pointer to the table: a change to an entry puts a new table in its place",
        gives: "readers that check whether the pointer has changed, and then read a plain table",
        costs: "each change copies the table, and two at the same time copy it twice",
        cores: Cores::Workers,
        libraries: &["arc-swap"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(CopyOnWrite { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for CopyOnWrite {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        if work.changes().saturating_mul(size_of_val(table)) > MOST_BYTES {
            return Err(No::Unfit("each change copies the whole table: more than ten gigabytes in all"));
        }
        let pointer = ArcSwap::from_pointee(first(&**work).collect::<Vec<_>>());
        let readers =
            spread(self.workers, &**work, || Shared { pointer: &pointer, seen: Cache::new(&pointer) })?;
        table.copy_from_slice(&pointer.load());
        Ok(readers)
    }
}

/// The table as one worker sees it.
struct Shared<'a, E> {
    pointer: &'a ArcSwap<Vec<E>>,
    seen: Cache<&'a ArcSwap<Vec<E>>, Arc<Vec<E>>>,
}

impl<E: Copy> View<E> for Shared<'_, E> {
    fn read(&mut self, entry: usize) -> E {
        self.seen.load()[entry]
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        self.pointer.rcu(|table| {
            let mut table = Vec::clone(table);
            table[entry] = next(table[entry]);
            table
        });
    }
}
