//! One lock around everything: correct from the start, and the more threads the slower.
//!
//! ```
//! use std::{sync::Mutex, thread};
//!
//! let words = Mutex::new([0u64; 4]);
//! thread::scope(|s| {
//!     for _ in 0..2 {
//!         s.spawn(|| (0..100).for_each(|i| words.lock().unwrap()[i % 4] += 1));
//!     }
//! });
//! assert_eq!(words.into_inner().unwrap(), [50; 4]);
//! ```
//!
//! Each hit locks. Holding the lock for a whole share would be quick, but would run the threads one after another.

use super::spread;
use parallax_pattern::view::{self, View};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Share, Technique, Touch, covers};
use std::sync::Arc;

/// A `std::sync::Mutex` around the table.
#[derive(Debug, Clone, Copy)]
pub struct Mutex {
    workers: usize,
}

impl Technique for Mutex {
    const CARD: Card = Card {
        name: "mutex",
        idea: "one lock around the whole table, taken for every hit",
        gives: "any change to any number of words, all or nothing",
        costs: "all threads queue for one lock, and sleep and wake on the way",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Mutex { workers: workers.max(1) })
    }
}

impl<T: Touch> Share<T> for Mutex {
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
        covers(work.words(), words.len())?;
        let words = std::sync::Mutex::new(words);
        spread(self.workers, &**work, |items| {
            work.hits(items, |word| words.lock().expect("no holder has panicked")[word] += 1);
        })
    }
}

impl<C: Consult> Guard<C> for Mutex {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        table.iter_mut().zip(view::first(&**work)).for_each(|(entry, value)| *entry = value);
        let table = std::sync::Mutex::new(table);
        view::spread(self.workers, &**work, || Shared(&table))
    }
}

/// The table as each worker sees it.
struct Shared<'a, 't, E>(&'a std::sync::Mutex<&'t mut [E]>);

impl<E: Copy> View<E> for Shared<'_, '_, E> {
    fn read(&mut self, entry: usize) -> E {
        self.0.lock().expect("no holder has panicked")[entry]
    }
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        let value = &mut self.0.lock().expect("no holder has panicked")[entry];
        *value = next(*value);
    }
}

#[cfg(feature = "worker")]
mod words {
    use super::Mutex;
    use crate::guard::Hashing;
    use crate::tally::spread;
    use parallax_pattern::Answer;
    use parallax_suite::workload::{Counted, Counts, Wordcount};
    use std::sync::Arc;

    type Table = std::sync::Mutex<Counts<Hashing>>;

    impl Mutex {
        pub(crate) fn wordcount(&self, work: &Arc<Wordcount>, out: &mut Counted) -> Answer<()> {
            let table = Table::default();
            spread(self.workers, work, |part| Self::count(&table, work.words(part)))?;
            out.record(table.into_inner().expect("no holder has panicked"));
            Ok(())
        }

        fn count<'w>(table: &Table, words: impl Iterator<Item = &'w [u8]>) {
            words.for_each(|word| table.lock().expect("no holder has panicked").add(word, 1));
        }
    }

    #[cfg(test)]
    #[test]
    fn no_count_is_lost() {
        crate::tally::tests::loses_nothing(
            |table, words| Mutex::count(table, words.iter().copied()),
            |table: Table| table.into_inner().unwrap(),
        );
    }
}
