//! The laws of a pattern's pieces: work that is cut at random gives the same result as in one piece.

use bytemuck::Pod;
use parallax_pattern::{Divide, Map, Reduce, Stencil, Sweep, random};
use std::fmt::Debug;
use std::ops::Range;

/// Checks that any split of a map fills the same output: `splits` random ones, made from a seed.
///
/// # Panics
///
/// If one does not.
pub fn any_split_fills_the_same<M: Map<Item: Pod>>(work: &M, splits: u64) {
    let blank = vec![bytemuck::Zeroable::zeroed(); work.len()];
    same_in_parts(&blank, splits, |start, part: &mut [M::Item]| work.fill(start, part));
}

/// Checks that any split of a pass over `state` has the same result: no item of a sweep depends on another.
///
/// # Panics
///
/// If one does not.
pub fn any_split_sweeps_the_same<S: Sweep<Item: Pod>>(work: &S, state: &[S::Item], splits: u64) {
    assert_eq!(state.len(), work.len());
    same_in_parts(state, splits, |start, part| work.step(start, part));
}

/// Checks that any split of a step from `old` gives the same bits, independent of the previous content
/// of the next state's memory.
///
/// # Panics
///
/// If one does not.
pub fn any_split_steps_the_same<S: Stencil<Item: Pod>>(work: &S, old: &[S::Item], splits: u64) {
    assert_eq!(old.len(), work.len());
    let blank = vec![bytemuck::Zeroable::zeroed(); old.len()];
    same_in_parts(&blank, splits, |start, new: &mut [S::Item]| work.step(old, start, new));
    let (mut over_zeros, mut over_old) = (blank, old.to_vec());
    work.step(old, 0, &mut over_zeros);
    work.step(old, 0, &mut over_old);
    assert!(same_bits(&over_zeros, &over_old), "a step depends on what it overwrites");
    (0..splits).for_each(|split| reads_within_reach(work, old, &over_zeros, split));
}

/// Checks that a random part of the next state does not depend on items of the last that are out of reach.
fn reads_within_reach<S: Stencil<Item: Pod>>(work: &S, old: &[S::Item], whole: &[S::Item], split: u64) {
    let (len, reach) = (old.len(), work.reach());
    for part in random_parts(len, split).into_iter().filter(|part| !part.is_empty()) {
        let mut near = vec![bytemuck::Zeroable::zeroed(); len];
        let first = (part.start + len).saturating_sub(reach).max(part.start);
        let last = (part.end + len + reach).min(first + len);
        (first..last).for_each(|i| near[i % len] = old[i % len]);
        let mut new = whole[part.clone()].to_vec();
        bytemuck::cast_slice_mut::<S::Item, u8>(&mut new).fill(0);
        work.step(&near, part.start, &mut new);
        assert!(
            same_bits(&new, &whole[part.clone()]),
            "items {part:?} are made from some that are out of reach"
        );
    }
}

/// Checks the laws of a reduction: folding nothing is the identity, and any grouping merges to the same result.
///
/// # Panics
///
/// If one does not hold.
pub fn any_grouping_folds_the_same<R: Reduce>(work: &R, splits: u64)
where
    R::Acc: PartialEq + std::fmt::Debug,
{
    let len = work.len();
    let fold = |range| {
        let mut acc = work.empty();
        work.fold(&mut acc, range);
        acc
    };
    let whole = fold(0..len);
    for split in 0..splits {
        let [mut i, mut j] = [0, 1].map(|draw| random::at(split, draw) as usize % (len + 1));
        if i > j {
            (i, j) = (j, i);
        }
        let mut left = fold(0..i);
        work.merge(&mut left, fold(i..j));
        work.merge(&mut left, fold(j..len));
        let mut right = fold(i..j);
        work.merge(&mut right, fold(j..len));
        let mut nested = fold(0..i);
        work.merge(&mut nested, right);
        work.merge(&mut nested, fold(i..i));
        let same = left == whole && nested == whole;
        assert!(same, "grouping at {i} and {j} folds otherwise; for sums of floats see `pattern::Reduce`");
    }
}

/// Checks the law of divide and conquer: random parts, combined in pairs in a random order and in random pieces, give
/// the same solution as the whole in one part.
///
/// # Panics
///
/// If one does not.
pub fn any_division_solves_the_same<D: Divide<Item: PartialEq + Debug>>(work: &D, splits: u64) {
    let mut whole = vec![D::Item::default(); work.len()];
    work.solve(0, &mut whole);
    for split in 0..splits {
        let solved = |part: Range<usize>| {
            let mut out = vec![D::Item::default(); part.len()];
            work.solve(part.start, &mut out);
            out
        };
        let parts = random_parts(work.len(), split).into_iter().filter(|part| !part.is_empty());
        let mut solutions: Vec<Vec<D::Item>> = parts.map(solved).collect();
        for draw in 0.. {
            let Some(last) = solutions.len().checked_sub(1).filter(|last| *last > 0) else { break };
            let right = solutions.remove(1 + random::at(!split, draw) as usize % last);
            let left = &mut solutions[random::at(!split, draw) as usize % last];
            let mut both = vec![D::Item::default(); left.len() + right.len()];
            for piece in random_parts(both.len(), split ^ draw) {
                work.combine(left, &right, piece.start, &mut both[piece]);
            }
            *left = both;
        }
        assert!(solutions.concat() == whole, "split {split} gives another solution");
    }
}

/// Does `work` on all of `before` as one part and in random parts, in ascending and in descending order.
fn same_in_parts<T: Pod>(before: &[T], splits: u64, work: impl Fn(usize, &mut [T])) {
    let mut whole = before.to_vec();
    work(0, &mut whole);
    for split in 0..splits {
        let mut cuts = random_parts(before.len(), split);
        if split % 2 == 1 {
            cuts.reverse();
        }
        let mut parts = before.to_vec();
        cuts.into_iter().for_each(|cut| work(cut.start, &mut parts[cut]));
        assert!(same_bits(&parts, &whole), "split {split} gives another result");
    }
}

fn same_bits<T: Pod>(left: &[T], right: &[T]) -> bool {
    bytemuck::cast_slice::<T, u8>(left) == bytemuck::cast_slice::<T, u8>(right)
}

/// Cuts `0..len` into parts of random lengths, some of them empty.
fn random_parts(len: usize, split: u64) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for draw in 0.. {
        if start == len {
            break;
        }
        let piece = (random::at(split, draw) as usize % (len / 3 + 1)).min(len - start);
        parts.push(start..start + piece);
        start += piece;
    }
    parts
}
