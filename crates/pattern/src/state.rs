//! Patterns of shared state: words that all workers hit, entries that all read, values that are requested repeatedly.

use crate::array::grain_of;
use std::ops::Range;

/// `len` items that each add one to a word of a shared table.
pub trait Touch: Send + Sync + 'static {
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items to hand out together at least: pieces begin at multiples of it.
    /// By default a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// How many words the table has.
    fn words(&self) -> usize;
    /// Calls `hit` with the word of each of `items`.
    fn hits(&self, items: Range<usize>, hit: impl FnMut(usize));
}

/// A table that all workers read all the time, and change now and then: configuration, routes, sessions, prices.
///
/// Operations are cut into shares of neighbours, and those of a share are done in their order, one after the other. Each
/// change replaces an entry atomically: no reader may see half of the old and half of the new.
///
/// ```
/// use parallax_pattern::{Access, Consult, Guard, Sequential, Technique};
/// use std::sync::Arc;
///
/// /// Four accounts, of which every tenth operation doubles one.
/// struct Accounts;
/// impl Consult for Accounts {
///     type Entry = [u64; 1];
///     type Reader = u64;
///     fn entries(&self) -> usize { 4 }
///     fn first(&self, entry: usize) -> [u64; 1] { [entry as u64] }
///     fn len(&self) -> usize { 100 }
///     fn access(&self, i: usize) -> Access {
///         if i % 10 == 9 { Access::Change(i % 4) } else { Access::Read(i % 4) }
///     }
///     fn reader(&self) -> u64 { 0 }
///     fn seen(&self, most: &mut u64, _: usize, [balance]: [u64; 1]) { *most = balance.max(*most) }
///     fn next(&self, [balance]: [u64; 1]) -> [u64; 1] { [2 * balance] }
/// }
///
/// let mut table = [[0]; 4];
/// let readers = Sequential::start(1)?.consult(&Arc::new(Accounts), &mut table)?; // or any other technique
/// assert_eq!((table, readers), ([[0], [32], [2], [96]], vec![48])); // the last doubling is never read
/// # Ok::<(), parallax_pattern::No>(())
/// ```
pub trait Consult: Send + Sync + 'static {
    /// The type of an entry: values that belong together and can be copied, such as `[u64; 2]`.
    type Entry: Copy + Send + Sync + 'static;
    /// The accumulator of a worker, for all that it has read.
    type Reader: Send + 'static;
    /// How many entries the table has.
    fn entries(&self) -> usize;
    /// The initial value of an entry.
    fn first(&self, entry: usize) -> Self::Entry;
    /// How many operations there are.
    fn len(&self) -> usize;
    /// How many neighbouring operations to hand out together at least: shares begin at multiples of it.
    /// By default a 256th of the operations.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// Operation `i`: whether it reads or changes, and which entry.
    fn access(&self, i: usize) -> Access;
    /// The operations of a share, in their order. By default each is asked for by [`access`](Consult::access). A
    /// compiler fetches what `self` holds again after each atomic access, so copy it if it is a few numbers.
    #[inline(always)]
    fn accesses(&self, share: Range<usize>) -> impl Iterator<Item = Access> {
        share.map(|i| self.access(i))
    }
    /// About how many operations are changes. By default they are counted.
    fn changes(&self) -> usize {
        (0..self.len()).filter(|i| matches!(self.access(*i), Access::Change(_))).count()
    }
    /// The accumulator of a worker that has read nothing.
    fn reader(&self) -> Self::Reader;
    /// Adds a value that was read to the accumulator.
    fn seen(&self, reader: &mut Self::Reader, entry: usize, value: Self::Entry);
    /// The value of an entry after a change.
    fn next(&self, value: Self::Entry) -> Self::Entry;
}

/// An operation on a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads this entry.
    Read(usize),
    /// Changes this entry, given its value.
    Change(usize),
}

/// Requests for values of a function, many of which were requested before.
///
/// How many hits there are depends on the order of requests. A technique that reports
/// [`Policy::Lru`](crate::Policy::Lru) must answer `key(0)`, `key(1)`, … in turn; under every other policy requests may
/// be divided among workers. Each request is either a hit, answered from the cache, or costs one call
/// of `compute`: hits and calls add up to `len`. A worker that waits for a value that another worker
/// is computing has a hit (single flight).
pub trait Recall: Send + Sync + 'static {
    /// How many requests there are.
    fn len(&self) -> usize;
    /// The key of request `i`.
    fn key(&self, i: usize) -> u64;
    /// The value of a key: always the same, and costly.
    fn compute(&self, key: u64) -> u64;
    /// How many values may be cached. 0 means 1, and more than `len` means `len` ([`room`](crate::room)).
    fn capacity(&self) -> usize;
}
