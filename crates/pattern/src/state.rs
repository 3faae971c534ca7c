//! Patterns of state that many want: words that all workers hit, and values that are asked for again.

use crate::array::grain_of;
use std::ops::Range;

/// `len` items that each add one to a word of a shared table.
pub trait Touch: Send + Sync + 'static {
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    /// Unless you say otherwise, a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// How many words the table has.
    fn words(&self) -> usize;
    /// Calls `hit` with the word of each of `items`.
    fn hits(&self, items: Range<usize>, hit: impl FnMut(usize));
}

/// Requests for values of a function, many of which were asked for before.
///
/// How many hits there are depends on the order of requests. A technique that reports
/// [`Policy::Lru`](crate::Policy::Lru) must answer `key(0)`, `key(1)`, … in turn; under every other policy requests may
/// be divided among workers. Each request is either answered from memory, and is then a hit, or costs
/// one call of `compute`: hits and calls add up to `len`. Who waits for a value that another worker
/// is computing has a hit (single flight).
pub trait Recall: Send + Sync + 'static {
    /// How many requests there are.
    fn len(&self) -> usize;
    /// What request `i` asks for.
    fn key(&self, i: usize) -> u64;
    /// The value of a key: always the same, and costly.
    fn compute(&self, key: u64) -> u64;
    /// How many values may be remembered at once. 0 means 1, and more than `len` means `len` ([`room`](crate::room)).
    fn capacity(&self) -> usize;
}
