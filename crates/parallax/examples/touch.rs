//! Touching shared words: items that each add one to a word of a table that all workers share.
//!
//! Replace `Lengths` with your own work: the numbers of items and words, and the word that each item hits. If every
//! worker can have its own table, a reduction does the same; this shows the cost of sharing one.

use parallax::prelude::*;

/// Counts the words of a text by their length.
struct Lengths {
    words: Vec<String>,
}

impl Touch for Lengths {
    fn len(&self) -> usize {
        self.words.len()
    }

    fn words(&self) -> usize {
        16
    }

    /// The kernel: calls `hit` with the word of the table that each item hits.
    fn hits(&self, items: Range<usize>, mut hit: impl FnMut(usize)) {
        for word in &self.words[items] {
            hit(word.chars().count().min(15));
        }
    }
}

fn main() -> ExitCode {
    let words = || (0..200_000u64).map(|i| format!("w{}", i * i * i % 1_000_003)).collect();
    parallax::bench("touch-example", move || Lengths { words: words() }).main()
}
