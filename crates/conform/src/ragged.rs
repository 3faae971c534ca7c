//! A technique that splits work against the rules: kernels that rely on whole rows, aligned pieces or an order fail.
//!
//! The patterns promise whole grains. The suite's own kernels are right off the grain too, so that their grain affects
//! only speed.

use super::cells;
use parallax_pattern::{Answer, Card, Cores, Execute, No, Technique};
use parallax_pattern::{Divide, Graph, Map, Nest, Reduce, Search, Stencil, Sweep};
use parallax_suite::Compute;
use parallax_suite::cell;
use std::ops::Range;
use std::sync::Arc;

/// Runs every kernel of a technique at `Tiny` on all variants, whole and in ragged pieces, last piece
/// first; returns the names of the cells that ran.
///
/// # Panics
///
/// With the cell's name, if one is wrong, fails, or refuses without a reason.
pub fn kernels<C: Compute>() -> Vec<String> {
    cells(cell::product::<C, Ragged>());
    cells(cell::compute::<C>())
}

/// Pieces of 1, 2, 3, 5, 7 and 61 items, in falling order.
struct Ragged;

fn pieces(len: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for size in [1, 2, 3, 5, 7, 61, 509].into_iter().cycle() {
        if start >= len {
            break;
        }
        let end = len.min(start + size);
        pieces.push(start..end);
        start = end;
    }
    pieces.reverse();
    pieces
}

impl Technique for Ragged {
    const CARD: Card = Card {
        name: "ragged",
        idea: "pieces of odd sizes, last piece first, and nodes in any order",
        gives: "kernels that depend on their pieces are found",
        costs: "time",
        cores: Cores::One,
        libraries: &[],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(Ragged)
    }
}

impl Execute for Ragged {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        pieces(out.len()).into_iter().for_each(|piece| work.fill(piece.start, &mut out[piece]));
        Ok(())
    }
    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let mut all = work.empty();
        for piece in pieces(work.len()) {
            let mut acc = work.empty();
            work.fold(&mut acc, piece);
            work.merge(&mut all, acc);
        }
        Ok(all)
    }
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        for _ in 0..work.steps() {
            pieces(state.len()).into_iter().for_each(|piece| work.step(piece.start, &mut state[piece]));
        }
        Ok(())
    }
    fn stencil<S: Stencil>(&self, work: &Arc<S>, [mut old, mut new]: [&mut [S::Item]; 2]) -> Answer<()> {
        for _ in 0..work.steps() {
            pieces(new.len()).into_iter().for_each(|piece| work.step(old, piece.start, &mut new[piece]));
            std::mem::swap(&mut old, &mut new);
        }
        Ok(())
    }
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        for (outer, item) in out.iter_mut().enumerate().rev() {
            let mut all = work.empty();
            for piece in pieces(work.shape().1) {
                let mut acc = work.empty();
                work.fold(outer, &mut acc, piece);
                work.merge(&mut all, acc);
            }
            *item = work.finish(outer, all);
        }
        Ok(())
    }
    fn graph<G: Graph>(&self, _: &Arc<G>, _: &mut [G::Value]) -> Answer<()> {
        Err(No::Unfit("no kernel is a graph"))
    }
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let (mut accs, mut open) = ([work.empty(), work.empty(), work.empty()], work.roots());
        for visit in 0.. {
            if open.is_empty() {
                break;
            }
            let node = open.swap_remove(visit * 7 % open.len());
            work.visit(node, &mut accs[visit % 3], |found| open.push(found));
        }
        let [mut all, second, third] = accs;
        work.merge(&mut all, third);
        work.merge(&mut all, second);
        Ok(all)
    }
    fn divide<D: Divide>(&self, _: &Arc<D>, _: &mut [D::Item], _: &mut [D::Item]) -> Answer<()> {
        Err(No::Unfit("no kernel is divided"))
    }
}
