//! Quicksort by vectors: a partition without a branch, and a fixed network for short parts.
//!
//! ```
//! fn quicksort(keys: &mut [u64]) {
//!     let [first, .., _] = *keys else { return };
//!     let mut below = 0; // keys before it are smaller than the first
//!     for k in 0..keys.len() {
//!         if keys[k] < first {
//!             keys.swap(k, below);
//!             below += 1;
//!         }
//!     }
//!     let equal = keys[below..].iter().position(|key| *key == first).unwrap_or(0);
//!     keys.swap(below, below + equal);
//!     quicksort(&mut keys[..below]);
//!     quicksort(&mut keys[below + 1..]);
//! }
//!
//! let mut keys = [3, 1, 4, 1, 5, 9, 2, 6];
//! quicksort(&mut keys);
//! assert_eq!(keys, [1, 1, 2, 3, 4, 5, 6, 9]);
//! ```
//!
//! Most of its time goes into the comparison in the loop, which no processor predicts. Departures:
//!
//! 1. A vector of keys is compared and moved to both sides without a branch (`partition.rs`).
//! 2. As many keys as registers hold are sorted by comparisons that do not depend on them (`network.rs`).
//! 3. Long arrays are dealt into buckets first ([`Buckets`]), where a sort in place would begin with a copy.
//! 4. The bound is the median of some keys. Keys that are all equal to the least one are removed together, and a sort
//!    with bad bounds throughout ends in the standard library's, whose worst case is `n log n`.
//!
//! Equal keys change places, which makes no difference for plain keys. NumPy sorts in the same way (`x86-simd-sort`).

mod buckets;
mod network;
mod partition;

pub use buckets::{BUCKETS, Buckets, places, whole};

use crate::best;
use crate::lanes::{Job, Lanes, Machine};
use buckets::drawn;
use partition::{Room, partition};

/// Sorts keys in place, a vector of them at a time.
///
/// It makes `n log n` comparisons, and needs no more memory than registers hold. Equal keys are identical, so their
/// order does not matter. Threads share its work by sorting parts of the keys, which are merged later, or were split by
/// value before.
///
/// ```
/// let mut keys: Vec<u64> = (0..1000).rev().collect();
/// parallax_simd::quicksort(&mut keys);
/// assert!(keys.is_sorted());
/// ```
pub fn quicksort(keys: &mut [u64]) {
    best::run(Quicksort::of(keys));
}

/// The same with the vectors of a machine.
pub fn quicksort_by<M: Machine>(machine: M, keys: &mut [u64]) {
    machine.run(Quicksort::of(keys));
}

/// The number of keys from which on buckets are worth a pass: the keys and their copy leave the cache of a core.
const MANY: usize = 1 << 16;

/// Writes keys to `out` in order, with the vectors of a machine. Many keys are dealt into buckets on the way, instead
/// of being copied first.
///
/// # Panics
///
/// If both differ in length.
pub fn sorted_by<M: Machine>(machine: M, keys: &[u64], out: &mut [u64]) {
    assert_eq!(keys.len(), out.len(), "`out` must have a place for each key");
    if keys.len() < MANY {
        out.copy_from_slice(keys);
        return quicksort_by(machine, out);
    }
    let buckets = Buckets::of(keys.len(), |k| keys[k]);
    let counts = [buckets.count(keys.iter().copied())];
    for places in places(out, &counts) {
        buckets.deal(keys.iter().copied(), places);
    }
    whole(out, &counts).into_iter().for_each(|bucket| quicksort_by(machine, bucket));
}

/// Moves smaller keys before larger ones; returns two parts that are still to be sorted, each shorter than the whole,
/// which two threads may sort.
///
/// ```
/// use parallax_simd::quicksort::{quicksort, split};
///
/// let mut keys: Vec<u64> = (0..1000).rev().collect();
/// let [left, right] = split(&mut keys);
/// std::thread::scope(|s| {
///     s.spawn(|| quicksort(left));
///     s.spawn(|| quicksort(right));
/// });
/// assert!(keys.is_sorted());
/// ```
///
/// # Panics
///
/// If there are no keys.
pub fn split(keys: &mut [u64]) -> [&mut [u64]; 2] {
    best::run(Split { keys })
}

/// The same with the vectors of a machine.
///
/// # Panics
///
/// If there are no keys.
pub fn split_by<M: Machine>(machine: M, keys: &mut [u64]) -> [&mut [u64]; 2] {
    machine.run(Split { keys })
}

struct Split<'a> {
    keys: &'a mut [u64],
}

impl<'a> Job for Split<'a> {
    type Out = [&'a mut [u64]; 2];
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) -> [&'a mut [u64]; 2] {
        split_on(lanes, self.keys, &mut Room::new())
    }
}

#[derive(Debug)]
struct Quicksort<'a> {
    keys: &'a mut [u64],
    /// The limit on nested splits, after which keys are sorted by other means.
    depth: u32,
}

impl<'a> Quicksort<'a> {
    /// With twice the depth that perfect halving would take.
    fn of(keys: &'a mut [u64]) -> Self {
        let depth = 2 * keys.len().max(1).ilog2();
        Quicksort { keys, depth }
    }
}

impl Job for Quicksort<'_> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        // a recursive call would leave the code that is compiled for these vectors
        let mut room = Room::new();
        let mut open = vec![(self.keys, self.depth)];
        while let Some((keys, depth)) = open.pop() {
            if keys.len() <= network::most::<L>() {
                network::sort(lanes, keys);
            } else if depth == 0 {
                keys.sort_unstable();
            } else {
                let [left, right] = split_on(lanes, keys, &mut room);
                // the shorter one next: this bounds the open parts by the number of halvings
                let [next, later] = if left.len() < right.len() { [left, right] } else { [right, left] };
                open.extend([(later, depth - 1), (next, depth - 1)]);
            }
        }
    }
}

#[inline(always)]
fn split_on<'a, L: Lanes>(lanes: L, keys: &'a mut [u64], room: &mut Room) -> [&'a mut [u64]; 2] {
    let bound = median(keys);
    let below = partition(lanes, keys, bound, room);
    if below > 0 {
        let (smaller, others) = keys.split_at_mut(below);
        return [smaller, others];
    }
    // the bound is the least key: keys equal to it are in their place
    let equal = match bound.checked_add(1) {
        Some(above) => partition(lanes, keys, above, room),
        None => keys.len(),
    };
    [&mut [], &mut keys[equal..]]
}

/// The number of keys from which on a larger sample is used for a bound: a better bound then saves more than it costs.
const LONG: usize = 1 << 12;

/// Approximately the median, by medians of medians of a few keys.
#[inline(always)]
fn median(keys: &[u64]) -> u64 {
    if keys.len() < LONG {
        let step = keys.len() / 9;
        return of_nine(std::array::from_fn(|k| keys[k * step + step / 2]));
    }
    // from random places, so that no pattern of the keys matches the sample's
    let key = |k: usize| keys[drawn(k, keys.len())];
    of_nine(std::array::from_fn(|group| of_nine(std::array::from_fn(|k| key(9 * group + k)))))
}

#[inline(always)]
fn of_nine([a, b, c, d, e, f, g, h, i]: [u64; 9]) -> u64 {
    of_three(of_three(a, b, c), of_three(d, e, f), of_three(g, h, i))
}

#[inline(always)]
fn of_three(a: u64, b: u64, c: u64) -> u64 {
    a.min(b).max(a.max(b).min(c))
}

#[cfg(feature = "worker")]
pub use suite::UNSTABLE;

#[cfg(feature = "worker")]
mod suite {
    use super::sorted_by;
    use crate::Packed;
    use crate::lanes::Machine;
    use parallax_pattern::{Answer, No, Question};
    use parallax_suite::cell::{self, Cell};
    use parallax_suite::workload::{Ordered, Record, Records, Sort};
    use std::sync::Arc;

    /// Why records are not sorted by vectors.
    pub const UNSTABLE: No = No::Unfit("a partition by vectors does not keep equal keys in order");

    impl<M: Machine> Packed<M> {
        /// A cell for each case; its code is here and not in the other kernels' file.
        pub(crate) fn sorts() -> Vec<Cell> {
            let mut cells = cell::cells(Question::Compute, Self::sort);
            cells.extend(cell::cells(Question::Compute, Self::records));
            cells.iter_mut().for_each(|cell| cell.card.source = file!());
            cells
        }

        /// The vectors.
        pub fn machine(&self) -> M {
            self.machine
        }

        fn sort(&self, work: &Arc<Sort>, out: &mut Ordered<u64>) -> Answer<()> {
            sorted_by(self.machine, work.keys(), out.items_mut());
            Ok(())
        }

        fn records(&self, _: &Arc<Records>, _: &mut Ordered<Record>) -> Answer<()> {
            Err(UNSTABLE)
        }
    }
}

#[cfg(test)]
mod tests;
