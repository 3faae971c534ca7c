//! A hash map in shards, each behind its own read-write lock: the usual choice in Rust.
//!
//! ```
//! use dashmap::DashMap;
//! use std::thread;
//!
//! let prices: DashMap<_, _> = [("tea", 3), ("milk", 4)].into_iter().collect();
//! thread::scope(|s| {
//!     s.spawn(|| assert_eq!(prices.get("tea").map(|price| *price), Some(3)));
//!     s.spawn(|| *prices.get_mut("milk").unwrap() += 1); // stops no thread at another shard
//! });
//! assert_eq!(*prices.get("milk").unwrap(), 5);
//! ```
//!
//! Each read pays for a hash and a lock, even where the key is an array index, as here. A thread that holds the result
//! of `get` while it looks up another key may deadlock with itself.

use super::Hashing;
use ::dashmap::DashMap as Map;
use parallax_pattern::view::{View, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, covers};
use std::sync::Arc;

/// A `dashmap::DashMap` of the entries.
#[derive(Debug, Clone, Copy)]
pub struct DashMap {
    workers: usize,
}

impl Technique for DashMap {
    const CARD: Card = Card {
        name: "dashmap",
        idea: "a hash map in shards, at least four for each core, each with a lock that readers share",
        gives: "the interface of a map, and any keys",
        costs: "a hash and two atomic operations a read; a shard's readers share a line",
        cores: Cores::Workers,
        libraries: &["dashmap", "foldhash"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(DashMap { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for DashMap {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        let map = Map::with_capacity_and_hasher(table.len(), Hashing::default());
        first(&**work).enumerate().for_each(|(entry, value)| _ = map.insert(entry, value));
        let readers = spread(self.workers, &**work, || Shared(&map))?;
        table.iter_mut().enumerate().for_each(|(entry, value)| *value = Shared(&map).read(entry));
        Ok(readers)
    }
}

/// The map as each worker sees it.
struct Shared<'a, E>(&'a Map<usize, E, Hashing>);

impl<E: Copy> View<E> for Shared<'_, E> {
    fn read(&mut self, entry: usize) -> E {
        *self.0.get(&entry).expect("an entry stays")
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        let mut value = self.0.get_mut(&entry).expect("an entry stays");
        *value = next(*value);
    }
}

#[cfg(feature = "worker")]
mod words {
    use super::{DashMap, Hashing, Map};
    use crate::tally::spread;
    use parallax_pattern::Answer;
    use parallax_suite::workload::{Counted, Wordcount};
    use std::sync::Arc;

    type Table = Map<Box<[u8]>, u64, Hashing>;

    impl DashMap {
        pub(crate) fn wordcount(&self, work: &Arc<Wordcount>, out: &mut Counted) -> Answer<()> {
            let table = Table::default();
            spread(self.workers, work, |part| Self::count(&table, work.words(part)))?;
            out.record(table);
            Ok(())
        }

        fn count<'w>(table: &Table, words: impl Iterator<Item = &'w [u8]>) {
            for word in words {
                if let Some(mut count) = table.get_mut(word) {
                    *count += 1; // by far the most frequent case, and the word is not copied
                    continue;
                }
                *table.entry(word.into()).or_default() += 1; // looks again, as another thread may have been quicker
            }
        }
    }

    #[cfg(test)]
    #[test]
    fn no_count_is_lost() {
        crate::tally::tests::loses_nothing(
            |table, words| DashMap::count(table, words.iter().copied()),
            |table: Table| table,
        );
    }
}
