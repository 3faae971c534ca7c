//! The rules of a technique that guards a table: entries change atomically, and no change is lost.

use super::refused;
use parallax_pattern::random::{at, mix};
use parallax_pattern::{Access, Consult, Guard};
use serde::{Deserialize, Serialize};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Checks that `len` operations on a table of `entries`, of which every `changing`th is a change, leave the right
/// table; that each read is seen once, whole, and no older than the read before; and that a table of another size is
/// refused.
///
/// # Panics
///
/// If that does not hold.
pub fn changes_entries_as_one<T: Guard<Ledger>>(technique: &T, len: usize, entries: usize, changing: usize) {
    let work = Arc::new(Ledger { len, entries, changing, fails: None });
    let (mut right, mut got) = (vec![[0, mix(0)]; entries], vec![[9, 9]; entries]);
    let mut reads = 0;
    for i in 0..len {
        match work.access(i) {
            Access::Read(_) => reads += 1,
            Access::Change(entry) => right[entry] = work.next(right[entry]),
        }
    }
    let what = format!("{}: {len} operations on {entries} entries", T::CARD.name);
    let readers = technique.consult(&work, &mut got).unwrap_or_else(|no| panic!("{what}: {no}"));
    assert_eq!(got, right, "{what}: what the table comes to");
    assert_eq!(readers.iter().map(|seen| seen.reads).sum::<usize>(), reads, "{what}: reads");
    assert!(readers.iter().all(|seen| !seen.torn), "{what}: a read saw half of a change");
    assert!(readers.iter().all(|seen| !seen.fell), "{what}: a read saw an older entry than the one before");
    for room in [entries - 1, entries + 1] {
        refused(&format!("{what}, room for {room}"), technique.consult(&work, &mut vec![[0; 2]; room]));
    }
}

/// Checks that a panic before an operation, or in the middle of a change, reaches the caller, and that the same
/// technique works afterwards.
///
/// # Panics
///
/// If it does not.
pub fn passes_a_panic_of_an_operation_on<T: Guard<Ledger>>(technique: &T) {
    for fails in [Fails::At(0), Fails::At(50), Fails::At(99), Fails::Changing(0), Fails::Changing(1)] {
        let work = Arc::new(Ledger { len: 100, entries: 10, changing: 3, fails: Some(fails) });
        let run = || technique.consult(&work, &mut [[0; 2]; 10]);
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "{}, {fails:?}: no panic", T::CARD.name);
    }
    changes_entries_as_one(technique, 100, 10, 3);
}

/// A table of pairs that belong together.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ledger {
    len: usize,
    entries: usize,
    changing: usize,
    fails: Option<Fails>,
}

/// The source of a panic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Fails {
    /// This operation.
    At(usize),
    /// The change of an entry that holds this number.
    Changing(u64),
}

/// A worker's record of its reads of a [`Ledger`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    last: Vec<u64>,
    reads: usize,
    torn: bool,
    fell: bool,
}

impl Consult for Ledger {
    type Entry = [u64; 2];
    type Reader = Seen;
    fn entries(&self) -> usize {
        self.entries
    }
    fn first(&self, _: usize) -> [u64; 2] {
        [0, mix(0)]
    }
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        7
    }
    fn access(&self, i: usize) -> Access {
        if self.fails == Some(Fails::At(i)) {
            resume_unwind(Box::new(super::ON_PURPOSE));
        }
        let entry = at(self.entries as u64, i as u64) as usize % self.entries;
        if i.is_multiple_of(self.changing) { Access::Change(entry) } else { Access::Read(entry) }
    }
    fn reader(&self) -> Seen {
        Seen { last: vec![0; self.entries], reads: 0, torn: false, fell: false }
    }
    fn seen(&self, seen: &mut Seen, entry: usize, [n, check]: [u64; 2]) {
        seen.reads += 1;
        seen.torn |= check != mix(n);
        seen.fell |= n < seen.last[entry];
        seen.last[entry] = n;
    }
    fn next(&self, [n, _]: [u64; 2]) -> [u64; 2] {
        if self.fails == Some(Fails::Changing(n)) {
            resume_unwind(Box::new(super::ON_PURPOSE));
        }
        [n + 1, mix(n + 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::view::{View, first, operate};
    use parallax_pattern::{Answer, Card, Sequential, Technique};

    /// A table whose reader is interrupted by a change, in the middle of every read.
    struct Interrupted<'a>(&'a mut [[u64; 2]]);

    impl View<[u64; 2]> for Interrupted<'_> {
        fn read(&mut self, entry: usize) -> [u64; 2] {
            let first = self.0[entry][0];
            let [n, _] = self.0[entry];
            self.0[entry] = [n + 1, mix(n + 1)];
            [first, self.0[entry][1]]
        }
        fn change(&mut self, entry: usize, next: impl Fn([u64; 2]) -> [u64; 2]) {
            self.0[entry] = next(self.0[entry]);
        }
    }

    /// A table whose reader sees the initial entry every other time.
    struct Stale<'a>(&'a mut [[u64; 2]], usize);

    impl View<[u64; 2]> for Stale<'_> {
        fn read(&mut self, entry: usize) -> [u64; 2] {
            self.1 += 1;
            if self.1.is_multiple_of(2) { [0, mix(0)] } else { self.0[entry] }
        }
        fn change(&mut self, entry: usize, next: impl Fn([u64; 2]) -> [u64; 2]) {
            self.0[entry] = next(self.0[entry]);
        }
    }

    struct Broken<const HOW: usize>;

    impl<const HOW: usize> Technique for Broken<HOW> {
        const CARD: Card = Sequential::CARD;
        fn start(_: usize) -> Answer<Self> {
            Ok(Broken)
        }
    }

    const TEARS: usize = 0;
    const LOSES: usize = 1;
    const STALE: usize = 2;
    const SWALLOWS: usize = 3;

    impl<const HOW: usize> Guard<Ledger> for Broken<HOW> {
        fn consult(&self, work: &Arc<Ledger>, table: &mut [[u64; 2]]) -> Answer<Vec<Seen>> {
            parallax_pattern::covers(work.entries(), table.len())?;
            table.iter_mut().zip(first(&**work)).for_each(|(entry, value)| *entry = value);
            let reader = match HOW {
                TEARS => {
                    let (mut copy, mut right) = (table.to_vec(), &mut *table);
                    operate(&**work, 0..work.len(), &mut right);
                    operate(&**work, 0..work.len(), &mut Interrupted(&mut copy))
                }
                STALE => operate(&**work, 0..work.len(), &mut Stale(table, 0)),
                LOSES => operate(&**work, 1..work.len(), &mut &mut *table),
                _ => {
                    let run = || Sequential.consult(work, table);
                    return catch_unwind(AssertUnwindSafe(run)).unwrap_or(Ok(Vec::new()));
                }
            };
            Ok(vec![reader])
        }
    }

    #[test]
    fn the_baseline_keeps_them() {
        changes_entries_as_one(&Sequential, 1000, 10, 3);
        passes_a_panic_of_an_operation_on(&Sequential);
    }

    #[test]
    #[should_panic(expected = "half of a change")]
    fn a_torn_read_is_found() {
        changes_entries_as_one(&Broken::<TEARS>, 1000, 10, 3);
    }

    #[test]
    #[should_panic(expected = "an older entry")]
    fn a_stale_read_is_found() {
        changes_entries_as_one(&Broken::<STALE>, 1000, 10, 3);
    }

    #[test]
    #[should_panic(expected = "what the table comes to")]
    fn a_lost_change_is_found() {
        changes_entries_as_one(&Broken::<LOSES>, 1000, 10, 3);
    }

    #[test]
    #[should_panic(expected = "At(0): no panic")]
    fn a_swallowed_panic_is_found() {
        passes_a_panic_of_an_operation_on(&Broken::<SWALLOWS>);
    }
}
