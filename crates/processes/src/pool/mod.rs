//! A pool of worker processes: it hands out chunks of tasks, and a worker that dies costs one chunk.

mod builder;
mod calls;
mod options;

mod apply;
mod broadcast;
mod explore;
mod first_done;
mod map;
mod ordered;
mod unordered;

mod background_reader;
mod feed;
mod pool_state;
mod request_queue;
mod running_calls;
mod waiter;
mod worker_set;

pub use apply::Handle;
pub use builder::Builder;
pub(crate) use explore::Frontier;
pub use options::CallOptions;
pub use ordered::Ordered;
pub use unordered::Unordered;

use std::sync::{Arc, Mutex, PoisonError};

use background_reader::BackgroundReader;
use pool_state::PoolState;

use crate::worker::process::EXIT_LIMIT;

/// Worker processes that run functions of this program: `multiprocessing.Pool` for Rust.
///
/// Arguments and results are copied by serde and postcard; functions are plain `fn(A) -> R`, which includes
/// closures that capture nothing and generic functions with their types named, `work::<f64>`. Everything else that a
/// function needs must be in its argument, as in Python. Many threads can use a pool at the same time.
///
/// A worker that dies takes one chunk of tasks with it: that call gets [`Error::Lost`](crate::Error::Lost), the
/// worker is replaced, and the pool goes on. No task is run twice.
///
/// | in Python | here |
/// |---|---|
/// | `Pool(n, initializer, initargs)` | [`Pool::builder`] |
/// | `maxtasksperchild=` | [`tasks_per_worker`](Builder::tasks_per_worker) |
/// | `map`, `starmap` | [`map`](Self::map), with tuples as arguments |
/// | `imap`, and `Executor.map` with `buffersize=` | [`imap`](Self::imap), [`in_flight`](Self::in_flight) |
/// | `imap_unordered` | [`map_unordered`](Self::map_unordered) |
/// | `apply`, `apply_async` | [`apply`](Self::apply), [`apply_async`](Self::apply_async) |
/// | `concurrent.futures.wait` for `FIRST_COMPLETED` | [`first_done`](Self::first_done), which ends the others |
/// | `chunksize=` | [`chunked`](Self::chunked) |
/// | `timeout=` of joblib, which ends the tasks | [`time_limit`](Self::time_limit), which ends one |
/// | `close` and then `join`; `Executor.shutdown` | [`close`](Self::close) |
/// | `terminate`, leaving the `with` block | dropping the pool |
///
/// # Examples
///
/// ```
/// use parallax_processes::Pool;
///
/// fn square(x: u64) -> u64 {
///     x * x
/// }
///
/// fn main() -> Result<(), parallax_processes::Error> {
///     parallax_processes::init();
///     let pool = Pool::builder().workers(2).build()?;
///     assert_eq!(pool.map(square, 0..5)?, [0, 1, 4, 9, 16]);
///     assert_eq!(pool.apply(square, 12)?, 144);
///     let later = pool.apply_async(square, 7)?;
///     assert_eq!(later.join()?, 49);
///     Ok(())
/// }
/// ```
///
/// # Costs
///
/// Starting a worker takes about a millisecond, a round trip some microseconds, and a byte is copied four
/// times: into the message, into the pipe, out of it, into the value. A `Vec<u8>` goes through serde byte by
/// byte; `serde_bytes` makes it one copy, and [`Shared`](crate::shared::Shared) makes it none.
#[derive(Debug)]
pub struct Pool {
    state: Arc<PoolState>,
    /// The chunk size that was set; `None` is Python's rule.
    chunk: Option<usize>,
    reader: BackgroundReader,
    /// Held by a call that collects all workers, so that no two calls each get half of them and wait for the rest.
    collecting: Mutex<()>,
}

impl Pool {
    /// Starts the settings of a new pool.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// How many workers it has.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.state.workers()
    }

    /// The process ids of its workers at this moment, in no particular order.
    #[must_use]
    pub fn worker_ids(&self) -> Vec<u32> {
        self.state.pids()
    }

    /// Finishes what is in flight, refuses everything else, and waits until all workers have ended.
    ///
    /// - Calls that run in other threads go on to their end, and tasks of [`apply_async`](Self::apply_async)
    ///   are done, also those that have not begun: their handles have results.
    /// - Calls that begin afterwards fail with [`Error::Closed`](crate::Error::Closed).
    /// - Streams keep the results of the tasks they have drawn. The chunk that they draw next is refused: its tasks
    ///   are `Closed`, too, and the stream ends after them.
    /// - Workers end in the ordinary way, and run their exit handlers; one that takes longer than the
    ///   [start limit](Builder::start_limit) is killed.
    ///
    /// Dropping a pool ends it immediately instead, and kills running tasks. A task that hangs makes this wait
    /// forever; a [time limit](Self::time_limit) ends it.
    ///
    /// ```
    /// use parallax_processes::{Error, Pool};
    ///
    /// fn main() -> Result<(), Error> {
    ///     parallax_processes::init();
    ///     let pool = Pool::builder().workers(1).build()?;
    ///     let handles: Vec<_> = (0..9).map(|x| pool.apply_async(u32::count_ones, x)).collect::<Result<_, _>>()?;
    ///     pool.close();
    ///     assert!(handles.iter().all(|handle| handle.is_done()) && pool.worker_ids().is_empty());
    ///     assert!(matches!(pool.apply(u32::count_ones, 1), Err(Error::Closed)));
    ///     Ok(())
    /// }
    /// ```
    pub fn close(&self) {
        self.state.calls.refuse_new();
        self.reader.refuse_new();
        self.state.calls.wait_for_all();
        // Only now: a call that had begun may have started the thread.
        self.reader.finish();
        let _one_at_a_time = self.collecting.lock().unwrap_or_else(PoisonError::into_inner);
        self.state.set_replacing(false);
        self.state.stop_idle(self.state.plan.start_limit);
    }
}

impl Drop for Pool {
    /// Idle workers end in the ordinary way; workers that still run a task are killed.
    fn drop(&mut self) {
        self.state.set_replacing(false);
        self.reader.stop();
        self.state.stop_idle(EXIT_LIMIT);
    }
}
