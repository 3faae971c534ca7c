//! A minimal Python module in Rust, one function over an array: the guide's *Keep your Python, replace this loop*.

#![allow(missing_docs, reason = "what a reader copies: the documentation is Python's")]

use numpy::{PyReadonlyArray1, PyReadwriteArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rayon::prelude::*;

/// How long each point of a line stays near the origin.
#[pyfunction]
fn steps(py: Python, xs: PyReadonlyArray1<f64>, limit: i32, mut out: PyReadwriteArray1<i32>) -> PyResult<()> {
    let (xs, out) = (xs.as_slice()?, out.as_slice_mut()?);
    if xs.len() != out.len() {
        return Err(PyValueError::new_err("xs and out differ in length"));
    }
    py.detach(|| {
        out.par_iter_mut().zip(xs).for_each(|(count, x)| *count = escape(*x, limit));
    });
    Ok(())
}

fn escape(mut x: f64, limit: i32) -> i32 {
    let (mut y, mut steps) = (0.0, 0);
    while x * x + y * y < 4.0 && steps < limit {
        (x, y) = (x * x - y * y - 0.62772, 2.0 * x * y - 0.42193);
        steps += 1;
    }
    steps
}

#[pymodule]
mod fast {
    #[pymodule_export]
    use super::steps;
}
