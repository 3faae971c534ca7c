//! Several rows of a plate together, in vectors: neighbours left and right are the same row, moved by one number.
//!
//! Departures from the plain loop, and why:
//!
//! 1. Two rows are computed together, and share the vectors of both: a cell is loaded twice instead of three times.
//! 2. Vectors are aligned in memory, except for the first and the last of a row, which overlap their neighbours: a
//!    vector that crosses two cache lines costs twice as much.
//! 3. So would neighbours loaded one number off: three in four are made from two vectors that are loaded already.
//! 4. Only the cells at the seam of a row are computed one by one, so that the loop between them does not check for it.

#![expect(unsafe_code, reason = "stores past the cache want aligned memory and a fence")]

use crate::lanes::{Floats, Lanes, Stores};
use std::array::from_fn;
use std::mem::take;

/// Rows that are computed together. Four would share more vectors, but rows a power of two apart share a set of the
/// first cache, which has no room for the lines of ten.
pub(super) const TOGETHER: usize = 2;

/// Vectors of a row in one turn of the loop, after one bounds check: a turn costs as much as a vector does.
const AT_ONCE: usize = 4;

/// Writes the columns from `first` on of `R` consecutive rows; `old` has the row above them, the rows themselves, and
/// the row below. Only a single row may be stored past the caches.
#[inline(always)]
pub(super) fn step_rows<L: Lanes, const R: usize, const OLD: usize>(
    lanes: L,
    stores: Stores,
    rate: f64,
    old: [&[f64]; OLD],
    first: usize,
    mut new: [&mut [f64]; R],
) {
    const { assert!(OLD == R + 2) };
    let (n, end) = (old[0].len(), first + new[0].len());
    for edge in [0, n - 1].into_iter().filter(|edge| (first..end).contains(edge)) {
        for (k, new) in new.iter_mut().enumerate() {
            let (above, here, below) = (old[k], old[k + 1], old[k + 2]);
            let (left, right) = (here[(edge + n - 1) % n], here[(edge + 1) % n]);
            let u = here[edge];
            new[edge - first] = u + rate * (above[edge] + below[edge] + left + right - 4.0 * u);
        }
    }
    let (from, end) = (first.max(1), end.min(n - 1));
    if from < end {
        let around: [_; OLD] = from_fn(|k| &old[k][from - 1..=end]);
        let new: [_; R] = from_fn(|k| &mut take(&mut new[k])[from - first..end - first]);
        Inner { lanes, rate: Floats::splat(lanes, rate), around, new }.step(stores);
    }
}

/// Rows without a seam: those of the last state begin one number before those of the next, and end one after them.
struct Inner<'a, L: Lanes, const R: usize, const OLD: usize> {
    lanes: L,
    rate: Floats<L>,
    around: [&'a [f64]; OLD],
    new: [&'a mut [f64]; R],
}

impl<L: Lanes, const R: usize, const OLD: usize> Inner<'_, L, R, OLD> {
    #[inline(always)]
    fn step(mut self, stores: Stores) {
        let len = self.new[0].len();
        if len < L::LEN {
            return self.few();
        }
        let aligned = self.new[0].as_ptr().align_offset(size_of::<f64>() * L::LEN).min(len);
        if aligned > 0 {
            // SAFETY: nothing is stored past the caches.
            unsafe { self.vectors::<1>(Stores::Cached, 0) }
        }
        let mut at = aligned;
        while len - at >= AT_ONCE * L::LEN {
            // SAFETY: the first row begins at a multiple of a vector's size here, and is the only one if it is stored
            // past the caches; a fence follows.
            unsafe { self.vectors::<AT_ONCE>(stores, at) }
            at += AT_ONCE * L::LEN;
        }
        while len - at >= L::LEN {
            // SAFETY: as above.
            unsafe { self.vectors::<1>(stores, at) }
            at += L::LEN;
        }
        if at < len {
            // SAFETY: nothing is stored past the caches.
            unsafe { self.vectors::<1>(Stores::Cached, len - L::LEN) }
        }
        if stores == Stores::Past {
            self.lanes.fence();
        }
    }

    /// Writes `V` vectors of each row.
    ///
    /// # Safety
    ///
    /// If they are stored past the caches, those of each row begin at a multiple of a vector's size in memory, and a
    /// fence follows.
    #[inline(always)]
    unsafe fn vectors<const V: usize>(&mut self, stores: Stores, at: usize) {
        let (end, lanes) = (at + V * L::LEN, self.lanes);
        let around: [&[f64]; OLD] = from_fn(|k| &self.around[k][at..end + 2]);
        let mut new = self.new.each_mut().map(|new| &mut new[at..end]);
        let mut here = [[self.rate; V]; R];
        for (here, row) in here.iter_mut().zip(&around[1..]) {
            for (v, u) in here.iter_mut().enumerate() {
                *u = Floats::load(lanes, &row[v * L::LEN + 1..]);
            }
        }
        for v in 0..V {
            let at = v * L::LEN;
            let above = Floats::load(lanes, &around[0][at + 1..]);
            let below = Floats::load(lanes, &around[R + 1][at + 1..]);
            for (k, new) in new.iter_mut().enumerate() {
                let up = if k == 0 { above } else { here[k - 1][v] };
                let down = if k == R - 1 { below } else { here[k + 1][v] };
                let next = next(self.rate, [up, here[k][v], down], beside(&here[k], v, around[k + 1]));
                let to = &mut new[at..at + L::LEN];
                match stores {
                    Stores::Cached => next.store(to),
                    // SAFETY: the caller promises the alignment and the fence.
                    Stores::Past => unsafe { next.store_past(to) },
                }
            }
        }
    }

    /// For rows with fewer cells than lanes.
    #[inline(always)]
    fn few(self) {
        for (k, new) in self.new.into_iter().enumerate() {
            let some = |row: usize, from: usize| {
                Floats::load_some(self.lanes, &self.around[row][from..from + new.len()])
            };
            let column = [some(k, 1), some(k + 1, 1), some(k + 2, 1)];
            next(self.rate, column, [some(k + 1, 0), some(k + 1, 2)]).store_some(new);
        }
    }
}

/// The neighbours left and right of vector `v` of a row: from the vectors next to it where they exist, else loaded from
/// `row`, which begins one number before them. A vector of two seldom crosses two lines, and some sets shift it
/// slowly.
#[inline(always)]
fn beside<L: Lanes, const V: usize>(here: &[Floats<L>; V], v: usize, row: &[f64]) -> [Floats<L>; 2] {
    let (at, moves) = (v * L::LEN, L::LEN > 2);
    let left = if moves && v > 0 { here[v].slide_back(here[v - 1]) } else { here[v].loaded(&row[at..]) };
    let right = if moves && v + 1 < V { here[v].slide(here[v + 1]) } else { here[v].loaded(&row[at + 2..]) };
    [left, right]
}

/// Cells after a step; one order of operations, so that any split of a step computes the same bits.
#[inline(always)]
fn next<L: Lanes>(
    rate: Floats<L>,
    [up, u, down]: [Floats<L>; 3],
    [left, right]: [Floats<L>; 2],
) -> Floats<L> {
    u.mul_add(u.all(-4.0), up + down + left + right).mul_add(rate, u)
}
