//! `matmul`: the product of two matrices.

use crate::arrays::{Input, Output};
use crate::threads::Workers;
use parallax_simd::{Product, Spare};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::LazyLock;

/// Multiply-adds that are worth a thread: some ten microseconds of them.
const PIECE: usize = 1 << 18;

/// The memory of the last product's packed factor, for the next one.
static SPARE: LazyLock<Spare> = LazyLock::new(Spare::default);

/// The product of two matrices of float64: `a @ b`.
///
/// It adds up in another order than NumPy, so last digits may differ. Memory of the size of `b` is kept for the next
/// product. `out` is the matrix to write into; it must not be one of the factors.
///
/// >>> import numpy as np, parallax_rs
/// >>> a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [6.0]])
/// >>> parallax_rs.matmul(a, b)
/// array([[17.],
///        [39.]])
#[pyfunction]
#[pyo3(signature = (a, b, out=None, workers=None))]
pub(crate) fn matmul<'py>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    let (a, b) = (Input::<f64>::of("a", a)?, Input::<f64>::of("b", b)?);
    let (m, k, n) = match (a.shape(), b.shape()) {
        (&[m, k], &[rows, n]) if k == rows => (m, k, n),
        (a, b) => {
            let why = format!("a has the shape {a:?} and b {b:?}; give (m, k) and (k, n)");
            return Err(PyValueError::new_err(why));
        }
    };
    let mut out = Output::<f64>::of(py, out, &[m, n])?;
    let workers = Workers::of(workers, m.saturating_mul(n).saturating_mul(k).div_ceil(PIECE))?;
    let (a, b, c) = (a.slice(), b.slice(), out.slice());
    workers.run(py, || {
        let product = Product::new(a, b, [m, k, n], &SPARE);
        // each piece reads the whole right factor: as many as workers, or up to four times as many if they are large
        let pieces = workers.count() * (m / (64 * workers.count())).clamp(1, 4);
        let rows = m.div_ceil(pieces).next_multiple_of(product.tile());
        workers.fill(c, rows * n, |start, part| product.fill(start, part));
    })?;
    Ok(out.done())
}
