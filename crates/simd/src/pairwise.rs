//! A loop nest over vectors: one point against many, with each coordinate in an array of its own.
//!
//! Departures from the plain loop, and why:
//!
//! 1. Points are converted from an array of structures to a structure of arrays, so that neighbouring lanes load
//!    neighbouring numbers.
//! 2. Where the matrix is larger than the caches, rows are stored past them: a plain store first reads the
//!    line that it is about to overwrite, which is half of the traffic.
//! 3. Squares are added by fused multiply-adds, which round once where the plain loop rounds twice.

use crate::aligned::Aligned;
use crate::best;
#[cfg(feature = "worker")]
use crate::lanes::Machine;
use crate::lanes::{Floats, Job, Lanes, Stores, zip};
#[cfg(feature = "worker")]
use {crate::Packed, parallax_pattern::Fill, parallax_suite::workload::Pairwise};

/// Writes the Euclidean distances between all points, row by row: `out[i * points.len() + j]` is the distance of
/// points `i` and `j`.
///
/// A distance costs a subtraction and a fused multiply-add for each dimension, and a square root; it suits few
/// dimensions. It needs a second copy of the points.
///
/// ```
/// let towns = [[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]];
/// let mut distances = [0.0; 9];
/// parallax_simd::pairwise(&towns, &mut distances);
/// assert_eq!(distances, [0.0, 5.0, 10.0, 5.0, 0.0, 5.0, 10.0, 5.0, 0.0]);
/// ```
///
/// # Panics
///
/// If the length of `out` is not the square of the number of points.
pub fn pairwise<const D: usize>(points: &[[f64; D]], out: &mut [f64]) {
    assert_eq!(out.len(), points.len().pow(2), "`out` must have a place for each pair of points");
    PointSet::new(points).distances(0, out);
}

/// Points, prepared for threads that each compute a part of their distances.
///
/// ```
/// use parallax_simd::PointSet;
///
/// let towns = PointSet::new(&[[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]);
/// let mut distances = [0.0; 9];
/// std::thread::scope(|scope| {
///     for (k, row) in distances.chunks_mut(3).enumerate() {
///         let towns = &towns;
///         scope.spawn(move || towns.distances(3 * k, row));
///     }
/// });
/// assert_eq!(distances, [0.0, 5.0, 10.0, 5.0, 0.0, 5.0, 10.0, 5.0, 0.0]);
/// ```
#[derive(Debug)]
pub struct PointSet<const D: usize> {
    axes: [Aligned<f64>; D],
}

impl<const D: usize> PointSet<D> {
    /// Copies the points' coordinates, one array for each dimension.
    pub fn new(points: &[[f64; D]]) -> Self {
        const { assert!(D > 0, "points must have coordinates") };
        PointSet { axes: axes(points) }
    }

    /// Writes the distances `start..start + out.len()` of the matrix, in row-major order.
    ///
    /// # Panics
    ///
    /// If the distances end beyond the matrix.
    pub fn distances(&self, start: usize, out: &mut [f64]) {
        let all = self.axes[0].len().pow(2);
        assert!(start <= all && out.len() <= all - start, "{} distances from {start} of {all}", out.len());
        best::run(Distances { axes: &self.axes, start, out });
    }
}

/// The points' coordinates, one array for each dimension.
pub(crate) fn axes<const D: usize>(points: &[[f64; D]]) -> [Aligned<f64>; D] {
    std::array::from_fn(|axis| Aligned::from_fn(points.len(), |k| points[k][axis]))
}

/// Distances `start..start + out.len()`, for the vectors of any machine.
struct Distances<'a, const D: usize> {
    axes: &'a [Aligned<f64>; D],
    start: usize,
    out: &'a mut [f64],
}

impl<const D: usize> Job for Distances<'_, D> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let points = self.axes[0].len();
        let stores = Stores::for_output(points * points);
        let (mut p, mut rest) = (self.start, self.out);
        while !rest.is_empty() {
            let (from, first) = (p / points, p % points);
            let (row, after) = rest.split_at_mut((points - first).min(rest.len()));
            let (mut here, mut there) = ([Floats::splat(lanes, 0.0); D], [&[][..]; D]);
            for ((here, there), axis) in here.iter_mut().zip(&mut there).zip(self.axes) {
                *here = Floats::splat(lanes, axis[from]);
                *there = &axis[first..first + row.len()];
            }
            zip(
                lanes,
                stores,
                there,
                row,
                #[inline(always)]
                |there| distance(here, there),
            );
            p += row.len();
            rest = after;
        }
    }
}

#[inline(always)]
fn distance<L: Lanes, const D: usize>(here: [Floats<L>; D], there: [Floats<L>; D]) -> Floats<L> {
    let first = here[0] - there[0];
    let mut squares = first * first;
    for axis in 1..D {
        let off = here[axis] - there[axis];
        squares = off.mul_add(off, squares);
    }
    squares.sqrt()
}

/// The distances of the suite's points, by their coordinates.
#[cfg(feature = "worker")]
#[derive(Debug)]
pub struct ByAxis<M> {
    machine: M,
    axes: [Aligned<f64>; 3],
}

#[cfg(feature = "worker")]
impl<M: Machine> Packed<M> {
    pub(crate) fn by_axis(&self, work: &Pairwise) -> ByAxis<M> {
        ByAxis { machine: self.machine, axes: axes(work.points()) }
    }
}

#[cfg(feature = "worker")]
impl<M: Machine> Fill<Pairwise> for ByAxis<M> {
    const SOURCE: &'static str = file!();
    fn fill(&self, _: &Pairwise, start: usize, out: &mut [f64]) {
        self.machine.run(Distances { axes: &self.axes, start, out });
    }
}
