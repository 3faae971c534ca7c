//! A hash table in C, where Rust uses the standard library's: open addressing, a simple hash, and pointers to words.
//!
//! ```
//! let mut counts = parallax_ffi::words::count_words(b"to be or not to be");
//! counts.sort();
//! assert_eq!(counts, [(&b"be"[..], 2), (b"not", 1), (b"or", 1), (b"to", 2)]);
//! ```
//!
//! C has no hash table in its library, so nearly every program has one of its own, as short as this (`c/words.c`). It
//! does less than a general one: it never removes a word, copies none, and hashes each while it looks for its end. The
//! text must stay in place as long as the table is used: C has a comment for that, and Rust a lifetime.

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
    /// Counts the words of a text of `length` bytes; returns their number and sets `entries`, to null if there is no
    /// memory.
    fn parallax_count_words(text: *const u8, length: usize, entries: *mut *mut Entry) -> usize;
    /// Frees the entries.
    fn parallax_free_words(entries: *mut Entry);
}

/// The number of occurrences of each word in a text, in any order. Words are separated by bytes up to the space.
///
/// # Panics
///
/// If there is no memory for the table.
pub fn count_words(text: &[u8]) -> Vec<(&[u8], u64)> {
    let mut entries = ptr::null_mut();
    // SAFETY: `text.len()` is the text's length, and `entries` is writable.
    let used = unsafe { parallax_count_words(text.as_ptr(), text.len(), &raw mut entries) };
    assert!(!entries.is_null(), "out of memory for a table of words");
    // SAFETY: `used` entries begin there, and they have no other owner.
    let counted = unsafe { slice::from_raw_parts(entries, used) };
    // SAFETY: each points to a word of the text, which is borrowed for as long as the result.
    let word = |entry: &Entry| unsafe { slice::from_raw_parts(entry.word, entry.length) };
    let counts = counted.iter().map(|entry| (word(entry), entry.count)).collect();
    // SAFETY: they came from `parallax_count_words`, and are not read any more.
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

    /// C's own table, on one thread.
    #[derive(Debug)]
    pub(crate) struct CTable;

    impl Technique for CTable {
        const CARD: Card = Card {
            name: "c-table",
            idea: "a hash table in eighty lines of C: open addressing, FNV-1a, words that stay in the text",
            gives: "a table that does only what this task needs, with no copy of a word",
            costs: "a table to write and prove for each program, and chosen words may all collide",
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
