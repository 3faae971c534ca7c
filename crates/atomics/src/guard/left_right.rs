//! Two tables: readers look at one while the writer changes the other, and then they change places.
//!
//! ```
//! use left_right::Absorb;
//!
//! #[derive(Default, Clone)]
//! struct Total(u64);
//! impl Absorb<u64> for Total {
//!     fn absorb_first(&mut self, more: &mut u64, _: &Self) { self.0 += *more }
//!     fn sync_with(&mut self, first: &Self) { self.0 = first.0 }
//! }
//!
//! let (mut writer, reader) = left_right::new::<Total, u64>();
//! writer.append(3).append(4);
//! assert_eq!(reader.enter().unwrap().0, 0); // not yet published
//! writer.publish();
//! assert_eq!(reader.enter().unwrap().0, 7);
//! ```
//!
//! A reader never waits and never retries; it counts itself in and out in its own word. There is one writer at a time,
//! which does everything twice and, to publish, waits until no reader is left in the old table. Here each change is
//! published immediately, as in the other techniques; a batch of changes would pay this once. (Ramalhete and Correia,
//! "Left-right: a concurrency control technique with wait-free population oblivious reads", 2013.)

use ::left_right::{Absorb, ReadHandle, WriteHandle, new_from_empty};
use parallax_pattern::view::{View, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, covers};
use std::sync::{Arc, Mutex};

/// Two copies of the table, by `left_right`, and a lock for writers.
#[derive(Debug, Clone, Copy)]
pub struct LeftRight {
    workers: usize,
}

impl Technique for LeftRight {
    const CARD: Card = Card {
        name: "left-right",
        idea: "two tables: one is read, the other one written; then they change places",
        gives: "readers that never wait or retry, and any kind of value",
        costs: "twice the memory, every change is made twice, and the writer waits for readers",
        cores: Cores::Workers,
        libraries: &["left-right"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(LeftRight { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for LeftRight {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        let (writer, reader) = new_from_empty(Entries(first(&**work).collect()));
        let (writer, readers) = (Mutex::new(writer), reader.factory());
        writer.lock().expect("no thread has it yet").publish(); // readers cannot enter before
        let kept = spread(self.workers, &**work, || Shared { writer: &writer, reader: readers.handle() })?;
        table.copy_from_slice(&reader.enter().expect("the writer is still here").0);
        Ok(kept)
    }
}

#[derive(Clone)]
struct Entries<E>(Vec<E>);

/// A new value for an entry.
struct Set<E>(usize, E);

impl<E: Copy> Absorb<Set<E>> for Entries<E> {
    fn absorb_first(&mut self, Set(entry, value): &mut Set<E>, _: &Self) {
        self.0[*entry] = *value;
    }
    fn sync_with(&mut self, first: &Self) {
        self.0.copy_from_slice(&first.0);
    }
}

/// The tables as one worker sees them.
struct Shared<'a, E: Copy> {
    writer: &'a Mutex<WriteHandle<Entries<E>, Set<E>>>,
    reader: ReadHandle<Entries<E>>,
}

impl<E: Copy> View<E> for Shared<'_, E> {
    fn read(&mut self, entry: usize) -> E {
        self.reader.enter().expect("the writer outlives its readers").0[entry]
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        let mut writer = self.writer.lock().expect("no holder has panicked");
        let now = writer.enter().expect("the writer is here").0[entry];
        writer.append(Set(entry, next(now)));
        writer.publish();
    }
}
