//! A hash table written out in C, where Rust takes the standard library's: plain places, a plain hash, and pointers into the text.
//!
//! ```
//! let mut counts = parallax_ffi::words::count_words(b"to be or not to be");
//! counts.sort();
//! assert_eq!(counts, [(&b"be"[..], 2), (b"not", 1), (b"or", 1), (b"to", 2)]);
//! ```
//!
//! C has no hash table in its library, so nearly every program has one of its own, as short as this (`c/words.c`). It does
//! with less than a general one: no word is taken out, none is copied, and each is hashed while its end is looked for. That
//! the text must stay where it is as long as the table is used is a comment there, and a lifetime here.

#![expect(unsafe_code, reason = "the table is C's")]

use std::{ptr, slice};

/// `struct entry` of `c/words.c`.
#[repr(C)]
struct Entry {
    word: *const u8,
    length: usize,
    hash: u64,
    count: u64,
}

unsafe extern "C" {
    /// Counts the words of a text of `length` bytes; gives how many there are and where, or null if there is no memory.
    fn parallax_count_words(text: *const u8, length: usize, entries: *mut *mut Entry) -> usize;
    /// Frees them.
    fn parallax_free_words(entries: *mut Entry);
}

/// How often each word stands in a text, in any order. Words are what stands between bytes up to the space.
///
/// # Panics
///
/// If there is no memory for the table.
pub fn count_words(text: &[u8]) -> Vec<(&[u8], u64)> {
    let mut entries = ptr::null_mut();
    // SAFETY: the text is as long as is said, and there is a place for the entries.
    let used = unsafe { parallax_count_words(text.as_ptr(), text.len(), &raw mut entries) };
    assert!(!entries.is_null(), "there is no memory for a table of words");
    // SAFETY: as many entries begin there, and nobody else has them.
    let counted = unsafe { slice::from_raw_parts(entries, used) };
    // SAFETY: each points to a word of the text, which is borrowed for as long as what is made here.
    let word = |entry: &Entry| unsafe { slice::from_raw_parts(entry.word, entry.length) };
    let counts = counted.iter().map(|entry| (word(entry), entry.count)).collect();
    // SAFETY: they came from there, and are not looked at any more.
    unsafe { parallax_free_words(entries) };
    counts
}

#[cfg(feature = "worker")]
pub(crate) use technique::CTable;

#[cfg(feature = "worker")]
mod technique {
    use super::count_words;
    use parallax_pattern::{Answer, Card, Cores, Question, Technique};
    use parallax_suite::cell::{self, Cell};
    use parallax_suite::workload::{Counted, Wordcount};
    use std::sync::Arc;

    /// A table of C's own, on one thread.
    #[derive(Debug)]
    pub(crate) struct CTable;

    impl Technique for CTable {
        const CARD: Card = Card {
            name: "c-table",
            idea: "a hash table in eighty lines of C: places side by side, FNV-1a, and words that stay in the text",
            gives: "a table that does only what is asked for, with no copy of a word",
            costs: "a table to write and to prove for each program, and who may choose the words may make them collide",
            cores: Cores::One,
            libraries: &[],
            source: file!(),
        };
        fn start(_: usize) -> Answer<Self> {
            Ok(CTable)
        }
    }

    impl CTable {
        /// The one cell.
        pub(crate) fn cells() -> Vec<Cell> {
            cell::cells(Question::Compute, Self::wordcount)
        }

        fn wordcount(&self, work: &Arc<Wordcount>, out: &mut Counted) -> Answer<()> {
            out.record(count_words(work.text()).into_iter().map(|(word, count)| (word.into(), count)));
            Ok(())
        }
    }
}
