//! `map`: a Python function over the parts of an array, on the threads of the pool.
//!
//! With the GIL, threads that run Python code take turns. They gain if the function spends its time without the GIL (in
//! NumPy, in Numba with `nogil=True`, in this module), and on free-threaded interpreters.

use crate::arrays::count;
use crate::threads::Workers;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PySlice, PyTuple};
use rayon::prelude::*;

/// Parts for each worker, if the caller sets no `chunk`.
const PARTS: usize = 4;

/// Calls a function with the parts of an array, along its first axis, from several threads; returns a list of results.
///
/// `chunk` is the length of a part. With `out`, the function is called with a part of the array and the part of `out`
/// to write into, as NumPy's functions take them, and `out` is returned. With the GIL, threads take turns to run Python
/// code: they gain only if the function releases it (NumPy, Numba with `nogil=True`, this module). If calls fail, parts
/// that have not begun are left out, and one of the exceptions is raised.
///
/// >>> import numpy as np, parallax_rs
/// >>> x = np.arange(10.0)
/// >>> parallax_rs.map(np.sum, x, chunk=4) == [6.0, 22.0, 17.0]
/// True
/// >>> parallax_rs.map(np.square, x, chunk=4, out=np.empty(10))
/// array([ 0.,  1.,  4.,  9., 16., 25., 36., 49., 64., 81.])
#[pyfunction]
#[pyo3(signature = (function, array, *, chunk=None, out=None, workers=None))]
pub(crate) fn map<'py>(
    function: &Bound<'py, PyAny>,
    array: &Bound<'py, PyAny>,
    chunk: Option<&Bound<'py, PyAny>>,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = function.py();
    let len = array.len()?;
    let chunk = chunk.map(|chunk| count::<usize>("chunk", chunk)).transpose()?;
    if let Some(out) = out
        && out.len()? != len
    {
        return Err(PyValueError::new_err(format!("out has the length {}, and the array {len}", out.len()?)));
    }
    if chunk == Some(0) {
        return Err(PyValueError::new_err("chunk is 0; give the length of a part, 1 or more"));
    }
    let workers = Workers::of(workers, chunk.map_or(len, |chunk| len.div_ceil(chunk)))?;
    let chunk = chunk.unwrap_or_else(|| len.div_ceil(PARTS * workers.count()).max(1));
    let parts = (0..len).step_by(chunk).map(|start| {
        let slice = PySlice::new(py, start as isize, len.min(start + chunk) as isize, 1);
        let mut part = vec![array.get_item(&slice)?];
        if let Some(out) = out {
            part.push(out.get_item(&slice)?);
        }
        PyTuple::new(py, part).map(Bound::unbind)
    });
    let parts = parts.collect::<PyResult<Vec<Py<PyTuple>>>>()?;
    let results = match &workers {
        Workers::One => parts.iter().map(|part| function.call1(part.bind(py)).map(Bound::unbind)).collect(),
        Workers::Pool(_) => {
            let function = function.clone().unbind();
            let call = |part: &Py<PyTuple>| Python::attach(|py| function.call1(py, part.bind(py)));
            workers.run(py, || parts.par_iter().map(call).collect::<PyResult<Vec<Py<PyAny>>>>())?
        }
    };
    match out {
        None => Ok(results?.into_pyobject(py)?.into_any()),
        Some(out) => results.map(|_| out.clone()),
    }
}
