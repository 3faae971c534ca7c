//! Patterns as loops over parts of an array, for techniques that differ only in how they spread a loop.

use parallax_pattern::{
    Answer, Divide, Graph, Map, Nest, Rounds, Stencil, Sweep, covers, make_item, run_tasks, whole_share,
};
use std::mem;

/// A way to spread a loop over workers.
pub(crate) trait Loop {
    /// Calls `body` with each part of `grain` items (the last may be shorter) and its first item's index; returns when
    /// all are done, so it is the barrier between two loops.
    fn each<T: Send>(&mut self, grain: usize, out: &mut [T], body: &(impl Fn(usize, &mut [T]) + Sync));
}

pub(crate) fn map<M: Map>(by: &mut impl Loop, work: &M, out: &mut [M::Item]) -> Answer<()> {
    covers(work.len(), out.len())?;
    by.each(work.grain(), out, &|start, part: &mut [_]| work.fill(start, part));
    Ok(())
}

pub(crate) fn sweep<S: Sweep>(by: &mut impl Loop, work: &S, state: &mut [S::Item]) -> Answer<()> {
    covers(work.len(), state.len())?;
    for _ in 0..work.steps() {
        by.each(work.grain(), state, &|start, part: &mut [_]| work.step(start, part));
    }
    Ok(())
}

pub(crate) fn stencil<S: Stencil>(
    by: &mut impl Loop,
    work: &S,
    [mut old, mut new]: [&mut [S::Item]; 2],
) -> Answer<()> {
    [&old, &new].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
    for _ in 0..work.steps() {
        by.each(work.grain(), new, &|start, part: &mut [_]| work.step(old, start, part));
        mem::swap(&mut old, &mut new);
    }
    Ok(())
}

/// A loop for each row, in parts of one task: the technique decides how many go together.
pub(crate) fn graph<G: Graph>(by: &mut impl Loop, work: &G, last_row: &mut [G::Value]) -> Answer<()> {
    covers(work.width(), last_row.len())?;
    let mut before = last_row.to_vec();
    for row in 0..work.depth() {
        by.each(1, last_row, &|column, part: &mut [_]| run_tasks(work, row, &before, column, part));
        before.clone_from_slice(last_row);
    }
    Ok(())
}

/// Parallel at the outer level only.
pub(crate) fn nest<N: Nest>(by: &mut impl Loop, work: &N, out: &mut [N::Item]) -> Answer<()> {
    covers(work.shape().0, out.len())?;
    by.each(1, out, &|outer, item: &mut [_]| item[0] = make_item(work, outer));
    Ok(())
}

/// A loop over the parts, at least one for each of `workers`; then one for each round of merging neighbours.
pub(crate) fn divide<D: Divide>(
    by: &mut impl Loop,
    work: &D,
    workers: usize,
    [out, room]: [&mut [D::Item]; 2],
) -> Answer<()> {
    [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
    let part = whole_share(work.len(), work.grain(), workers);
    let rounds = Rounds::new(work.len(), part);
    let [mut old, mut new] = rounds.ending_in(out, room);
    for round in 0..rounds.count() {
        by.each(part, new, &|start, piece: &mut [_]| rounds.make(work, round, old, start, piece));
        mem::swap(&mut old, &mut new);
    }
    Ok(())
}
