//! `julia` and `escape_count`: escape counts of a Julia set, for a plane of points and for one point.

use crate::arrays::{Output, count};
use crate::threads::Workers;
use parallax_simd::escape_counts;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The constant of the iteration `z = z*z + C`.
const C: (f64, f64) = (-0.62772, -0.42193);

/// The plane reaches from `-REACH` to `REACH` in both directions.
const REACH: f64 = 1.8;

/// Steps that are worth a thread: some ten microseconds of them.
const PIECE: usize = 1 << 14;

/// The escape count of each point of a plane, its steps within the disc of radius 2, as a matrix of int32.
///
/// The Julia set of *High Performance Python* (Gorelick and Ozsvald): `width` points or one more in each direction,
/// since their coordinates come from repeated addition, as published; at most `limit` steps of
/// `z = z*z - 0.62772 - 0.42193j`.
/// `out` is the matrix to write into, of the shape of `julia(width, 0)`.
///
/// >>> import parallax_rs
/// >>> int(parallax_rs.julia(1000, 300).sum())
/// 33219980
#[pyfunction]
#[pyo3(signature = (width, limit, out=None, workers=None))]
pub(crate) fn julia<'py>(
    py: Python<'py>,
    width: &Bound<'py, PyAny>,
    limit: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    let (xs, ys) = axes(count("width", width)?)?;
    let limit = at_most_int32(count("limit", limit)?)?;
    let mut out = Output::<i32>::of(py, out, &[ys.len(), xs.len()])?;
    let steps = (xs.len() * ys.len()).saturating_mul(limit as usize);
    let workers = Workers::of(workers, steps.div_ceil(PIECE))?;
    let counts: &mut [u32] = bytemuck::cast_slice_mut(out.slice());
    workers.run(py, || {
        // one row or a few: the work of rows differs a hundredfold
        let rows = (ys.len() / 250).max(1);
        workers.fill(counts, rows * xs.len(), |start, part| {
            let first = start / xs.len();
            escape_counts(&xs, &ys[first..first + part.len() / xs.len()], C, limit, part);
        });
    })?;
    Ok(out.done())
}

/// The escape count of one point, as `julia` computes it for each. It shows what a call costs.
///
/// >>> import parallax_rs
/// >>> parallax_rs.escape_count(0.0, 0.0, 300), parallax_rs.escape_count(2.0, 0.0, 300)
/// (300, 0)
#[pyfunction]
pub(crate) fn escape_count(mut x: f64, mut y: f64, limit: u32) -> u32 {
    let mut steps = 0;
    while x * x + y * y < 4.0 && steps < limit {
        (x, y) = (x * x - y * y + C.0, 2.0 * x * y + C.1);
        steps += 1;
    }
    steps
}

/// The coordinates of the columns and of the rows, by repeated addition, since the last bit changes some counts.
fn axes(width: usize) -> PyResult<(Vec<f64>, Vec<f64>)> {
    if !(1..=1 << 20).contains(&width) {
        return Err(PyValueError::new_err(format!("width is {width}; give a number from 1 to 2**20")));
    }
    let step = 2.0 * REACH / width as f64;
    let walk = |from: f64, step: f64| std::iter::successors(Some(from), move |at| Some(at + step));
    let xs = walk(-REACH, step).take_while(|&x| x < REACH).collect();
    let ys = walk(REACH, -step).take_while(|&y| y > -REACH).collect();
    Ok((xs, ys))
}

fn at_most_int32(limit: u32) -> PyResult<u32> {
    match i32::try_from(limit) {
        Ok(_) => Ok(limit),
        Err(_) => Err(PyValueError::new_err(format!("limit is {limit}; give at most 2**31 - 1"))),
    }
}
