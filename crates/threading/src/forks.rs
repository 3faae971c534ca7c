//! Recursion by halves: the patterns for any technique that can fork.

use crate::loops::Loop;
use parallax_pattern::divide::{Fork, conquer};
use parallax_pattern::{Answer, Divide, Nest, Reduce, covers, whole_share};
use std::ops::Range;

/// How many accumulators there may be for each worker: one may be a table of half a megabyte.
const SHARES_PER_WORKER: usize = 16;

/// A loop as a recursion: halved until a part is left.
pub(crate) struct Halves<'a, 'b, F: Fork>(pub(crate) &'a mut F::Scope<'b>);

impl<F: Fork> Loop for Halves<'_, '_, F> {
    fn each<T: Send>(&mut self, grain: usize, out: &mut [T], body: &(impl Fn(usize, &mut [T]) + Sync)) {
        let body = |_: &mut F::Scope<'_>, start: usize, part: &mut [T]| body(start, part);
        forked::<F, T>(self.0, grain.max(1), 0, out, &body);
    }
}

/// Parts of an array for each worker: each must be merged with its neighbours again.
const PARTS_PER_WORKER: usize = 4;

/// A fork for each half of the array, and for each half of a merge.
pub(crate) fn divide<F: Fork, D: Divide>(
    here: &mut F::Scope<'_>,
    work: &D,
    workers: usize,
    [out, room]: [&mut [D::Item]; 2],
) -> Answer<()> {
    [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
    let part = whole_share(work.len(), work.grain(), PARTS_PER_WORKER * workers);
    conquer::<D, F>(work, here, part, 0, [out, room]);
    Ok(())
}

/// Folds into as many accumulators as keep `workers` evenly busy, each of whole grains.
pub(crate) fn reduce<F: Fork, R: Reduce>(here: &mut F::Scope<'_>, work: &R, workers: usize) -> R::Acc {
    let share = whole_share(work.len(), work.grain(), SHARES_PER_WORKER * workers);
    let fold = |items| {
        let mut acc = work.empty();
        work.fold(&mut acc, items);
        acc
    };
    folded::<F, _>(here, share, 0..work.len(), &fold, &|acc, other| work.merge(acc, other))
}

/// Forks within forks, at the outer and the inner level alike.
pub(crate) fn nest<F: Fork, N: Nest>(here: &mut F::Scope<'_>, work: &N, out: &mut [N::Item]) -> Answer<()> {
    covers(work.shape().0, out.len())?;
    let pieces = work.shape().1;
    let share = pieces.div_ceil(SHARES_PER_WORKER).max(1);
    let make = |here: &mut F::Scope<'_>, outer: usize, item: &mut [N::Item]| {
        let fold = |items| {
            let mut acc = work.empty();
            work.fold(outer, &mut acc, items);
            acc
        };
        let acc = folded::<F, _>(here, share, 0..pieces, &fold, &|acc, other| work.merge(acc, other));
        item[0] = work.finish(outer, acc);
    };
    forked::<F, _>(here, 1, 0, out, &make);
    Ok(())
}

/// Calls `make` with each part of at most `grain` items and its first item's index; `make` may fork too.
fn forked<F: Fork, T: Send>(
    here: &mut F::Scope<'_>,
    grain: usize,
    start: usize,
    out: &mut [T],
    make: &(impl Fn(&mut F::Scope<'_>, usize, &mut [T]) + Sync),
) {
    let parts = out.len().div_ceil(grain);
    if parts <= 1 {
        if !out.is_empty() {
            make(here, start, out);
        }
        return;
    }
    let middle = parts / 2 * grain;
    let (left, right) = out.split_at_mut(middle);
    F::join(
        here,
        |here| forked::<F, T>(here, grain, start, left, make),
        |here| forked::<F, T>(here, grain, start + middle, right, make),
    );
}

/// Folds parts of at most `grain` items, and merges their accumulators.
fn folded<F: Fork, A: Send>(
    here: &mut F::Scope<'_>,
    grain: usize,
    items: Range<usize>,
    fold: &(impl Fn(Range<usize>) -> A + Sync),
    merge: &(impl Fn(&mut A, A) + Sync),
) -> A {
    let parts = items.len().div_ceil(grain);
    if parts <= 1 {
        return fold(items);
    }
    let middle = items.start + parts / 2 * grain;
    let (left, right) = (items.start..middle, middle..items.end);
    let (mut acc, other) = F::join(
        here,
        |here| folded::<F, A>(here, grain, left, fold, merge),
        |here| folded::<F, A>(here, grain, right, fold, merge),
    );
    merge(&mut acc, other);
    acc
}
