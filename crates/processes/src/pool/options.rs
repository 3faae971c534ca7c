//! Options of one call, which override those of its pool: chunks, a time limit, and a bound on chunks in flight.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::feed::Feed;
use super::{Handle, Ordered, Pool, Unordered, apply, first_done, map};
use crate::error::Error;

impl Pool {
    /// This pool with chunks of `size` tasks: large chunks save round trips, small ones balance uneven work
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
    pub fn chunked(&self, size: usize) -> CallOptions<'_> {
        self.options().chunked(size)
    }

    /// This pool with a time limit for each chunk of one call, in place of the
    /// [limit of the pool](super::Builder::time_limit): a worker that takes longer is killed and replaced. Chunks hold
    /// one task unless a size is set, so that the limit is that of a task.
    ///
    /// The time starts when a worker gets the chunk, not while the chunk waits for one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use parallax_processes::{Error, Pool};
    ///
    /// fn main() -> Result<(), Error> {
    ///     parallax_processes::init();
    ///     let pool = Pool::builder().workers(1).build()?;
    ///     let sleep = |seconds| std::thread::sleep(Duration::from_secs(seconds));
    ///     let late = pool.time_limit(Duration::from_millis(50)).apply(sleep, 3600);
    ///     assert!(matches!(late, Err(Error::TimedOut { task: 0, .. })));
    ///     pool.apply(sleep, 0)?; // without a limit, by another worker
    ///     Ok(())
    /// }
    /// ```
    pub fn time_limit(&self, limit: Duration) -> CallOptions<'_> {
        self.options().time_limit(limit)
    }

    /// This pool with at most `chunks` chunks of a stream in flight: sent to workers or queued for them, and
    /// for [`imap`](Self::imap) also done and not yet taken. More chunks keep workers busy behind a slow task
    /// or a slow reader, fewer take less memory. Only the two streams use this bound.
    ///
    /// ```
    /// # use parallax_processes::Pool;
    /// fn main() -> Result<(), parallax_processes::Error> {
    ///     parallax_processes::init();
    ///     let pool = Pool::builder().workers(2).build()?;
    ///     let mut drawn = 0;
    ///     let tasks = (0..1000u64).inspect(|_| drawn += 1);
    ///     assert_eq!(pool.chunked(1).in_flight(3).imap(u64::swap_bytes, tasks)?.count(), 1000);
    ///     let tasks = (0..1000u64).inspect(|_| drawn += 1);
    ///     pool.chunked(1).in_flight(3).imap(u64::swap_bytes, tasks)?.next();
    ///     assert_eq!(drawn, 1000 + 3);
    ///     Ok(())
    /// }
    /// ```
    pub fn in_flight(&self, chunks: usize) -> CallOptions<'_> {
        self.options().in_flight(chunks)
    }
}

/// A pool with options for the calls that are made through it; see [`Pool::chunked`],
/// [`Pool::time_limit`] and [`Pool::in_flight`].
///
/// ```
/// # use parallax_processes::Pool;
/// use std::time::Duration;
///
/// fn main() -> Result<(), parallax_processes::Error> {
///     parallax_processes::init();
///     let pool = Pool::builder().workers(2).build()?;
///     let careful = pool.chunked(2).time_limit(Duration::from_secs(60));
///     assert_eq!(careful.map(u32::count_ones, [1, 3, 7])?, [1, 2, 3]);
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "options do nothing until a call is made through them"]
pub struct CallOptions<'p> {
    pool: &'p Pool,
    chunk: Option<usize>,
    time_limit: Option<Duration>,
    in_flight: Option<usize>,
}

impl<'p> CallOptions<'p> {
    pub(super) fn of(pool: &'p Pool) -> Self {
        Self { pool, chunk: None, time_limit: None, in_flight: None }
    }

    /// As [`Pool::chunked`].
    pub fn chunked(mut self, size: usize) -> Self {
        self.chunk = Some(size);
        self
    }

    /// As [`Pool::time_limit`].
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// As [`Pool::in_flight`].
    pub fn in_flight(mut self, chunks: usize) -> Self {
        self.in_flight = Some(chunks);
        self
    }

    /// As [`Pool::map`].
    ///
    /// # Errors
    ///
    /// As for [`Pool::map`], and [`Error::EmptyChunk`] for chunks of 0 tasks.
    pub fn map<A, R>(&self, function: fn(A) -> R, tasks: impl IntoIterator<Item = A>) -> Result<Vec<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        map::map(self, function, tasks.into_iter().collect())
    }

    /// As [`Pool::imap`].
    ///
    /// # Errors
    ///
    /// As for [`Pool::imap`], [`Error::EmptyChunk`] for chunks of 0 tasks, and [`Error::NothingInFlight`].
    pub fn imap<A, R, I>(
        &self,
        function: fn(A) -> R,
        tasks: I,
    ) -> Result<Ordered<'p, I::IntoIter, A, R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
        I: IntoIterator<Item = A>,
    {
        Feed::new(self, function, tasks.into_iter()).map(Ordered::new)
    }

    /// As [`Pool::map_unordered`].
    ///
    /// # Errors
    ///
    /// As for [`Pool::map_unordered`], [`Error::EmptyChunk`] for chunks of 0 tasks, and [`Error::NothingInFlight`].
    pub fn map_unordered<A, R, I>(
        &self,
        function: fn(A) -> R,
        tasks: I,
    ) -> Result<Unordered<'p, I::IntoIter, A, R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
        I: IntoIterator<Item = A>,
    {
        Feed::new(self, function, tasks.into_iter()).map(Unordered::new)
    }

    /// As [`Pool::first_done`].
    ///
    /// # Errors
    ///
    /// As for [`Pool::first_done`].
    pub fn first_done<A, R>(
        &self,
        function: fn(A) -> R,
        tasks: impl IntoIterator<Item = A>,
    ) -> Result<(usize, R), Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        first_done::first_done(self, function, tasks.into_iter().collect())
    }

    /// As [`Pool::apply`].
    ///
    /// # Errors
    ///
    /// As for [`Pool::apply`].
    pub fn apply<A, R>(&self, function: fn(A) -> R, argument: A) -> Result<R, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        apply::apply(self, function, argument)
    }

    /// As [`Pool::apply_async`].
    ///
    /// # Errors
    ///
    /// As for [`Pool::apply_async`].
    pub fn apply_async<A, R>(&self, function: fn(A) -> R, argument: A) -> Result<Handle<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        apply::apply_async(self, function, argument)
    }

    pub(super) fn pool(&self) -> &'p Pool {
        self.pool
    }

    /// The time limit of one chunk.
    pub(super) fn limit(&self) -> Option<Duration> {
        self.time_limit.or(self.pool.state.plan.time_limit)
    }

    /// How many tasks make a chunk; `tasks` is their number in the call, if known.
    pub(super) fn chunk_size(&self, tasks: Option<usize>) -> Result<usize, Error> {
        match self.chunk.or(self.pool.chunk) {
            Some(0) => Err(Error::EmptyChunk),
            Some(size) => Ok(size),
            // A limit is then for one task, and a task that exceeds it takes no other with it.
            None if self.limit().is_some() => Ok(1),
            None => {
                let most = self.pool.state.plan.tasks_per_worker.unwrap_or(usize::MAX);
                Ok(usual_chunk(tasks, self.pool.workers()).min(most))
            }
        }
    }

    /// How many chunks a stream may have in flight: by default one running in each worker, and one ready for
    /// it.
    pub(super) fn window(&self) -> Result<usize, Error> {
        match self.in_flight {
            Some(0) => Err(Error::NothingInFlight),
            Some(chunks) => Ok(chunks),
            None => Ok(2 * self.pool.workers()),
        }
    }
}

/// Python's rule: four chunks for each worker balance tasks of different length, and save most of the round
/// trips. If the number of tasks is unknown, one task each.
fn usual_chunk(tasks: Option<usize>, workers: usize) -> usize {
    tasks.map_or(1, |tasks| tasks.div_ceil(4 * workers).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_as_large_as_pythons() {
        for (tasks, workers, size) in
            [(0, 2, 1), (1, 2, 1), (8, 2, 1), (9, 2, 2), (10_000, 2, 1250), (10_001, 2, 1251)]
        {
            assert_eq!(usual_chunk(Some(tasks), workers), size, "{tasks} tasks, {workers} workers");
        }
        assert_eq!(usual_chunk(None, 2), 1);
    }
}
