//! A reduction: items that fold into one value, in any grouping.
//!
//! Replace `Words` with your own work: the number of items (`len`), what they fold into (`Acc`, `empty`), how a piece
//! of them is folded (`fold`), and how two results become one (`merge`).

use parallax::prelude::*;
use std::collections::HashMap;

/// How often each word occurs in a text.
struct Words {
    lines: Vec<String>,
}

impl Reduce for Words {
    type Acc = HashMap<String, usize>;

    fn len(&self) -> usize {
        self.lines.len()
    }

    fn empty(&self) -> Self::Acc {
        HashMap::new()
    }

    /// The kernel: the loop that takes most of your program's time, over a piece of the items.
    fn fold(&self, counts: &mut Self::Acc, lines: Range<usize>) {
        for word in self.lines[lines].iter().flat_map(|line| line.split_whitespace()) {
            match counts.get_mut(word) {
                Some(count) => *count += 1,
                None => _ = counts.insert(word.to_owned(), 1),
            }
        }
    }

    fn merge(&self, counts: &mut Self::Acc, other: Self::Acc) {
        for (word, count) in other {
            *counts.entry(word).or_default() += count;
        }
    }
}

impl Words {
    /// Makes a text of `lines` lines; read your own with `std::fs::read_to_string`.
    fn of(lines: u64) -> Self {
        let line =
            |i: u64| format!("line {} is {} of {}, said a{} to b{}", i, i % 7, i % 11, i % 97, i * i % 1009);
        Words { lines: (0..lines).map(line).collect() }
    }
}

fn main() -> ExitCode {
    // The closure makes the input, in each process that measures: the same each time. Results are compared with that
    // of one thread; for sums of floats, add `.near(1e-9)`.
    parallax::bench("reduce-example", || Words::of(50_000)).main()
}
