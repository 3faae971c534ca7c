//! A loop nest that the compiler vectorises once each coordinate has an array of its own.

use super::row;
use crate::aligned::Aligned;
use crate::best;
use crate::clones::{self, Plain};
use crate::pairwise::axes;
#[cfg(feature = "worker")]
use {parallax_pattern::Fill, parallax_suite::workload::Pairwise};

/// As [`pairwise`](crate::pairwise()).
///
/// # Panics
///
/// If the length of `out` is not the square of the number of points.
pub fn pairwise<const D: usize>(points: &[[f64; D]], out: &mut [f64]) {
    const { assert!(D > 0, "points must have coordinates") };
    assert_eq!(out.len(), points.len().pow(2), "`out` must have a place for each pair of points");
    clones::run(best::isa(), Distances { axes: &axes(points), start: 0, out });
}

/// Distances `start..start + out.len()`.
struct Distances<'a, const D: usize> {
    axes: &'a [Aligned<f64>; D],
    start: usize,
    out: &'a mut [f64],
}

impl<const D: usize> Plain for Distances<'_, D> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let (points, mut p, mut rest) = (self.axes[0].len(), self.start, self.out);
        while !rest.is_empty() {
            let (from, first) = (p / points, p % points);
            let (line, after) = rest.split_at_mut((points - first).min(rest.len()));
            let (mut here, mut there) = ([0.0; D], [&[][..]; D]);
            for ((here, there), axis) in here.iter_mut().zip(&mut there).zip(self.axes) {
                (*here, *there) = (axis[from], &axis[first..first + line.len()]);
            }
            for (k, distance) in line.iter_mut().enumerate() {
                let there = row(there, k);
                let mut squares = (here[0] - there[0]) * (here[0] - there[0]);
                for axis in 1..D {
                    squares += (here[axis] - there[axis]) * (here[axis] - there[axis]);
                }
                *distance = squares.sqrt();
            }
            p += line.len();
            rest = after;
        }
    }
}

/// The suite's points, by their coordinates.
#[cfg(feature = "worker")]
#[derive(Debug)]
pub struct ByAxis([Aligned<f64>; 3]);

#[cfg(feature = "worker")]
impl ByAxis {
    pub(super) fn new(work: &Pairwise) -> Self {
        ByAxis(axes(work.points()))
    }
}

#[cfg(feature = "worker")]
impl Fill<Pairwise> for ByAxis {
    const SOURCE: &'static str = file!();
    fn fill(&self, _: &Pairwise, start: usize, out: &mut [f64]) {
        clones::run(best::isa(), Distances { axes: &self.0, start, out });
    }
}
