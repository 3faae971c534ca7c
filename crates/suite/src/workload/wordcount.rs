//! Word count, a typical slow script: how often does each word occur in a text?
//!
//! ```text
//! counts = {}
//! for word in text.split():
//!     counts[word] = counts.get(word, 0) + 1
//! ```
//!
//! The accumulator is a table of thousands of words, not a number, so the merge matters: a table for each worker is
//! cheap to fill, but must be merged at the end. A piece of the text owns the words that begin in it. The hash function
//! of a table is a technique of its own: the baseline uses the standard map.

use super::{Evenness, Facts, Mismatch, Params, Size, Workload, explain, known};
use crate::bound::{Bound, Rate};
use crate::digest::{Output, POISON};
use crate::spread::Spread;
use parallax_pattern::Reduce;
use parallax_pattern::random::{at, mix, seed};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::OnceLock;

/// A text of random words, as a script would read it from a file; tables hash by `S`.
#[derive(Debug)]
pub struct Wordcount<S = RandomState> {
    params: Params,
    text: Vec<u8>,
    hashing: PhantomData<fn() -> S>,
}

/// How often each word was seen, in a table that hashes by `S`.
#[derive(Debug, Default)]
pub struct Counts<S = RandomState>(HashMap<Box<[u8]>, u64, S>);

impl<S: BuildHasher> Counts<S> {
    /// Adds `times` to the count of a word. Only a new word takes memory.
    #[inline]
    pub fn add(&mut self, word: &[u8], times: u64) {
        match self.0.get_mut(word) {
            Some(count) => *count += times,
            None => _ = self.0.insert(word.into(), times),
        }
    }
}

/// Sent as pairs: the other side builds its own table.
impl<S> Serialize for Counts<S> {
    fn serialize<T: Serializer>(&self, to: T) -> Result<T::Ok, T::Error> {
        to.collect_seq(self.0.iter().map(|(word, count)| (serde_bytes::Bytes::new(word), count)))
    }
}

impl<'de, S: BuildHasher + Default> Deserialize<'de> for Counts<S> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(serde_bytes::ByteBuf, u64)>::deserialize(from)?;
        Ok(Counts(pairs.into_iter().map(|(word, count)| (word.into_vec().into(), count)).collect()))
    }
}

const fn is_letter(byte: u8) -> bool {
    byte > b' '
}

impl<S> Wordcount<S> {
    /// The words that begin in `range`, a part of the text.
    pub fn words(&self, range: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let text = &self.text[..];
        let mut next = range.start;
        if next > 0 && is_letter(text[next - 1]) {
            next += text[next..].iter().position(|&byte| !is_letter(byte)).unwrap_or(text.len() - next);
        }
        std::iter::from_fn(move || {
            next += text.get(next..range.end)?.iter().position(|&byte| is_letter(byte))?;
            let rest = &text[next..];
            let word = &rest[..rest.iter().position(|&byte| !is_letter(byte)).unwrap_or(rest.len())];
            next += word.len();
            Some(word)
        })
    }

    /// All of the text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

impl<S: BuildHasher + Default + Send + 'static> Reduce for Wordcount<S> {
    type Acc = Counts<S>;
    fn len(&self) -> usize {
        self.text.len()
    }
    /// Enough bytes that counting their words costs more than merging another table.
    fn grain(&self) -> usize {
        (self.text.len() / 256).max(1 << 12)
    }
    fn empty(&self) -> Counts<S> {
        Counts(HashMap::default())
    }
    fn fold(&self, counts: &mut Counts<S>, range: Range<usize>) {
        self.words(range).for_each(|word| counts.add(word, 1));
    }
    /// The smaller table goes into the larger one.
    fn merge(&self, counts: &mut Counts<S>, mut other: Counts<S>) {
        if other.0.len() > counts.0.len() {
            std::mem::swap(counts, &mut other);
        }
        for (word, times) in other.0 {
            *counts.0.entry(word).or_default() += times;
        }
    }
}

/// Words and how often they were seen, in any order.
#[derive(Debug, Default)]
pub struct Counted {
    pairs: Vec<(Box<[u8]>, u64)>,
    /// The places of the pairs in the order of their words.
    order: OnceLock<Vec<usize>>,
}

impl Counted {
    /// Replaces the result by these counts.
    pub fn record(&mut self, counts: impl IntoIterator<Item = (Box<[u8]>, u64)>) {
        *self = Counted { pairs: counts.into_iter().collect(), order: OnceLock::new() };
    }

    fn in_order(&self) -> &[usize] {
        self.order.get_or_init(|| {
            let mut order: Vec<usize> = (0..self.pairs.len()).collect();
            order.sort_by_key(|&place| &self.pairs[place].0);
            order
        })
    }
}

impl<S> IntoIterator for Counts<S> {
    type Item = (Box<[u8]>, u64);
    type IntoIter = std::collections::hash_map::IntoIter<Box<[u8]>, u64>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A hash of a word.
fn folded(word: &[u8]) -> u64 {
    word.iter().fold(0, |h, &byte| mix(h ^ u64::from(byte)))
}

/// The words, in the order of their bytes, each with its count.
impl Output for Counted {
    fn len(&self) -> usize {
        self.pairs.len()
    }
    fn word(&self, i: usize) -> u64 {
        let (word, count) = &self.pairs[self.in_order()[i]];
        folded(word) ^ mix(*count)
    }
    fn set_word(&mut self, i: usize, word: u64) {
        let place = self.in_order()[i];
        let (text, count) = &mut self.pairs[place];
        *count = unmix(word ^ folded(text));
    }
    fn spoil(&mut self) {
        self.record([(Box::from(*b"poison"), POISON)]);
    }
}

/// The inverse of [`mix`].
fn unmix(mut z: u64) -> u64 {
    let unshift = |z: u64, by: u32| (1..=63 / by).fold(z, |x, _| z ^ (x >> by));
    z = unshift(z, 31).wrapping_mul(0x3196_42B2_D24D_8EC3);
    z = unshift(z, 27).wrapping_mul(0x96DE_1B17_3F11_9089);
    unshift(z, 30)
}

const fn count_of_words(params: Params) -> usize {
    params.count([10_000, 1_000_000, 1_000_000, 10_000_000, 100_000_000])
}

const fn levels(size: Size) -> u64 {
    size.of([8, 12, 12, 16, 18])
}

/// Appends word `rank`: three to ten letters.
fn spell(rank: u64, text: &mut Vec<u8>) {
    let h = mix(rank);
    text.extend((0..3 + h % 8).map(|j| b'a' + (((h >> (8 + 5 * j)) & 31) % 26) as u8));
}

fn write(params: Params) -> Vec<u8> {
    let (seed, levels) = (seed(17, params.variant), levels(params.size));
    let mut text = Vec::with_capacity(8 * count_of_words(params));
    for i in 0..count_of_words(params) {
        let r = at(seed, i as u64);
        let width = 1 << (r % levels);
        spell(width + ((r >> 8) & (width - 1)), &mut text);
        text.push(if i % 12 == 11 { b'\n' } else { b' ' });
    }
    text
}

/// Digests of the counts, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0xd30bcbf657e85803, 0x90b5846e70c9cf95, 0x52b119483263f4b0, 0x52f13e6d9029c8d0]),
    (0, Size::Small, [0x0c931c9636e7ff44, 0x51d8975ffd093733, 0x60a0c6da1ecf434a, 0x40751d032fa7bf6c]),
    (0, Size::Headline, [0x0c931c9636e7ff44, 0x51d8975ffd093733, 0x60a0c6da1ecf434a, 0x40751d032fa7bf6c]),
    (0, Size::Medium, [0x1935397636dffe07, 0x2ced946665ef4be9, 0x6ea2a2f9005512e3, 0xa5ab85015ee8dcd8]),
];

impl<S: BuildHasher + Default + Send + 'static> Workload for Wordcount<S> {
    const NAME: &'static str = "wordcount";
    const NUMBER: u16 = 17;
    const SHOWS: &'static str = "text, hash maps, and a large accumulator to merge";
    const PATTERN: &'static str = "reduce";
    const HEADLINE: &'static [&'static str] =
        &["scoped", "foldhash", "word-masks+scoped", "dashmap", "pipes", "tokio"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Counted;

    fn make(params: Params) -> Self {
        Wordcount { params, text: write(params), hashing: PhantomData }
    }
    fn params(&self) -> Params {
        self.params
    }
    /// The text, and a table of all words.
    fn footprint(params: Params) -> u64 {
        8 * count_of_words(params) as u64 + (64 << levels(params.size))
    }
    fn units(params: Params) -> Option<u64> {
        Some(count_of_words(params) as u64)
    }
    fn facts(&self) -> Facts {
        let (items, bytes) = (count_of_words(self.params) as f64, self.text.len() as u64);
        let distinct = (1usize << levels(self.params.size)).min(items as usize);
        Facts {
            items,
            unit: "words".into(),
            bytes: bytes as f64,
            flops: 0.0,
            evenness: Evenness::Even,
            // the text is read once, and no hash of a word takes less than a product
            limits: vec![Bound::of_data(Rate::Read, bytes as f64, bytes), Bound::of(Rate::Multiply, items)],
            spread: Some(Spread::reduce(self, 16 * distinct).into()),
        }
    }
    fn output(&self) -> Counted {
        let mut out = Counted::default();
        out.spoil();
        out
    }
    /// By the library's split, into a tree.
    fn reference(&self, out: &mut Counted) {
        let mut counts = BTreeMap::<&[u8], u64>::new();
        for line in self.text.split(|byte| *byte == b'\n') {
            for word in line.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
                *counts.entry(word).or_default() += 1;
            }
        }
        out.record(counts.into_iter().map(|(word, count)| (word.into(), count)));
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
    fn check(&self, got: &Counted, expected: u64) -> Result<(), Mismatch> {
        if self.digest(got) == expected { Ok(()) } else { Err(explain(self, got, expected)) }
    }
}

impl<S> Serialize for Wordcount<S> {
    fn serialize<T: Serializer>(&self, to: T) -> Result<T::Ok, T::Error> {
        self.params.serialize(to)
    }
}

impl<'de, S: BuildHasher + Default + Send + 'static> Deserialize<'de> for Wordcount<S> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Workload::make(Params::deserialize(from)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_size(size: Size) -> Wordcount {
        Workload::make(Params::of(size))
    }

    fn solved(work: &Wordcount) -> Counted {
        let mut out = work.output();
        work.reference(&mut out);
        out
    }

    #[test]
    fn texts_and_digests_are_the_published_ones() {
        let published = [
            (Size::Tiny, 73_270, 255, 0xd30bcbf657e85803),
            (Size::Small, 7_389_362, 4087, 0x0c931c9636e7ff44),
        ];
        for (size, bytes, distinct, digest) in published {
            let work = at_size(size);
            let out = solved(&work);
            assert_eq!((work.text.len(), out.len(), work.digest(&out)), (bytes, distinct, digest), "{size}");
        }
    }

    #[test]
    fn a_word_belongs_to_the_piece_that_it_begins_in() {
        let work = at_size(Size::Tiny);
        let all: Vec<&[u8]> = work.words(0..work.text.len()).collect();
        assert_eq!(all.len(), 10_000);
        for grain in [1, 2, 7, 100, 73_269] {
            let cut: Vec<&[u8]> = parallax_pattern::pieces(work.text.len(), grain)
                .flat_map(|piece| work.words(piece))
                .collect();
            assert_eq!(cut, all, "pieces of {grain}");
        }
    }

    #[test]
    fn what_was_mixed_comes_back() {
        for i in 0..1000 {
            assert_eq!(unmix(mix(at(1, i))), at(1, i));
        }
    }

    #[test]
    fn counts_travel() {
        let mut counts = Counts::<RandomState>::default();
        ["a", "b", "a"].into_iter().for_each(|word| counts.add(word.as_bytes(), 1));
        let sent = serde_json::to_string(&counts).unwrap();
        let got: Counts = serde_json::from_str(&sent).unwrap();
        assert_eq!(got.0, counts.0);
    }
}
