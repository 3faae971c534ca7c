//! Computing as jobs for a pool: each owns its input, and returns its result by value.

use crate::runtime::{Job, Made, Runtime, opened};
use futures_util::stream::{FuturesUnordered, StreamExt};
use parallax_pattern::{
    Answer, Divide, Execute, Map, Reduce, Rounds, Sequential, covers, pieces, whole_share,
};
use std::mem;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A job for each grain; the pool's queue balances them.
pub(crate) fn map<M: Map>(runtime: &dyn Runtime, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
    covers(work.len(), out.len())?;
    let Some(within) = runtime.enter() else { return Sequential.map(work, out) };
    let mut jobs = pieces(out.len(), work.grain()).map(|piece| -> Job {
        let (work, within) = (work.clone(), within.clone());
        Box::new(move || Box::new(within.run(|| fill(&*work, piece))))
    });
    compute(runtime, &mut jobs, &mut |made| opened::<Part<M::Item>>(made).put(out))
}

/// A job for each worker, which takes grains until none is left. One accumulator per job, not per grain, as it may be a
/// large table.
pub(crate) fn reduce<R: Reduce>(runtime: &dyn Runtime, work: &Arc<R>) -> Answer<R::Acc> {
    let Some(within) = runtime.enter() else { return Sequential.reduce(work) };
    let grains = Arc::new(Grains { next: AtomicUsize::new(0), len: work.len(), grain: work.grain().max(1) });
    let mut jobs = (0..runtime.workers()).map(|_| -> Job {
        let (work, grains, within) = (work.clone(), grains.clone(), within.clone());
        Box::new(move || Box::new(within.run(|| fold(&*work, &grains))))
    });
    let mut accs = Vec::new();
    compute(runtime, &mut jobs, &mut |made| accs.push(made))?;
    let merge = |mut left, right| {
        work.merge(&mut left, right);
        left
    };
    Ok(accs.into_iter().map(opened::<R::Acc>).reduce(merge).unwrap_or_else(|| work.empty()))
}

/// A job for each part, then in each round one for each piece of the merges. The jobs share the result of the round
/// before, and each returns its own piece, which is copied to its place.
pub(crate) fn divide<D: Divide>(
    runtime: &dyn Runtime,
    work: &Arc<D>,
    out: &mut [D::Item],
    room: &mut [D::Item],
) -> Answer<()> {
    [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
    let Some(within) = runtime.enter() else { return Sequential.divide(work, out, room) };
    let part = whole_share(work.len(), work.grain(), runtime.workers());
    let (rounds, mut state) = (Rounds::new(work.len(), part), Arc::new(out.to_vec()));
    for round in 0..rounds.count() {
        let mut jobs = pieces(out.len(), part).map(|piece| -> Job {
            let (work, old, within) = (work.clone(), state.clone(), within.clone());
            Box::new(move || {
                Box::new(within.run(|| {
                    let mut items = vec![D::Item::default(); piece.len()];
                    rounds.make(&*work, round, &old, piece.start, &mut items);
                    Part { start: piece.start, items }
                }))
            })
        });
        let mut made = Vec::new();
        compute(runtime, &mut jobs, &mut |part| made.push(opened::<Part<D::Item>>(part)))?;
        let state = Arc::get_mut(&mut state).expect("a job drops the state before its piece comes back");
        made.into_iter().for_each(|part| part.put(state));
    }
    out.clone_from_slice(&state);
    Ok(())
}

/// Sends jobs to threads, and passes on their results as they come.
fn compute(
    runtime: &dyn Runtime,
    jobs: &mut (dyn Iterator<Item = Job> + Send),
    take: &mut (dyn FnMut(Made) + Send),
) -> Answer<()> {
    let main = async {
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < runtime.ahead()
                && let Some(job) = jobs.next()
            {
                running.push(runtime.compute(job));
            }
            let Some(made) = running.next().await else { break };
            take(made);
        }
    };
    runtime.block_on(pin!(main))
}

/// Items whose place begins at `start`.
struct Part<T> {
    start: usize,
    items: Vec<T>,
}

/// Fills its own piece: a job outlives every borrow, so it cannot write into the caller's array.
fn fill<M: Map>(work: &M, piece: Range<usize>) -> Part<M::Item> {
    let mut items = vec![Default::default(); piece.len()];
    work.fill(piece.start, &mut items);
    Part { start: piece.start, items }
}

impl<T: Clone> Part<T> {
    /// Puts the items into their places.
    fn put(mut self, out: &mut [T]) {
        let places = &mut out[self.start..][..self.items.len()];
        if mem::needs_drop::<T>() {
            places.swap_with_slice(&mut self.items); // cloning would allocate again
        } else {
            places.clone_from_slice(&self.items);
        }
    }
}

/// Grains that are still to be handed out, each to the next worker that asks.
struct Grains {
    next: AtomicUsize,
    len: usize,
    grain: usize,
}

impl Grains {
    /// The next grain. Relaxed: only the number itself is shared.
    fn take(&self) -> Option<Range<usize>> {
        let start = self.next.fetch_add(self.grain, Relaxed);
        (start < self.len).then(|| start..(start + self.grain).min(self.len))
    }
}

/// Folds grains until none is left.
fn fold<R: Reduce>(work: &R, grains: &Grains) -> R::Acc {
    let mut acc = work.empty();
    while let Some(grain) = grains.take() {
        work.fold(&mut acc, grain);
    }
    acc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_numbers_and_of_text_go_to_their_places() {
        let mut numbers = [0; 4];
        Part { start: 1, items: vec![7, 8] }.put(&mut numbers);
        assert_eq!(numbers, [0, 7, 8, 0]);
        let mut words = ["a", "b", "c"].map(String::from);
        Part { start: 2, items: vec!["d".to_owned()] }.put(&mut words);
        assert_eq!(words, ["a", "b", "d"]);
    }
}
