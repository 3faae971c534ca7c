//! NumPy arrays in and out: borrowed if their type and layout fit the kernel, else copied once.

use numpy::{
    BorrowError, Element, IxDyn, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn,
    PyReadwriteArrayDyn, PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

/// An element type of a kernel, and the kinds of NumPy types (`b`, `i`, `u`, `f`) that may be converted to it.
pub(crate) trait Number: Element + Copy {
    /// NumPy's name of the type.
    const NAME: &'static str;
    /// The kinds whose values it can hold, exactly or nearly.
    const FROM: &'static str;
}

macro_rules! numbers {
    ($($number:ty: $name:literal from $kinds:literal)*) => {$(
        impl Number for $number {
            const NAME: &'static str = $name;
            const FROM: &'static str = $kinds;
        }
    )*};
}

// types with no kinds are only borrowed or written
numbers! {
    bool: "bool" from ""
    f64: "float64" from "biuf"
    i32: "int32" from ""
    i64: "int64" from "bi"
    u8: "uint8" from "u"
    u16: "uint16" from "u"
    u32: "uint32" from "u"
    u64: "uint64" from "u"
}

/// An input array: C-contiguous, and not written by this module as long as it is borrowed.
pub(crate) struct Input<'py, T: Element>(PyReadonlyArrayDyn<'py, T>);

impl<'py, T: Number> Input<'py, T> {
    /// Borrows the array, or copies it once if its type or its order in memory differs.
    pub(crate) fn of(name: &str, given: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Some(borrowed) = Self::borrowed(name, given)? {
            return Ok(borrowed);
        }
        let numpy = given.py().import("numpy")?;
        let array = numpy.call_method1("asarray", (given,))?;
        let kind: String = array.getattr("dtype")?.getattr("kind")?.extract()?;
        if !T::FROM.contains(&kind) {
            let dtype = array.getattr("dtype")?;
            return Err(PyTypeError::new_err(format!("{name} holds {dtype}; give an array of {}", T::NAME)));
        }
        let as_read = [("dtype", T::NAME), ("order", "C")].into_py_dict(given.py())?;
        let copy = numpy.call_method("array", (array,), Some(&as_read))?;
        let copy = copy.cast_into::<PyArrayDyn<T>>().map_err(PyErr::from)?;
        Ok(Input(copy.try_readonly().map_err(|error| in_use(name, &error))?))
    }

    fn borrowed(name: &str, given: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        match given.cast::<PyArrayDyn<T>>() {
            Ok(array) if is_plain(array) => {
                Ok(Some(Input(array.try_readonly().map_err(|error| in_use(name, &error))?)))
            }
            _ => Ok(None),
        }
    }
}

impl<'py, T: Element> Input<'py, T> {
    /// All its elements, row by row.
    pub(crate) fn slice(&self) -> &[T] {
        self.0.as_slice().expect("what is borrowed is plain")
    }

    /// The interpreter.
    pub(crate) fn py(&self) -> Python<'py> {
        self.0.py()
    }

    /// How long it is in each dimension.
    pub(crate) fn shape(&self) -> &[usize] {
        self.0.shape()
    }
}

/// The kind of an array's numbers, as NumPy names it (`u`, `i`, `f`), and the bytes of each; `None` for a list.
pub(crate) fn kind(given: &Bound<PyAny>) -> Option<(u8, usize)> {
    let array = given.cast::<numpy::PyUntypedArray>().ok()?;
    Some((array.dtype().kind(), array.dtype().itemsize()))
}

/// An output array: the caller's `out`, or a new one.
pub(crate) struct Output<'py, T: Element> {
    array: Bound<'py, PyArrayDyn<T>>,
    guard: PyReadwriteArrayDyn<'py, T>,
}

impl<'py, T: Number> Output<'py, T> {
    /// Borrows `out` if it has the required type, shape and order in memory. A new array is zeros, whose pages the
    /// system provides when they are first written.
    pub(crate) fn of(py: Python<'py>, out: Option<&Bound<'py, PyAny>>, shape: &[usize]) -> PyResult<Self> {
        let array = match out {
            None => PyArrayDyn::<T>::zeros(py, IxDyn(shape), false),
            Some(out) => given_output(out, shape)?,
        };
        let guard = array.try_readwrite().map_err(|error| in_use("out", &error))?;
        Ok(Output { array, guard })
    }

    /// All its elements, row by row.
    pub(crate) fn slice(&mut self) -> &mut [T] {
        self.guard.as_slice_mut().expect("what is borrowed is plain")
    }

    /// Ends the borrow and returns the array.
    pub(crate) fn done(self) -> Bound<'py, PyAny> {
        drop(self.guard);
        self.array.into_any()
    }
}

fn given_output<'py, T: Number>(
    out: &Bound<'py, PyAny>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
    let array = out.cast::<PyArrayDyn<T>>().map_err(|_| {
        let what = out.getattr("dtype").unwrap_or_else(|_| out.get_type().into_any());
        PyTypeError::new_err(format!("out is {what}; give a NumPy array of {}", T::NAME))
    })?;
    if array.shape() != shape {
        let had = array.shape();
        return Err(PyValueError::new_err(format!("out has the shape {had:?}; the result has {shape:?}")));
    }
    if !is_plain(array) {
        return Err(PyValueError::new_err(
            "out has gaps or another order in memory; give a C-contiguous array",
        ));
    }
    Ok(array.clone())
}

/// Whether a kernel can read the array as one slice, row by row.
fn is_plain<T: Element>(array: &Bound<PyArrayDyn<T>>) -> bool {
    array.is_c_contiguous() && array.as_raw_aligned()
}

/// Whether the elements begin at multiples of their size, as Rust's references must.
trait Aligned {
    fn as_raw_aligned(&self) -> bool;
}

impl<T: Element> Aligned for Bound<'_, PyArrayDyn<T>> {
    fn as_raw_aligned(&self) -> bool {
        self.data().is_aligned()
    }
}

/// The exception for an array that cannot be borrowed.
pub(crate) fn in_use(name: &str, error: &BorrowError) -> PyErr {
    PyValueError::new_err(match error {
        BorrowError::NotWriteable => format!("{name} is read-only; give an array that may be written"),
        _ => format!(
            "{name} shares memory with an array that is in use, such as another argument; give a copy"
        ),
    })
}

/// The name of an array's type, for an error.
pub(crate) fn type_of(given: &Bound<PyAny>) -> String {
    match given.cast::<numpy::PyUntypedArray>() {
        Ok(array) => {
            array.dtype().typeobj().name().map_or_else(|_| "unknown".into(), |name| name.to_string())
        }
        Err(_) => given.get_type().name().map_or_else(|_| "unknown".into(), |name| name.to_string()),
    }
}

/// A count that the caller passed as `name`.
pub(crate) fn count<T: TryFrom<u64>>(name: &str, given: &Bound<PyAny>) -> PyResult<T> {
    let number = given.extract::<u64>().map_err(|error| {
        if error.is_instance_of::<PyOverflowError>(given.py()) {
            return PyValueError::new_err(format!("{name} is {given}; give 0 or more, and less than 2**64"));
        }
        PyTypeError::new_err(format!("{name}: {}", error.value(given.py())))
    })?;
    T::try_from(number).map_err(|_| PyValueError::new_err(format!("{name} is {given}, which is too large")))
}
