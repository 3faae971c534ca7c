//! Keys dealt out by value in one pass, where partitions would take a pass for each halving.
//!
//! Long arrays are in memory, and each partition reads all of them. So the first eight are replaced by one pass. The
//! range of the keys is cut into cells of equal width, whose number is a subtraction and a shift, and a sample decides
//! how many neighbouring cells make a bucket, so that all buckets have about the same length. It is a radix sort's pass
//! by the highest digit with the bounds of a sample sort (W. Frazer and A. McKellar, 1970). Keys that crowd in a few
//! cells make long buckets, which only take a few more partitions.

use parallax_pattern::random::at;

/// The number of buckets: the cache lines at their ends fit into a core's first cache.
pub const BUCKETS: usize = 256;

/// The number of cells; neighbouring cells make a bucket.
const CELLS: usize = 1 << 13;

/// Keys in the sample, for each bucket.
const SAMPLED: usize = 16;

/// The assignment of keys to buckets.
///
/// ```
/// use parallax_simd::quicksort::{self, Buckets};
///
/// let keys: Vec<u64> = (0..10_000).rev().collect();
/// let buckets = Buckets::of(keys.len(), |k| keys[k]);
/// let mut dealt = vec![0; keys.len()];
/// let shares = [&keys[..5_000], &keys[5_000..]].map(|share| share.iter().copied());
/// let counts = shares.clone().map(|share| buckets.count(share)); // threads may take a share each
/// for (share, places) in shares.into_iter().zip(quicksort::places(&mut dealt, &counts)) {
///     buckets.deal(share, places);
/// }
/// quicksort::whole(&mut dealt, &counts).into_iter().for_each(quicksort::quicksort);
/// assert!(dealt.is_sorted());
/// ```
#[derive(Debug, Clone)]
pub struct Buckets {
    /// The least key of the sample: the first cell begins here, and also holds smaller keys.
    least: u64,
    /// The logarithm of a cell's width.
    width: u32,
    /// The bucket of each cell.
    cells: Box<[u8; CELLS]>,
}

impl Buckets {
    /// Buckets of about the same length, judged by a sample of `len` keys.
    pub fn of(len: usize, key: impl Fn(usize) -> u64) -> Self {
        let mut sample: Box<[u64]> = match len {
            0 => Box::new([0]),
            len => (0..BUCKETS * SAMPLED).map(|k| key(drawn(k, len))).collect(),
        };
        super::quicksort(&mut sample);
        let (least, most) = (sample[0], sample[sample.len() - 1]);
        let width = (u64::BITS - (most - least).leading_zeros()).saturating_sub(CELLS.ilog2());
        let mut buckets = Buckets { least, width, cells: Box::new([0; CELLS]) };
        let mut before = 0;
        for cell in 0..CELLS {
            // from the middle of the cell's keys, so that a full cell does not always go to the next bucket
            let from = before;
            before += sample[before..].iter().take_while(|key| buckets.cell(**key) <= cell).count();
            buckets.cells[cell] = ((from + before) / 2 * BUCKETS / sample.len()).min(BUCKETS - 1) as u8;
        }
        buckets
    }

    /// The number of keys in each bucket.
    pub fn count(&self, keys: impl Iterator<Item = u64>) -> [usize; BUCKETS] {
        let mut counts = [0; BUCKETS];
        keys.for_each(|key| counts[self.bucket(key)] += 1);
        counts
    }

    /// Writes each key to the next place of its bucket.
    ///
    /// # Panics
    ///
    /// If the numbers of places differ from the counts of [`count`](Buckets::count).
    pub fn deal(&self, keys: impl Iterator<Item = u64>, places: [&mut [u64]; BUCKETS]) {
        let mut places = places.map(|places| places.iter_mut());
        for key in keys {
            *places[self.bucket(key)].next().expect("each key needs a place") = key;
        }
        assert!(places.iter().all(|places| places.len() == 0), "each place needs a key");
    }

    #[inline(always)]
    fn cell(&self, key: u64) -> usize {
        (key.saturating_sub(self.least) >> self.width).min(CELLS as u64 - 1) as usize
    }

    #[inline(always)]
    fn bucket(&self, key: u64) -> usize {
        self.cells[self.cell(key)].into()
    }
}

/// The places of each bucket for each share of the keys, by the shares' `counts`; in a bucket they are adjacent.
///
/// # Panics
///
/// If more keys were counted than there are places in `out`.
pub fn places<'a>(mut out: &'a mut [u64], counts: &[[usize; BUCKETS]]) -> Vec<[&'a mut [u64]; BUCKETS]> {
    let mut places: Vec<[&mut [u64]; BUCKETS]> =
        counts.iter().map(|_| std::array::from_fn(|_| Default::default())).collect();
    for bucket in 0..BUCKETS {
        for (places, counts) in places.iter_mut().zip(counts) {
            (places[bucket], out) = out.split_at_mut(counts[bucket]);
        }
    }
    places
}

/// The buckets with the keys of all shares.
///
/// # Panics
///
/// As [`places`].
pub fn whole<'a>(mut out: &'a mut [u64], counts: &[[usize; BUCKETS]]) -> Vec<&'a mut [u64]> {
    let mut whole = Vec::with_capacity(BUCKETS);
    for bucket in 0..BUCKETS {
        let (keys, rest) = out.split_at_mut(counts.iter().map(|counts| counts[bucket]).sum());
        whole.push(keys);
        out = rest;
    }
    whole
}

/// A random place among `len`, so that no pattern of the keys matches the sample's.
#[inline(always)]
pub(super) fn drawn(k: usize, len: usize) -> usize {
    ((u128::from(at(0, k as u64)) * len as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Counts and deals; checks that buckets rise and hold the same keys as before; returns their lengths.
    fn dealt(keys: &[u64]) -> [usize; BUCKETS] {
        let buckets = Buckets::of(keys.len(), |k| keys[k]);
        let mut out = vec![7; keys.len()];
        let shares: Vec<_> =
            keys.chunks(keys.len().div_ceil(3).max(1)).map(|share| share.iter().copied()).collect();
        let counts: Vec<_> = shares.iter().map(|share| buckets.count(share.clone())).collect();
        for (share, places) in shares.into_iter().zip(places(&mut out, &counts)) {
            buckets.deal(share, places);
        }
        let (all, mut most) = (whole(&mut out, &counts), 0);
        let lengths = std::array::from_fn(|k| all[k].len());
        assert_eq!(lengths.iter().sum::<usize>(), keys.len(), "each key is counted once");
        for bucket in all {
            assert!(bucket.iter().all(|key| *key >= most), "smaller than one of the bucket before");
            bucket.sort_unstable();
            most = bucket.last().copied().unwrap_or(most);
        }
        let mut right = keys.to_vec();
        right.sort_unstable();
        assert!(out == right, "the same keys as before");
        lengths
    }

    proptest! {
        #[test]
        fn any_keys_come_into_buckets_that_rise(len in 0..3000_usize, seed: u64, shift in 0..64_u32, far: bool) {
            let mut keys: Vec<u64> = (0..len as u64).map(|i| at(seed, i) >> shift).collect();
            keys.extend(far.then_some([u64::MAX, 0]).into_iter().flatten());
            dealt(&keys);
        }
    }

    #[test]
    fn buckets_are_alike_where_keys_are_spread_evenly() {
        for least in [0, 1 << 40] {
            let counts = dealt(&(0..256_000).map(|i| least + at(5, i) % 1_000_000).collect::<Vec<_>>());
            assert!(counts.iter().all(|count| (100..4_000).contains(count)), "{counts:?}");
        }
    }

    #[test]
    #[should_panic(expected = "each place needs a key")]
    fn places_without_a_key_are_noticed() {
        let keys: Vec<u64> = (0..100).collect();
        let buckets = Buckets::of(keys.len(), |k| keys[k]);
        let mut out = vec![0; 101];
        let mut counts = buckets.count(keys.iter().copied());
        counts[BUCKETS - 1] += 1;
        for places in places(&mut out, &[counts]) {
            buckets.deal(keys.iter().copied(), places);
        }
    }
}
