//! `pairwise`: the distances between all pairs of points.

use crate::arrays::{Input, Output};
use crate::threads::Workers;
use parallax_simd::PointSet;
use parallax_simd::best;
use parallax_simd::clones::{self, Plain};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Distances that are worth a thread: some ten microseconds of them.
const PIECE: usize = 1 << 14;

/// The Euclidean distances between all pairs of points, as a matrix of float64.
///
/// `x` has a row for each point and a column for each coordinate; with up to four coordinates the kernel is made for
/// their number. `out` is the matrix to write into.
///
/// >>> import numpy as np, parallax_rs
/// >>> towns = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
/// >>> parallax_rs.pairwise(towns)
/// array([[ 0.,  5., 10.],
///        [ 5.,  0.,  5.],
///        [10.,  5.,  0.]])
/// >>> out = np.empty((3, 3))
/// >>> parallax_rs.pairwise(towns, out=out, workers=2) is out
/// True
#[pyfunction]
#[pyo3(signature = (x, out=None, workers=None))]
pub(crate) fn pairwise<'py>(
    x: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = x.py();
    let x = Input::<f64>::of("x", x)?;
    let &[count, axes] = x.shape() else {
        let got = x.shape().len();
        return Err(PyValueError::new_err(format!("x has {got} dimension(s); give a row for each point")));
    };
    let mut out = Output::<f64>::of(py, out, &[count, count])?;
    let workers = Workers::of(workers, (count * count).div_ceil(PIECE))?;
    let (points, distances) = (x.slice(), out.slice());
    workers.run(py, || match axes {
        1 => fixed::<1>(&workers, points, distances),
        2 => fixed::<2>(&workers, points, distances),
        3 => fixed::<3>(&workers, points, distances),
        4 => fixed::<4>(&workers, points, distances),
        _ => any(&workers, points, [count, axes], distances),
    })?;
    Ok(out.done())
}

fn fixed<const D: usize>(workers: &Workers, points: &[f64], out: &mut [f64]) {
    let (points, _) = points.as_chunks::<D>();
    let set = PointSet::new(points);
    workers.fill(out, points.len(), |start, part| set.distances(start, part));
}

/// Any number of coordinates, one after the other; with zero coordinates, all distances are 0.
fn any(workers: &Workers, points: &[f64], [count, axes]: [usize; 2], out: &mut [f64]) {
    let columns: Vec<f64> = (0..axes * count).map(|k| points[k % count * axes + k / count]).collect();
    let isa = best::isa();
    workers.fill(out, count, |start, part| {
        for (k, row) in part.chunks_exact_mut(count).enumerate() {
            clones::run(isa, Row { columns: &columns, from: start / count + k, row });
        }
    });
}

/// A row of the matrix.
struct Row<'a> {
    /// The first coordinates of all points, then the second ones, and so on.
    columns: &'a [f64],
    from: usize,
    row: &'a mut [f64],
}

impl Plain for Row<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        self.row.fill(0.0);
        for column in self.columns.chunks_exact(self.row.len()) {
            let here = column[self.from];
            self.row.iter_mut().zip(column).for_each(|(sum, there)| *sum += (here - there) * (here - there));
        }
        self.row.iter_mut().for_each(|sum| *sum = sum.sqrt());
    }
}
