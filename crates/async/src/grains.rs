//! Pieces of computing that a pool may keep: they own what they need, and give away what they made.

use parallax_pattern::{Map, Reduce};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Fills a piece of its own, and says where it belongs: a blocking job outlives every borrow, so it
/// cannot write into the caller's array.
pub(crate) fn fill<M: Map>(work: &M, piece: Range<usize>) -> (usize, Vec<M::Item>) {
    let mut part = vec![bytemuck::Zeroable::zeroed(); piece.len()];
    work.fill(piece.start, &mut part);
    (piece.start, part)
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
