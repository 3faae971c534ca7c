//! The rules of a technique that shares state: no hit lost, none added.

use super::refused;
use parallax_pattern::Share;
use parallax_pattern::Touch;
use parallax_pattern::random::at;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Checks that `len` hits drawn over a table of `words` are all added to its values, that no piece begins off the
/// grain, and that a table of another size is refused.
///
/// # Panics
///
/// If that does not hold.
pub fn counts_every_hit<T: Share<Drawn>>(technique: &T, len: usize, words: usize) {
    let (mut right, mut got) = (vec![1; words], vec![1; words]);
    let work = Drawn { len, words, fails_at: None };
    work.hits(0..len, |word| right[word] += 1);
    technique.touch(&Arc::new(work), &mut got).unwrap_or_else(|no| panic!("{no}"));
    assert_eq!(got, right, "{}: {len} hits on {words} words", T::CARD.name);
    for room in [words - 1, words + 1] {
        let what = format!("{}: {len} hits on {words} words, room for {room}", T::CARD.name);
        let work = Arc::new(Drawn { len, words, fails_at: None });
        refused(&what, technique.touch(&work, &mut vec![1; room]));
    }
}

/// Checks that a panic among the hits reaches the caller, and that the same technique works afterwards.
///
/// # Panics
///
/// If it does not.
pub fn passes_a_panic_on<T: Share<Drawn>>(technique: &T) {
    for item in [0, 50, 99] {
        let work = Arc::new(Drawn { len: 100, words: 10, fails_at: Some(item) });
        let run = || technique.touch(&work, &mut [0; 10]);
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "{}, item {item}: no panic", T::CARD.name);
    }
    counts_every_hit(technique, 100, 10);
}

/// Hits on a table of any size, drawn from its size.
#[derive(Serialize, Deserialize)]
pub struct Drawn {
    len: usize,
    words: usize,
    fails_at: Option<usize>,
}

impl Touch for Drawn {
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        7
    }
    fn words(&self) -> usize {
        self.words
    }
    fn hits(&self, items: Range<usize>, mut hit: impl FnMut(usize)) {
        let whole = |end: usize| end == self.len || end.is_multiple_of(self.grain());
        assert!(whole(items.start) && whole(items.end), "{items:?} is off the grain of {}", self.grain());
        for i in items {
            if self.fails_at == Some(i) {
                resume_unwind(Box::new(super::ON_PURPOSE));
            }
            hit(at(self.words as u64, i as u64) as usize % self.words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::Sequential;
    use parallax_pattern::{Answer, Card, Technique};

    /// Forgets the last hit, and every panic.
    struct Forgetful;

    impl Technique for Forgetful {
        const CARD: Card = Sequential::CARD;
        fn start(_: usize) -> Answer<Self> {
            Ok(Forgetful)
        }
    }

    impl<T: Touch> Share<T> for Forgetful {
        fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()> {
            // It forgets a whole grain of hits, so that it breaks no other rule.
            let last = work.len().next_multiple_of(7) - 7;
            let _ = catch_unwind(AssertUnwindSafe(|| work.hits(0..last, |word| words[word] += 1)));
            Ok(())
        }
    }

    #[test]
    #[should_panic(expected = "100 hits on 10 words")]
    fn a_lost_hit_is_found() {
        counts_every_hit(&Forgetful, 100, 10);
    }

    #[test]
    #[should_panic(expected = "item 0: no panic")]
    fn a_swallowed_panic_is_found() {
        passes_a_panic_on(&Forgetful);
    }
}
