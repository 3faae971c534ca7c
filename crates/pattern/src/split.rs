//! Helpers for techniques of every family: they check work, cut it, and do it piece by piece.

use crate::answer::{Answer, No};
use crate::array::Nest;
use crate::graph::{Graph, Search};
use crate::state::Recall;
use std::ops::Range;

/// Checks that an output has room for the work's items, and for no more.
///
/// ```
/// use parallax_pattern::covers;
/// assert!(covers(5, 5).is_ok());
/// assert_eq!(covers(5, 4).unwrap_err().to_string(), "the work has 5 items, the output has room for 4: give it 5");
/// ```
///
/// # Errors
///
/// If not; the message has both numbers.
pub fn covers(len: usize, room: usize) -> Answer<()> {
    if len == room {
        return Ok(());
    }
    Err(No::failed(format!("the work has {len} items, the output has room for {room}: give it {len}")))
}

/// How many values a technique reserves room for: the capacity, but no more than there are requests.
pub fn room<R: Recall>(work: &R) -> usize {
    work.capacity().min(work.len()).max(1)
}

/// The ranges of at most `grain` items that make up `0..len`.
///
/// ```
/// use parallax_pattern::pieces;
/// assert_eq!(pieces(5, 2).collect::<Vec<_>>(), [0..2, 2..4, 4..5]);
/// ```
pub fn pieces(len: usize, grain: usize) -> impl DoubleEndedIterator<Item = Range<usize>> + ExactSizeIterator {
    let grain = grain.max(1);
    (0..len.div_ceil(grain)).map(move |k| k * grain..k * grain + grain.min(len - k * grain))
}

/// Share `k` of `0..len` split into `shares` parts whose lengths differ by one at most: for work without a grain.
///
/// ```
/// use parallax_pattern::share;
/// assert_eq!([share(5, 2, 0), share(5, 2, 1)], [0..2, 2..5]);
/// ```
pub fn share(len: usize, shares: usize, k: usize) -> Range<usize> {
    let cut = |k| (len as u128 * k as u128 / shares as u128) as usize; // a product of any two lengths
    cut(k)..cut(k + 1)
}

/// How many items each of `shares` equal parts of `len` items has: a multiple of the grain, and at least one grain.
///
/// The last part may be shorter, and there may be fewer parts. More and smaller ones would not be done sooner:
/// the longest sets the time.
///
/// ```
/// use parallax_pattern::whole_share;
/// assert_eq!(whole_share(100, 10, 4), 30); // 30, 30, 30 and 10
/// assert_eq!(whole_share(100, 200, 4), 200); // one part
/// ```
pub fn whole_share(len: usize, grain: usize, shares: usize) -> usize {
    let grain = grain.max(1);
    len.div_ceil(grain).div_ceil(shares.max(1)).max(1).saturating_mul(grain)
}

/// Runs neighbouring tasks of a row, the first of them `first`, given all results of the row before.
pub fn run_tasks<G: Graph>(work: &G, row: usize, before: &[G::Value], first: usize, part: &mut [G::Value]) {
    for (column, value) in (first..).zip(part) {
        *value = work.run(row, column, needs(work, row, column).map(|need| before[need].clone()));
    }
}

/// The dependencies of a task, checked: a technique would wait forever for a column that does not exist, or read
/// something else from an array.
///
/// # Panics
///
/// If a dependency is not a column of the row before.
#[inline]
pub fn needs<G: Graph>(work: &G, row: usize, column: usize) -> impl Iterator<Item = usize> + '_ {
    let width = work.width();
    work.needs(row, column).inspect(move |&need| {
        let there = row > 0 && need < width;
        assert!(there, "task {column} of row {row} needs task {need} of the row before, which is not there");
    })
}

/// Visits up to `visits` of the `open` nodes and of their descendants, depth first: the deepest are at
/// the end. The nodes left in `open` were not visited. A heavy visit counts as several ([`Search::weight`]).
pub fn dig<S: Search>(work: &S, open: &mut Vec<S::Node>, acc: &mut S::Acc, visits: usize) {
    for _ in 0..visits.div_ceil(work.weight().max(1)) {
        let Some(node) = open.pop() else { return };
        work.visit(node, acc, |found| open.push(found));
    }
}

/// Makes one outer item, from all of its pieces.
pub fn make_item<N: Nest>(work: &N, outer: usize) -> N::Item {
    let mut acc = work.empty();
    work.fold(outer, &mut acc, 0..work.shape().1);
    work.finish(outer, acc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_near_the_end_of_the_numbers_are_cut_like_others() {
        let len = usize::MAX;
        assert_eq!(pieces(len, len / 2).collect::<Vec<_>>(), [0..len / 2, len / 2..len - 1, len - 1..len]);
        assert_eq!((share(len, 3, 0).start, share(len, 3, 2).end), (0, len));
        assert_eq!(whole_share(len, 10, 1), len);
    }

    #[test]
    fn shares_are_whole_grains_and_no_more_than_asked_for() {
        for (len, grain, shares) in [(0, 4, 3), (1, 4, 3), (9, 4, 2), (9, 0, 4), (100, 7, 5), (3, 100, 8)] {
            let share = whole_share(len, grain, shares);
            assert!(
                share.is_multiple_of(grain.max(1)) && len.div_ceil(share) <= shares,
                "{len}, {grain}, {shares}"
            );
        }
    }
}
