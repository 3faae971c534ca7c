//! Sorting records by their keys, where equal keys keep their order (a stable sort).
//!
//! The case `stable` of [`Sort`](super::Sort), apart from the others because its items have another type. There are 65536
//! keys, so most have equals: a sort that is not stable is detected.

use super::merge::merge;
use super::{Ordered, Sort, count, facts};
use crate::buffer::Buffer;
use crate::digest::Word;
use crate::workload::{Facts, Params, Size, Workload, known, sent_as_params};
use bytemuck::{Pod, Zeroable};
use parallax_pattern::Divide;
use parallax_pattern::random::{at, seed};
use serde::{Deserialize, Serialize};

/// A key, and the position of its record in the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct Record {
    /// Its position in the input.
    pub index: u32,
    /// The key that it is sorted by.
    pub key: u16,
    /// Explicit padding.
    #[serde(skip)]
    unused: u16,
}

impl Record {
    /// The record at that place.
    pub fn new(key: u16, index: u32) -> Self {
        Record { index, key, unused: 0 }
    }
}

#[expect(unsafe_code, reason = "the author of a type must promise that all its bytes are numbers")]
mod plain {
    // SAFETY: three integers, for which zero is a valid value.
    unsafe impl super::Zeroable for super::Record {}
    // SAFETY: the third of them is where padding would be, so all eight bytes are those of integers.
    unsafe impl super::Pod for super::Record {}
}

impl Word for Record {
    #[inline(always)]
    fn word(self) -> u64 {
        u64::from(self.key) << 32 | u64::from(self.index)
    }
    #[inline(always)]
    fn from_word(word: u64) -> Self {
        Record::new((word >> 32) as u16, word as u32)
    }
}

/// Records to sort, which are not modified.
pub struct Records {
    params: Params,
    records: Buffer<Record>,
}

impl Records {
    /// The unsorted records.
    pub fn records(&self) -> &[Record] {
        &self.records
    }
}

impl Divide for Records {
    type Item = Record;
    fn len(&self) -> usize {
        self.records.len()
    }
    fn solve(&self, start: usize, out: &mut [Record]) {
        out.copy_from_slice(&self.records[start..][..out.len()]);
        out.sort_by_key(|record| record.key);
    }
    fn combine(&self, left: &[Record], right: &[Record], at: usize, out: &mut [Record]) {
        merge(left, right, at, out, |record| record.key);
    }
}

/// Digests of the records in order, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0x81650f2b1651bb5d, 0x0ecd1dd72511398f, 0x6e6a631bb32d83f2, 0x30d6080efa2145b7]),
    (0, Size::Small, [0xc95afe263255c671, 0xaa8b2ee767565523, 0x90af86644d4b78b5, 0x22c8983a11f14d89]),
    (0, Size::Headline, [0x7cd34c626e0b5f28, 0x1e5e1f1903c3e3da, 0x032fc30060131759, 0x96b3a2975b9d56d3]),
    (0, Size::Medium, [0xcf41dbbd822deef5, 0xa8b20f521b3b5d89, 0xeb8b70afddab5a6d, 0xe1fe616aa91cf7c1]),
];

impl Workload for Records {
    const NAME: &'static str = Sort::NAME;
    const NUMBER: u16 = Sort::NUMBER;
    const SHOWS: &'static str = Sort::SHOWS;
    const PATTERN: &'static str = Sort::PATTERN;
    const CASES: &'static [&'static str] = &["stable"];
    const HEADLINE: &'static [&'static str] = Sort::HEADLINE;
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Ordered<Record>;

    fn make(params: Params) -> Self {
        let seed = seed(Self::NUMBER, params.variant);
        let record = |i: usize| Record::new((at(seed, i as u64) >> 48) as u16, i as u32);
        Records { params, records: Buffer::from_fn(count(params), record) }
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
        facts(self, self.records.len())
    }
    fn output(&self) -> Ordered<Record> {
        Ordered::of(self.records.len())
    }
    /// By a counting sort: each record goes to the next place of its key.
    fn reference(&self, out: &mut Ordered<Record>) {
        let mut places = vec![0; 1 + usize::from(u16::MAX) + 1];
        for record in &*self.records {
            places[usize::from(record.key) + 1] += 1;
        }
        (1..places.len()).for_each(|key| places[key] += places[key - 1]);
        for record in &*self.records {
            let place = &mut places[usize::from(record.key)];
            out.items[*place] = *record;
            *place += 1;
        }
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
}

sent_as_params!(Records);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_those_that_are_defined() {
        let work = Records::make(Params::of(Size::Tiny));
        for (i, record) in work.records().iter().enumerate() {
            let key = at(0x5EED_0000_0000_0012, i as u64) >> 48;
            assert_eq!(record.word(), key << 32 | i as u64);
            assert_eq!(Record::from_word(record.word()), *record);
        }
    }

    #[test]
    fn equal_keys_in_another_order_are_rejected() {
        let work = Records::make(Params::of(Size::Small));
        let mut out = work.output();
        work.solve(0, out.items_mut());
        assert_eq!(work.check(&out, work.expected()), Ok(()));
        let items = out.items_mut();
        let twin = items.windows(2).position(|pair| pair[0].key == pair[1].key).unwrap();
        items.swap(twin, twin + 1);
        assert!(work.check(&out, work.expected()).is_err());
    }

    #[test]
    fn a_merge_that_prefers_the_right_side_is_rejected() {
        let work = Records::make(Params::of(Size::Small));
        let (mut halves, mut out) = (work.output(), work.output());
        let middle = work.len() / 2;
        let (left, right) = halves.items_mut().split_at_mut(middle);
        work.solve(0, left);
        work.solve(middle, right);
        work.combine(left, right, 0, out.items_mut());
        assert_eq!(work.check(&out, work.expected()), Ok(()));
        work.combine(right, left, 0, out.items_mut());
        assert!(work.check(&out, work.expected()).is_err());
    }
}
