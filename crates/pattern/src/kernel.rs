//! A kernel: the same work in the same pieces, with another inner loop.

use crate::array::{Map, Nest, Reduce, Stencil, Sweep};
use crate::graph::Search;
use std::ops::Range;
use std::sync::Arc;

/// Work whose pieces `engine` computes: it has the pattern of `work`, and runs under every technique of that pattern.
/// Lengths, steps and merges are those of `work`; the inner loop is the engine's.
///
/// ```
/// use parallax_pattern::{Execute, Fill, Kernel, Map, Sequential, Technique};
/// use std::sync::Arc;
///
/// /// Halves of the first numbers, by division.
/// struct Halves(usize);
/// impl Map for Halves {
///     type Item = u64;
///     fn len(&self) -> usize { self.0 }
///     fn fill(&self, start: usize, out: &mut [u64]) {
///         out.iter_mut().zip(start as u64..).for_each(|(half, i)| *half = i / 2);
///     }
/// }
///
/// /// By a shift.
/// struct Shift;
/// impl Fill<Halves> for Shift {
///     const SOURCE: &'static str = file!();
///     fn fill(&self, _: &Halves, start: usize, out: &mut [u64]) {
///         out.iter_mut().zip(start as u64..).for_each(|(half, i)| *half = i >> 1);
///     }
/// }
///
/// let mut out = [0; 4];
/// let kernel = Kernel { engine: Shift, work: Arc::new(Halves(4)) };
/// Sequential::start(1)?.map(&Arc::new(kernel), &mut out)?;
/// assert_eq!(out, [0, 0, 1, 1]);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
#[derive(Debug)]
pub struct Kernel<E, W> {
    /// The inner loop, with its precomputed state.
    pub engine: E,
    /// The work.
    pub work: Arc<W>,
}

/// An inner loop for a [`Map`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no inner loop for `{W}`",
    note = "implement `Fill<{W}>` for it: its `fill` does what that of `Map` does, given the work"
)]
pub trait Fill<W: Map>: Send + Sync + 'static {
    /// `file!()`: its source file.
    const SOURCE: &'static str;
    /// As [`Map::fill`].
    fn fill(&self, work: &W, start: usize, out: &mut [W::Item]);
    /// As [`Map::grain`], where the loop needs another piece size.
    fn grain(&self, work: &W) -> usize {
        work.grain()
    }
}

/// An inner loop for a [`Reduce`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no inner loop for `{W}`",
    note = "implement `Fold<{W}>` for it: its `fold` does what that of `Reduce` does, given the work"
)]
pub trait Fold<W: Reduce>: Send + Sync + 'static {
    /// `file!()`: its source file.
    const SOURCE: &'static str;
    /// As [`Reduce::fold`].
    fn fold(&self, work: &W, acc: &mut W::Acc, items: Range<usize>);
    /// As [`Reduce::grain`], where the loop needs another piece size.
    fn grain(&self, work: &W) -> usize {
        work.grain()
    }
}

/// An inner loop for a [`Sweep`]: one pass.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no inner loop for `{W}`",
    note = "implement `Pass<{W}>` for it: its `pass` does what that of `Sweep` does, given the work"
)]
pub trait Pass<W: Sweep>: Send + Sync + 'static {
    /// `file!()`: its source file.
    const SOURCE: &'static str;
    /// As [`Sweep::step`].
    fn pass(&self, work: &W, start: usize, part: &mut [W::Item]);
}

/// An inner loop for a [`Stencil`]: one step.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no inner loop for `{W}`",
    note = "implement `Step<{W}>` for it: its `step` does what that of `Stencil` does, given the work"
)]
pub trait Step<W: Stencil>: Send + Sync + 'static {
    /// `file!()`: its source file.
    const SOURCE: &'static str;
    /// As [`Stencil::step`].
    fn step(&self, work: &W, old: &[W::Item], start: usize, new: &mut [W::Item]);
}

/// An inner loop for a [`Nest`]. It has its own accumulator, so it also defines how that begins, merges and ends.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no inner loop for `{W}`",
    note = "implement `FoldNest<{W}>` for it: its `fold` does what that of `Nest` does, given the work"
)]
pub trait FoldNest<W: Nest>: Send + Sync + 'static {
    /// `file!()`: its source file.
    const SOURCE: &'static str;
    /// The accumulator of an outer item's pieces.
    type Acc: Send + 'static;
    /// As [`Nest::empty`].
    fn empty(&self, work: &W) -> Self::Acc;
    /// As [`Nest::fold`].
    fn fold(&self, work: &W, outer: usize, acc: &mut Self::Acc, pieces: Range<usize>);
    /// As [`Nest::merge`].
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
    /// As [`Nest::finish`].
    fn finish(&self, work: &W, outer: usize, acc: Self::Acc) -> W::Item;
}

/// An inner loop for a [`Search`]. One visit may cover many of the search's nodes, so it also defines its own node
/// type, and the weight of such a node.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no inner loop for `{W}`",
    note = "implement `Expand<{W}>` for it: its `visit` does what that of `Search` does, given the work"
)]
pub trait Expand<W: Search>: Send + Sync + 'static {
    /// `file!()`: its source file.
    const SOURCE: &'static str;
    /// The unit of one visit.
    type Node: Send + 'static;
    /// As [`Search::roots`].
    fn roots(&self, work: &W) -> Vec<Self::Node>;
    /// As [`Search::visit`].
    fn visit(&self, work: &W, node: Self::Node, acc: &mut W::Acc, found: impl FnMut(Self::Node));
    /// As [`Search::weight`].
    fn weight(&self, work: &W) -> usize;
}

impl<W: Map, E: Fill<W>> Map for Kernel<E, W> {
    type Item = W::Item;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.engine.grain(&self.work)
    }
    #[inline]
    fn fill(&self, start: usize, out: &mut [W::Item]) {
        self.engine.fill(&self.work, start, out);
    }
}

impl<W: Reduce, E: Fold<W>> Reduce for Kernel<E, W> {
    type Acc = W::Acc;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.engine.grain(&self.work)
    }
    fn empty(&self) -> W::Acc {
        self.work.empty()
    }
    #[inline]
    fn fold(&self, acc: &mut W::Acc, items: Range<usize>) {
        self.engine.fold(&self.work, acc, items);
    }
    fn merge(&self, acc: &mut W::Acc, other: W::Acc) {
        self.work.merge(acc, other);
    }
}

impl<W: Sweep, E: Pass<W>> Sweep for Kernel<E, W> {
    type Item = W::Item;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn steps(&self) -> usize {
        self.work.steps()
    }
    #[inline]
    fn step(&self, start: usize, part: &mut [W::Item]) {
        self.engine.pass(&self.work, start, part);
    }
}

impl<W: Stencil, E: Step<W>> Stencil for Kernel<E, W> {
    type Item = W::Item;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn steps(&self) -> usize {
        self.work.steps()
    }
    fn reach(&self) -> usize {
        self.work.reach()
    }
    #[inline]
    fn step(&self, old: &[W::Item], start: usize, new: &mut [W::Item]) {
        self.engine.step(&self.work, old, start, new);
    }
}

impl<W: Nest, E: FoldNest<W>> Nest for Kernel<E, W> {
    type Item = W::Item;
    type Acc = E::Acc;
    fn shape(&self) -> (usize, usize) {
        self.work.shape()
    }
    fn empty(&self) -> E::Acc {
        self.engine.empty(&self.work)
    }
    #[inline]
    fn fold(&self, outer: usize, acc: &mut E::Acc, pieces: Range<usize>) {
        self.engine.fold(&self.work, outer, acc, pieces);
    }
    fn merge(&self, acc: &mut E::Acc, other: E::Acc) {
        self.engine.merge(acc, other);
    }
    fn finish(&self, outer: usize, acc: E::Acc) -> W::Item {
        self.engine.finish(&self.work, outer, acc)
    }
}

impl<W: Search, E: Expand<W>> Search for Kernel<E, W> {
    type Node = E::Node;
    type Acc = W::Acc;
    fn roots(&self) -> Vec<E::Node> {
        self.engine.roots(&self.work)
    }
    fn empty(&self) -> W::Acc {
        self.work.empty()
    }
    #[inline]
    fn visit(&self, node: E::Node, acc: &mut W::Acc, found: impl FnMut(E::Node)) {
        self.engine.visit(&self.work, node, acc, found);
    }
    fn merge(&self, acc: &mut W::Acc, other: W::Acc) {
        self.work.merge(acc, other);
    }
    fn weight(&self) -> usize {
        self.engine.weight(&self.work)
    }
}

/// The engine type of a technique without a kernel for a workload: it has no values, so it is never called.
///
/// ```
/// use parallax_pattern::{Answer, No, Refused};
///
/// fn kernel() -> Answer<Refused> {
///     Err(No::Unfit("lanes would all add to the same word"))
/// }
/// assert!(kernel().is_err());
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Refused {}

#[diagnostic::do_not_recommend]
impl<W: Map> Fill<W> for Refused {
    const SOURCE: &'static str = "";
    fn fill(&self, _: &W, _: usize, _: &mut [W::Item]) {
        match *self {}
    }
}

#[diagnostic::do_not_recommend]
impl<W: Reduce> Fold<W> for Refused {
    const SOURCE: &'static str = "";
    fn fold(&self, _: &W, _: &mut W::Acc, _: Range<usize>) {
        match *self {}
    }
}

#[diagnostic::do_not_recommend]
impl<W: Sweep> Pass<W> for Refused {
    const SOURCE: &'static str = "";
    fn pass(&self, _: &W, _: usize, _: &mut [W::Item]) {
        match *self {}
    }
}

#[diagnostic::do_not_recommend]
impl<W: Stencil> Step<W> for Refused {
    const SOURCE: &'static str = "";
    fn step(&self, _: &W, _: &[W::Item], _: usize, _: &mut [W::Item]) {
        match *self {}
    }
}

#[diagnostic::do_not_recommend]
impl<W: Nest> FoldNest<W> for Refused {
    const SOURCE: &'static str = "";
    type Acc = ();
    fn empty(&self, _: &W) {
        match *self {}
    }
    fn fold(&self, _: &W, _: usize, _: &mut (), _: Range<usize>) {
        match *self {}
    }
    fn merge(&self, _: &mut (), _: ()) {
        match *self {}
    }
    fn finish(&self, _: &W, _: usize, _: ()) -> W::Item {
        match *self {}
    }
}

#[diagnostic::do_not_recommend]
impl<W: Search> Expand<W> for Refused {
    const SOURCE: &'static str = "";
    type Node = ();
    fn roots(&self, _: &W) -> Vec<()> {
        match *self {}
    }
    fn visit(&self, _: &W, _: (), _: &mut W::Acc, _: impl FnMut(())) {
        match *self {}
    }
    fn weight(&self, _: &W) -> usize {
        match *self {}
    }
}
