//! Sorting: parts are sorted independently and merged, or keys are distributed by their digits, without comparisons.
//!
//! ```text
//! out = copy of keys
//! sort(out)                                # the plain way
//!
//! sort each part of out by itself          # in parts
//! merge neighbouring parts, two and two, until there is one
//! ```
//!
//! A merge can begin anywhere: a binary search finds how many of the first `at` keys come from each side (the *merge
//! path*: O. Green, R. McColl and D. Bader, "GPU merge path", 2012), so that all workers have a piece of the last merge
//! too.
//!
//! The case `stable` sorts records by their keys and has another type ([`Records`](records::Records)).

pub(super) mod merge;
pub(super) mod records;

use super::{Evenness, Facts, Params, Size, Workload, cases, known, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::buffer::Buffer;
use crate::digest::{Output, Word};
use crate::spread::Spread;
use bytemuck::Pod;
use merge::merge;
use parallax_pattern::Divide;
use parallax_pattern::random::{at, seed};
use std::collections::BinaryHeap;
use std::ops::Range;

/// Keys to sort, which are not modified.
pub struct Sort {
    params: Params,
    keys: Buffer<u64>,
}

cases! {
    /// The initial order of the keys: the cases of [`Sort`].
    pub enum Order {
        /// Random order.
        Random = "random",
        /// Each key within sixteen places of its final one.
        Nearly = "nearly",
    }
}

const fn count(params: Params) -> usize {
    params.count([1_000, 100_000, 1_000_000, 10_000_000, 100_000_000])
}

impl Sort {
    /// The unsorted keys.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }
}

impl Divide for Sort {
    type Item = u64;
    fn len(&self) -> usize {
        self.keys.len()
    }
    fn solve(&self, start: usize, out: &mut [u64]) {
        out.copy_from_slice(&self.keys[start..][..out.len()]);
        out.sort_unstable();
    }
    fn combine(&self, left: &[u64], right: &[u64], at: usize, out: &mut [u64]) {
        merge(left, right, at, out, |key| *key);
    }
}

/// Sorted items, and scratch space of the same length. The words are the items.
pub struct Ordered<T> {
    items: Buffer<T>,
    room: Buffer<T>,
}

impl<T: Pod> Ordered<T> {
    fn of(len: usize) -> Self {
        Ordered { items: Buffer::new(len), room: Buffer::new(len) }
    }
}

impl<T> Ordered<T> {
    /// The array for the items, and the scratch space.
    pub fn both(&mut self) -> [&mut [T]; 2] {
        [&mut self.items, &mut self.room]
    }

    /// The array for the items, for techniques that need no scratch space of this type.
    pub fn items_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}

impl<T: Word + Send + Sync> Output for Ordered<T> {
    fn len(&self) -> usize {
        Output::len(&self.items)
    }
    fn word(&self, i: usize) -> u64 {
        self.items.word(i)
    }
    fn set_word(&mut self, i: usize, word: u64) {
        self.items.set_word(i, word);
    }
    /// The scratch space as well: a technique that sorts into it and forgets to copy must not find a right result
    /// there.
    fn spoil(&mut self) {
        self.items.spoil();
        self.room.spoil();
    }
    fn partial_digest(&self, range: Range<usize>) -> u64 {
        self.items.partial_digest(range)
    }
}

/// Digests of the keys in order, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0x39be23ea395aa513, 0x6e86598e8c2b6c8e, 0xaace3e4cc86f1b87, 0x94949f0cde743cea]),
    (0, Size::Small, [0x1035c29731e51410, 0x2f11c59ee7420080, 0x4ccc4c636896479f, 0xb08c8d0687afa6b3]),
    (0, Size::Headline, [0x8e037aa617925d5a, 0x611b946c92ffd77c, 0x980af1c9360bcc11, 0x5295c5f0ef0c84f2]),
    (0, Size::Medium, [0xbf988a18047d66ea, 0xd0e3fdb79f5da271, 0x732648b59598a7b1, 0xabb4afd006a4371e]),
    (1, Size::Tiny, [0x56915c7416bda8f5, 0xf042ad7ac32383b0, 0xac2cde62c0820ab9, 0x1abcdf6f8265d631]),
    (1, Size::Small, [0x645641f225d8af8e, 0x31d012f1dacdfd02, 0xfc10330792f39779, 0x587e6991a92b9ba8]),
    (1, Size::Headline, [0x61db947760adcdbf, 0x17ddc04b3a762e82, 0x6a93066c7a43abb5, 0xf6053645ff3662c1]),
    (1, Size::Medium, [0x9f612d0fa9d5fef5, 0xaefd67fb01c19b1a, 0x28fdcef2412c8077, 0x206fe44a74271691]),
];

impl Workload for Sort {
    const NAME: &'static str = "sort";
    const NUMBER: u16 = 18;
    const SHOWS: &'static str = "divide and conquer: parts by themselves, and a last step for all";
    const PATTERN: &'static str = "divide";
    const CASES: &'static [&'static str] = Order::NAMES;
    const HEADLINE: &'static [&'static str] =
        &["rayon", "radix", "portable+rayon", "self-scheduling", "shared-memory", "pipes"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Ordered<u64>;

    fn make(params: Params) -> Self {
        let seed = seed(Self::NUMBER, params.variant);
        let drawn = |i: usize| at(seed, i as u64);
        let key = |i: usize| match Order::ALL[params.case] {
            Order::Random => drawn(i),
            Order::Nearly => i as u64 + drawn(i) % 16,
        };
        Sort { params, keys: Buffer::from_fn(count(params), key) }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        3 * 8 * count(params) as u64
    }
    fn units(params: Params) -> Option<u64> {
        Some(count(params) as u64)
    }
    fn facts(&self) -> Facts {
        facts(self, self.keys.len())
    }
    fn output(&self) -> Ordered<u64> {
        Ordered::of(self.keys.len())
    }
    /// By a heap, which removes the largest key repeatedly.
    fn reference(&self, out: &mut Ordered<u64>) {
        let keys = BinaryHeap::from(self.keys.to_vec()).into_sorted_vec();
        out.items.copy_from_slice(&keys);
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
}

/// The facts of sorting `len` items of any type.
fn facts<D: Divide>(work: &D, len: usize) -> Facts {
    let items = len as f64;
    let bytes = items * size_of::<D::Item>() as f64;
    Facts {
        items,
        unit: "items".into(),
        bytes: 2.0 * bytes,
        flops: 0.0,
        evenness: Evenness::Even,
        // each item is read from the input and written to its place once; no technique makes do with one pass
        limits: vec![Bound::of_data(Rate::Triad, 2.0 * bytes, 2 * bytes as u64)],
        spread: Some(Spread::divide(work).into()),
    }
}

sent_as_params!(Sort);

#[cfg(test)]
mod tests {
    use super::*;

    fn case(case: usize, size: Size) -> Sort {
        Sort::make(Params { case, ..Params::of(size) })
    }

    #[test]
    fn keys_are_those_that_are_defined() {
        let [random, nearly] = [0, 1].map(|number| case(number, Size::Tiny));
        let seed = 0x5EED_0000_0000_0012;
        for (i, (random, nearly)) in random.keys().iter().zip(nearly.keys()).enumerate() {
            assert_eq!((*random, *nearly), (at(seed, i as u64), i as u64 + at(seed, i as u64) % 16));
        }
    }

    #[test]
    fn what_is_not_quite_sorted_is_rejected() {
        for work in [0, 1].map(|number| case(number, Size::Tiny)) {
            let sorted = || {
                let mut out = work.output();
                let [items, _] = out.both();
                work.solve(0, items);
                out
            };
            let verdict = |change: fn(&mut [u64])| {
                let mut out = sorted();
                change(out.items_mut());
                work.check(&out, work.expected())
            };
            assert_eq!(verdict(|_| {}), Ok(()));
            let two = |keys: &mut [u64]| {
                let other = keys.iter().position(|key| *key != keys[0]).unwrap();
                keys.swap(0, other);
            };
            assert!(verdict(two).is_err(), "two keys have changed places");
            assert!(verdict(|keys| keys[7] ^= 1 << 40).is_err(), "another key");
            assert!(verdict(|keys| keys.reverse()).is_err(), "falling");
            let mut unsorted = work.output();
            unsorted.items_mut().copy_from_slice(work.keys());
            assert!(work.check(&unsorted, work.expected()).is_err(), "a copy of the input");
        }
    }

    #[test]
    fn a_result_in_the_room_is_none() {
        let work = case(0, Size::Tiny);
        let mut out = work.output();
        out.spoil();
        let [_, room] = out.both();
        work.solve(0, room);
        assert!(work.check(&out, work.expected()).is_err());
    }
}
