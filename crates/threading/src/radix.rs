//! Radix sort by threads: keys are dealt out by their digits, the lowest first, and never compared.
//!
//! ```
//! fn sorted_by_bytes(mut keys: Vec<u32>) -> Vec<u32> {
//!     for shift in [0, 8, 16, 24] {
//!         let mut next = [0; 257]; // where the next key with each digit belongs
//!         keys.iter().for_each(|key| next[(key >> shift & 255) as usize + 1] += 1);
//!         (0..256).for_each(|digit| next[digit + 1] += next[digit]);
//!         let mut dealt = vec![0; keys.len()];
//!         for key in keys {
//!             let place = &mut next[(key >> shift & 255) as usize];
//!             dealt[*place] = key;
//!             *place += 1;
//!         }
//!         keys = dealt; // equal digits keep their order, so the order by lower ones is not lost
//!     }
//!     keys
//! }
//!
//! assert_eq!(sorted_by_bytes(vec![70_000, 3, 258, 3]), [3, 3, 258, 70_000]);
//! ```
//!
//! Herman Hollerith's machines sorted cards this way, a column at a time. A pass costs the same for any keys, so
//! the number of bits decides and not the number of comparisons: long keys take many passes, and each goes over memory.
//!
//! Departures for threads:
//!
//! 1. Each worker counts the digits of a share. The output is cut into a place for each digit of each worker, in that
//!    order, and each worker fills its own places.
//! 2. Digits that are the same in all keys are passed over: small numbers are short.

use parallax_pattern::whole_share;
use rayon::prelude::*;
use std::slice::IterMut;

/// Bits of a digit. A worker writes to as many places at a time as there are digits, and each place takes a cache line.
const BITS: u32 = 8;
const DIGITS: usize = 1 << BITS;

/// Writes `items` to `out` in the order of their keys; equal keys keep their order. The contents of `room` are lost.
///
/// It takes time in O(n) for each digit in which keys differ. It runs as `workers` shares in the calling rayon pool.
///
/// ```
/// use parallax_threading::radix_sort;
/// let people = [("Ada", 36), ("Kurt", 71), ("Alan", 41), ("Emmy", 53), ("Evariste", 20), ("Niels", 41)];
/// let (mut out, mut room) = ([("", 0); 6], [("", 0); 6]);
/// radix_sort(&people, &mut out, &mut room, 2, |(_, age)| *age);
/// assert_eq!(out.map(|(name, _)| name), ["Evariste", "Ada", "Alan", "Niels", "Emmy", "Kurt"]);
/// ```
///
/// # Panics
///
/// If the three differ in length.
pub fn radix_sort<T: Copy + Send + Sync>(
    items: &[T],
    out: &mut [T],
    room: &mut [T],
    workers: usize,
    key: impl Fn(&T) -> u64 + Sync,
) {
    assert!([out.len(), room.len()] == [items.len(); 2], "`out` and `room` must be as long as `items`");
    let share = whole_share(items.len(), 1, workers);
    let shifts = differing(items, share, &key);
    let [mut to, mut other] = if shifts.len() % 2 == 1 { [out, room] } else { [room, out] };
    let Some((first, others)) = shifts.split_first() else { return other.copy_from_slice(items) };
    deal(items, to, share, |item| digit(key(item), *first));
    for shift in others {
        deal(to, other, share, |item| digit(key(item), *shift));
        std::mem::swap(&mut to, &mut other);
    }
}

/// The positions of the digits in which keys differ.
fn differing<T: Sync>(items: &[T], share: usize, key: &(impl Fn(&T) -> u64 + Sync)) -> Vec<u32> {
    let Some(first) = items.first().map(key) else { return Vec::new() };
    let of_share = |items: &[T]| items.iter().fold(0, |bits, item| bits | (key(item) ^ first));
    let bits = items.par_chunks(share).map(of_share).reduce(|| 0, |left, right| left | right);
    (0..u64::BITS).step_by(BITS as usize).filter(|shift| digit(bits, *shift) != 0).collect()
}

fn digit(key: u64, shift: u32) -> usize {
    (key >> shift) as usize % DIGITS
}

/// Puts items with smaller digits before those with larger ones.
fn deal<T: Copy + Send + Sync>(from: &[T], to: &mut [T], share: usize, digit: impl Fn(&T) -> usize + Sync) {
    let count = |items: &[T]| {
        let mut counts = [0_usize; DIGITS];
        items.iter().for_each(|item| counts[digit(item)] += 1);
        counts
    };
    let counts: Vec<_> = from.par_chunks(share).map(count).collect();
    let mut places: Vec<Vec<IterMut<T>>> = counts.iter().map(|_| Vec::with_capacity(DIGITS)).collect();
    let mut rest = to;
    for digit in 0..DIGITS {
        for (places, counts) in places.iter_mut().zip(&counts) {
            let (place, after) = rest.split_at_mut(counts[digit]);
            places.push(place.iter_mut());
            rest = after;
        }
    }
    from.par_chunks(share).zip(places).for_each(|(items, mut places)| {
        for item in items {
            if let Some(place) = places[digit(item)].next() {
                *place = *item; // always: the counts match
            }
        }
    });
}

#[cfg(feature = "worker")]
pub(crate) use technique::Radix;

#[cfg(feature = "worker")]
mod technique {
    use super::radix_sort;
    use crate::Rayon;
    use parallax_pattern::{Answer, Card, Cores, Question, Technique};
    use parallax_suite::cell::{self, Cell};
    use parallax_suite::workload::{Ordered, Record, Records, Sort};
    use std::sync::Arc;

    /// Radix sort on a rayon pool, with the bytes of the keys as digits.
    #[derive(Debug)]
    pub(crate) struct Radix {
        pool: Rayon,
        workers: usize,
    }

    impl Technique for Radix {
        const CARD: Card = Card {
            name: "radix",
            idea: "deal keys out by their bytes, the lowest first; keys are never compared",
            gives: "the same few passes for any order of the keys; equal keys keep their order",
            costs: "a pass over memory for each byte in which keys differ; keys must be integers of a known width",
            cores: Cores::Workers,
            libraries: &["rayon"],
            source: file!(),
        };
        const ALGORITHM: &'static str = "radix";
        fn start(workers: usize) -> Answer<Self> {
            let workers = workers.max(1);
            Ok(Radix { pool: Rayon::start(workers)?, workers })
        }
    }

    impl Radix {
        /// A cell for each case.
        pub(crate) fn cells() -> Vec<Cell> {
            let keys = cell::cells(Question::Execute, Self::sort);
            keys.into_iter().chain(cell::cells(Question::Execute, Self::records)).collect()
        }

        fn sort(&self, work: &Arc<Sort>, out: &mut Ordered<u64>) -> Answer<()> {
            let [out, room] = out.both();
            self.pool.install(|| radix_sort(work.keys(), out, room, self.workers, |key| *key));
            Ok(())
        }

        fn records(&self, work: &Arc<Records>, out: &mut Ordered<Record>) -> Answer<()> {
            let [out, room] = out.both();
            let key = |record: &Record| u64::from(record.key);
            self.pool.install(|| radix_sort(work.records(), out, room, self.workers, key));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_keys_are_sorted_and_equal_ones_keep_their_order(
            keys in prop::collection::vec((any::<u64>(), 0..64u32), 0..300),
            few: bool,
            workers in 1..5usize,
        ) {
            let key = |(key, shift): (u64, u32)| if few { (key % 3) << shift.min(16) } else { key >> shift };
            let items: Vec<(u64, usize)> = keys.into_iter().map(key).zip(0..).collect();
            let (mut out, mut room) = (vec![(7, 7); items.len()], vec![(9, 9); items.len()]);
            radix_sort(&items, &mut out, &mut room, workers, |(key, _)| *key);
            let mut right = items;
            right.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(out, right);
        }
    }
}
