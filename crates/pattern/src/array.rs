//! Patterns over arrays and ranges: map, reduce, sweep, stencil, and a map of reductions.

use std::ops::Range;

/// One element of an array that several threads write and read: numbers, and what else can be copied and made anew,
/// such as strings and paths.
pub trait Item: Clone + Default + Send + Sync + 'static {}
impl<T: Clone + Default + Send + Sync + 'static> Item for T {}

/// `len` independent items, written into disjoint parts of one output.
pub trait Map: Send + Sync + 'static {
    /// What the output is made of.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    /// Unless you say otherwise, a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// Writes items `start..start + out.len()`: one grain or several, and at the end what is left of one. Any
    /// split at multiples of the grain must give the same output.
    fn fill(&self, start: usize, out: &mut [Self::Item]);
}

/// `len` items folded into one value, in any grouping.
///
/// **The grouping is not fixed**: it depends on the technique, on the number of workers and, where pieces go
/// to whoever is free, on the moment. Where [`Reduce::merge`] is exactly associative, that cannot be seen.
/// Sums of floats are not: their last bits differ from run to run. Two ways to the same bits every time:
/// gather integers (counts, fixed point), or write each piece's sum to its place with a [`Map`] and add
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
/// let sum: f64 = sums.iter().sum(); // here, in one order: the same bits whoever made the pieces
/// assert!((sum - 9.8363).abs() < 1e-4);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
///
/// Where neither suits, compare results within a tolerance.
pub trait Reduce: Send + Sync + 'static {
    /// What a group of items folds into.
    type Acc: Send + 'static;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    /// Unless you say otherwise, a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// What no items fold into; the identity of [`Reduce::merge`].
    fn empty(&self) -> Self::Acc;
    /// Folds `items` into `acc`.
    fn fold(&self, acc: &mut Self::Acc, items: Range<usize>);
    /// Folds what another worker gathered into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
}

/// An array updated in place, step by step, each item by itself.
///
/// A step is a pass over the whole array, as an array library makes it: fusing two steps of one
/// part would keep it in cache and measure something else.
pub trait Sweep: Send + Sync + 'static {
    /// What the array is made of.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    /// Unless you say otherwise, a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// How many passes there are.
    fn steps(&self) -> usize;
    /// Makes one pass over `part`, which begins at item `start`.
    fn step(&self, start: usize, part: &mut [Self::Item]);
}

/// An array whose next state is made from the neighbourhoods of the last one, step by step.
///
/// Two buffers take turns: step `k` reads buffer `k % 2` and writes the other. Workers who share no memory send each other
/// the items within [reach](Stencil::reach) of their borders, and what lies further off is not there.
pub trait Stencil: Send + Sync + 'static {
    /// What the array is made of.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    /// Unless you say otherwise, a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// How many steps there are.
    fn steps(&self) -> usize;
    /// How far from an item lie those of the last state that its next value is made from, at most; the first item counts
    /// as the neighbour of the last. Unless you say otherwise, it may be any of them.
    fn reach(&self) -> usize {
        self.len()
    }
    /// Writes items `start..start + new.len()` of the next state, given the whole of the last.
    fn step(&self, old: &[Self::Item], start: usize, new: &mut [Self::Item]);
}

/// A map whose every item is a reduction: parallel outside, inside, or both.
pub trait Nest: Send + Sync + 'static {
    /// What an outer item becomes.
    type Item: Item;
    /// What the pieces of an outer item fold into.
    type Acc: Send + 'static;
    /// How many outer items there are, and how many pieces each has.
    fn shape(&self) -> (usize, usize);
    /// What no pieces fold into.
    fn empty(&self) -> Self::Acc;
    /// Folds `pieces` of an outer item into `acc`.
    fn fold(&self, outer: usize, acc: &mut Self::Acc, pieces: Range<usize>);
    /// Folds what another worker gathered for the same outer item into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
    /// Makes the outer item from all of its pieces.
    fn finish(&self, outer: usize, acc: Self::Acc) -> Self::Item;
}

/// What a pattern hands out at once where nothing better is known: pieces enough to even out uneven items on many
/// cores, and few enough that handing them out costs nothing.
pub(crate) fn grain_of(len: usize) -> usize {
    len.div_ceil(256).max(1)
}
