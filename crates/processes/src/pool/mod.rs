//! A pool keeps processes at work: it hands out chunks of tasks, and a worker that dies costs one chunk.

mod apply;
mod background_reader;
mod broadcast;
mod builder;
mod map;
pub(crate) mod pool_state;
mod unordered;
pub(crate) mod worker_set;

pub use apply::Handle;
pub use builder::Builder;
pub use map::Chunked;
pub use unordered::Unordered;

use std::sync::{Arc, Mutex};

use background_reader::BackgroundReader;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::pool::pool_state::PoolState;

/// Worker processes that run functions of this program: `multiprocessing.Pool` for Rust.
///
/// Arguments and results are copied by serde and postcard; functions are plain `fn(A) -> R`, which includes
/// closures that capture nothing and generic functions with their types named, `work::<f64>`. Whatever else a
/// function needs must be in its argument, as in Python. A pool can be used from many threads at once.
///
/// A worker that dies takes one chunk of tasks with it: that call gets [`Error::Lost`], the worker is
/// replaced, and the pool goes on. Nothing is run twice.
///
/// | `multiprocessing.Pool` | here |
/// |---|---|
/// | `Pool(n, initializer, initargs)` | [`Pool::builder`] |
/// | `map`, `starmap` | [`map`](Self::map), with tuples as arguments |
/// | `imap_unordered` | [`map_unordered`](Self::map_unordered) |
/// | `apply`, `apply_async` | [`apply`](Self::apply), [`apply_async`](Self::apply_async) |
/// | `chunksize=` | [`chunked`](Self::chunked) |
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
    /// Chunk size when none is asked for; `None` is Python's rule.
    chunk: Option<usize>,
    reader: BackgroundReader,
    /// Held while somebody collects all workers, so that no two callers end up with half of them each.
    collecting: Mutex<()>,
}

impl Pool {
    /// A pool to be described.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// How many workers it has.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.state.slots()
    }

    /// The process ids of its workers at this moment, in no particular order.
    #[must_use]
    pub fn worker_ids(&self) -> Vec<u32> {
        self.state.pids()
    }

    /// Runs `function` on all of `tasks` and returns the results in their order.
    ///
    /// The tasks are sent in chunks, about four for each worker, unless [`chunked`](Self::chunked) says
    /// otherwise.
    ///
    /// # Errors
    ///
    /// The first error that was seen; no further chunk is sent after it, and those under way are waited for.
    /// To keep the results of the others use [`map_unordered`](Self::map_unordered).
    pub fn map<A, R>(&self, function: fn(A) -> R, tasks: impl IntoIterator<Item = A>) -> Result<Vec<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        map::map(&self.state, self.chunk, function, tasks.into_iter().collect())
    }

    /// Runs `function` on `tasks` and yields each result with the number of its task as soon as it is there.
    ///
    /// Tasks are drawn from the iterator as workers become free, so it may be endless. Every task gives one
    /// item, whatever becomes of the others. A thread of the pool looks after the tasks, so the pool can be
    /// used in between.
    ///
    /// ```
    /// # use parallax_processes::Pool;
    /// fn main() -> Result<(), parallax_processes::Error> {
    ///     parallax_processes::init();
    ///     let pool = Pool::builder().workers(2).build()?;
    ///     let sum: u64 = pool.map_unordered(u64::swap_bytes, 0..9)?.map(|(_, result)| result.unwrap()).sum();
    ///     assert_eq!(sum, 36 << 56);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignFunction`] and [`Error::EmptyChunk`]; what becomes of the tasks is in the items.
    pub fn map_unordered<A, R, I>(
        &self,
        function: fn(A) -> R,
        tasks: I,
    ) -> Result<Unordered<'_, I::IntoIter, A, R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
        I: IntoIterator<Item = A>,
    {
        Unordered::new(self, self.chunk, function, tasks.into_iter())
    }

    /// This pool with chunks of `size` tasks: large ones save round trips, small ones share uneven work
    /// better.
    ///
    /// ```
    /// # use parallax_processes::Pool;
    /// # fn main() -> Result<(), parallax_processes::Error> {
    /// # parallax_processes::init();
    /// let pool = Pool::builder().workers(2).build()?;
    /// let lengths = pool.chunked(1).map(|text: String| text.len(), ["one".into(), "three".into()])?;
    /// assert_eq!(lengths, [3, 5]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn chunked(&self, size: usize) -> Chunked<'_> {
        Chunked { pool: self, size }
    }

    /// Runs `function` on `argument` in one worker and waits for it.
    ///
    /// # Errors
    ///
    /// What became of the task, which has number 0.
    pub fn apply<A, R>(&self, function: fn(A) -> R, argument: A) -> Result<R, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        apply::apply(&self.state, function, argument)
    }

    /// Has `function` run on `argument` in one worker, and returns at once. Tasks run in the order in which
    /// they were given, as workers become free.
    ///
    /// A thread of the pool looks after such tasks, so a round trip takes longer than with
    /// [`apply`](Self::apply).
    ///
    /// # Errors
    ///
    /// [`Error::ForeignFunction`], and those of the system; what becomes of the task is in [`Handle::join`].
    pub fn apply_async<A, R>(&self, function: fn(A) -> R, argument: A) -> Result<Handle<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        apply::apply_async(self, function, argument)
    }

    /// Runs `function` once in every worker, all at the same time, on `argument(0)`, `argument(1)` and so on.
    ///
    /// Other calls promise only that the tasks get done; this one is for tasks that wait for each other, at a
    /// [`Barrier`](crate::shared::Barrier) for instance. It waits until all workers are free.
    ///
    /// # Errors
    ///
    /// The first error that was seen, after all tasks have ended.
    pub fn broadcast<A, R>(
        &self,
        function: fn(A) -> R,
        argument: impl FnMut(usize) -> A,
    ) -> Result<Vec<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        broadcast::broadcast(&self.state, &self.collecting, function, argument)
    }
}

impl Drop for Pool {
    /// Idle workers end by themselves; those that still run a task are killed.
    fn drop(&mut self) {
        self.state.set_open(false);
        self.reader.stop();
        self.state.stop_idle();
    }
}
