//! Pieces of computing that a pool may keep: they own what they need, and give away what they made.

use parallax_pattern::{Map, Reduce};
use std::mem;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Items that belong from `start` on.
#[derive(Debug)]
pub(crate) struct Part<T> {
    start: usize,
    items: Vec<T>,
}

/// Fills a piece of its own: a blocking job outlives every borrow, so it cannot write into the caller's array.
pub(crate) fn fill<M: Map>(work: &M, piece: Range<usize>) -> Part<M::Item> {
    let mut items = vec![Default::default(); piece.len()];
    work.fill(piece.start, &mut items);
    Part { start: piece.start, items }
}

impl<T: Clone> Part<T> {
    /// Puts the items into their places.
    pub(crate) fn put(mut self, out: &mut [T]) {
        let places = &mut out[self.start..][..self.items.len()];
        if mem::needs_drop::<T>() {
            places.swap_with_slice(&mut self.items); // a clone would allocate once more
        } else {
            places.clone_from_slice(&self.items);
        }
    }
}

/// Grains that are still to be handed out, to whoever asks next.
#[derive(Debug)]
pub(crate) struct Grains {
    next: AtomicUsize,
    len: usize,
    grain: usize,
}

impl Grains {
    pub(crate) fn new<R: Reduce>(work: &R) -> Self {
        Grains { next: AtomicUsize::new(0), len: work.len(), grain: work.grain().max(1) }
    }

    /// The next grain. Relaxed: only the number itself is shared.
    fn take(&self) -> Option<Range<usize>> {
        let start = self.next.fetch_add(self.grain, Relaxed);
        (start < self.len).then(|| start..(start + self.grain).min(self.len))
    }
}

/// Folds grains until none is left. One accumulator a job, not one a grain: it may be a large table.
pub(crate) fn fold<R: Reduce>(work: &R, grains: &Grains) -> R::Acc {
    let mut acc = work.empty();
    while let Some(grain) = grains.take() {
        work.fold(&mut acc, grain);
    }
    acc
}

/// Merges what the jobs folded.
pub(crate) fn merge<R: Reduce>(work: &R, accs: impl IntoIterator<Item = R::Acc>) -> R::Acc {
    let together = |mut left, right| {
        work.merge(&mut left, right);
        left
    };
    accs.into_iter().reduce(together).unwrap_or_else(|| work.empty())
}
