//! The lines of a text that hold a word, in capitals and in their order: a map to an optional line.
//!
//! The number of lines in the result is not known in advance, but the place of each is: so the map leaves the places of
//! the other lines empty, and a reader skips those.

use own::{capitals, text};
use parallax::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Lines {
    lines: Vec<String>,
    word: String,
}

impl Map for Lines {
    type Item = Option<String>;
    fn len(&self) -> usize {
        self.lines.len()
    }
    fn fill(&self, start: usize, out: &mut [Option<String>]) {
        for (capital, line) in out.iter_mut().zip(&self.lines[start..]) {
            *capital = capitals(line, &self.word);
        }
    }
}

fn main() -> ExitCode {
    let make = || Lines { lines: text(20_000).lines().map(str::to_owned).collect(), word: "ba".into() };
    let grep_and_tr = |lines: &[Option<String>]| {
        let right = text(20_000).to_uppercase();
        lines.iter().flatten().eq(right.lines().filter(|line| line.split(' ').any(|word| word == "BA")))
    };
    parallax::bench("lines", make).expect(grep_and_tr).processes().main()
}

/// The program as it was.
mod own {
    use parallax::pattern::random::at;

    /// The line in capitals, if it holds the word.
    pub(super) fn capitals(line: &str, word: &str) -> Option<String> {
        line.split_whitespace().any(|other| other == word).then(|| line.to_uppercase())
    }

    /// A text of words of one or two syllables.
    pub(super) fn text(lines: u64) -> String {
        let syllable = |n: u64| ["ba", "do", "gi", "ku", "le", "mo", "na", "pu"][n as usize % 8];
        let word = |n: u64| {
            if n.is_multiple_of(3) {
                syllable(n / 3).to_owned()
            } else {
                [syllable(n / 24), syllable(n / 192)].concat()
            }
        };
        let line = |i| (0..8).map(|k| word(at(1, 8 * i + k) >> 1)).collect::<Vec<_>>().join(" ") + "\n";
        (0..lines).map(line).collect()
    }
}
