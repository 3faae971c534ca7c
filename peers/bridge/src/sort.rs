//! `sort`: numbers in ascending order, by threads that sort parts and merge them.

use crate::threads::Workers;
use numpy::{Element, PyArray1, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use rayon::prelude::*;

use crate::arrays::{in_use, type_of};

/// Numbers that are worth a thread: some hundred microseconds of sorting.
const PIECE: usize = 1 << 13;

/// The numbers of a one-dimensional array in ascending order, as `numpy.sort` has them.
///
/// Of float64, float32 and whole numbers of 8 to 64 bits. NaNs come last, without their sign; -0.0 comes before 0.0. Equal
/// numbers are the same, so nothing is said of their order. `out` is the array to write into; `sort(a, out=a)` sorts in
/// place, and needs no copy.
///
/// >>> import numpy as np, parallax_rs
/// >>> parallax_rs.sort(np.array([2.5, np.nan, -1.0, 0.0]))
/// array([-1. ,  0. ,  2.5,  nan])
/// >>> a = np.array([3, 1, 2])
/// >>> parallax_rs.sort(a, out=a) is a
/// True
/// >>> a
/// array([1, 2, 3])
#[pyfunction]
#[pyo3(signature = (a, out=None, workers=None))]
pub(crate) fn sort<'py>(
    a: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    let copy = target(a, out)?;
    let tries = [
        sorted::<f64>,
        sorted::<i64>,
        sorted::<u64>,
        sorted::<f32>,
        sorted::<i32>,
        sorted::<u32>,
        sorted::<i16>,
        sorted::<u16>,
        sorted::<i8>,
        sorted::<u8>,
    ];
    for one in tries {
        if one(&copy, workers)? {
            return Ok(copy);
        }
    }
    let what = type_of(&copy);
    Err(PyTypeError::new_err(format!(
        "a holds {what}; give float64, float32, or whole numbers of 8 to 64 bits"
    )))
}

/// The array that is sorted in place: `out` with the numbers of `a`, or a copy.
fn target<'py>(a: &Bound<'py, PyAny>, out: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    let numpy = py.import("numpy")?;
    let Some(out) = out else { return numpy.call_method1("array", (a,)) };
    if out.is(a) {
        return Ok(a.clone());
    }
    let given = numpy.call_method1("asarray", (a,))?.cast_into::<PyUntypedArray>()?;
    let place = out
        .cast::<PyUntypedArray>()
        .map_err(|_| PyTypeError::new_err(format!("out is {}; give a NumPy array", type_of(out))))?;
    let same = pyo3::types::PyAnyMethods::eq(given.dtype().as_any(), place.dtype())?;
    if !same {
        return Err(PyTypeError::new_err(format!("out holds {} and a {}", type_of(out), type_of(&given))));
    }
    if given.shape() != place.shape() {
        let (had, wanted) = (place.shape(), given.shape());
        return Err(PyValueError::new_err(format!("out has the shape {had:?}; the result has {wanted:?}")));
    }
    numpy.call_method1("copyto", (place, given))?;
    Ok(out.clone())
}

/// Sorts the array in place if it is of this type.
fn sorted<T: Sortable>(array: &Bound<PyAny>, workers: Option<isize>) -> PyResult<bool> {
    let Ok(array) = array.cast::<numpy::PyArrayDyn<T>>() else { return Ok(false) };
    let Ok(array) = array.cast::<PyArray1<T>>() else {
        return Err(PyValueError::new_err(format!("a has {} dimensions; give one", array.ndim())));
    };
    let mut guard = array.try_readwrite().map_err(|error| in_use("the array to sort", &error))?;
    let Ok(numbers) = guard.as_slice_mut() else {
        return Err(PyValueError::new_err("the array to sort in place has gaps; give a contiguous one"));
    };
    let workers = Workers::of(workers, numbers.len().div_ceil(PIECE))?;
    workers.run(array.py(), || T::sort(&workers, numbers))?;
    Ok(true)
}

/// A number that can be sorted.
trait Sortable: Element + Send {
    fn sort(workers: &Workers, numbers: &mut [Self]);
}

fn whole<T: Ord + Send>(workers: &Workers, numbers: &mut [T]) {
    match workers {
        Workers::One => numbers.sort_unstable(),
        Workers::Pool(_) => numbers.par_sort_unstable(),
    }
}

macro_rules! whole {
    ($($number:ty)*) => {$(
        impl Sortable for $number {
            fn sort(workers: &Workers, numbers: &mut [Self]) {
                whole(workers, numbers);
            }
        }
    )*};
}

whole!(i8 i16 i32 i64 u8 u16 u32 u64);

/// Floats are sorted as whole numbers, whose comparison is one instruction: as they lie in memory they are in order
/// already, but for the sign, which turns the order of the negative ones around.
macro_rules! float {
    ($float:ty as $whole:ty) => {
        impl Sortable for $float {
            fn sort(workers: &Workers, numbers: &mut [Self]) {
                const REST: $whole = <$whole>::MAX; // all bits but the sign
                // its own inverse
                let turn = |bits: $whole| if bits < 0 { bits ^ REST } else { bits };
                workers.fill(&mut *numbers, 1, |_, part| {
                    for number in part {
                        let positive = if number.is_nan() { number.abs() } else { *number };
                        *number = <$float>::from_bits(turn(positive.to_bits().cast_signed()).cast_unsigned());
                    }
                });
                let bits: &mut [$whole] = bytemuck::cast_slice_mut(numbers);
                whole(workers, bits);
                workers.fill(bits, 1, |_, part| part.iter_mut().for_each(|bits| *bits = turn(*bits)));
            }
        }
    };
}

float!(f64 as i64);
float!(f32 as i32);
