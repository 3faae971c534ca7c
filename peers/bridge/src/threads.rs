//! Worker threads: the calling thread, or a pool that is started once and kept, always without the GIL.
//!
//! A fork copies only the calling thread. In the child the pool's threads do not exist, and a wait for them would never
//! end; so a child that was forked after a pool was started gets an error instead.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::available_parallelism;

/// The greatest number of threads: more than any machine that this is meant for; a larger number is a mistake.
const MOST: usize = 1024;

/// Pools that are kept, one for each number of workers; the least recently used one is dropped first.
const POOLS: usize = 4;

/// Pieces of a loop at most: many, so that a worker that ends early can take from the others.
const PIECES: usize = 256;

/// Whether a pool was ever started by this process or its parent, and whether a fork happened after that.
static STARTED: AtomicBool = AtomicBool::new(false);
static FORKED: AtomicBool = AtomicBool::new(false);

static KEPT: Mutex<Vec<(usize, Arc<ThreadPool>)>> = Mutex::new(Vec::new());

/// The threads that do the work of a call.
pub(crate) enum Workers {
    /// The calling thread.
    One,
    /// A pool of several threads; the caller waits.
    Pool(Arc<ThreadPool>),
}

impl Workers {
    /// As many as `asked`, or one for each core; only one if there is only one piece.
    pub(crate) fn of(asked: Option<isize>, pieces: usize) -> PyResult<Self> {
        let count = match asked {
            None => cores(),
            Some(asked) => {
                usize::try_from(asked).ok().filter(|count| (1..=MOST).contains(count)).ok_or_else(|| {
                    PyValueError::new_err(format!(
                        "workers is {asked}; give a number from 1 to {MOST}, or None"
                    ))
                })?
            }
        };
        Ok(if count == 1 || pieces <= 1 { Workers::One } else { Workers::Pool(pool(count)?) })
    }

    /// The number of workers.
    pub(crate) fn count(&self) -> usize {
        match self {
            Workers::One => 1,
            Workers::Pool(pool) => pool.current_num_threads(),
        }
    }

    /// Runs `work` without the GIL; a panic becomes an exception.
    pub(crate) fn run<T: Send>(&self, py: Python, work: impl FnOnce() -> T + Send) -> PyResult<T> {
        let work = || match self {
            Workers::One => work(),
            Workers::Pool(pool) => pool.install(work),
        };
        py.detach(|| catch_unwind(AssertUnwindSafe(work)).map_err(|panic| Panicked(text(&*panic))))
            .map_err(|Panicked(text)| PyRuntimeError::new_err(format!("parallax_rs stopped: {text}")))
    }

    /// Calls `fill(start, part)` for all parts of `out`, each a multiple of `unit` items long. Call it within
    /// [`run`](Workers::run).
    pub(crate) fn fill<T: Send>(&self, out: &mut [T], unit: usize, fill: impl Fn(usize, &mut [T]) + Sync) {
        if out.is_empty() {
            return;
        }
        match self {
            Workers::One => fill(0, out),
            Workers::Pool(_) => {
                let part = part(out.len(), unit);
                out.par_chunks_mut(part).enumerate().for_each(|(k, out)| fill(k * part, out));
            }
        }
    }

    /// Folds all parts of `0..len`, each a multiple of `unit` items long. Adjacent parts on one worker share an
    /// accumulator, so there are little more of these than workers. Merges the accumulators in the order of their
    /// parts.
    pub(crate) fn reduce<T: Send>(
        &self,
        len: usize,
        unit: usize,
        empty: impl Fn() -> T + Send + Sync,
        fold: impl Fn(T, Range<usize>) -> T + Send + Sync,
        merge: impl Fn(T, T) -> T + Send + Sync,
    ) -> T {
        match self {
            Workers::One => fold(empty(), 0..len),
            Workers::Pool(_) => {
                let part = part(len, unit);
                let parts = (0..len.div_ceil(part)).into_par_iter();
                let parts = parts.map(|k| k * part..len.min((k + 1) * part));
                parts.fold(&empty, fold).reduce_with(merge).unwrap_or_else(&empty)
            }
        }
    }

    /// Does pieces of work, each by itself, and returns their results in order. Call it within [`run`](Workers::run).
    pub(crate) fn each<T: Send, R: Send>(&self, work: Vec<T>, each: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        match self {
            Workers::One => work.into_iter().map(each).collect(),
            Workers::Pool(_) => work.into_par_iter().with_max_len(1).map(each).collect(),
        }
    }
}

fn part(len: usize, unit: usize) -> usize {
    len.div_ceil(PIECES).max(1).next_multiple_of(unit.max(1))
}

/// The message of a panic.
struct Panicked(String);

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message").to_owned()
}

/// The cores that this process may use, looked up once, since that reads files.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| available_parallelism().map_or(1, Into::into))
}

fn pool(count: usize) -> PyResult<Arc<ThreadPool>> {
    // Before the lock, which a thread of the parent may have held when it forked.
    if FORKED.load(Relaxed) {
        return Err(PyRuntimeError::new_err(
            "the threads of parallax_rs do not exist in this process: it was forked after they were started; use the \
             start method 'spawn' or 'forkserver' of multiprocessing, or workers=1",
        ));
    }
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(at) = kept.iter().position(|(had, _)| *had == count) {
        kept[at..].rotate_left(1); // the last one is the most recently used
        return Ok(kept[kept.len() - 1].1.clone());
    }
    STARTED.store(true, Relaxed);
    let started =
        ThreadPoolBuilder::new().num_threads(count).thread_name(|k| format!("parallax-{k}")).build();
    let pool = Arc::new(started.map_err(|error| {
        PyRuntimeError::new_err(format!(
            "cannot start {count} threads: {error}; give fewer workers, or raise `ulimit -u`"
        ))
    })?);
    if kept.len() == POOLS {
        kept.remove(0);
    }
    kept.push((count, pool.clone()));
    Ok(pool)
}

/// Records a fork; Python calls it in the child.
#[pyfunction]
fn _after_fork() {
    FORKED.fetch_or(STARTED.load(Relaxed), Relaxed);
}

/// Registers the hook for forks; systems without fork have no such function.
pub(crate) fn watch_forks(module: &Bound<PyModule>) -> PyResult<()> {
    let os = module.py().import("os")?;
    if let Some(register) = os.getattr_opt("register_at_fork")? {
        let hook = wrap_pyfunction!(_after_fork, module)?;
        let hooks = pyo3::types::IntoPyDict::into_py_dict([("after_in_child", hook)], module.py())?;
        register.call((), Some(&hooks))?;
    }
    Ok(())
}
