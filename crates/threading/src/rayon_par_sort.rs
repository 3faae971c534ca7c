//! Rayon's own sorts: quicksort in place or merge sort with a copy, with both halves on the pool.
//!
//! ```
//! use rayon::prelude::*;
//!
//! let mut words = ["pear", "fig", "apple", "plum"];
//! words.par_sort_unstable(); // a quicksort: equal items may change places
//! assert_eq!(words, ["apple", "fig", "pear", "plum"]);
//! words.par_sort_by_key(|word| word.len()); // a merge sort, which keeps them, and needs room for a copy
//! assert_eq!(words, ["fig", "pear", "plum", "apple"]);
//! ```
//!
//! It shows what one call achieves, compared with divide and conquer by `rayon::join` ([`Rayon`]): one worker makes a
//! partition, so during the first all others wait; parts that are sorted and then merged in parallel avoid that.

use crate::Rayon;
use ::rayon::prelude::*;
use parallax_pattern::{Answer, Card, Cores, Question, Technique};
use parallax_suite::cell::{self, Cell};
use parallax_suite::workload::{Ordered, Record, Records, Sort};
use std::sync::Arc;

/// A pool for rayon's parallel sorts.
#[derive(Debug)]
pub(crate) struct RayonParSort {
    pool: Rayon,
}

impl Technique for RayonParSort {
    const CARD: Card = Card {
        name: "rayon-par-sort",
        idea: "one call sorts a slice on a kept pool: quicksort, or a merge sort where equal items keep their order",
        gives: "a parallel sort in one line",
        costs: "one worker makes the first partition; the stable sort allocates a copy in each call",
        cores: Cores::Workers,
        libraries: &["rayon"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(RayonParSort { pool: Rayon::start(workers)? })
    }
}

impl RayonParSort {
    /// A cell for each case.
    pub(crate) fn cells() -> Vec<Cell> {
        let keys = cell::cells(Question::Execute, Self::sort);
        keys.into_iter().chain(cell::cells(Question::Execute, Self::records)).collect()
    }

    fn sort(&self, work: &Arc<Sort>, out: &mut Ordered<u64>) -> Answer<()> {
        let out = out.items_mut();
        out.copy_from_slice(work.keys());
        self.pool.install(|| out.par_sort_unstable());
        Ok(())
    }

    fn records(&self, work: &Arc<Records>, out: &mut Ordered<Record>) -> Answer<()> {
        let out = out.items_mut();
        out.copy_from_slice(work.records());
        self.pool.install(|| out.par_sort_by_key(|record| record.key));
        Ok(())
    }
}
