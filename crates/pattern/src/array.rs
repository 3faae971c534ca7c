//! Patterns over arrays and ranges: map, reduce, sweep, stencil, and a map of reductions.

use std::ops::Range;

/// One element of an array that several threads write and read: any type that can be cloned and has a default, such
/// as numbers, strings and paths.
pub trait Item: Clone + Default + Send + Sync + 'static {}
impl<T: Clone + Default + Send + Sync + 'static> Item for T {}

/// `len` independent items, written into disjoint parts of one output.
pub trait Map: Send + Sync + 'static {
    /// The element type of the output.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items to hand out together at least: pieces begin at multiples of it.
    /// By default a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// Writes items `start..start + out.len()`: one grain or several, the last possibly incomplete. Any split at
    /// multiples of the grain must produce the same output.
    fn fill(&self, start: usize, out: &mut [Self::Item]);
}

/// `len` items folded into one value, in any grouping.
///
/// **The grouping is not fixed**: it depends on the technique, on the number of workers and, where pieces go
/// to the next free worker, on timing. Where [`Reduce::merge`] is exactly associative, the result is the same.
/// Sums of floats are not: their last bits differ from run to run. Two ways to get the same bits every time:
/// sum integers (counts, fixed point), or write each piece's sum to its place with a [`Map`] and add
/// those up in their order:
///
/// ```
/// use parallax_pattern::{Map, pieces};
/// use parallax_pattern::{Execute, Sequential, Technique};
/// use std::sync::Arc;
///
/// /// The sums of a thousand terms of 1 + 1/2 + 1/3 + ... each.
/// struct Sums { terms: usize }
///
/// impl Map for Sums {
///     type Item = f64;
///     fn len(&self) -> usize { self.terms.div_ceil(1000) }
///     fn grain(&self) -> usize { 1 }
///     fn fill(&self, start: usize, out: &mut [f64]) {
///         for (sum, piece) in out.iter_mut().zip(pieces(self.terms, 1000).skip(start)) {
///             *sum = piece.map(|i| 1.0 / (i + 1) as f64).sum();
///         }
///     }
/// }
///
/// let work = Arc::new(Sums { terms: 10_500 });
/// let mut sums = vec![0.0; work.len()];
/// Sequential::start(1)?.map(&work, &mut sums)?; // or any other technique
/// let sum: f64 = sums.iter().sum(); // here, in one order: the same bits with every technique
/// assert!((sum - 9.8363).abs() < 1e-4);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
///
/// Where neither suits, compare results within a tolerance.
pub trait Reduce: Send + Sync + 'static {
    /// The accumulator that items are folded into.
    type Acc: Send + 'static;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items to hand out together at least: pieces begin at multiples of it.
    /// By default a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// The accumulator of no items; the identity of [`Reduce::merge`].
    fn empty(&self) -> Self::Acc;
    /// Folds `items` into `acc`.
    fn fold(&self, acc: &mut Self::Acc, items: Range<usize>);
    /// Merges another worker's accumulator into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
}

/// An array updated in place, step by step, each item by itself.
///
/// A step is a pass over the whole array, as an array library makes it: fusing two steps of one
/// part would keep it in cache and measure something else.
pub trait Sweep: Send + Sync + 'static {
    /// The element type of the array.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items to hand out together at least: pieces begin at multiples of it.
    /// By default a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// How many passes there are.
    fn steps(&self) -> usize;
    /// Makes one pass over `part`, which begins at item `start`.
    fn step(&self, start: usize, part: &mut [Self::Item]);
}

/// An array whose next state is computed from neighbourhoods in the last one, step by step.
///
/// Two buffers take turns: step `k` reads buffer `k % 2` and writes the other. Workers that share no memory send each
/// other the items within [reach](Stencil::reach) of their borders; items further away are not valid there.
pub trait Stencil: Send + Sync + 'static {
    /// The element type of the array.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items to hand out together at least: pieces begin at multiples of it.
    /// By default a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// How many steps there are.
    fn steps(&self) -> usize;
    /// The largest distance at which the next value of an item depends on the last state; the first item counts as the
    /// neighbour of the last. By default it may depend on any item.
    fn reach(&self) -> usize {
        self.len()
    }
    /// Writes items `start..start + new.len()` of the next state, given the whole of the last.
    fn step(&self, old: &[Self::Item], start: usize, new: &mut [Self::Item]);
}

/// A map whose every item is a reduction: parallel outside, inside, or both.
pub trait Nest: Send + Sync + 'static {
    /// The type of an outer item.
    type Item: Item;
    /// The accumulator of an outer item's pieces.
    type Acc: Send + 'static;
    /// How many outer items there are, and how many pieces each has.
    fn shape(&self) -> (usize, usize);
    /// The accumulator of no pieces.
    fn empty(&self) -> Self::Acc;
    /// Folds `pieces` of an outer item into `acc`.
    fn fold(&self, outer: usize, acc: &mut Self::Acc, pieces: Range<usize>);
    /// Merges another worker's accumulator of the same outer item into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
    /// Makes the outer item from all of its pieces.
    fn finish(&self, outer: usize, acc: Self::Acc) -> Self::Item;
}

/// The default grain: enough pieces to balance uneven items on many cores, and few enough that handing them out costs
/// next to nothing.
pub(crate) fn grain_of(len: usize) -> usize {
    len.div_ceil(256).max(1)
}
