//! `cached`: a decorator that caches a function's results, and drops the least recently used ones.
//!
//! Results are in a dictionary, so keys are compared as Python compares them. The order of their use is a list linked
//! by indices into a vector. Its lock is never held while Python code could run: neither during a comparison of keys,
//! nor while an object is freed.

use crate::recency::Recency;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyInt, PyString, PyTuple};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Caches the results of a function: `functools.lru_cache`, in Rust.
///
/// It keeps at most `maxsize` results, or all of them if that is None; the least recently used one is dropped first.
/// Arguments must be hashable. The decorated function has `cache_info()`, `cache_clear()` and `__wrapped__`, as with
/// functools. Two threads that need the same new result at the same time both compute it.
///
/// >>> from parallax_rs import cached
/// >>> @cached(maxsize=1000)
/// ... def square(x):
/// ...     return x * x
/// >>> square(3), square(3)
/// (9, 9)
/// >>> square.cache_info()
/// CacheInfo(hits=1, misses=1, maxsize=1000, currsize=1)
#[pyfunction]
#[pyo3(signature = (function=None, /, *, maxsize=Some(128)))]
pub(crate) fn cached<'py>(
    py: Python<'py>,
    function: Option<Bound<'py, PyAny>>,
    maxsize: Option<isize>,
) -> PyResult<Bound<'py, PyAny>> {
    let most = match maxsize.map(usize::try_from) {
        None => None,
        Some(Ok(most)) => Some(most),
        Some(Err(_)) => {
            let why =
                format!("maxsize is {}; give 0 or more, or None for no bound", maxsize.unwrap_or_default());
            return Err(PyValueError::new_err(why));
        }
    };
    match function {
        None => Ok(Bound::new(py, Decorator { most })?.into_any()),
        Some(function) => remembered(function, most),
    }
}

/// The decorator that `@cached(...)` returns; it is called with the function.
#[pyclass(frozen, module = "parallax_rs")]
struct Decorator {
    most: Option<usize>,
}

#[pymethods]
impl Decorator {
    fn __call__<'py>(&self, function: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        remembered(function, self.most)
    }
}

fn remembered(function: Bound<PyAny>, most: Option<usize>) -> PyResult<Bound<PyAny>> {
    let py = function.py();
    if !function.is_callable() {
        return Err(PyTypeError::new_err("cached takes a function; write @cached or @cached(maxsize=1000)"));
    }
    let cached = Cached {
        function: function.clone().unbind(),
        known: PyDict::new(py).unbind(),
        most,
        order: Mutex::new(Recency::new()),
        hits: AtomicU64::new(0),
        misses: AtomicU64::new(0),
    };
    let cached = Bound::new(py, cached)?.into_any();
    py.import("functools")?.call_method1("update_wrapper", (&cached, function))
}

/// A function with a cache of its results.
#[pyclass(frozen, dict, weakref, module = "parallax_rs")]
struct Cached {
    function: Py<PyAny>,
    known: Py<PyDict>,
    most: Option<usize>,
    order: Mutex<Recency<Entry>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// A key in the order of use, and the result that the dictionary has for it.
struct Entry {
    key: Py<PyAny>,
    result: Py<Remembered>,
}

/// A result in the dictionary, and its place in the order.
#[pyclass(frozen, module = "parallax_rs")]
struct Remembered {
    value: Py<PyAny>,
    place: usize,
}

#[pymethods]
impl Remembered {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.value)
    }
}

#[pymethods]
impl Cached {
    #[pyo3(signature = (*arguments, **named))]
    fn __call__<'py>(
        &self,
        arguments: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = arguments.py();
        let key = key(arguments, named)?;
        if let Some(known) = self.find(py, &key)? {
            self.hits.fetch_add(1, Relaxed);
            return Ok(known);
        }
        self.misses.fetch_add(1, Relaxed);
        let value = self.function.bind(py).call(arguments, named)?;
        // the function may have called itself, and other threads may have run
        if self.most != Some(0) && self.find(py, &key)?.is_none() {
            self.remember(py, key, &value)?;
        }
        Ok(value)
    }

    /// Binds it to an object when it is used as a method, as a function is bound.
    fn __get__<'py>(
        slf: Bound<'py, Self>,
        object: Bound<'py, PyAny>,
        _class: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if object.is_none() {
            return Ok(slf.into_any());
        }
        slf.py().import("types")?.call_method1("MethodType", (slf, object))
    }

    /// Hits, misses, the greatest number of results, and the current one.
    fn cache_info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static KIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let kind = KIND.get_or_try_init(py, || {
            let fields = ["hits", "misses", "maxsize", "currsize"];
            py.import("collections")?.call_method1("namedtuple", ("CacheInfo", fields)).map(Bound::unbind)
        })?;
        let (hits, misses) = (self.hits.load(Relaxed), self.misses.load(Relaxed));
        kind.bind(py).call1((hits, misses, self.most, self.known.bind(py).len()))
    }

    /// Drops all results, and sets the counters to zero.
    fn cache_clear(&self, py: Python) {
        let old = std::mem::replace(&mut *self.order(), Recency::new());
        self.known.bind(py).clear();
        self.hits.store(0, Relaxed);
        self.misses.store(0, Relaxed);
        drop(old); // last: an object that is freed may call the function
    }

    fn __repr__(&self, py: Python) -> PyResult<String> {
        Ok(format!("<cached {}>", self.function.bind(py).repr()?))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.function)?;
        visit.call(&self.known)?;
        // the lock is never held during a collection; if it were, the entries would only be kept
        let Ok(order) = self.order.try_lock() else { return Ok(()) };
        order.entries().try_for_each(|entry| {
            visit.call(&entry.key)?;
            visit.call(&entry.result)
        })
    }

    fn __clear__(&self, py: Python) {
        self.cache_clear(py);
    }
}

impl Cached {
    fn order(&self) -> MutexGuard<'_, Recency<Entry>> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cached result, which becomes the most recently used one.
    fn find<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(found) = self.known.bind(py).get_item(key)? else { return Ok(None) };
        let found = found.cast::<Remembered>()?;
        let remembered = found.get();
        if self.most.is_some() {
            // another thread may have given the place to another key since
            self.order().used(remembered.place, |entry| entry.result.is(found));
        }
        Ok(Some(remembered.value.bind(py).clone()))
    }

    fn remember(&self, py: Python, key: Bound<PyAny>, value: &Bound<PyAny>) -> PyResult<()> {
        let Some(most) = self.most else {
            let remembered = Remembered { value: value.clone().unbind(), place: 0 };
            return self.known.bind(py).set_item(key, Bound::new(py, remembered)?);
        };
        let full = self.known.bind(py).len() >= most;
        let (oldest, place) = {
            let mut order = self.order();
            (if full { order.remove_oldest() } else { None }, order.next_place())
        };
        if let Some(oldest) = oldest {
            // it may be gone already, removed by another thread
            let _ = self.known.bind(py).call_method1("pop", (oldest.key, py.None()))?;
        }
        let remembered = Remembered { value: value.clone().unbind(), place };
        let result = Bound::new(py, remembered)?;
        self.known.bind(py).set_item(&key, &result)?;
        self.order().insert(place, Entry { key: key.unbind(), result: result.unbind() });
        Ok(())
    }
}

/// The arguments as one key: a single int or str by itself, others as a tuple, with a mark before the named ones.
fn key<'py>(
    arguments: &Bound<'py, PyTuple>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    static MARK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = arguments.py();
    let Some(named) = named.filter(|named| !named.is_empty()) else {
        let single = (arguments.len() == 1).then(|| arguments.get_item(0)).transpose()?;
        let plain = |one: &Bound<'py, PyAny>| {
            one.is_exact_instance_of::<PyInt>() || one.is_exact_instance_of::<PyString>()
        };
        return Ok(single.filter(plain).unwrap_or_else(|| arguments.clone().into_any()));
    };
    let object = || py.import("builtins")?.getattr("object")?.call0().map(Bound::unbind);
    let mut all: Vec<Bound<'py, PyAny>> = arguments.iter().collect();
    all.push(MARK.get_or_try_init(py, object)?.bind(py).clone());
    all.extend(named.iter().flat_map(|(name, value)| [name, value]));
    Ok(PyTuple::new(py, all)?.into_any())
}
