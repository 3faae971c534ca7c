//! `montecarlo`: how many random points fall into a quarter circle.

use crate::arrays::count;
use crate::threads::Workers;
use parallax_simd::quarter_circle;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::ops::Range;

/// Samples that are worth a thread: some ten microseconds of them.
const PIECE: u64 = 1 << 13;

/// How many of `samples` random points of a square lie in the quarter circle: about π/4 of them.
///
/// A point is a function of `seed` and its index, so the count is the same for any number of workers.
///
/// >>> import parallax_rs
/// >>> abs(4 * parallax_rs.montecarlo(10_000_000, seed=7) / 10_000_000 - 3.14159) < 0.002
/// True
#[pyfunction]
#[pyo3(signature = (samples, seed=0, workers=None))]
pub(crate) fn montecarlo(samples: &Bound<PyAny>, seed: u64, workers: Option<isize>) -> PyResult<u64> {
    let (py, samples) = (samples.py(), count::<u64>("samples", samples)?);
    let (pieces, too_many) = (samples.div_ceil(PIECE), samples > 1 << 62);
    if too_many {
        return Err(PyValueError::new_err(format!("samples is {samples}; give at most 2**62")));
    }
    let workers = Workers::of(workers, pieces as usize)?;
    let throw = |hits, pieces: Range<usize>| {
        hits + quarter_circle(seed, pieces.start as u64 * PIECE..samples.min(pieces.end as u64 * PIECE))
    };
    workers.run(py, || workers.reduce(pieces as usize, 1, || 0, throw, |left, right| left + right))
}
