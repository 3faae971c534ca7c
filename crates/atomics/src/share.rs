//! Eight answers to one question, on one scaffold: threads with an equal share of the items each.
//!
//! The techniques differ in what a hit is; how the items are spread is the same for all, and static,
//! so that nothing else is shared.

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

/// `len` counters that threads may share, made by the rule of [`Default`]: zeros.
///
/// The counters are the technique's own and are read out at the end ([`read_out`]), since stable
/// Rust has no safe way to see `&mut [u64]` as atomics.
fn counters<C: Default>(len: usize) -> Vec<C> {
    std::iter::repeat_with(C::default).take(len).collect()
}

/// Adds what was counted to the caller's words.
fn read_out(counters: impl IntoIterator<Item = AtomicU64>, words: &mut [u64]) {
    words.iter_mut().zip(counters).for_each(|(word, counter)| *word += counter.into_inner());
}
