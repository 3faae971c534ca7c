//! Torn reads are found: a table without a guard, consulted by two threads, gives a right table and a wrong answer.

use parallax_pattern::view::first;
use parallax_pattern::{Access, Answer, Card, Consult, Guard, Sequential, Technique};
use parallax_suite::cell;
use parallax_suite::workload::{Lookup, Read, Size};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;

/// A table without any guard, whose reader is stopped in the middle of its first entry until all changes are made.
struct Unguarded;

impl Technique for Unguarded {
    const CARD: Card = Sequential::CARD;
    fn start(_: usize) -> Answer<Self> {
        Ok(Unguarded)
    }
}

impl Guard<Lookup> for Unguarded {
    fn consult(&self, work: &Arc<Lookup>, table: &mut [[u64; 2]]) -> Answer<Vec<Read>> {
        let shared: Vec<[AtomicU64; 2]> = first(&**work).map(|entry| entry.map(AtomicU64::new)).collect();
        let meeting = Barrier::new(2);
        let mut reader = work.reader();
        let word = |entry: usize, k: usize| shared[entry][k].load(Relaxed);
        let change = |entry: usize| {
            let next = work.next([word(entry, 0), word(entry, 1)]);
            shared[entry].iter().zip(next).for_each(|(word, new)| word.store(new, Relaxed));
        };
        let accesses = || (0..Consult::len(&**work)).map(|i| work.access(i));
        thread::scope(|s| {
            s.spawn(|| {
                meeting.wait(); // the reader has read the first word of an entry
                accesses().for_each(|access| {
                    if let Access::Change(entry) = access {
                        change(entry)
                    }
                });
                meeting.wait();
            });
            let mut held_up = false;
            for access in accesses() {
                let Access::Read(entry) = access else { continue };
                let n = word(entry, 0);
                if !std::mem::replace(&mut held_up, true) {
                    meeting.wait();
                    meeting.wait();
                }
                work.seen(&mut reader, entry, [n, word(entry, 1)]);
            }
        });
        table.iter_mut().enumerate().for_each(|(entry, value)| *value = [word(entry, 0), word(entry, 1)]);
        Ok(vec![reader])
    }
}

/// The table is right in the end; only one reader's view on the way is wrong.
#[test]
fn a_torn_read_between_threads_is_found() {
    let cells = cell::guard::<Unguarded>();
    let cell = cells.iter().find(|cell| cell.case == "w100").unwrap();
    let mut run = cell.start(2).unwrap().load(cell.params(Size::Tiny, 0)).unwrap();
    run.spoil();
    run.run(1).unwrap();
    assert_eq!(run.check().unwrap_err().to_string(), "wrong result: 1 of 9038 reads are torn");
}
