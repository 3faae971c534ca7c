//! Words of a text, 64 bytes at a time: the bits of one comparison say where each word begins and ends.
//!
//! The plain loop tests at each byte whether the word ends, and the processor predicts the branch. Words are short and
//! of any length, so it mispredicts about once for each, which costs as much as a look-up in a table. Here
//!
//! 1. 64 bytes are compared with the space together, and the results are the bits of one number; where only some
//!    bytes up to the space are blank, they are compared with the ends of their ranges;
//! 2. that number and the same number shifted by one differ where a word begins, and where one has ended;
//! 3. the processor counts the zeros below the lowest such bit, which finds the place without a branch, and
//!    clears the bit;
//! 4. a word may continue in the next 64 bytes, so its beginning is kept.
//!
//! ```
//! let text = *b"to be, or not ";
//! let letters = text.iter().rev().fold(0u64, |bits, byte| bits << 1 | u64::from(*byte > b' ')); // one instruction or two
//! let (mut begins, mut ends) = (letters & !(letters << 1), !letters & letters << 1);
//! let mut words = Vec::new();
//! while ends != 0 {
//!     words.push(&text[begins.trailing_zeros() as usize..ends.trailing_zeros() as usize]);
//!     (begins, ends) = (begins & (begins - 1), ends & (ends - 1)); // without their lowest bits
//! }
//! assert_eq!(words, [&b"to"[..], b"be,", b"or", b"not"]);
//! ```
//!
//! It is the first half of simdjson's parser (G. Langdale, D. Lemire, 2019).

use crate::best;
use crate::lanes::{Job, Lanes};
use std::marker::PhantomData;
use std::ops::Range;

/// Calls `each` with every word that begins in a part of a text, in order. Words are separated by bytes up to the
/// space; the text may have any encoding that uses those bytes for nothing else, such as UTF-8.
///
/// A word that begins in the part is whole, even if it ends after the part. So several threads may each take a part.
///
/// ```
/// let text = b"to be or not\nto be";
/// let mut words = Vec::new();
/// parallax_simd::each_word(text, 0..text.len(), |word| words.push(word));
/// assert_eq!(words, [&b"to"[..], b"be", b"or", b"not", b"to", b"be"]);
/// ```
///
/// # Panics
///
/// If the part ends beyond the text.
pub fn each_word<'t>(text: &'t [u8], part: Range<usize>, each: impl FnMut(&'t [u8])) {
    each_word_between::<UpToSpace>(text, part, each);
}

/// The same for words between other bytes, a set of your own.
///
/// ```
/// use parallax_simd::{Blanks, each_word_between};
///
/// struct Commas;
/// impl Blanks for Commas {
///     const RANGES: &'static [(u8, u8)] = &[(b' ', b' '), (b',', b',')];
/// }
/// let mut words = Vec::new();
/// each_word_between::<Commas>(b"to, be,or", 0..9, |word| words.push(word));
/// assert_eq!(words, [&b"to"[..], b"be", b"or"]);
/// ```
///
/// # Panics
///
/// As [`each_word`].
pub fn each_word_between<'t, B: Blanks>(text: &'t [u8], part: Range<usize>, each: impl FnMut(&'t [u8])) {
    best::run(Split { text, part, blanks: PhantomData::<B>, each });
}

/// The bytes that separate words.
pub trait Blanks {
    /// The first and the last byte of each range of them.
    const RANGES: &'static [(u8, u8)];
}

/// The space, and the bytes below it: white space and control characters.
#[derive(Debug)]
pub struct UpToSpace;

impl Blanks for UpToSpace {
    const RANGES: &'static [(u8, u8)] = &[(0, b' ')];
}

/// The words of a part, by vectors of any machine.
struct Split<'t, B, F> {
    text: &'t [u8],
    part: Range<usize>,
    blanks: PhantomData<B>,
    each: F,
}

/// As many bytes as a number has bits.
const BLOCK: usize = 64;

impl<'t, B: Blanks, F: FnMut(&'t [u8])> Job for Split<'t, B, F> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let Split { text, part, mut each, .. } = self;
        let mut at = part.start;
        if at > 0 && !is_blank::<B>(text[at - 1]) {
            at += letters::<B>(&text[at..]); // the end of a word that began before
        }
        let (blocks, _) = text[at.min(part.end)..part.end].as_chunks::<BLOCK>();
        let (mut begin, mut inside) = (at, 0); // where a word began, and 1 where it has not ended
        for block in blocks {
            let here = !blank_bits::<B, L>(lanes, block);
            let before = here << 1 | inside;
            let (mut begins, mut ends) = (here & !before, before & !here);
            if inside == 0 {
                begin = at + lowest(&mut begins);
            }
            while ends != 0 {
                each(&text[begin..at + lowest(&mut ends)]);
                begin = at + lowest(&mut begins); // not used if there are no more
            }
            inside = here >> (BLOCK - 1);
            at += BLOCK;
        }
        if inside == 1 {
            at += letters::<B>(&text[at..]);
            each(&text[begin..at]);
        }
        plainly::<B>(text, at..part.end, each);
    }
}

/// Clears the lowest bit that is set, and returns its place.
#[inline(always)]
fn lowest(bits: &mut u64) -> usize {
    let place = bits.trailing_zeros() as usize;
    *bits &= bits.wrapping_sub(1);
    place
}

/// A bit for each byte that is blank.
#[inline(always)]
fn blank_bits<B: Blanks, L: Lanes>(lanes: L, block: &[u8; BLOCK]) -> u64 {
    let mut blank = 0;
    for &(first, last) in B::RANGES {
        let from = if first == 0 { u64::MAX } else { lanes.bytes_above(block, first - 1) };
        blank |= from & !lanes.bytes_above(block, last);
    }
    blank
}

#[inline(always)]
fn is_blank<B: Blanks>(byte: u8) -> bool {
    B::RANGES.iter().any(|&(first, last)| (first..=last).contains(&byte))
}

/// The number of letters at the start of a text.
#[inline(always)]
fn letters<B: Blanks>(text: &[u8]) -> usize {
    text.iter().position(|&byte| is_blank::<B>(byte)).unwrap_or(text.len())
}

/// The words of a part that begins outside a word: the rest that is shorter than a block.
#[inline(always)]
fn plainly<'t, B: Blanks>(text: &'t [u8], part: Range<usize>, mut each: impl FnMut(&'t [u8])) {
    let mut at = part.start;
    while at < part.end {
        let word = letters::<B>(&text[at..]);
        if word > 0 {
            each(&text[at..at + word]);
        }
        at += word + 1;
    }
}

#[cfg(feature = "worker")]
pub use technique::WordMasks;

#[cfg(feature = "worker")]
mod technique {
    use super::{Split, UpToSpace};
    use crate::best;
    use foldhash::fast::FixedState;
    use parallax_pattern::isa::Isa;
    use parallax_pattern::{Answer, Card, Execute, Fold, Kernel, Question, Sequential, Technique};
    use parallax_suite::cell::{self, Cell};
    use parallax_suite::workload::{Counted, Counts, Wordcount};
    use std::any::type_name;
    use std::hash::BuildHasher;
    use std::marker::PhantomData;
    use std::ops::Range;
    use std::sync::Arc;

    /// Words by masks, into the standard map with a cheap hash; `E` hands out the parts of the text.
    #[derive(Debug)]
    pub struct WordMasks<E = Sequential> {
        masks: Masks,
        who: E,
    }

    /// Splits by the vectors of an instruction set.
    #[derive(Debug, Clone, Copy)]
    struct Masks(Isa);

    impl<S: BuildHasher + Default + Send + 'static> Fold<Wordcount<S>> for Masks {
        const SOURCE: &'static str = file!();
        fn fold(&self, work: &Wordcount<S>, counts: &mut Counts<S>, part: Range<usize>) {
            let each = |word: &[u8]| counts.add(word, 1);
            best::run_on(self.0, Split { text: work.text(), part, blanks: PhantomData::<UpToSpace>, each });
        }
    }

    impl<E: Execute> Technique for WordMasks<E> {
        const CARD: Card = Card {
            name: "word-masks",
            idea: "64 bytes compared with the space together; the bits of the result say where words begin and end",
            gives: "words without a misprediction for each; the difference to `foldhash` is the gain of splitting",
            costs: "code for each instruction set; each word must still be looked up, without vectors",
            cores: E::CARD.cores,
            libraries: &["foldhash"],
            source: file!(),
        };
        fn start(workers: usize) -> Answer<Self> {
            Ok(WordMasks { masks: Masks(Isa::detect()?), who: E::start(workers)? })
        }
        fn isa(&self) -> String {
            self.masks.0.to_string()
        }
    }

    impl<E: Execute> WordMasks<E> {
        /// The one cell.
        pub fn cells() -> Vec<Cell> {
            let mut cells = cell::cells(Question::Compute, Self::wordcount);
            for cell in &mut cells {
                let source = <Masks as Fold<Wordcount>>::SOURCE;
                (cell.kernel, cell.input) = (source.to_owned(), type_name::<Masks>());
            }
            cells
        }

        fn wordcount(&self, work: &Arc<Wordcount<FixedState>>, out: &mut Counted) -> Answer<()> {
            let kernel = Arc::new(Kernel { engine: self.masks, work: work.clone() });
            out.record(self.who.reduce(&kernel)?);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::isa::Isa;
    use proptest::prelude::*;

    /// Blank as in Python, and a range that ends with the last byte.
    struct Several;
    impl Blanks for Several {
        const RANGES: &'static [(u8, u8)] = &[(9, 13), (b' ', b' '), (b'a', b'a'), (0xF8, 0xFF)];
    }

    /// Texts whose words and gaps have lengths around a block's, and texts of any bytes.
    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let run = (prop::sample::select(b"ab\xff \n\0\t!".to_vec()), 1..90usize);
        let runs = prop::collection::vec(run, 0..12).prop_map(|runs| {
            runs.into_iter().flat_map(|(byte, times)| std::iter::repeat_n(byte, times)).collect()
        });
        prop_oneof![runs, prop::collection::vec(any::<u8>(), 0..300)]
    }

    fn by_masks<B: Blanks>(text: &[u8], part: Range<usize>) -> Vec<&[u8]> {
        let blanks = PhantomData::<B>;
        let mut all = Isa::available().into_iter().map(|isa| {
            let mut words = Vec::new();
            best::run_on(isa, Split { text, part: part.clone(), blanks, each: |word| words.push(word) });
            words
        });
        let first = all.next().unwrap();
        all.for_each(|words| assert_eq!(words, first));
        first
    }

    proptest! {
        #[test]
        fn words_are_those_of_the_plain_split(text in texts()) {
            let right: Vec<&[u8]> =
                text.split(|&byte| byte <= b' ').filter(|word| !word.is_empty()).collect();
            prop_assert_eq!(by_masks::<UpToSpace>(&text, 0..text.len()), right);
            let some = |byte: &u8| matches!(byte, 9..=13 | b' ' | b'a' | 0xF8..);
            let right: Vec<&[u8]> = text.split(some).filter(|word| !word.is_empty()).collect();
            prop_assert_eq!(by_masks::<Several>(&text, 0..text.len()), right);
        }

        #[test]
        fn parts_have_the_words_of_the_whole_between_them(text in texts(), cuts in prop::array::uniform2(0..1000usize)) {
            let [a, b] = cuts.map(|cut| cut.min(text.len()));
            let parts = [0..a.min(b), a.min(b)..a.max(b), a.max(b)..text.len()];
            let cut: Vec<&[u8]> = parts.into_iter().flat_map(|part| by_masks::<Several>(&text, part)).collect();
            prop_assert_eq!(cut, by_masks::<Several>(&text, 0..text.len()));
        }
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn a_part_beyond_the_text_is_refused() {
        each_word(b"to be", 0..6, |_| ());
    }
}
