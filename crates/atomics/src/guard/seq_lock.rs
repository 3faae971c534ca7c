//! Readers that write nothing: they read, check whether a writer came meanwhile, and read again if so.
//!
//! ```
//! use parallax_atomics::blocks::seq_lock::SeqLock;
//! use std::thread;
//!
//! let prices = [SeqLock::new([3, 30]), SeqLock::new([4, 40])];
//! thread::scope(|s| {
//!     s.spawn(|| assert!([[3, 30], [5, 50]].contains(&prices[0].read()))); // both words are of one price
//!     s.spawn(|| prices[0].change(|[price, tenfold]| [price + 2, tenfold + 20]));
//! });
//! assert_eq!(prices[0].read(), [5, 50]);
//! ```
//!
//! A line that no thread changes stays in the cache of every core, so reads are as fast as those of a plain table. It
//! holds plain words only: a torn read could yield half a pointer. Linux keeps its time of day this way.

use crate::blocks::seq_lock::SeqLock as Words;
use parallax_pattern::view::{TWO_WORDS, View, cast, first, spread};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, covers};
use std::sync::Arc;

/// A sequence lock for each entry of two words.
#[derive(Debug, Clone, Copy)]
pub struct SeqLock {
    workers: usize,
}

impl Technique for SeqLock {
    const CARD: Card = Card {
        name: "seqlock",
        idea: "a count next to each entry, odd while it changes: readers look at it before and after",
        gives: "readers that write nothing and so do not slow each other down",
        costs: "plain words only; a reader retries where another thread changed the entry",
        cores: Cores::Workers,
        libraries: &[],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(SeqLock { workers: workers.max(1) })
    }
}

impl<C: Consult> Guard<C> for SeqLock {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        let words: Option<Vec<Words<2>>> = first(&**work).map(|entry| cast(entry).map(Words::new)).collect();
        let words = words.ok_or(TWO_WORDS)?;
        let readers = spread(self.workers, &**work, || Shared(&words))?;
        table.iter_mut().enumerate().for_each(|(entry, value)| *value = Shared(&words).read(entry));
        Ok(readers)
    }
}

/// The table as each worker sees it.
struct Shared<'a>(&'a [Words<2>]);

impl<E: Copy + 'static> View<E> for Shared<'_> {
    #[inline]
    fn read(&mut self, entry: usize) -> E {
        cast(self.0[entry].read()).expect(WORDS)
    }
    #[inline]
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        self.0[entry].change(|words| cast(words).and_then(|entry| cast(next(entry))).expect(WORDS));
    }
}

const WORDS: &str = "entries are two words, or the run would have been refused";
