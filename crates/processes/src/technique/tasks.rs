//! The piece of each pattern that one worker computes: functions that are called in another process, with the work and
//! the number or range of the piece.

use super::packed::Packed;
use super::sent::Sent;
use parallax_pattern::{Divide, Graph, Map, Nest, Reduce, Search, Wire, dig, needs};
use std::ops::Range;

/// Computes these items of a map.
pub fn fill<M: Map<Item: Wire> + Wire>((work, items): (Sent<M>, Range<usize>)) -> Packed<M::Item> {
    let mut part = vec![M::Item::default(); items.len()];
    work.fill(items.start, &mut part);
    Packed(part)
}

/// Solves these items by themselves.
pub fn solve<D: Divide<Item: Wire> + Wire>((work, items): (Sent<D>, Range<usize>)) -> Packed<D::Item> {
    let mut part = vec![D::Item::default(); items.len()];
    work.solve(items.start, &mut part);
    Packed(part)
}

/// Folds these items.
pub fn fold<R: Reduce<Acc: Wire> + Wire>((work, items): (Sent<R>, Range<usize>)) -> R::Acc {
    let mut acc = work.empty();
    work.fold(&mut acc, items);
    acc
}

/// Runs these columns of a row, given the results of the row before.
pub fn run_row<G: Graph<Value: Wire> + Wire>(
    task: (Sent<G>, usize, Range<usize>, Packed<G::Value>),
) -> Packed<G::Value> {
    let (work, row, columns, Packed(before)) = task;
    let inputs = |column| needs(&*work, row, column).map(|need| before[need].clone());
    Packed(columns.map(|column| work.run(row, column, inputs(column))).collect())
}

/// Visits nodes until none is open or the limit is reached; returns the result and the nodes that are still open.
pub fn walk<S: Search<Node: Wire, Acc: Wire> + Wire>(
    task: (Sent<S>, Vec<S::Node>, usize),
) -> (S::Acc, Vec<S::Node>) {
    let (work, mut open, most) = task;
    let mut acc = work.empty();
    dig(&*work, &mut open, &mut acc, most);
    (acc, open)
}

/// Folds and finishes these outer items.
pub fn finish<N: Nest<Item: Wire, Acc: Wire> + Wire>(
    (work, outers): (Sent<N>, Range<usize>),
) -> Packed<N::Item> {
    let (_, pieces) = work.shape();
    let item = |outer| {
        let mut acc = work.empty();
        work.fold(outer, &mut acc, 0..pieces);
        work.finish(outer, acc)
    };
    Packed(outers.map(item).collect())
}
