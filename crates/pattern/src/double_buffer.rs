//! Two buffers that take turns: all threads read the last state while each piece of the next has one writer.
//!
//! A step reads everywhere and writes in one place, so its borrows change hands at every step:
//! `&mut` parts that were written become one `&` whole that all threads read. The borrow checker
//! follows that within a function (rayon's loops need nothing else), but not across threads that
//! live through many steps. There, a count of steps replaces it.

#![expect(
    unsafe_code,
    reason = "a count of steps, not a type, ensures that no piece writes what others read"
)]

use crate::pieces;
use std::marker::PhantomData;
use std::ops::Range;
use std::slice::{from_raw_parts, from_raw_parts_mut};
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// A state and room for the next; they change places after every step.
///
/// It does not wait and has no threads: a technique brings its own barrier, and a [`Piece`] that
/// begins a step before all others have made the previous one panics. The count costs an
/// atomic addition for each piece and step, some ten nanoseconds.
///
/// ```
/// use parallax_pattern::double_buffer::DoubleBuffer;
/// use std::sync::Barrier;
///
/// let (mut old, mut new) = ([1, 2, 3, 4], [0; 4]);
/// let (mut buffers, barrier) = (DoubleBuffer::new([&mut old, &mut new]), Barrier::new(2));
/// std::thread::scope(|s| {
///     for mut piece in buffers.cut(2) {
///         s.spawn(|| {
///             let mut piece = piece; // each thread has one
///             for _ in 0..2 {
///                 piece.step(|old, start, new| (0..2).for_each(|k| new[k] = old[3 - start - k]));
///                 barrier.wait();
///             }
///         });
///     }
/// });
/// assert_eq!((old, new), ([1, 2, 3, 4], [4, 3, 2, 1]));
/// ```
#[derive(Debug)]
pub struct DoubleBuffer<'a, T> {
    buffers: [*mut T; 2],
    len: usize,
    pieces: usize,
    /// Steps that pieces have made, added up over all pieces; and [`FAILED`].
    made: AtomicUsize,
    memory: PhantomData<&'a mut [T]>,
}

/// The right to write a part of each next state. A technique moves it to the thread that does the work.
#[derive(Debug)]
pub struct Piece<'a, T> {
    whole: &'a DoubleBuffer<'a, T>,
    items: Range<usize>,
    made: usize,
}

/// Set once a step has panicked.
const FAILED: usize = 1 << (usize::BITS - 1);

impl<'a, T> DoubleBuffer<'a, T> {
    /// The first of the buffers holds the state.
    ///
    /// # Panics
    ///
    /// If they differ in length.
    pub fn new([old, new]: [&'a mut [T]; 2]) -> Self {
        assert_eq!(old.len(), new.len(), "the two buffers must be of one length");
        let (len, buffers) = (old.len(), [old.as_mut_ptr(), new.as_mut_ptr()]);
        DoubleBuffer { buffers, len, pieces: 0, made: AtomicUsize::new(0), memory: PhantomData }
    }

    /// The state after `steps` steps will be in `last`.
    ///
    /// # Panics
    ///
    /// If the two differ in length.
    pub fn ending_in(last: &'a mut [T], other: &'a mut [T], steps: usize) -> Self {
        Self::new(if steps.is_multiple_of(2) { [last, other] } else { [other, last] })
    }

    /// Cuts the state into pieces of at most `grain` items, whose first step reads the first buffer.
    pub fn cut(&mut self, grain: usize) -> Vec<Piece<'_, T>> {
        let ranges = pieces(self.len, grain);
        (self.pieces, self.made) = (ranges.len(), AtomicUsize::new(0));
        let whole = &*self;
        ranges.map(|items| Piece { whole, items, made: 0 }).collect()
    }
}

impl<T: Send + Sync> Piece<'_, T> {
    /// Makes this piece's next step: `step` takes the whole of the last state, the index of the
    /// piece's first item, and the piece of the next state.
    ///
    /// Once a step of any piece has panicked there is no next state, and this does nothing.
    ///
    /// # Panics
    ///
    /// If another piece has not yet made the step before, and if `step` panics.
    pub fn step(&mut self, step: impl FnOnce(&[T], usize, &mut [T])) {
        let DoubleBuffer { buffers, len, pieces, ref made, .. } = *self.whole;
        // Pairs with the `Release` below: the writes of the step before are visible.
        let all_made = made.load(Acquire);
        if all_made & FAILED != 0 {
            return;
        }
        assert!(all_made >= self.made * pieces, "a step begins before all pieces have made the last");
        let (old, new) = (buffers[self.made % 2], buffers[(self.made + 1) % 2]);
        let failure = Failure(made);
        // SAFETY: both pointers come from `&mut` slices of `len` items that live as long as `self.whole`.
        // No piece writes `old` now: it would have to be one step behind, but all have made as many
        // steps as this one, or one step ahead, for which this piece would have to be done.
        let old = unsafe { from_raw_parts(old.cast_const(), len) };
        // SAFETY: as above; no other piece reads or writes these items of `new`, because the ranges of a cut
        // are disjoint, `cut` borrows the buffers for as long as its pieces live, and by the count above
        // no piece still reads the buffer as the old state of an earlier step.
        let new = unsafe { from_raw_parts_mut(new.add(self.items.start), self.items.len()) };
        step(old, self.items.start, new);
        std::mem::forget(failure);
        self.made += 1;
        // Pairs with the `Acquire` above, in the others' next step.
        made.fetch_add(1, Release);
    }
}

// SAFETY: a shared buffer is only used through its pieces, whose steps keep readers and writers apart;
// they read items from several threads (`Sync`) and write them from any (`Send`).
unsafe impl<T: Send + Sync> Sync for DoubleBuffer<'_, T> {}

/// Records on drop that a step has panicked.
struct Failure<'a>(&'a AtomicUsize);

impl Drop for Failure<'_> {
    fn drop(&mut self) {
        self.0.fetch_or(FAILED, Relaxed); // only means that no more steps are made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    fn increments(old: &[u32], start: usize, new: &mut [u32]) {
        new.iter_mut().zip(&old[start..]).for_each(|(new, old)| *new = old + 1);
    }

    #[test]
    fn the_last_state_stands_where_it_is_wanted() {
        for steps in 0..5 {
            let (mut last, mut other) = (vec![0; 7], vec![0; 7]);
            let mut buffers = DoubleBuffer::ending_in(&mut last, &mut other, steps);
            let mut pieces = buffers.cut(3);
            assert_eq!(pieces.len(), 3);
            for _ in 0..steps {
                pieces.iter_mut().for_each(|piece| piece.step(increments));
            }
            assert_eq!(last, [steps as u32; 7]);
        }
    }

    #[test]
    #[should_panic(expected = "before all pieces have made the last")]
    fn who_runs_ahead_is_stopped() {
        let (mut old, mut new) = ([0; 4], [0; 4]);
        let mut buffers = DoubleBuffer::new([&mut old, &mut new]);
        let mut pieces = buffers.cut(2);
        pieces[1].step(increments);
        pieces[1].step(increments);
    }

    #[test]
    fn after_a_panic_nothing_is_done() {
        let (mut old, mut new) = ([0; 4], [0; 4]);
        let mut buffers = DoubleBuffer::new([&mut old, &mut new]);
        let mut pieces = buffers.cut(2);
        let failing = || pieces[0].step(|_, _, _| resume_unwind(Box::new("on purpose")));
        assert!(catch_unwind(AssertUnwindSafe(failing)).is_err());
        pieces.iter_mut().for_each(|piece| piece.step(|_, _, _| unreachable!("there is no next state")));
    }

    #[test]
    fn an_empty_state_has_no_pieces() {
        assert!(DoubleBuffer::<u8>::new([&mut [], &mut []]).cut(0).is_empty());
    }
}
