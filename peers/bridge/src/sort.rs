//! `sort`: numbers in ascending order; those of 64 bits are dealt into buckets by value and sorted by SIMD.

use crate::threads::Workers;
use bytemuck::Pod;
use numpy::{
    Element, PyArray1, PyArrayDyn, PyArrayMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods,
};
use parallax_simd::quicksort::{self, Buckets, quicksort, split};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyAnyMethods;
use rayon::prelude::*;

use crate::arrays::{in_use, type_of};

/// Numbers that are worth a thread: some hundred microseconds of sorting.
const PIECE: usize = 1 << 14;

/// Numbers that are worth a pass that deals them into buckets first: more than fit into the cache of a core.
const MANY: usize = 1 << 16;

/// The greatest depth of splits that workers share; below it, one worker sorts the part alone.
const SPLITS: u32 = 48;

/// The numbers of a one-dimensional array in ascending order, as `numpy.sort` returns them.
///
/// It takes float64, float32 and whole numbers of 8 to 64 bits; those of 64 bits are sorted by SIMD. NaNs come last,
/// without their sign; -0.0 comes before 0.0. `out` is the array to write into; `sort(a, out=a)` sorts in place, and
/// needs no copy.
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
    let (given, out) = places(a, out)?;
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
        if one(given.as_ref(), &out, workers)? {
            return Ok(out);
        }
    }
    let what = type_of(&out);
    Err(PyTypeError::new_err(format!(
        "a holds {what}; give float64, float32, or whole numbers of 8 to 64 bits"
    )))
}

/// The array to read and the array to write; only the latter if it is sorted in place.
fn places<'py>(
    a: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Option<Bound<'py, PyAny>>, Bound<'py, PyAny>)> {
    if out.is_some_and(|out| out.is(a)) {
        return Ok((None, a.clone()));
    }
    let numpy = a.py().import("numpy")?;
    let given = numpy.call_method1("asarray", (a,))?.cast_into::<PyUntypedArray>()?;
    let Some(out) = out else {
        let out = numpy.call_method1("empty", (given.getattr("shape")?, given.dtype()))?;
        return Ok((Some(given.into_any()), out));
    };
    let place = out
        .cast::<PyUntypedArray>()
        .map_err(|_| PyTypeError::new_err(format!("out is {}; give a NumPy array", type_of(out))))?;
    let same = PyAnyMethods::eq(given.dtype().as_any(), place.dtype())?;
    if !same {
        return Err(PyTypeError::new_err(format!("out holds {} and a {}", type_of(out), type_of(&given))));
    }
    if given.shape() != place.shape() {
        let (had, wanted) = (place.shape(), given.shape());
        return Err(PyValueError::new_err(format!("out has the shape {had:?}; the result has {wanted:?}")));
    }
    Ok((Some(given.into_any()), out.clone()))
}

/// Sorts the numbers of `given` into `out`, or `out` in place; returns whether they are of this type.
fn sorted<T: Sortable>(
    given: Option<&Bound<PyAny>>,
    out: &Bound<PyAny>,
    workers: Option<isize>,
) -> PyResult<bool> {
    let Ok(out) = out.cast::<PyArrayDyn<T>>() else { return Ok(false) };
    let Ok(out) = out.cast::<PyArray1<T>>() else {
        return Err(PyValueError::new_err(format!("a has {} dimensions; give one", out.ndim())));
    };
    let workers = Workers::of(workers, out.len().div_ceil(PIECE))?;
    let mut source = given.and_then(borrowed::<T>);
    let mut guard = out.try_readwrite();
    if guard.is_err() && source.take().is_some() {
        guard = out.try_readwrite(); // `out` may share memory with the source
    }
    let mut guard = guard.map_err(|error| in_use("the array to sort", &error))?;
    if let (Some(given), None) = (given, &source) {
        // NumPy's copy handles gaps and overlap
        out.py().import("numpy")?.call_method1("copyto", (out, given))?;
    }
    let Ok(numbers) = guard.as_slice_mut() else {
        return Err(PyValueError::new_err("the array to sort in place has gaps; give a contiguous one"));
    };
    let source = source.as_ref().map(|source| source.as_slice().expect("what is borrowed has no gaps"));
    workers.run(out.py(), || T::sort(&workers, source, numbers))?;
    Ok(true)
}

/// The array, if it can be read without a copy.
fn borrowed<'py, T: Element>(given: &Bound<'py, PyAny>) -> Option<PyReadonlyArray1<'py, T>> {
    let borrowed = given.cast::<PyArray1<T>>().ok()?.try_readonly().ok()?;
    borrowed.as_slice().is_ok().then_some(borrowed)
}

/// A number that can be sorted.
trait Sortable: Element + Copy {
    /// Writes the numbers of `source` to `out` in order, or sorts `out` in place.
    fn sort(workers: &Workers, source: Option<&[Self]>, out: &mut [Self]);
}

/// A number of 64 bits as an unsigned word; the order of the words is that of the numbers.
trait Word: Pod + Send + Sync {
    fn word(self) -> u64;
    /// The bits of the number that the word encodes.
    fn bits(word: u64) -> u64;
}

/// The sign bit: compared as unsigned words, numbers without it come before numbers with it.
const SIGN: u64 = 1 << 63;

impl Word for u64 {
    fn word(self) -> u64 {
        self
    }
    fn bits(word: u64) -> u64 {
        word
    }
}

impl Word for i64 {
    fn word(self) -> u64 {
        self.cast_unsigned() ^ SIGN
    }
    fn bits(word: u64) -> u64 {
        word ^ SIGN
    }
}

/// Compared as words, positive floats are in order already, and negative ones in reverse order.
impl Word for f64 {
    fn word(self) -> u64 {
        let bits = if self.is_nan() { self.abs() } else { self }.to_bits();
        if bits < SIGN { bits ^ SIGN } else { !bits }
    }
    fn bits(word: u64) -> u64 {
        if word < SIGN { !word } else { word ^ SIGN }
    }
}

macro_rules! words {
    ($($number:ty)*) => {$(
        impl Sortable for $number {
            fn sort(workers: &Workers, source: Option<&[Self]>, out: &mut [Self]) {
                match source {
                    Some(numbers) if numbers.len() >= MANY => {
                        dealt(workers, numbers, bytemuck::cast_slice_mut(out));
                    }
                    Some(numbers) => {
                        copy(workers, numbers, out);
                        in_place(workers, out);
                    }
                    None => in_place(workers, out),
                }
            }
        }
    )*};
}

words!(f64 i64 u64);

/// Copies on all workers, without the interpreter.
fn copy<T: Copy + Send + Sync>(workers: &Workers, from: &[T], out: &mut [T]) {
    workers.fill(out, 1, |start, part| part.copy_from_slice(&from[start..start + part.len()]));
}

/// Sorts numbers of 64 bits as words, and turns the words back into numbers.
fn in_place<T: Word>(workers: &Workers, numbers: &mut [T]) {
    workers.fill(&mut *numbers, 1, |_, part| {
        part.iter_mut().for_each(|number| *number = bytemuck::cast(number.word()));
    });
    let words: &mut [u64] = bytemuck::cast_slice_mut(numbers);
    by_halves(workers, SPLITS, words);
    workers.fill(words, 1, |_, part| part.iter_mut().for_each(|word| *word = T::bits(*word)));
}

/// Each worker deals a share of the numbers into buckets by value; then the buckets are sorted.
fn dealt<T: Word>(workers: &Workers, numbers: &[T], out: &mut [u64]) {
    let buckets = Buckets::of(numbers.len(), |k| numbers[k].word());
    let shares: Vec<&[T]> = numbers.chunks(numbers.len().div_ceil(workers.count())).collect();
    let counts = workers.each(shares.clone(), |share| buckets.count(in_words(share)));
    let places = quicksort::places(out, &counts);
    workers.each(shares.into_iter().zip(places).collect(), |(share, places)| {
        buckets.deal(in_words(share), places);
    });
    workers.each(quicksort::whole(out, &counts), |bucket| {
        by_halves(workers, SPLITS, bucket);
        bucket.iter_mut().for_each(|word| *word = T::bits(*word));
    });
}

fn in_words<T: Word>(numbers: &[T]) -> impl Iterator<Item = u64> {
    numbers.iter().map(|number| number.word())
}

/// Sorts words; idle workers take halves of long parts.
fn by_halves(workers: &Workers, splits: u32, words: &mut [u64]) {
    match workers {
        Workers::Pool(_) if words.len() > PIECE && splits > 0 => {
            let [left, right] = split(words);
            rayon::join(|| by_halves(workers, splits - 1, left), || by_halves(workers, splits - 1, right));
        }
        _ => quicksort(words),
    }
}

/// Sorts by comparisons, with std or rayon.
fn whole<T: Ord + Send>(workers: &Workers, numbers: &mut [T]) {
    match workers {
        Workers::One => numbers.sort_unstable(),
        Workers::Pool(_) => numbers.par_sort_unstable(),
    }
}

macro_rules! whole {
    ($($number:ty)*) => {$(
        impl Sortable for $number {
            fn sort(workers: &Workers, source: Option<&[Self]>, out: &mut [Self]) {
                if let Some(numbers) = source {
                    copy(workers, numbers, out);
                }
                whole(workers, out);
            }
        }
    )*};
}

whole!(i8 i16 i32 u8 u16 u32);

/// Sorted as whole numbers, whose comparison is one instruction: read as integers, floats are in order already, except
/// that the negative ones are reversed.
impl Sortable for f32 {
    fn sort(workers: &Workers, source: Option<&[Self]>, out: &mut [Self]) {
        if let Some(numbers) = source {
            copy(workers, numbers, out);
        }
        const REST: i32 = i32::MAX; // all bits but the sign
        // its own inverse
        let turn = |bits: i32| if bits < 0 { bits ^ REST } else { bits };
        workers.fill(&mut *out, 1, |_, part| {
            for number in part {
                let positive = if number.is_nan() { number.abs() } else { *number };
                *number = f32::from_bits(turn(positive.to_bits().cast_signed()).cast_unsigned());
            }
        });
        let bits: &mut [i32] = bytemuck::cast_slice_mut(out);
        whole(workers, bits);
        workers.fill(bits, 1, |_, part| part.iter_mut().for_each(|bits| *bits = turn(*bits)));
    }
}
