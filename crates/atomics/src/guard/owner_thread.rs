//! One thread owns the table, and the others send it requests: no lock, because nothing is shared.
//!
//! ```
//! use std::sync::mpsc::{Sender, channel};
//! use std::thread;
//!
//! let (ask, asked) = channel::<(usize, Sender<u64>)>();
//! thread::scope(|s| {
//!     s.spawn(move || {
//!         let table = [3, 4]; // no other thread has it
//!         asked.iter().for_each(|(entry, answer)| answer.send(table[entry]).unwrap());
//!     });
//!     let (answer, answered) = channel();
//!     ask.send((1, answer)).unwrap();
//!     assert_eq!(answered.recv(), Ok(4));
//!     drop(ask); // the owner ends
//! });
//! ```
//!
//! Here 64 operations go in one message, as each message costs a hand-over of a microsecond. The owner does all the
//! work on the table, so more workers make it no faster: it is for state that is changed by rules, not for data that is
//! read all day.

use crossbeam::channel::{Receiver, Sender, bounded, unbounded};
use parallax_pattern::view::{View, first};
use parallax_pattern::{
    Access, Answer, Card, Consult, Cores, Guard, Technique, covers, pieces, team, whole_share,
};
use std::ops::Range;
use std::sync::Arc;

/// How many operations travel together.
const BATCH: usize = 64;

/// A thread that owns the table, and workers that send it their operations.
#[derive(Debug, Clone, Copy)]
pub struct OwnerThread {
    workers: usize,
}

impl Technique for OwnerThread {
    const CARD: Card = Card {
        name: "owner-thread",
        idea: "one thread owns the table; the others send it 64 operations at a time, and wait",
        gives: "no lock, no torn read, and a place for rules that concern many entries",
        costs: "two hand-overs a batch, and one thread's speed for all",
        cores: Cores::Workers,
        libraries: &["crossbeam"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(OwnerThread { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for OwnerThread {
    /// The caller owns the table, and is one of the workers.
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        table.iter_mut().zip(first(&**work)).for_each(|(entry, value)| *entry = value);
        let (asking, asked) = unbounded();
        let askers = (self.workers - 1).max(1);
        let shares = pieces(work.len(), whole_share(work.len(), work.grain(), askers));
        let jobs: Vec<_> = shares.map(|operations| (operations, asking.clone())).collect();
        drop(asking); // the owner ends when the last requester does
        // The owner has the receiver: if it panics, no requester waits for an answer any more.
        let own = move || {
            own(&**work, table, &asked);
            None
        };
        let askers = jobs.into_iter().map(|(share, owner)| move || Some(ask(&**work, share, &owner)));
        let all = askers.map(|ask| Box::new(ask) as Job<'_, C::Reader>);
        let readers = team::run(std::iter::once(Box::new(own) as Job<'_, C::Reader>).chain(all))?;
        Ok(readers.into_iter().flatten().collect())
    }
}

/// One thread's work; it returns a reader unless it is the owner's.
type Job<'a, R> = Box<dyn FnOnce() -> Option<R> + Send + 'a>;

/// Operations on their way to the owner; and back, with the entries read.
struct Batch<E> {
    accesses: Vec<Access>,
    values: Vec<E>,
    back: Sender<Batch<E>>,
}

/// Serves requests until no requester is left.
fn own<C: Consult>(work: &C, mut table: &mut [C::Entry], asked: &Receiver<Batch<C::Entry>>) {
    for mut batch in asked {
        for access in &batch.accesses {
            match *access {
                Access::Read(entry) => batch.values.push(table.read(entry)),
                Access::Change(entry) => table.change(entry, |value| work.next(value)),
            }
        }
        let back = batch.back.clone();
        // a requester that is gone has panicked, and the owner goes on for the others
        let _ = back.send(batch);
    }
}

/// Sends a share of the operations to the owner, batch by batch.
fn ask<C: Consult>(work: &C, operations: Range<usize>, owner: &Sender<Batch<C::Entry>>) -> C::Reader {
    let (back, answered) = bounded(1);
    let mut reader = work.reader();
    let mut batch = Batch { accesses: Vec::with_capacity(BATCH), values: Vec::with_capacity(BATCH), back };
    for first in operations.clone().step_by(BATCH) {
        batch.accesses.clear();
        batch.values.clear();
        batch.accesses.extend((first..operations.end.min(first + BATCH)).map(|i| work.access(i)));
        owner.send(batch).unwrap_or_else(|_| panic!("{OWNER_GONE}"));
        batch = answered.recv().unwrap_or_else(|_| panic!("{OWNER_GONE}"));
        let read = batch.accesses.iter().filter_map(|access| match *access {
            Access::Read(entry) => Some(entry),
            Access::Change(_) => None,
        });
        read.zip(&batch.values).for_each(|(entry, value)| work.seen(&mut reader, entry, *value));
    }
    reader
}

const OWNER_GONE: &str = "the owner of the table has panicked";
