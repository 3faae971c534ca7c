//! A reduction by key: each word is sent to the worker that owns it, so that all workers share the merge.
//!
//! ```
//! use std::collections::HashMap;
//! use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
//! use std::sync::mpsc;
//! use std::thread;
//!
//! // Two workers count the words of a line each, and send each word to its owner.
//! let hashing = BuildHasherDefault::<DefaultHasher>::new(); // the same for all workers
//! let (senders, receivers): (Vec<_>, Vec<_>) = (0..2).map(|_| mpsc::channel()).unzip();
//! for line in ["to be or", "not to be"] {
//!     for word in line.split(' ') {
//!         senders[hashing.hash_one(word) as usize % 2].send(word).unwrap();
//!     }
//! }
//! drop(senders); // no more words can come
//! let owner = |words: mpsc::Receiver<&'static str>| {
//!     let mut counts = HashMap::new();
//!     words.iter().for_each(|word| *counts.entry(word).or_insert(0) += 1);
//!     counts
//! };
//! let owners: Vec<_> = receivers.into_iter().map(|words| thread::spawn(move || owner(words))).collect();
//! let tables: Vec<HashMap<_, i32>> = owners.into_iter().map(|owner| owner.join().unwrap()).collect();
//! assert_eq!(tables.iter().filter_map(|table| table.get("to")).collect::<Vec<_>>(), [&2]); // in one of them
//! ```
//!
//! `timely` counts the same words with a table for each worker, which travels once and is merged by the caller. That is
//! quicker where the tables are small. The exchange is for keys that are nearly all new, and for tables that do not fit
//! on one host.

use crate::{Keyed, Timely};
use foldhash::fast::FixedState;
use parallax_pattern::{Answer, Card, Cores, Question, Technique, Transport};
use parallax_suite::cell::{self, Cell};
use parallax_suite::workload::{Counted, Counts, Wordcount};
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;

/// [`Timely`], with an owner for each word.
#[derive(Debug)]
pub(crate) struct TimelyExchange(Timely);

impl Technique for TimelyExchange {
    const CARD: Card = Card {
        name: "timely-exchange",
        idea: "each word is sent to the worker that owns its hash, once for each piece of the text; tables hash by foldhash",
        gives: "no host holds the whole table, and all workers share the merge",
        costs: "nearly all counts of a piece leave the worker, which for few keys is more than one table at the end",
        cores: Cores::Workers,
        libraries: &["timely", "foldhash"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Timely::start(workers).map(TimelyExchange)
    }
    fn transport(&self) -> Option<Transport> {
        self.0.transport()
    }
}

impl TimelyExchange {
    /// The only cell.
    pub(crate) fn cells() -> Vec<Cell> {
        cell::cells(Question::Execute, Self::wordcount)
    }

    fn wordcount(&self, work: &Arc<Wordcount<FixedState>>, out: &mut Counted) -> Answer<()> {
        out.record(self.0.exchange(work)?.into_iter().flatten());
        Ok(())
    }
}

impl Keyed for Wordcount<FixedState> {
    fn deal(&self, part: Range<usize>, owners: &mut [Counts<FixedState>]) {
        let hashing = FixedState::default(); // the same in every process
        for word in self.words(part) {
            // bits that a table does not use, or each table would use only some of its places
            let owner = (hashing.hash_one(word) >> 32) as usize % owners.len();
            owners[owner].add(word, 1);
        }
    }
}
