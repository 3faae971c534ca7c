//! `wordcount`: how often each word occurs in a text.

use crate::threads::Workers;
use hashbrown::HashMap;
use parallax_simd::{Blanks, each_word_between};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use std::ops::Range;

/// Bytes that are worth a thread: some hundred microseconds of counting.
const PIECE: usize = 1 << 15;

/// Parts of a text for each worker: several, so that others can take the rest of a slow worker's.
const PARTS: usize = 16;

/// How often each word occurs in a text: the dictionary `Counter(text.split())`, in the order of first appearance.
///
/// Words of a `str` are `str`, split where `str.split` splits. Words of `bytes`, or of any object with a contiguous
/// buffer of bytes (bytearray, memoryview, an array of uint8, a mapped file), are `bytes`, split at ASCII white space.
/// The text is not copied; do not write into its buffer meanwhile.
///
/// >>> import parallax_rs
/// >>> parallax_rs.wordcount(b"the cat and the dog")
/// {b'the': 2, b'cat': 1, b'and': 1, b'dog': 1}
/// >>> parallax_rs.wordcount("Schnee ist weiß, Schnee ist kalt")
/// {'Schnee': 2, 'ist': 2, 'weiß,': 1, 'kalt': 1}
#[pyfunction]
#[pyo3(signature = (text, workers=None))]
pub(crate) fn wordcount<'py>(
    text: &Bound<'py, PyAny>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = text.py();
    if let Ok(text) = text.cast::<PyString>() {
        let (length, text) = (text.len()?, text.to_str()?);
        let letters = if length == text.len() { Letters::Ascii } else { Letters::Unicode };
        let counts = count(py, text.as_bytes(), letters, workers)?;
        return dictionary(py, &counts, |word| {
            PyString::new(py, std::str::from_utf8(word).expect("a text is cut between its letters"))
                .into_any()
        });
    }
    let give = |word: &[u8]| PyBytes::new(py, word).into_any();
    if let Ok(bytes) = text.cast::<PyBytes>() {
        return dictionary(py, &count(py, bytes.as_bytes(), Letters::Bytes, workers)?, give);
    }
    let what = text.get_type();
    let buffer = PyBuffer::<u8>::get(text)
        .map_err(|_| PyTypeError::new_err(format!("text is {what}; give str, bytes or a buffer of bytes")))?;
    dictionary(py, &count(py, bytes_of(&buffer)?, Letters::Bytes, workers)?, give)
}

/// The bytes of a buffer, for as long as it is held.
#[expect(unsafe_code, reason = "a buffer is an address and a length")]
fn bytes_of(buffer: &PyBuffer<u8>) -> PyResult<&[u8]> {
    if !buffer.is_c_contiguous() {
        return Err(PyValueError::new_err("text has gaps in memory; give a contiguous buffer"));
    }
    if buffer.len_bytes() == 0 {
        return Ok(&[]);
    }
    // SAFETY: the buffer is one block of `len_bytes` bytes, which its owner neither frees nor moves while it is held.
    // The caller must not write to it meanwhile; a word would be miscounted, but no length is read from the buffer.
    Ok(unsafe { std::slice::from_raw_parts(buffer.buf_ptr().cast::<u8>(), buffer.len_bytes()) })
}

/// The white space that separates words.
#[derive(Clone, Copy)]
enum Letters {
    Bytes,
    /// A `str` of ASCII, with one byte for each letter.
    Ascii,
    Unicode,
}

/// The count of each word; a word is borrowed from where it first appears.
type Counts<'a> = HashMap<&'a [u8], u64>;

fn count<'a>(
    py: Python,
    text: &'a [u8],
    letters: Letters,
    workers: Option<isize>,
) -> PyResult<Vec<(&'a [u8], u64)>> {
    let workers = Workers::of(workers, text.len().div_ceil(PIECE))?;
    workers.run(py, || {
        let fold = |counts, part| counted(counts, text, part, letters);
        // tables of words are merged, which costs more: so pieces are fewer and larger than elsewhere
        let unit = text.len().div_ceil(PARTS * workers.count());
        let counts = workers.reduce(text.len(), unit, Counts::new, fold, together);
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable_by_key(|(word, _)| word.as_ptr());
        counts
    })
}

/// Counts the words that begin in a part.
fn counted<'a>(mut counts: Counts<'a>, text: &'a [u8], part: Range<usize>, letters: Letters) -> Counts<'a> {
    // not by `entry`, which reserves space for a new word, and few words are new
    let mut hit = |word: &'a [u8]| match counts.get_mut(word) {
        Some(count) => *count += 1,
        None => _ = counts.insert(word, 1),
    };
    match letters {
        Letters::Bytes => each_word_between::<BytesSplit>(text, part, hit),
        Letters::Ascii => each_word_between::<StrSplit>(text, part, hit),
        Letters::Unicode => each_word_between::<StrSplit>(text, part, |word| {
            if word.is_ascii() {
                return hit(word);
            }
            let word = std::str::from_utf8(word).expect("a text is cut between its letters");
            // splits at white space that is not ASCII
            let words = word.split(char::is_whitespace).filter(|word| !word.is_empty());
            words.for_each(|word| hit(word.as_bytes()));
        }),
    }
    counts
}

/// Adds the counts of a later part; a word that both have keeps its first place.
fn together<'a>(mut left: Counts<'a>, right: Counts<'a>) -> Counts<'a> {
    right.into_iter().for_each(|(word, count)| *left.entry(word).or_insert(0) += count);
    left
}

/// Where `bytes.split` splits.
struct BytesSplit;

impl Blanks for BytesSplit {
    const RANGES: &'static [(u8, u8)] = &[(b'\t', b'\r'), (b' ', b' ')];
}

/// Where `str.split` splits within ASCII: it also counts the four separators 0x1C to 0x1F as white space.
struct StrSplit;

impl Blanks for StrSplit {
    const RANGES: &'static [(u8, u8)] = &[(b'\t', b'\r'), (0x1C, b' ')];
}

fn dictionary<'py>(
    py: Python<'py>,
    counts: &[(&[u8], u64)],
    word: impl Fn(&[u8]) -> Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    counts.iter().try_for_each(|(bytes, count)| all.set_item(word(bytes), count))?;
    Ok(all)
}
