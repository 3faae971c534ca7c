//! Radix sort by a library, which chooses how to deal keys out by their number and spread.
//!
//! ```
//! use rdst::RadixSort;
//!
//! let mut keys = [70_000_u32, 3, 258, 3];
//! keys.radix_sort_unstable();
//! assert_eq!(keys, [3, 3, 258, 70_000]);
//! ```
//!
//! It has half a dozen ways to deal keys out, from the lowest byte on or from the highest, in place or with a copy, and
//! chooses one for each part by its length and by how even its digits are. [`radix_sort`](crate::radix_sort) has one
//! way, so comparing the two shows what the choice is worth. It sorts in place, so the input is copied first; equal
//! items may change places.

use crate::Rayon;
use ::rdst::RadixSort;
use parallax_pattern::{Answer, Card, Cores, No, Question, Technique};
use parallax_suite::cell::{self, Cell};
use parallax_suite::workload::{Ordered, Record, Records, Sort};
use std::sync::Arc;

/// A pool for the radix sort of the crate `rdst`.
#[derive(Debug)]
pub(crate) struct Rdst {
    pool: Rayon,
}

impl Technique for Rdst {
    const CARD: Card = Card {
        name: "rdst",
        idea: "a library's radix sort: it chooses for each part how to deal keys out by their bytes",
        gives: "a sort in one line, without comparisons, for any type that can return its bytes",
        costs: "equal items may change places; a copy of the keys where it does not work in place",
        cores: Cores::Workers,
        libraries: &["rdst", "rayon"],
        source: file!(),
    };
    const ALGORITHM: &'static str = "radix";
    fn start(workers: usize) -> Answer<Self> {
        Ok(Rdst { pool: Rayon::start(workers)? })
    }
}

impl Rdst {
    /// A cell for each case.
    pub(crate) fn cells() -> Vec<Cell> {
        let keys = cell::cells(Question::Execute, Self::sort);
        keys.into_iter().chain(cell::cells(Question::Execute, Self::records)).collect()
    }

    fn sort(&self, work: &Arc<Sort>, out: &mut Ordered<u64>) -> Answer<()> {
        let out = out.items_mut();
        out.copy_from_slice(work.keys());
        self.pool.install(|| out.radix_sort_unstable());
        Ok(())
    }

    fn records(&self, _: &Arc<Records>, _: &mut Ordered<Record>) -> Answer<()> {
        Err(No::Unfit("the library does not keep equal items in order"))
    }
}
