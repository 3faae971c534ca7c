//! A merge of two sorted runs that can write any piece of the result independently.
//!
//! The plain merge branches on which run comes next, which is random: the branch is mispredicted every other time, and
//! costs more than everything else. So:
//!
//! 1. The next of two items is selected without a branch: both are read, one is kept, one index advances.
//! 2. Each item then waits for the index that the one before it has advanced. A piece is cut into two by the same
//!    search that finds its beginning, and the halves are merged in an interleaved way: two such chains at a time.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::iter;

/// Writes items `at..at + out.len()` of the merge of two runs by their keys, those of the left run first among equals.
///
/// It takes time in O(log at + out.len()) and no extra space.
pub(crate) fn merge<T: Copy, K: Ord>(
    left: &[T],
    right: &[T],
    at: usize,
    out: &mut [T],
    key: impl Fn(&T) -> K + Copy,
) {
    let middle = out.len() / 2;
    let places = [at, at + middle, at + out.len()].map(|at| (split(left, right, at, key), at));
    let run = |from: usize, to: usize| {
        let [(left_from, from), (left_to, to)] = [places[from], places[to]];
        [&left[left_from..left_to], &right[from - left_from..to - left_to]]
    };
    let (first, second) = out.split_at_mut(middle);
    side_by_side([run(0, 1), run(1, 2)], [first, second], key);
}

/// How many of the first `at` items come from the left run.
fn split<T, K: Ord>(left: &[T], right: &[T], at: usize, key: impl Fn(&T) -> K) -> usize {
    let (mut least, mut most) = (at.saturating_sub(right.len()), at.min(left.len()));
    while least < most {
        let middle = usize::midpoint(least, most);
        match key(&left[middle]).cmp(&key(&right[at - middle - 1])) {
            Less | Equal => least = middle + 1,
            Greater => most = middle,
        }
    }
    least
}

/// Two merges of two runs each, whose steps take turns for as long as no run is used up.
fn side_by_side<T: Copy, K: Ord>(
    mut runs: [[&[T]; 2]; 2],
    outs: [&mut [T]; 2],
    key: impl Fn(&T) -> K + Copy,
) {
    let mut written = 0;
    let [first, second] = outs;
    loop {
        // in this many steps no run is used up
        let steps = runs.as_flattened().iter().map(|run| run.len()).min().unwrap_or(0);
        if steps == 0 {
            break;
        }
        let mut taken = [[0; 2]; 2];
        let places = first[written..][..steps].iter_mut().zip(&mut second[written..][..steps]);
        for (first, second) in places {
            *first = step(&runs[0], &mut taken[0], key);
            *second = step(&runs[1], &mut taken[1], key);
        }
        for (run, taken) in iter::zip(runs.as_flattened_mut(), taken.as_flattened()) {
            *run = &run[*taken..];
        }
        written += steps;
    }
    let [[a, b], [c, d]] = runs;
    rest(a, b, &mut first[written..], key);
    rest(c, d, &mut second[written..], key);
}

/// The next item of two runs, neither of which is used up.
#[inline(always)]
fn step<T: Copy, K: Ord>(runs: &[&[T]; 2], taken: &mut [usize; 2], key: impl Fn(&T) -> K) -> T {
    let [left, right] = [0, 1].map(|side| runs[side][taken[side]]);
    let from_right = key(&right) < key(&left);
    taken[0] += usize::from(!from_right);
    taken[1] += usize::from(from_right);
    if from_right { right } else { left }
}

/// One merge by itself; when one run is used up, the rest of the other is copied.
fn rest<T: Copy, K: Ord>(left: &[T], right: &[T], out: &mut [T], key: impl Fn(&T) -> K) {
    let (mut taken, mut written) = ([0; 2], 0);
    while taken[0] < left.len() && taken[1] < right.len() {
        out[written] = step(&[left, right], &mut taken, &key);
        written += 1;
    }
    let (left, right) = (&left[taken[0]..], &right[taken[1]..]);
    let (from_left, from_right) = out[written..].split_at_mut(left.len());
    from_left.copy_from_slice(left);
    from_right.copy_from_slice(right);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_piece_is_that_of_the_whole(
            mut left in prop::collection::vec(0..20u8, 0..60),
            mut right in prop::collection::vec(0..20u8, 0..60),
            cuts: [prop::sample::Index; 2],
        ) {
            left.sort_unstable();
            right.sort_unstable();
            // the side distinguishes equal keys
            let [left, right] = [(left, false), (right, true)]
                .map(|(run, side)| run.into_iter().map(|key| (key, side)).collect::<Vec<_>>());
            let mut whole = [&left[..], &right[..]].concat();
            whole.sort_by_key(|(key, _)| *key);
            let mut cuts = cuts.map(|cut| cut.index(whole.len() + 1));
            cuts.sort_unstable();
            let mut out = vec![(99, false); cuts[1] - cuts[0]];
            merge(&left, &right, cuts[0], &mut out, |(key, _)| *key);
            prop_assert_eq!(&out[..], &whole[cuts[0]..cuts[1]]);
        }
    }
}
