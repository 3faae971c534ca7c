//! A table that several processes read without writing: a count shows each reader whether an entry changed meanwhile.
//!
//! ```
//! use parallax_processes::{Pool, shared::Pairs};
//!
//! fn shop((prices, changes): (Pairs, bool)) {
//!     for _ in 0..1000 {
//!         let [price, tenfold] = prices[0].read().unwrap();
//!         assert_eq!(tenfold, 10 * price); // both words are of one price
//!         if changes {
//!             prices[0].change(|[price, tenfold]| [price + 1, tenfold + 10]).unwrap();
//!         }
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     parallax_processes::init();
//!     let pool = Pool::builder().workers(2).build()?;
//!     let prices = Pairs::zeroed(1)?;
//!     pool.broadcast(shop, |worker| (prices.clone(), worker == 0))?;
//!     assert_eq!(prices[0].read()?, [1000, 10_000]);
//!     Ok(())
//! }
//! ```
//!
//! The same instructions as between threads, on the same cache lines. Processes add one risk: a writer may die in the
//! middle of a change. The entry names its writer, so that no process waits for it, and the run ends with an error.

use super::sent::Sent;
use super::{failed, unavailable};
use crate::Pool;
use crate::shared::{Pair, Pairs};
use parallax_pattern::view::{TWO_WORDS, View, cast, first, operate};
use parallax_pattern::{Answer, Card, Consult, Cores, Guard, Technique, Wire, covers, pieces, whole_share};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A table of sequence locks that all worker processes map.
#[derive(Debug)]
pub struct SharedSeqlock {
    pool: Pool,
    /// The table of the last run, whose pages are there already.
    kept: Mutex<Option<Pairs>>,
}

impl Technique for SharedSeqlock {
    const CARD: Card = Card {
        name: "shared-seqlock",
        idea: "worker processes read a table in memory that all of them map; a count next to each entry is odd while it changes",
        gives: "one table for several programs, whose readers write nothing",
        costs: "plain words only; a writer that dies in a change leaves half of it",
        cores: Cores::Workers,
        libraries: &["memmap2", "postcard"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let pool = Pool::builder().workers(workers.max(1)).build();
        Ok(SharedSeqlock { pool: pool.map_err(unavailable)?, kept: Mutex::default() })
    }
}

impl<C: Consult<Reader: Wire> + Wire> Guard<C> for SharedSeqlock {
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>> {
        covers(work.entries(), table.len())?;
        let (sent, shared) = (Sent::new(work)?, self.table(table.len())?);
        for (pair, value) in shared.iter().zip(first(&**work)) {
            let words = cast(value).ok_or(TWO_WORDS)?;
            pair.change(|_| words).map_err(failed)?;
        }
        let workers = self.pool.workers();
        let task = |worker| (sent.clone(), shared.clone(), worker, workers);
        let readers = self.pool.broadcast(operate_share::<C>, task).map_err(failed)?;
        for (entry, pair) in table.iter_mut().zip(shared.iter()) {
            *entry = cast(pair.read().map_err(failed)?).ok_or(TWO_WORDS)?;
        }
        *self.kept() = Some(shared); // not after a failure: it may still name a dead writer
        Ok(readers.into_iter().flatten().collect())
    }
}

impl SharedSeqlock {
    /// The table of the last run, if it has as many entries and is not in use elsewhere, or a new one.
    fn table(&self, entries: usize) -> Answer<Pairs> {
        let kept = self.kept().take().filter(|pairs| pairs.len() == entries);
        kept.map_or_else(|| Pairs::zeroed(entries).map_err(failed), Ok)
    }

    fn kept(&self) -> MutexGuard<'_, Option<Pairs>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The argument of a worker: the work, the table, its number, and how many workers there are.
type Task<C> = (Sent<C>, Pairs, usize, usize);

/// Runs in the workers, each of which has an equal share of the operations; with few operations, some have none.
fn operate_share<C: Consult<Reader: Wire> + Wire>(
    (work, table, worker, workers): Task<C>,
) -> Option<C::Reader> {
    let share = pieces(work.len(), whole_share(work.len(), work.grain(), workers)).nth(worker)?;
    Some(operate(&*work, share, &mut Shared(&table)))
}

/// The table, as any worker sees it.
struct Shared<'a>(&'a [Pair]);

impl<E: Copy + 'static> View<E> for Shared<'_> {
    #[inline]
    fn read(&mut self, entry: usize) -> E {
        let words = self.0[entry].read().unwrap_or_else(|error| panic!("{error}"));
        cast(words).expect(WORDS)
    }
    #[inline]
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        let next = |words| cast(words).and_then(|entry| cast(next(entry))).expect(WORDS);
        self.0[entry].change(next).unwrap_or_else(|error| panic!("{error}"));
    }
}

const WORDS: &str = "entries are two words, or the run was refused";
