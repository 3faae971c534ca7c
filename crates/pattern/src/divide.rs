//! Divide and conquer over an array: parts are solved independently, and neighbouring solutions are combined.

use crate::answer::Answer;
use crate::array::{Item, grain_of};
use std::mem;

/// An array whose solution is combined from those of its parts.
///
/// The solution of a part is as long as the part: a sorted part, the running sums of a part. Two neighbouring
/// solutions are combined into one, each piece of it independently, so that the last step has work for all workers
/// too.
///
/// ```
/// use parallax_pattern::{Divide, Execute, Sequential, Technique};
/// use std::sync::Arc;
///
/// /// The running sums of 1, 2, 3, …
/// struct Sums { n: usize }
///
/// impl Divide for Sums {
///     type Item = usize;
///     fn len(&self) -> usize { self.n }
///     fn solve(&self, start: usize, out: &mut [usize]) {
///         let mut sum = 0;
///         for (k, item) in out.iter_mut().enumerate() {
///             sum += start + k + 1;
///             *item = sum;
///         }
///     }
///     fn combine(&self, left: &[usize], right: &[usize], at: usize, out: &mut [usize]) {
///         for (k, item) in (at..).zip(out) {
///             *item = if k < left.len() { left[k] } else { left[left.len() - 1] + right[k - left.len()] };
///         }
///     }
/// }
///
/// let (mut out, mut room) = (vec![0; 5], vec![0; 5]);
/// Sequential::start(1)?.divide(&Arc::new(Sums { n: 5 }), &mut out, &mut room)?; // or any other technique
/// assert_eq!(out, [1, 3, 6, 10, 15]);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
pub trait Divide: Send + Sync + 'static {
    /// The element type of the array.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items to hand out together at least: parts begin at multiples of it.
    /// By default a 256th of the items.
    fn grain(&self) -> usize {
        grain_of(self.len())
    }
    /// Writes the solution of items `start..start + out.len()`, by themselves. Any division into parts must lead to
    /// the same solution of the whole.
    fn solve(&self, start: usize, out: &mut [Self::Item]);
    /// Writes items `at..at + out.len()` of the solution of two neighbouring parts, neither of them empty, given the
    /// solution of each.
    fn combine(&self, left: &[Self::Item], right: &[Self::Item], at: usize, out: &mut [Self::Item]);
}

/// Divide and conquer from the bottom up, for techniques that work in steps: the first round solves each part, every
/// later round combines pairs of neighbours.
///
/// A round reads the buffer that the round before has written, and writes another; its pieces are independent.
///
/// ```
/// use parallax_pattern::Rounds;
/// assert_eq!(Rounds::new(100, 30).count(), 3); // four parts, two pairs, the whole
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    len: usize,
    part: usize,
}

impl Rounds {
    /// The rounds for `len` items in parts of `part`; the last part may be shorter.
    pub fn new(len: usize, part: usize) -> Self {
        Rounds { len, part: part.max(1) }
    }

    /// How many rounds there are.
    pub fn count(&self) -> usize {
        let parts = self.len.div_ceil(self.part).max(1);
        1 + (usize::BITS - (parts - 1).leading_zeros()) as usize
    }

    /// The two arrays in the order in which the first round reads and writes them, so that the last one writes `out`.
    pub fn ending_in<'a, T>(&self, out: &'a mut [T], room: &'a mut [T]) -> [&'a mut [T]; 2] {
        if self.count().is_multiple_of(2) { [out, room] } else { [room, out] }
    }

    /// Calls `solve` to write the solutions of all parts into an array, and makes the other rounds itself: for
    /// techniques whose workers send their solutions back. The result is in `out`.
    ///
    /// # Errors
    ///
    /// Those of `solve`.
    pub fn gather<D: Divide>(
        &self,
        work: &D,
        out: &mut [D::Item],
        room: &mut [D::Item],
        solve: impl FnOnce(&mut [D::Item]) -> Answer<()>,
    ) -> Answer<()> {
        let [mut new, mut old] = self.ending_in(out, room);
        solve(old)?;
        for round in 1..self.count() {
            self.make(work, round, old, 0, new);
            mem::swap(&mut old, &mut new);
        }
        Ok(())
    }

    /// Writes items `start..start + new.len()` in round `round`, given the whole output of the round before. In the
    /// first round they must be whole parts.
    pub fn make<D: Divide>(
        &self,
        work: &D,
        round: usize,
        old: &[D::Item],
        start: usize,
        new: &mut [D::Item],
    ) {
        match round.checked_sub(1) {
            None => {
                for (k, part) in new.chunks_mut(self.part).enumerate() {
                    work.solve(start + k * self.part, part);
                }
            }
            Some(before) => self.pair(work, self.part.saturating_mul(1 << before), old, start, new),
        }
    }

    /// Combines neighbours of `half` items each, where they overlap the requested piece.
    fn pair<D: Divide>(&self, work: &D, half: usize, old: &[D::Item], start: usize, mut new: &mut [D::Item]) {
        let mut next = start;
        while !new.is_empty() {
            let first = next - next % half.saturating_mul(2);
            let [middle, end] = [1, 2].map(|k| self.len.min(first.saturating_add(half.saturating_mul(k))));
            let (piece, rest) = new.split_at_mut(new.len().min(end - next));
            match &old[middle..end] {
                [] => piece.clone_from_slice(&old[next..next + piece.len()]),
                right => work.combine(&old[first..middle], right, next - first, piece),
            }
            next += piece.len();
            new = rest;
        }
    }
}

/// Two calls that may run side by side.
///
/// ```
/// use parallax_pattern::divide::Fork;
///
/// /// One after the other.
/// struct InTurn;
///
/// impl Fork for InTurn {
///     type Scope<'s> = ();
///     fn join<A: Send, B: Send>(
///         scope: &mut (),
///         left: impl FnOnce(&mut ()) -> A + Send,
///         right: impl FnOnce(&mut ()) -> B + Send,
///     ) -> (A, B) {
///         (left(scope), right(scope))
///     }
/// }
/// ```
pub trait Fork {
    /// The scope that a call needs in order to fork.
    type Scope<'s>;
    /// Returns both results when both calls have returned. Each is passed a scope to fork with.
    fn join<A: Send, B: Send>(
        scope: &mut Self::Scope<'_>,
        left: impl FnOnce(&mut Self::Scope<'_>) -> A + Send,
        right: impl FnOnce(&mut Self::Scope<'_>) -> B + Send,
    ) -> (A, B);
}

/// Divide and conquer from the top down, for techniques that fork: halves are solved side by side, down to parts of
/// `part` items, a multiple of the grain; and halves of each combined solution are made side by side too.
///
/// `out` begins with item `start`; `room` is scratch space of the same length.
pub fn conquer<D: Divide, F: Fork>(
    work: &D,
    scope: &mut F::Scope<'_>,
    part: usize,
    start: usize,
    [out, room]: [&mut [D::Item]; 2],
) {
    if out.len() <= part.max(1) {
        return work.solve(start, out);
    }
    let middle = half(out.len(), part);
    let (out_left, out_right) = out.split_at_mut(middle);
    let (left, right) = room.split_at_mut(middle);
    F::join(
        scope,
        |scope| conquer::<D, F>(work, scope, part, start, [left, out_left]),
        |scope| conquer::<D, F>(work, scope, part, start + middle, [right, out_right]),
    );
    combine::<D, F>(work, scope, part, room.split_at(middle), 0, out);
}

/// Combines two neighbouring solutions: the items from `at` on, which `out` takes.
fn combine<D: Divide, F: Fork>(
    work: &D,
    scope: &mut F::Scope<'_>,
    part: usize,
    (left, right): (&[D::Item], &[D::Item]),
    at: usize,
    out: &mut [D::Item],
) {
    if out.len() <= part.max(1) {
        return work.combine(left, right, at, out);
    }
    let middle = half(out.len(), part);
    let (first, second) = out.split_at_mut(middle);
    F::join(
        scope,
        |scope| combine::<D, F>(work, scope, part, (left, right), at, first),
        |scope| combine::<D, F>(work, scope, part, (left, right), at + middle, second),
    );
}

/// The boundary between two parts at or below the middle; for more than one part.
fn half(len: usize, part: usize) -> usize {
    let part = part.max(1);
    len.div_ceil(part) / 2 * part
}

#[cfg(test)]
mod tests;
