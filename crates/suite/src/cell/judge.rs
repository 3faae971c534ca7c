//! A cache of the check's verdict: an output with the digest of one that was right is right.
//!
//! A check may recompute the solution, element by element, and every sample is checked. Runs of one input give
//! the same result every time, so the digest, which takes a fraction of the time, decides for all except the first.

use crate::workload::{Mismatch, Workload};
use std::cell::Cell;

/// The digest that a right output must have, and the digest of an output that was found right.
pub struct Judge {
    expected: u64,
    right: Cell<Option<u64>>,
}

impl Judge {
    /// For results that must have this digest.
    pub fn new(expected: u64) -> Self {
        Judge { expected, right: Cell::new(None) }
    }

    /// Returns the digest of `out`, if `out` is right.
    pub fn judge<W: Workload>(&self, work: &W, out: &W::Output) -> Result<u64, Mismatch> {
        let digest = work.digest(out);
        if !W::WORDS_DECIDE || self.right.get() != Some(digest) {
            work.check(out, self.expected)?;
            self.right.set(Some(digest));
        }
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Output;
    use crate::workload::{
        Bubblesort, Comparison, Expression, Fanout, GridSearch, Heat, Histogram, Julia, Matmul, Matmul32,
        MonteCarlo, Pairwise, Params, Records, Routes, Size, Sort, Stream, TaskGraph, TreeSearch, Urgent,
        Wordcount,
    };

    fn solved<W: Workload>() -> (W, W::Output, Judge) {
        let work = W::make(Params::of(Size::Tiny));
        let mut out = work.output();
        work.reference(&mut out);
        let judge = Judge::new(work.expected());
        (work, out, judge)
    }

    /// Right, then wrong in one word, then right again.
    fn notices_a_word<W: Workload>() {
        let (work, mut out, judge) = solved::<W>();
        let digest = judge.judge(&work, &out).unwrap();
        assert_eq!((digest, judge.judge(&work, &out)), (work.digest(&out), Ok(digest)), "{}", W::NAME);
        let last = out.len() - 1;
        let word = out.word(last);
        out.set_word(last, word ^ 1 << (work.blind_bits() + 1));
        assert!(judge.judge(&work, &out).is_err(), "{}: another result than the one before", W::NAME);
        out.spoil();
        assert!(judge.judge(&work, &out).is_err(), "{}: no result", W::NAME);
        work.reference(&mut out);
        assert_eq!(judge.judge(&work, &out), Ok(digest), "{}", W::NAME);
    }

    #[test]
    fn a_result_that_turns_wrong_is_noticed_by_its_digest() {
        notices_a_word::<Bubblesort>();
        notices_a_word::<Comparison>();
        notices_a_word::<Expression>();
        notices_a_word::<GridSearch>();
        notices_a_word::<Heat>();
        notices_a_word::<Histogram>();
        notices_a_word::<Julia>();
        notices_a_word::<Matmul>();
        notices_a_word::<Matmul32>();
        notices_a_word::<MonteCarlo>();
        notices_a_word::<Pairwise>();
        notices_a_word::<Records>();
        notices_a_word::<Routes>();
        notices_a_word::<Sort>();
        notices_a_word::<Stream>();
        notices_a_word::<TaskGraph>();
        notices_a_word::<TreeSearch>();
        notices_a_word::<Urgent>();
        notices_a_word::<Wordcount>();
    }

    #[test]
    fn a_result_within_the_tolerance_has_a_verdict_of_its_own() {
        let (work, mut out, judge) = solved::<Heat>();
        let digest = judge.judge(&work, &out).unwrap();
        let word = out.word(3);
        out.set_word(3, word ^ 1);
        let other = judge.judge(&work, &out).unwrap();
        assert_ne!(other, digest, "the lowest bit is within the tolerance, and seen by the digest");
    }

    #[test]
    fn what_the_digest_does_not_show_is_looked_at_every_time() {
        let (work, mut out, judge) = solved::<Fanout>();
        let digest = judge.judge(&work, &out).unwrap();
        let (first, second) = (out.word(0), out.word(1));
        out.set_word(0, second);
        out.set_word(1, first);
        assert_eq!(work.digest(&out), digest, "a sum does not see places");
        assert!(judge.judge(&work, &out).is_err(), "but the check does");
    }
}
