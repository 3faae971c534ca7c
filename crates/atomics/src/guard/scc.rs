//! A hash map with a lock for each bucket of 32 entries, which grows without stopping any thread for long.
//!
//! ```
//! use scc::HashMap;
//!
//! let prices = HashMap::new();
//! prices.insert_sync("tea", 3).unwrap();
//! assert_eq!(prices.read_sync("tea", |_, price| *price), Some(3)); // no guard that could be held too long
//! prices.update_sync("tea", |_, price| *price += 1);
//! assert_eq!(prices.read_sync("tea", |_, price| *price), Some(4));
//! ```
//!
//! With this number of locks, two threads rarely want the same one, so it suits tables that are changed as often as
//! read. Each call also has an asynchronous form.

use super::Hashing;
use ::scc::HashMap;
use parallax_pattern::view::{View, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, covers};
use std::sync::Arc;

/// An `scc::HashMap` of the entries.
#[derive(Debug, Clone, Copy)]
pub struct Scc {
    workers: usize,
}

impl Technique for Scc {
    const CARD: Card = Card {
        name: "scc",
        idea: "a hash map with a lock for each bucket",
        gives: "changes that rarely meet; a guard cannot be held by mistake",
        costs: "a hash and two atomic operations a read",
        cores: Cores::Workers,
        libraries: &["scc", "foldhash"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Scc { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for Scc {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        let map = HashMap::with_capacity_and_hasher(table.len(), Hashing::default());
        for (entry, value) in first(&**work).enumerate() {
            map.upsert_sync(entry, value);
        }
        let readers = spread(self.workers, &**work, || Shared(&map))?;
        table.iter_mut().enumerate().for_each(|(entry, value)| *value = Shared(&map).read(entry));
        Ok(readers)
    }
}

/// The map as each worker sees it.
struct Shared<'a, E>(&'a HashMap<usize, E, Hashing>);

impl<E: Copy> View<E> for Shared<'_, E> {
    fn read(&mut self, entry: usize) -> E {
        self.0.read_sync(&entry, |_, value| *value).expect("an entry stays")
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        self.0.update_sync(&entry, |_, value| *value = next(*value)).expect("an entry stays")
    }
}

#[cfg(feature = "worker")]
mod words {
    use super::{HashMap, Hashing, Scc};
    use crate::tally::spread;
    use parallax_pattern::Answer;
    use parallax_suite::workload::{Counted, Wordcount};
    use std::sync::Arc;

    type Table = HashMap<Box<[u8]>, u64, Hashing>;

    impl Scc {
        pub(crate) fn wordcount(&self, work: &Arc<Wordcount>, out: &mut Counted) -> Answer<()> {
            let table = Table::default();
            spread(self.workers, work, |part| Self::count(&table, work.words(part)))?;
            out.record(Self::counts(&table));
            Ok(())
        }

        fn count<'w>(table: &Table, words: impl Iterator<Item = &'w [u8]>) {
            for word in words {
                if table.update_sync(word, |_, count| *count += 1).is_none() {
                    *table.entry_sync(word.into()).or_insert(0) += 1; // looks again: another thread may have been quicker
                }
            }
        }

        /// Takes all counts out.
        fn counts(table: &Table) -> Vec<(Box<[u8]>, u64)> {
            let mut counts = Vec::with_capacity(table.len());
            table.iter_mut_sync(|entry| {
                counts.push(entry.consume());
                true
            });
            counts
        }
    }

    #[cfg(test)]
    #[test]
    fn no_count_is_lost() {
        crate::tally::tests::loses_nothing(
            |table, words| Scc::count(table, words.iter().copied()),
            |table: Table| Scc::counts(&table),
        );
    }
}
