//! A check that a panic while two solutions are combined reaches the caller: it comes after all parts are solved.

use super::{ON_PURPOSE, answered};
use parallax_pattern::{Distribute, Divide};
use serde::{Deserialize, Serialize};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Checks that no worker waits for a piece whose combination failed, and that there is no answer without it. A
/// technique that solves the whole as one part has nothing that could fail.
///
/// # Panics
///
/// If there is an answer, and it is not right.
pub(super) fn passes_on_what_fails_at_last<T: Distribute>(technique: &T) {
    for fails_at in [0, 50, 99] {
        let (work, mut out) = (Arc::new(Places { fails_at }), [usize::MAX; LEN]);
        let run = AssertUnwindSafe(|| technique.divide(&work, &mut out, &mut [0; LEN]));
        if let Ok(answer) = catch_unwind(run)
            && answered(answer).is_some()
        {
            let right = out.iter().enumerate().all(|(place, item)| place == *item);
            assert!(right, "{}, divide: item {fails_at} failed, and no panic", T::CARD.name);
        }
    }
}

const LEN: usize = 100;

/// Each item is its place, and the combination of one of them fails.
#[derive(Serialize, Deserialize)]
struct Places {
    fails_at: usize,
}

impl Divide for Places {
    type Item = usize;
    fn len(&self) -> usize {
        LEN
    }
    fn grain(&self) -> usize {
        10
    }
    fn solve(&self, start: usize, out: &mut [usize]) {
        out.iter_mut().zip(start..).for_each(|(item, place)| *item = place);
    }
    fn combine(&self, left: &[usize], right: &[usize], at: usize, out: &mut [usize]) {
        if (left[0] + at..).zip(&*out).any(|(place, _)| place == self.fails_at) {
            resume_unwind(Box::new(ON_PURPOSE));
        }
        let both = left.iter().chain(right).skip(at);
        out.iter_mut().zip(both).for_each(|(item, place)| *item = *place);
    }
}
