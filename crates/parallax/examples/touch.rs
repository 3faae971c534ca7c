//! Touching shared words: items that each add one to a word of a table that all workers share.
//!
//! Replace `Lengths` by your own work: how many items and words there are, and which word each item hits. Where every
//! worker can have a table of its own, a reduction does the same; this shows what sharing one costs.

use parallax::prelude::*;

/// How many words of a text have which length.
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
