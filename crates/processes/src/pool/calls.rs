//! The calls of a pool: one task or many, as one result, as a stream, or once in every worker.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::options::CallOptions;
use super::{Handle, Ordered, Pool, Unordered, broadcast};
use crate::error::Error;

impl Pool {
    /// Runs `function` on all of `tasks` and returns the results in their order.
    ///
    /// The tasks are sent in chunks, about four for each worker, unless [`chunked`](Self::chunked) sets
    /// another size. All tasks and results are in memory at the same time; [`imap`](Self::imap) holds only a few.
    ///
    /// # Errors
    ///
    /// The first error that was seen; no further chunk is sent after it, and chunks under way are waited for.
    /// To keep the results of the other tasks use [`imap`](Self::imap) or
    /// [`map_unordered`](Self::map_unordered). [`Error::Closed`] after [`close`](Self::close).
    pub fn map<A, R>(&self, function: fn(A) -> R, tasks: impl IntoIterator<Item = A>) -> Result<Vec<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        self.options().map(function, tasks)
    }

    /// Runs `function` on `tasks` and yields the results in the order of the tasks, as they become ready.
    ///
    /// Tasks are drawn from the iterator when there is room for them, so it may be endless: twice as many
    /// chunks as there are workers are sent or wait to be taken, unless [`in_flight`](Self::in_flight) sets
    /// another bound. (`imap` of Python draws all tasks immediately.) So a stream that is not read pauses, and
    /// so does one behind a slow task; [`map_unordered`](Self::map_unordered) does not wait for a slow task.
    ///
    /// Every task yields one item: after an error the stream goes on. A thread of the pool runs the
    /// tasks, so the pool can be used in between.
    ///
    /// ```
    /// use parallax_processes::{Error, Pool};
    ///
    /// fn root(x: i64) -> i64 {
    ///     assert!(x >= 0, "{x} has no root");
    ///     x.isqrt()
    /// }
    ///
    /// fn main() -> Result<(), Error> {
    ///     parallax_processes::init();
    ///     let pool = Pool::builder().workers(2).build()?;
    ///     let endless = (0..).map(|x| x * x);
    ///     let roots: Vec<i64> = pool.imap(root, endless)?.take(4).collect::<Result<_, _>>()?;
    ///     assert_eq!(roots, [0, 1, 2, 3]);
    ///     let results: Vec<_> = pool.imap(root, [9, -1, 4])?.collect();
    ///     assert!(matches!(results[..], [Ok(3), Err(Error::Panicked { task: 1, .. }), Ok(2)]));
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignFunction`], [`Error::Closed`], and those of the system; errors of the tasks are
    /// in the items.
    pub fn imap<A, R, I>(
        &self,
        function: fn(A) -> R,
        tasks: I,
    ) -> Result<Ordered<'_, I::IntoIter, A, R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
        I: IntoIterator<Item = A>,
    {
        self.options().imap(function, tasks)
    }

    /// Runs `function` on `tasks` and yields each result, with the number of its task, as soon as it is ready.
    ///
    /// Tasks are drawn as for [`imap`](Self::imap), every task yields one item, and the pool can be used in
    /// between.
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
    /// As [`imap`](Self::imap).
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
        self.options().map_unordered(function, tasks)
    }

    /// Runs `function` on `tasks`, and returns the first result with the number of its task: for several ways to
    /// one answer, when it is unknown which is the fastest.
    ///
    /// The other tasks are cancelled: those that have not begun never run, and those that run are ended by
    /// killing their workers, which are replaced. So the work of the others is left half done, and a task that hangs
    /// does no harm. Tasks are sent one by one; if there are more tasks than workers, the rest wait for a free worker.
    ///
    /// A task that panics, dies or exceeds its time limit has no result, and the others go on.
    ///
    /// ```
    /// use std::time::Duration;
    /// use parallax_processes::{Error, Pool};
    ///
    /// fn search(ms: u64) -> u64 {
    ///     std::thread::sleep(Duration::from_millis(ms));
    ///     ms
    /// }
    ///
    /// fn main() -> Result<(), Error> {
    ///     parallax_processes::init();
    ///     let pool = Pool::builder().workers(2).build()?;
    ///     assert_eq!(pool.first_done(search, [3_600_000, 1])?, (1, 1));
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The last error if every task has one; [`Error::NoTasks`] without tasks, [`Error::ForeignFunction`],
    /// [`Error::Closed`], and those of the system.
    pub fn first_done<A, R>(
        &self,
        function: fn(A) -> R,
        tasks: impl IntoIterator<Item = A>,
    ) -> Result<(usize, R), Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        self.options().first_done(function, tasks)
    }

    /// Runs `function` on `argument` in one worker and waits for it.
    ///
    /// # Errors
    ///
    /// The error of the task, which has number 0; [`Error::Closed`] after [`close`](Self::close).
    pub fn apply<A, R>(&self, function: fn(A) -> R, argument: A) -> Result<R, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        self.options().apply(function, argument)
    }

    /// Starts `function` on `argument` in one worker, and returns immediately. Tasks run in the order in which
    /// they were submitted, as workers become free.
    ///
    /// A thread of the pool handles such tasks, so a round trip takes longer than with
    /// [`apply`](Self::apply).
    ///
    /// # Errors
    ///
    /// [`Error::ForeignFunction`], [`Error::Closed`], and those of the system; the error of the task comes from
    /// [`Handle::join`].
    pub fn apply_async<A, R>(&self, function: fn(A) -> R, argument: A) -> Result<Handle<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        self.options().apply_async(function, argument)
    }

    /// Runs `function` once in every worker, all at the same time, on `argument(0)`, `argument(1)` and so on.
    ///
    /// Other calls guarantee only that the tasks get done; this one is for tasks that wait for each other, at a
    /// [`Barrier`](crate::shared::Barrier) for instance. It waits until all workers are free.
    ///
    /// # Errors
    ///
    /// The first error that was seen, after all tasks have ended; [`Error::Closed`] after
    /// [`close`](Self::close).
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

    pub(super) fn options(&self) -> CallOptions<'_> {
        CallOptions::of(self)
    }
}
