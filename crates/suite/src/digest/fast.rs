//! A fast computation of the same digest: eight words at a time, and a part of the output on each core.

#![expect(
    unsafe_code,
    reason = "a loop compiled for vectors may be called only where the processor has them"
)]

use parallax_pattern::isa::{Isa, Set};
use parallax_pattern::random::mix;
use std::ops::Range;
use std::sync::OnceLock;
use std::thread;

/// The number of words that is worth a thread: half a millisecond of scalar work compared with some 50 µs to start one.
const WORTH_A_THREAD: usize = 1 << 18;

/// The part of a digest for `values`, the first of them at place `start`, where `word` returns the word of each.
///
/// Only AVX-512 is worth a copy of the loop: it multiplies 64-bit lanes, for which narrower sets need
/// several steps, so that scalar code is as fast.
pub(crate) fn of_slice<T>(values: &[T], start: usize, word: impl Fn(&T) -> u64) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if has_avx512() {
        // SAFETY: the processor has the features that the function is compiled for, as `Isa` has proved.
        return unsafe { sum_avx512(values, start, word) };
    }
    sum(values, start, word)
}

/// By index, not by zipped iterators: only the loop over indices is vectorised.
#[inline(always)]
fn sum<T>(values: &[T], start: usize, word: impl Fn(&T) -> u64) -> u64 {
    let mut sum = 0u64;
    for (i, value) in values.iter().enumerate() {
        sum = sum.wrapping_add(mix(word(value) ^ mix((start + i) as u64)));
    }
    sum
}

/// [`sum`], compiled for lanes of 512 bits.
///
/// # Safety
///
/// The processor must have these sets.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt,lzcnt,avx512f,avx512vl,avx512dq,avx512bw,avx512cd")]
unsafe fn sum_avx512<T>(values: &[T], start: usize, word: impl Fn(&T) -> u64) -> u64 {
    sum(values, start, word)
}

/// Whether the processor has AVX-512 and `PARALLAX_ISA` allows it.
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| Isa::detect().is_ok_and(|isa| isa.has(Set::Avx512)))
}

/// The sum of `part` over parts of `0..len`, one on each core if there are enough words.
pub(super) fn in_parts(len: usize, part: impl Fn(Range<usize>) -> u64 + Sync) -> u64 {
    let most = len / WORTH_A_THREAD;
    let cores = if most < 2 { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
    split(len, most.min(cores).max(1), part)
}

/// The same over `parts` parts of nearly equal length. If a thread cannot be started, its part is done here, so that
/// a check does not fail without threads.
fn split(len: usize, parts: usize, part: impl Fn(Range<usize>) -> u64 + Sync) -> u64 {
    let range = |k: usize| len * k / parts..len * (k + 1) / parts;
    let part = &part;
    thread::scope(|scope| {
        let start =
            |k| thread::Builder::new().spawn_scoped(scope, move || part(range(k))).map_err(|_| range(k));
        let others: Vec<_> = (1..parts).map(start).collect();
        let first = part(range(0));
        let finish = |other: Result<thread::ScopedJoinHandle<'_, u64>, Range<usize>>| match other {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(range) => part(range),
        };
        others.into_iter().map(finish).fold(first, u64::wrapping_add)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Buffer;
    use crate::digest::{Output, Word, digest};

    /// The digest by its definition.
    fn defined(words: &[u64]) -> u64 {
        words.iter().enumerate().map(|(i, word)| mix(word ^ mix(i as u64))).fold(0, u64::wrapping_add)
    }

    fn drawn(len: usize) -> Vec<u64> {
        (0..len as u64).map(|i| parallax_pattern::random::at(5, i)).collect()
    }

    fn part(words: &[u64], range: Range<usize>) -> u64 {
        let start = range.start;
        of_slice(&words[range], start, |word| *word)
    }

    #[test]
    fn vectors_sum_what_the_definition_says() {
        for len in [0, 1, 7, 8, 9, 1000] {
            let words = drawn(len);
            assert_eq!(of_slice(&words, 0, |word| *word), defined(&words), "{len} words");
            assert_eq!(sum(&words, 0, |word| *word), defined(&words), "{len} words, plainly");
            let cut = len / 3;
            let [left, right] = [0..cut, cut..len].map(|range| part(&words, range));
            assert_eq!(left.wrapping_add(right), defined(&words), "{len} words in two parts");
        }
    }

    #[test]
    fn any_number_of_parts_covers_every_word_once() {
        let words = drawn(1000);
        for parts in [1, 2, 3, 7, 1000] {
            let got = split(words.len(), parts, |range| part(&words, range));
            assert_eq!(got, defined(&words), "{parts} parts");
        }
        assert_eq!(split(0, 1, |range| range.len() as u64), 0);
    }

    #[test]
    fn a_large_output_has_the_digest_of_its_words_and_one_wrong_word_changes_it() {
        let len = 3 * WORTH_A_THREAD + 5;
        let mut buffer = Buffer::from_fn(len, |i| i as f64 - 0.0);
        let words: Vec<u64> = buffer.iter().map(|value| value.word()).collect();
        let right = digest(&buffer);
        assert_eq!(right, defined(&words));
        for place in [0, WORTH_A_THREAD - 1, WORTH_A_THREAD, 2 * WORTH_A_THREAD + 1, len - 1] {
            let word = buffer.word(place);
            buffer.set_word(place, word ^ 1);
            assert_ne!(digest(&buffer), right, "word {place}");
            buffer.set_word(place, word);
        }
        assert_eq!(digest(&buffer), right);
    }
}
