//! `histogram` and `random_histogram`: how often each number occurs among some keys.

use crate::arrays::{Input, Number, Output, kind, type_of};
use crate::threads::Workers;
use parallax_simd::{count_keys, count_random};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use std::ops::Range;

/// Keys that are worth a thread: some ten microseconds of them.
const PIECE: usize = 1 << 14;

/// Parts of the keys for each worker: several, so that others can take the rest of a slow worker's.
const PARTS: usize = 16;

/// How often each of the numbers `0..bins` occurs among the keys, as an array of int64: `numpy.bincount` with a bound.
///
/// Keys of uint8, uint16, uint32, uint64 and int64 are borrowed; int8, int16, int32 and bool are copied once. A key
/// that is negative or too large is a ValueError. Each worker counts in its own table. `out` is the array to write
/// into; its values are replaced.
///
/// >>> import numpy as np, parallax_rs
/// >>> parallax_rs.histogram(np.array([3, 0, 3, 1]), 5)
/// array([1, 1, 0, 2, 0])
/// >>> parallax_rs.histogram([3, -1], 5)
/// Traceback (most recent call last):
/// ...
/// ValueError: key -1 at place 1 has no bin; keys are from 0 to 4
#[pyfunction]
#[pyo3(signature = (keys, bins, out=None, workers=None))]
pub(crate) fn histogram<'py>(
    keys: &Bound<'py, PyAny>,
    bins: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    let bins = crate::arrays::count("bins", bins)?;
    match kind(keys) {
        Some((b'u', 1)) => plain::<u8>(keys, bins, out, workers),
        Some((b'u', 2)) => plain::<u16>(keys, bins, out, workers),
        Some((b'u', 4)) => plain::<u32>(keys, bins, out, workers),
        Some((b'u', 8)) => plain::<u64>(keys, bins, out, workers),
        _ => signed(keys, bins, out, workers),
    }
}

/// Counts unsigned keys, borrowed or copied as they are.
fn plain<'py, K: Number + Into<u64> + Into<i128> + Sync + 'static>(
    keys: &Bound<'py, PyAny>,
    bins: usize,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    counted(&Input::<K>::of("keys", keys)?, |keys| keys, bins, out, workers, Into::into)
}

/// Counts signed keys, and keys that can be converted to them. Read as unsigned, a negative key is beyond all bins.
fn signed<'py>(
    keys: &Bound<'py, PyAny>,
    bins: usize,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    let keys = Input::<i64>::of("keys", keys).map_err(|error| {
        let other = error.is_instance_of::<PyTypeError>(keys.py());
        let why = || PyTypeError::new_err(format!("keys are {}; give whole numbers", type_of(keys)));
        if other { why() } else { error }
    })?;
    counted(&keys, bytemuck::cast_slice, bins, out, workers, |key: u64| key.cast_signed().into())
}

fn counted<'py, T: numpy::Element, K: Copy + Into<u64> + Sync + 'static>(
    input: &Input<'py, T>,
    view: impl for<'a> Fn(&'a [T]) -> &'a [K],
    bins: usize,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
    shown: impl Fn(K) -> i128,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, keys) = (input.py(), view(input.slice()));
    let count = |part: Range<usize>, counts: &mut [u64]| {
        count_keys(&keys[part.clone()], counts).map_err(|place| part.start + place)
    };
    match tables(py, keys.len(), bins, out, workers, count)? {
        Ok(counts) => Ok(counts),
        Err(place) => Err(PyValueError::new_err(match (bins, shown(keys[place])) {
            (0, key) => format!("key {key} at place {place} has no bin; there are no bins"),
            (_, key) => format!("key {key} at place {place} has no bin; keys are from 0 to {}", bins - 1),
        })),
    }
}

/// Counts in a table for each piece, and adds the tables up; returns the place of a key that has no bin.
fn tables<'py>(
    py: Python<'py>,
    len: usize,
    bins: usize,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
    count: impl Fn(Range<usize>, &mut [u64]) -> Result<(), usize> + Sync,
) -> PyResult<Result<Bound<'py, PyAny>, usize>> {
    let mut out = Output::<i64>::of(py, out, &[bins])?;
    let counts: &mut [u64] = bytemuck::cast_slice_mut(out.slice());
    // each worker makes a table and adds it to another: large tables need many keys
    let workers = Workers::of(workers, len.div_ceil(PIECE.max(bins)))?;
    let wrong = workers.run(py, || {
        if let Workers::One = workers {
            counts.fill(0);
            return count(0..len, counts).err();
        }
        let fold = |table: Result<Vec<u64>, usize>, part| {
            let mut table = table?;
            count(part, &mut table).map(|()| table)
        };
        let add = |left: Result<Vec<u64>, usize>, right: Result<Vec<u64>, usize>| {
            let (mut left, right) = (left?, right?);
            left.iter_mut().zip(right).for_each(|(left, right)| *left += right);
            Ok(left)
        };
        let unit = len.div_ceil(PARTS * workers.count());
        match workers.reduce(len, unit, || Ok(vec![0; bins]), fold, add) {
            Ok(table) => counts.copy_from_slice(&table),
            Err(place) => return Some(place),
        }
        None
    })?;
    Ok(match wrong {
        None => Ok(out.done()),
        Some(place) => Err(place),
    })
}

/// How often each of the numbers `0..bins` occurs among `n` random ones: one loop makes the keys and counts them.
///
/// `bins` is a power of two. With `skewed`, `bins` is 256 and half of the keys fall into few bins: a key is a random
/// power of two plus a random number below it. The keys are the suite's, a function of `seed` and their index.
///
/// >>> import parallax_rs
/// >>> counts = parallax_rs.random_histogram(1_000_000, 256, seed=7)
/// >>> int(counts.sum()), bool(abs(counts - 3906).max() < 300)
/// (1000000, True)
#[pyfunction]
#[pyo3(signature = (n, bins, seed=0, skewed=false, out=None, workers=None))]
pub(crate) fn random_histogram<'py>(
    n: &Bound<'py, PyAny>,
    bins: &Bound<'py, PyAny>,
    seed: u64,
    skewed: bool,
    out: Option<&Bound<'py, PyAny>>,
    workers: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, n, bins) = (n.py(), crate::arrays::count("n", n)?, crate::arrays::count::<usize>("bins", bins)?);
    if !bins.is_power_of_two() || (skewed && bins != 256) {
        let wanted = if skewed { "256, as keys are skewed" } else { "a power of two" };
        return Err(PyValueError::new_err(format!("bins is {bins}; give {wanted}")));
    }
    let count = |part: Range<usize>, counts: &mut [u64]| {
        count_random(seed, part, skewed, counts);
        Ok(())
    };
    let counts = tables(py, n, bins, out, workers, count)?;
    Ok(counts.expect("every key has a bin"))
}
