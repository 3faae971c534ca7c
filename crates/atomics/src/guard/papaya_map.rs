//! A hash map without locks: a read writes nothing that others see, and a change puts a new value in place of the old.
//!
//! ```
//! use papaya::HashMap;
//!
//! let prices = HashMap::from([("tea", 3)]);
//! let mine = prices.pin(); // values read through it stay until it is dropped
//! let seen = mine.get("tea");
//! mine.update("tea", |price| price + 1);
//! assert_eq!((seen, mine.get("tea")), (Some(&3), Some(&4)));
//! ```
//!
//! Made for tables that are mostly read. Pinning costs a few nanoseconds, and old values are freed when no thread has
//! them pinned, so a pin should be short: here it lasts for one operation.

use super::Hashing;
use ::papaya::HashMap;
use parallax_pattern::view::{View, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, covers};
use std::sync::Arc;

/// A `papaya::HashMap` of the entries.
#[derive(Debug, Clone, Copy)]
pub struct PapayaMap {
    workers: usize,
}

impl Technique for PapayaMap {
    const CARD: Card = Card {
        name: "papaya-map",
        idea: "a hash map whose readers take no lock and write nothing shared",
        gives: "reads that no other worker slows down; values of any kind",
        costs: "a hash a read, an allocation a change, and memory that is freed late",
        cores: Cores::Workers,
        libraries: &["papaya", "foldhash"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(PapayaMap { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for PapayaMap {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        let map = HashMap::with_capacity_and_hasher(table.len(), Hashing::default());
        first(&**work).enumerate().for_each(|(entry, value)| _ = map.pin().insert(entry, value));
        let readers = spread(self.workers, &**work, || Shared(&map))?;
        table.iter_mut().enumerate().for_each(|(entry, value)| *value = Shared(&map).read(entry));
        Ok(readers)
    }
}

/// The map as each worker sees it.
struct Shared<'a, E>(&'a HashMap<usize, E, Hashing>);

impl<E: Copy + Send + Sync> View<E> for Shared<'_, E> {
    fn read(&mut self, entry: usize) -> E {
        *self.0.pin().get(&entry).expect("an entry stays")
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        self.0.pin().update(entry, |value| next(*value)).expect("an entry stays");
    }
}

#[cfg(feature = "worker")]
mod words {
    use super::{HashMap, Hashing, PapayaMap};
    use crate::tally::spread;
    use parallax_pattern::Answer;
    use parallax_suite::workload::{Counted, Wordcount};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// A count is an atomic word: changing a plain one would cost an allocation.
    type Table = HashMap<Box<[u8]>, AtomicU64, Hashing>;

    impl PapayaMap {
        pub(crate) fn wordcount(&self, work: &Arc<Wordcount>, out: &mut Counted) -> Answer<()> {
            let table = Table::default();
            spread(self.workers, work, |part| Self::count(&table, work.words(part)))?;
            out.record(Self::counts(&table));
            Ok(())
        }

        fn count<'w>(table: &Table, words: impl Iterator<Item = &'w [u8]>) {
            let mine = table.pin(); // for all words of a share: no value is replaced, so none has to be freed
            for word in words {
                let there = mine.get(word); // by far the most frequent case, and the word is not copied
                let count = there.unwrap_or_else(|| mine.get_or_insert(word.into(), AtomicU64::new(0)));
                count.fetch_add(1, Relaxed); // the scope's end publishes the counts
            }
        }

        fn counts(table: &Table) -> Vec<(Box<[u8]>, u64)> {
            table.pin().iter().map(|(word, count)| (word.clone(), count.load(Relaxed))).collect()
        }
    }

    #[cfg(test)]
    #[test]
    fn no_count_is_lost() {
        crate::tally::tests::loses_nothing(
            |table, words| PapayaMap::count(table, words.iter().copied()),
            |table: Table| PapayaMap::counts(&table),
        );
    }
}
