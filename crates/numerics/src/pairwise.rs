//! Distances by rows, or by broadcasting: a column against a row, and a whole table for each operation.
//!
//! Broadcasting is three lines long. It makes a table of all differences for each axis: at 5000 points
//! that is 200 MB each, several times over, for a result of 200 MB.

use crate::blocks::{Block, blocks};
use ndarray::{Array2, ArrayView1, ArrayViewMut1, ArrayViewMut2, Axis, Zip, s};

/// Writes the distances between all pairs of points, row by row; a row has the distances from one point.
///
/// It takes time in the square of the number of points, and no memory except the result.
///
/// ```
/// use parallax_numerics::pairwise::pairwise;
///
/// let towns = [[0.0, 0.0], [3.0, 4.0], [0.0, 8.0]];
/// let mut distances = [0.0; 9];
/// pairwise(&towns, &mut distances);
/// assert_eq!(distances, [0.0, 5.0, 8.0, 5.0, 0.0, 5.0, 8.0, 5.0, 0.0]);
/// ```
///
/// # Panics
///
/// If the length of `distances` is not the square of the number of points.
pub fn pairwise<const D: usize>(points: &[[f64; D]], distances: &mut [f64]) {
    assert_eq!(distances.len(), points.len().pow(2), "there must be a distance for each pair");
    pairwise_part(points, 0, distances);
}

/// As [`pairwise`], but only `part.len()` distances from number `start` on.
///
/// # Panics
///
/// If the part ends beyond the table.
pub fn pairwise_part<const D: usize>(points: &[[f64; D]], start: usize, part: &mut [f64]) {
    let points = ArrayView1::from(points);
    for Block { rows, columns, part: cells } in blocks(points.len(), start, part.len()) {
        let width = columns.len();
        for (row, distances) in rows.zip(part[cells].chunks_mut(width)) {
            let (from, others) = (points[row], points.slice(s![columns.clone()]));
            Zip::from(ArrayViewMut1::from(distances)).and(others).for_each(|d, to| {
                *d = (0..D).map(|axis| (from[axis] - to[axis]) * (from[axis] - to[axis])).sum::<f64>().sqrt();
            });
        }
    }
}

/// As [`pairwise_part`], from the points' coordinates along each axis and with a table for each operation, as array
/// notation does it. It takes some six times the part in extra memory.
///
/// ```
/// use parallax_numerics::pairwise::pairwise_by_broadcasting;
///
/// let (x, y) = ([0.0, 3.0], [0.0, 4.0]);
/// let mut distances = [0.0; 4];
/// pairwise_by_broadcasting([&x, &y], 0, &mut distances);
/// assert_eq!(distances, [0.0, 5.0, 5.0, 0.0]);
/// ```
///
/// # Panics
///
/// If there is no axis, the axes differ in length, or the part ends beyond the table.
pub fn pairwise_by_broadcasting<const D: usize>(axes: [&[f64]; D], start: usize, part: &mut [f64]) {
    let points = axes[0].len();
    assert!(axes.iter().all(|axis| axis.len() == points), "each axis must have a coordinate for each point");
    for block in blocks(points, start, part.len()) {
        let shape = (block.rows.len(), block.columns.len());
        let squares = axes.into_iter().map(|axis| squares(axis, &block));
        let distances = squares.reduce(|sum, squares| sum + squares).expect("there is an axis").sqrt();
        let out = ArrayViewMut2::from_shape(shape, &mut part[block.part]);
        out.expect("a block has as many cells as its shape says").assign(&distances);
    }
}

/// The squared differences along an axis.
fn squares(axis: &[f64], block: &Block) -> Array2<f64> {
    let axis = ArrayView1::from(axis);
    let column = axis.slice(s![block.rows.clone()]).insert_axis(Axis(1));
    let differences = &column - &axis.slice(s![block.columns.clone()]);
    &differences * &differences
}

#[cfg(feature = "worker")]
mod worker {
    use super::{pairwise_by_broadcasting, pairwise_part};
    use crate::NdArray;
    use parallax_pattern::Fill;
    use parallax_suite::workload::Pairwise;

    impl Fill<Pairwise> for NdArray {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Pairwise, start: usize, out: &mut [f64]) {
            pairwise_part(work.points(), start, out);
        }
    }

    /// The coordinates of all points along each axis.
    #[derive(Debug)]
    pub struct Axes([Vec<f64>; 3]);

    impl Axes {
        pub(crate) fn of(work: &Pairwise) -> Self {
            Axes([0, 1, 2].map(|axis: usize| work.points().iter().map(|point| point[axis]).collect()))
        }
    }

    impl Fill<Pairwise> for Axes {
        const SOURCE: &'static str = file!();
        fn fill(&self, _: &Pairwise, start: usize, out: &mut [f64]) {
            pairwise_by_broadcasting(self.0.each_ref().map(|axis| &axis[..]), start, out);
        }
    }
}

#[cfg(feature = "worker")]
pub use worker::Axes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_distances_of_the_plane_in_any_parts() {
        let points = [[0.0, 0.0], [3.0, 4.0], [-5.0, 12.0], [8.0, -6.0]];
        let apart =
            |p: usize| f64::hypot(points[p / 4][0] - points[p % 4][0], points[p / 4][1] - points[p % 4][1]);
        let right: Vec<f64> = (0..16).map(apart).collect();
        let [x, y] = [0, 1].map(|axis: usize| points.map(|point| point[axis]));
        for cut in 0..=16 {
            let (mut rows, mut tables) = ([f64::NAN; 16], [f64::NAN; 16]);
            for (start, end) in [(cut, 16), (0, cut)] {
                pairwise_part(&points, start, &mut rows[start..end]);
                pairwise_by_broadcasting([&x, &y], start, &mut tables[start..end]);
            }
            for got in [rows, tables] {
                assert!(
                    got.iter().zip(&right).all(|(got, right)| (got - right).abs() < 1e-12),
                    "cut at {cut}"
                );
            }
        }
    }

    #[test]
    #[should_panic(expected = "there must be a distance for each pair")]
    fn a_table_of_another_size_is_noticed() {
        pairwise(&[[0.0], [1.0]], &mut [0.0; 5]);
    }
}
