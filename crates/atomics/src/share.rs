//! Eight ways to count in shared words, on one scaffold: each thread has an equal share of the items.
//!
//! The techniques differ only in how they count a hit; the items are spread statically in all of them, so that nothing
//! else is shared.

pub mod compare_exchange;
pub mod fetch_add;
pub mod fetch_add_padded;
pub mod fetch_add_seqcst;
pub mod flat_combining;
pub mod mutex;
pub mod mutex_sharded;
pub mod thread_local;

use parallax_pattern::{Answer, Touch, pieces, team, whole_share};
use std::{ops::Range, sync::atomic::AtomicU64};

/// Gives each of `workers` threads an equal share of the items, in whole grains.
fn spread<T: Touch>(workers: usize, work: &T, count: impl Fn(Range<usize>) + Sync) -> Answer<()> {
    let count = &count;
    let shares = pieces(work.len(), whole_share(work.len(), work.grain(), workers));
    team::run(shares.map(|items| move || count(items))).map(drop)
}

/// `len` counters that threads may share, made by [`Default`]: zeros.
///
/// Each technique has its own counters, which are read out at the end ([`read_out`]), since stable
/// Rust has no safe way to see `&mut [u64]` as atomics.
fn counters<C: Default>(len: usize) -> Vec<C> {
    std::iter::repeat_with(C::default).take(len).collect()
}

/// Adds the counts to the caller's words.
fn read_out(counters: impl IntoIterator<Item = AtomicU64>, words: &mut [u64]) {
    words.iter_mut().zip(counters).for_each(|(word, counter)| *word += counter.into_inner());
}
