//! `expression`: a formula that arrives as text, compiled once and evaluated over arrays.

use crate::arrays::{Input, Number, Output};
use crate::threads::Workers;
use lru::LruCache;
use parallax_jit::{Backend, Compiled, Element, Error, Expression, Isa, Kind};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

/// Elements that are worth a thread, and the fewest in a piece: 128 KiB of each array.
const PIECE: usize = 1 << 14;

/// The fewest elements for which a text is compiled to machine code; below, compiling takes longer than it saves.
const MANY: usize = 1 << 17;

/// Texts that are kept compiled.
const KEPT: NonZeroUsize = NonZeroUsize::new(256).unwrap();

static TEXTS: LazyLock<Mutex<LruCache<String, Arc<Text>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(KEPT)));

/// Evaluates a formula, element by element, over named arrays of float64; returns float64, or bool for a comparison.
///
/// A formula has numbers, names, `+ - * / **`, parentheses, comparisons, `& | ~` between them, and `sin cos log exp
/// sqrt abs min max where`. It makes no temporary arrays. A text is compiled when it is first used, and the last 256
/// are kept. All arrays have one shape; write a constant into the text. `out` is the array to write into; it must not
/// be one of the inputs. No array can have the name `out` or `workers`.
///
/// >>> import numpy as np, parallax_rs
/// >>> a, b = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
/// >>> parallax_rs.expression("2*a + 3*b", a=a, b=b)
/// array([14., 19., 24.])
/// >>> parallax_rs.expression("a*b > 9", a=a, b=b)
/// array([False,  True,  True])
/// >>> parallax_rs.expression("a +", a=a)
/// Traceback (most recent call last):
/// ...
/// ValueError: a +
///    ^
/// column 4: expected a number, a name, a sign or '(', found the end
#[pyfunction]
#[pyo3(signature = (text, /, *, out=None, workers=None, **arrays))]
pub(crate) fn expression<'py>(
    py: Python<'py>,
    text: &str,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
    arrays: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let known = known(text)?;
    let mut inputs = Vec::new();
    for name in known.expression.variables() {
        let given = arrays.map(|arrays| arrays.get_item(name)).transpose()?.flatten();
        let given = given.ok_or_else(|| PyTypeError::new_err(format!("no array is given for '{name}'")))?;
        inputs.push((name, Input::<f64>::of(name, &given)?));
    }
    let Some((first, shape)) = inputs.first().map(|(name, input)| (*name, input.shape().to_vec())) else {
        return Err(PyValueError::new_err("the text names no array; name one to set the result's length"));
    };
    if let Some((name, other)) = inputs.iter().find(|(_, input)| input.shape() != shape) {
        let other = other.shape();
        let why =
            format!("'{name}' has the shape {other:?} and '{first}' {shape:?}; give arrays of one shape");
        return Err(PyValueError::new_err(why));
    }
    let asked = Asked { known: &known, inputs: &inputs, shape: &shape, out, workers };
    match known.expression.kind() {
        Kind::Number => asked.evaluate::<f64>(py),
        Kind::Boolean => asked.evaluate::<bool>(py),
    }
}

/// A call whose arrays match the names in its text.
struct Asked<'a, 'py> {
    known: &'a Text,
    inputs: &'a [(&'a str, Input<'py, f64>)],
    shape: &'a [usize],
    out: Option<&'a Bound<'py, PyAny>>,
    workers: Option<isize>,
}

impl<'py> Asked<'_, 'py> {
    fn evaluate<T: Element + Number + Send>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut out = Output::<T>::of(py, self.out, self.shape)?;
        let slices: Vec<&[f64]> = self.inputs.iter().map(|(_, input)| input.slice()).collect();
        let to = out.slice();
        let compiled = self.known.compiled(to.len()).map_err(wrong)?;
        let bound = compiled.bind(&slices).map_err(wrong)?;
        let workers = Workers::of(self.workers, to.len().div_ceil(PIECE))?;
        workers.run(py, || {
            workers.fill(to, PIECE, |start, part| bound.fill(start, part).expect("the arrays are as long"));
        })?;
        Ok(out.done())
    }
}

/// A text, parsed once, and compiled for each backend that was needed.
struct Text {
    expression: Expression,
    blocked: OnceLock<Compiled>,
    native: OnceLock<Compiled>,
}

impl Text {
    /// The form that evaluates `elements` fastest. If two threads compile at the same time, one result is kept.
    fn compiled(&self, elements: usize) -> Result<&Compiled, Error> {
        let (place, backend) = match elements {
            MANY.. => (&self.native, Backend::Native),
            _ => (&self.blocked, Backend::Blocked),
        };
        if let Some(compiled) = place.get() {
            return Ok(compiled);
        }
        let compiled = self.expression.compile_for(backend, Isa::detect()?)?;
        Ok(place.get_or_init(|| compiled))
    }
}

/// The parsed text, from the cache if it is there. If another thread holds the cache's lock, or held it at a fork, the
/// text is parsed again.
fn known(text: &str) -> PyResult<Arc<Text>> {
    if let Ok(mut texts) = TEXTS.try_lock()
        && let Some(known) = texts.get(text)
    {
        return Ok(known.clone());
    }
    let expression = Expression::parse(text);
    let expression = expression.map_err(|error| PyValueError::new_err(error.in_text(text).to_string()))?;
    let new = Arc::new(Text { expression, blocked: OnceLock::new(), native: OnceLock::new() });
    if let Ok(mut texts) = TEXTS.try_lock() {
        texts.put(text.to_owned(), new.clone());
    }
    Ok(new)
}

fn wrong(error: Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
