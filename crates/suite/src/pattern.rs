//! The shapes that work comes in: a technique answers these few, and so every workload that has one.
//!
//! | pattern | what is independent | what a technique must keep |
//! |---|---|---|
//! | [`Map`] | the items | each item written once, in its place |
//! | [`Reduce`] | the items, up to a merge | each item folded once; merges in any order |
//! | [`Sweep`] | the items within one step | a step ends before the next begins |
//! | [`Touch`] | nothing: all items hit the same few words | no hit lost |
//!
//! The traits are small on purpose. They say *what* the pieces are and never how many threads,
//! which order or which queue: that is the technique's part. They are not iterators: a piece is a
//! whole range, so the inner loop is the workload's own and nothing is called per item.

use serde::{Serialize, de::DeserializeOwned};
use std::ops::Range;

/// Work that can be sent to another process: the suite's own workloads send their parameters and
/// are made anew on the other side, yours may derive serde's traits.
pub trait Wire: Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Wire for T {}

/// One element of an array that threads may write and processes may share.
pub trait Item: bytemuck::Pod + Send + Sync {}
impl<T: bytemuck::Pod + Send + Sync> Item for T {}

/// `len` independent items, written into disjoint parts of one output.
pub trait Map: Wire {
    /// What the output is made of.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once.
    fn grain(&self) -> usize;
    /// Writes items `start..start + out.len()`. Any split into parts must give the same output.
    fn fill(&self, start: usize, out: &mut [Self::Item]);
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// `len` items folded into one value, in any grouping.
pub trait Reduce: Wire {
    /// What a group of items folds into.
    type Acc: Serialize + DeserializeOwned + Send + 'static;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once.
    fn grain(&self) -> usize;
    /// What no items fold into; the identity of [`Reduce::merge`].
    fn empty(&self) -> Self::Acc;
    /// Folds `items` into `acc`.
    fn fold(&self, acc: &mut Self::Acc, items: Range<usize>);
    /// Folds what another worker gathered into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An array updated in place, step by step, each item by itself.
///
/// A step is a pass over the whole array, as an array library makes it: fusing two steps of one
/// part would keep it in cache and measure something else.
pub trait Sweep: Wire {
    /// What the array is made of.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once.
    fn grain(&self) -> usize;
    /// How many passes there are.
    fn steps(&self) -> usize;
    /// Makes one pass over `part`, which begins at item `start`.
    fn step(&self, start: usize, part: &mut [Self::Item]);
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// `len` items that each add one to a word of a shared table.
pub trait Touch: Wire {
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once.
    fn grain(&self) -> usize;
    /// How many words the table has.
    fn words(&self) -> usize;
    /// Calls `hit` with the word of each of `items`.
    fn hits(&self, items: Range<usize>, hit: impl FnMut(usize));
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The ranges of at most `grain` items that make up `0..len`.
///
/// ```
/// use parallax_suite::pattern::pieces;
/// assert_eq!(pieces(5, 2).collect::<Vec<_>>(), [0..2, 2..4, 4..5]);
/// ```
pub fn pieces(len: usize, grain: usize) -> impl DoubleEndedIterator<Item = Range<usize>> + ExactSizeIterator {
    let grain = grain.max(1);
    (0..len.div_ceil(grain)).map(move |k| k * grain..((k + 1) * grain).min(len))
}

/// Share `k` of `0..len` split into `shares` parts whose lengths differ by one at most.
///
/// ```
/// use parallax_suite::pattern::share;
/// assert_eq!([share(5, 2, 0), share(5, 2, 1)], [0..2, 2..5]);
/// ```
pub fn share(len: usize, shares: usize, k: usize) -> Range<usize> {
    len * k / shares..len * (k + 1) / shares
}
