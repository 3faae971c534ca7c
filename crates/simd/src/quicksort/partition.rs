//! Partitions keys by a bound, in place, a vector at a time: those below it come first.
//!
//! ```text
//! for key in keys                           # the plain way: a jump that is guessed wrongly every other time
//!     if key < bound: put it to the left else: put it to the right
//! ```
//!
//! Departures:
//!
//! 1. The lanes of a vector that are below the bound are moved before the others. The whole vector is stored at both
//!    ends of the open range, and only the counts say which lanes are valid: the others are overwritten later.
//! 2. So both ends must have room for a vector. The first and the last keys are held aside, and each step reads on the
//!    side with less room.
//! 3. The place of the next read depends on the number of keys stored before. Several vectors are read together, so
//!    that this wait comes once per block and not per vector.
//! 4. Few keys are read in order, and keys for the right side go through a buffer: then there is no wait.
//!
//! The scheme is that of B. Bramas, "A novel hybrid quicksort algorithm vectorized using AVX-512" (2017); the block is that
//! of M. Blacher, J. Giesen, P. Sanders and J. Wassenberg, "Vectorized and performance-portable quicksort" (2022).

use crate::lanes::{Lanes, MOST_LANES, Words};
use std::ops::Range;

/// Vectors that are read together.
const BLOCK: usize = 8;
const _: () = assert!(SHORT >= 2 * BLOCK * MOST_LANES, "keys that are not few are two blocks or more");

/// The most keys that are partitioned through a buffer.
const SHORT: usize = 1 << 9;

/// Memory for the keys held aside.
#[derive(Debug)]
pub(super) struct Room([u64; SHORT + MOST_LANES]);

impl Room {
    pub(super) fn new() -> Self {
        Room([0; SHORT + MOST_LANES])
    }
}

/// Moves keys below `bound` before all others; returns their number.
#[inline(always)]
pub(super) fn partition<L: Lanes>(lanes: L, keys: &mut [u64], bound: u64, room: &mut Room) -> usize {
    if keys.len() <= SHORT { by_buffer(lanes, keys, bound, room) } else { by_blocks(lanes, keys, bound) }
}

/// Keys below the bound to the front, and the others to a buffer that is filled from its end.
#[inline(always)]
fn by_buffer<L: Lanes>(lanes: L, keys: &mut [u64], bound: u64, Room(room): &mut Room) -> usize {
    let (mut low, mut high) = (0, room.len());
    let whole = keys.len() - keys.len() % L::LEN;
    let bounds = Words::splat(lanes, bound);
    for from in (0..whole).step_by(L::LEN) {
        let vector = Words::load(lanes, &keys[from..]);
        let is_below = vector.lt(bounds);
        let below = is_below.bits().count_ones() as usize;
        let parted = vector.part(is_below);
        parted.store(&mut keys[low..]);
        parted.store(&mut room[high - L::LEN..]);
        low += below;
        high -= L::LEN - below;
    }
    for k in whole..keys.len() {
        let key = keys[k];
        keys[low] = key;
        room[high - 1] = key;
        let is_below = usize::from(key < bound);
        low += is_below;
        high -= 1 - is_below;
    }
    keys[low..].copy_from_slice(&room[high..]);
    low
}

/// In place, a block at a time; there must be two blocks of keys or more.
#[inline(always)]
fn by_blocks<L: Lanes>(lanes: L, keys: &mut [u64], bound: u64) -> usize {
    let block = BLOCK * L::LEN;
    let mut held = [0; 3 * BLOCK * MOST_LANES];
    let mut unread = block..keys.len() - block;
    held[..block].copy_from_slice(&keys[..block]);
    held[block..2 * block].copy_from_slice(&keys[unread.end..]);
    let high = keys.len();
    let mut open = Open { lanes, keys, low: 0, high };
    while unread.len() >= block {
        let from = open.read_next(&mut unread, block);
        let mut vectors = [Words::splat(lanes, 0); BLOCK];
        for (k, vector) in vectors.iter_mut().enumerate() {
            *vector = Words::load(lanes, &open.keys[from + k * L::LEN..]);
        }
        for vector in vectors {
            open.place(vector, bound);
        }
    }
    let rest = 2 * block + unread.len();
    held[2 * block..rest].copy_from_slice(&open.keys[unread]);
    open.place_rest(&held[..rest], bound)
}

/// Keys of which those before `low` are below the bound, and those from `high` on are not.
struct Open<'a, L> {
    lanes: L,
    keys: &'a mut [u64],
    low: usize,
    high: usize,
}

impl<L: Lanes> Open<'_, L> {
    /// The place of the next block to read: on the side with less room between the stored and the unread keys. Each
    /// side then has room for a block, since both together had room for two.
    #[inline(always)]
    fn read_next(&self, unread: &mut Range<usize>, block: usize) -> usize {
        let is_left = unread.start - self.low <= self.high - unread.end;
        let from = if is_left { unread.start } else { unread.end - block };
        unread.start += if is_left { block } else { 0 };
        unread.end -= if is_left { 0 } else { block };
        from
    }

    /// Stores a vector at both ends. There is room for two vectors, or for exactly one: then both ends are the same.
    #[inline(always)]
    fn place(&mut self, vector: Words<L>, bound: u64) {
        let is_below = vector.lt(Words::splat(self.lanes, bound));
        let below = is_below.bits().count_ones() as usize;
        let parted = vector.part(is_below);
        parted.store(&mut self.keys[self.low..]);
        parted.store(&mut self.keys[self.high - L::LEN..]);
        self.low += below;
        self.high -= L::LEN - below;
    }

    /// Stores the last keys, which fill the open range; returns the number of all keys below the bound.
    #[inline(always)]
    fn place_rest(mut self, keys: &[u64], bound: u64) -> usize {
        let (single, whole) = keys.split_at(keys.len() % L::LEN);
        for &key in single {
            // at both ends, as vectors are
            self.keys[self.low] = key;
            self.keys[self.high - 1] = key;
            let is_below = usize::from(key < bound);
            self.low += is_below;
            self.high -= 1 - is_below;
        }
        for vector in whole.chunks_exact(L::LEN) {
            self.place(Words::load(self.lanes, vector), bound);
        }
        self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::best;
    use crate::lanes::Job;
    use parallax_pattern::isa::Isa;
    use parallax_pattern::random::at;
    use proptest::prelude::*;

    struct Partition<'a> {
        keys: &'a mut [u64],
        bound: u64,
    }

    impl Job for Partition<'_> {
        type Out = usize;
        #[inline(always)]
        fn on<L: Lanes>(self, lanes: L) -> usize {
            partition(lanes, self.keys, self.bound, &mut Room::new())
        }
    }

    fn parts(isa: Isa, keys: &[u64], bound: u64) {
        // keys around must stay as they are
        let mut all = [&[7; 16], keys, &[9; 16]].concat();
        let middle = &mut all[16..][..keys.len()];
        let below = best::run_on(isa, Partition { keys: middle, bound });
        assert_eq!(below, keys.iter().filter(|key| **key < bound).count(), "{isa}");
        assert!(
            middle[..below].iter().all(|key| *key < bound) && middle[below..].iter().all(|key| *key >= bound)
        );
        let (mut got, mut right) = (middle.to_vec(), keys.to_vec());
        got.sort_unstable();
        right.sort_unstable();
        assert_eq!(got, right, "{isa}: other keys than before");
        assert_eq!([&all[..16], &all[16 + keys.len()..]], [[7; 16], [9; 16]], "{isa}: keys around");
    }

    proptest! {
        #[test]
        fn keys_below_a_bound_come_first_and_none_is_lost(len in 0..3000_usize, seed: u64, bound in 0..12_u64) {
            let keys: Vec<u64> = (0..len as u64).map(|i| at(seed, i) % 10).collect();
            for isa in Isa::available() {
                parts(isa, &keys, bound);
            }
        }
    }

    #[test]
    fn all_keys_on_one_side_stay_there() {
        for len in 0..1200 {
            let keys: Vec<u64> = (100..100 + len).collect();
            for (isa, bound) in Isa::available()
                .into_iter()
                .flat_map(|isa| [0, 100, 100 + len, u64::MAX].map(|bound| (isa, bound)))
            {
                parts(isa, &keys, bound);
            }
        }
    }
}
