//! Quicksort with vectors and threads: workers deal keys into buckets by value, then sort the buckets independently.
//!
//! ```
//! use parallax_simd::quicksort;
//!
//! fn sort(keys: &mut [u64]) {
//!     let mut sample: Vec<u64> = keys.iter().step_by(keys.len() / 9 + 1).copied().collect();
//!     sample.sort_unstable();
//!     let Some(&bound) = sample.get(sample.len() / 2) else { return };
//!     let (below, others): (Vec<u64>, Vec<u64>) = keys.iter().partition(|key| **key < bound);
//!     let (left, right) = keys.split_at_mut(below.len());
//!     left.copy_from_slice(&below);
//!     right.copy_from_slice(&others);
//!     rayon::join(|| quicksort(left), || quicksort(right)); // nothing is merged: all keys on the left are smaller
//! }
//!
//! let mut keys = [3, 1, 4, 1, 5, 9, 2, 6];
//! sort(&mut keys);
//! assert_eq!(keys, [1, 1, 2, 3, 4, 5, 6, 9]);
//! ```
//!
//! Parts that are sorted independently and then merged need a pass over memory for each merge; parts that are split by
//! value need one pass before. That pass is parallel too: each worker counts the keys of its share in each bucket,
//! which determines where each one writes. The input is read once and the output written once; a sort in place would
//! begin with a copy.

use parallax_pattern::{Answer, Card, No, Question, Technique, whole_share};
use parallax_simd::Packed;
use parallax_simd::lanes::Machine;
use parallax_simd::quicksort::{Buckets, UNSTABLE, places, quicksort_by, split_by, whole};
use parallax_suite::cell::{self, Cell, product};
use parallax_suite::workload::{Ordered, Record, Records, Sort};
use parallax_threading::Rayon;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;

/// The smallest part that is split for other workers: some hundred microseconds of sorting.
const PART: usize = 1 << 16;
/// The largest depth of nested splits: that of the longest bucket, doubled.
const SPLITS: u32 = 48;

/// Writes keys to `out` in order: deals shares into buckets, and sorts the buckets.
fn sort<M: Machine>(machine: M, keys: &[u64], out: &mut [u64]) {
    let share = whole_share(keys.len(), 1, rayon::current_num_threads());
    let buckets = Buckets::of(keys.len(), |k| keys[k]);
    let count = |keys: &[u64]| buckets.count(keys.iter().copied());
    let counts: Vec<_> = keys.par_chunks(share).map(count).collect();
    let deal = |(keys, places): (&[u64], _)| buckets.deal(keys.iter().copied(), places);
    keys.par_chunks(share).zip(places(out, &counts)).for_each(deal);
    whole(out, &counts).into_par_iter().with_max_len(1).for_each(|bucket| by_halves(machine, SPLITS, bucket));
}

/// Sorts a bucket; idle workers take parts of a long one. After `splits` nested splits, one worker sorts the rest: bad
/// bounds must not overflow the stack.
fn by_halves<M: Machine>(machine: M, splits: u32, keys: &mut [u64]) {
    if keys.len() < PART || splits == 0 {
        return quicksort_by(machine, keys);
    }
    let [left, right] = split_by(machine, keys);
    rayon::join(|| by_halves(machine, splits - 1, left), || by_halves(machine, splits - 1, right));
}

/// Vectors of a machine, and a pool.
#[derive(Debug)]
pub(crate) struct Quicksort<M> {
    machine: M,
    pool: ThreadPool,
}

impl<M: Machine> Technique for Quicksort<M> {
    const CARD: Card = M::CARD;
    fn start(workers: usize) -> Answer<Self> {
        let machine = Packed::<M>::start(1)?.machine();
        let pool = ThreadPoolBuilder::new().num_threads(workers.max(1)).build();
        Ok(Quicksort { machine, pool: pool.map_err(|error| No::Unavailable(error.to_string()))? })
    }
    fn isa(&self) -> String {
        self.machine.isa().to_string()
    }
}

impl<M: Machine> Quicksort<M> {
    /// A cell for each case, named as the products of these vectors and the pool.
    pub(crate) fn cells() -> Vec<Cell> {
        let mut cells = cell::cells(Question::Compute, Self::sort);
        cells.extend(cell::cells(Question::Compute, Self::records));
        for product in product::<Packed<M>, Rayon>().iter().take(1) {
            for cell in &mut cells {
                cell.technique.clone_from(&product.technique);
                cell.card = Card { source: file!(), ..product.card };
            }
        }
        cells
    }

    fn sort(&self, work: &Arc<Sort>, out: &mut Ordered<u64>) -> Answer<()> {
        self.pool.install(|| sort(self.machine, work.keys(), out.items_mut()));
        Ok(())
    }

    fn records(&self, _: &Arc<Records>, _: &mut Ordered<Record>) -> Answer<()> {
        Err(UNSTABLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::isa::Isa;
    use parallax_pattern::random::at;
    use parallax_simd::lanes::portable::Portable;

    #[test]
    fn keys_of_any_spread_are_sorted_by_any_number_of_workers() {
        let machine = Portable::of(Isa::available()[0]);
        for (workers, shift) in [(1, 0), (2, 0), (3, 60), (2, 64), (4, 63)] {
            let pool = ThreadPoolBuilder::new().num_threads(workers).build().unwrap();
            for len in [0, 1, 15, 1000, 3 * PART] {
                let key = |i| u64::checked_shr(at(7, i), shift).unwrap_or(3);
                let keys: Vec<u64> = (0..len as u64).map(key).collect();
                let mut out = vec![9; len];
                pool.install(|| sort(machine, &keys, &mut out));
                let mut right = keys;
                right.sort_unstable();
                assert!(out == right, "{len} keys of {} bits, {workers} workers", 64 - shift);
            }
        }
    }

    #[test]
    fn splits_that_are_used_up_leave_the_rest_to_one_worker() {
        let mut keys: Vec<u64> = (0..4 * PART as u64).rev().collect();
        by_halves(Portable::of(Isa::available()[0]), 1, &mut keys);
        assert!(keys.is_sorted());
    }
}
