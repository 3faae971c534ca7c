//! Many tasks for all workers: a free worker gets the next chunk, and the results are put in order at the
//! end.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Pool, Unordered};
use crate::error::Error;
use crate::pool::pool_state::PoolState;
use crate::pool::worker_set::{Event, WorkerSet};
use crate::worker::call::{Call, decode};

/// A pool with its chunk size chosen; see [`Pool::chunked`].
#[derive(Clone, Copy, Debug)]
pub struct Chunked<'p> {
    pub(super) pool: &'p Pool,
    pub(super) size: usize,
}

impl<'p> Chunked<'p> {
    /// As [`Pool::map`].
    ///
    /// # Errors
    ///
    /// As there, and [`Error::EmptyChunk`] for a size of 0.
    pub fn map<A, R>(&self, function: fn(A) -> R, tasks: impl IntoIterator<Item = A>) -> Result<Vec<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        map(&self.pool.state, Some(self.size), function, tasks.into_iter().collect())
    }

    /// As [`Pool::map_unordered`].
    ///
    /// # Errors
    ///
    /// As there, and [`Error::EmptyChunk`] for a size of 0.
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
        Unordered::new(self.pool, Some(self.size), function, tasks.into_iter())
    }
}

pub(super) fn map<A, R>(
    state: &PoolState,
    chunk: Option<usize>,
    function: fn(A) -> R,
    tasks: Vec<A>,
) -> Result<Vec<R>, Error>
where
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    let call = Call::new(function)?;
    let size = chunk_size(chunk, Some(tasks.len()), state.slots())?;
    let tasks_of = |job: usize| job * size..tasks.len().min((job + 1) * size);
    let mut set = WorkerSet::new(state);
    let mut waiting = tasks.chunks(size).enumerate().peekable();
    let mut results: Vec<Vec<R>> = waiting.clone().map(|_| Vec::new()).collect();
    let mut failed = None;
    loop {
        while failed.is_none() && waiting.peek().is_some() {
            let Some(worker) = set.acquire()? else { break };
            let Some((job, chunk)) = waiting.next() else { break };
            failed = set.start(worker, job, |out| call.encode(out, chunk)).err();
        }
        let all_sent = failed.is_some() || waiting.peek().is_none();
        if all_sent {
            set.stop_acquiring();
        }
        if all_sent && set.is_idle() {
            return failed.map_or_else(|| Ok(results.into_iter().flatten().collect()), Err);
        }
        match set.wait()? {
            Event::Done(job, worker) => match decode(worker.peek().reply(), tasks_of(job)).collect() {
                Ok(chunk) => results[job] = chunk,
                Err(error) => _ = failed.get_or_insert(error),
            },
            // The task that was running, since that is most likely the cause.
            Event::Lost(job, loss) => _ = failed.get_or_insert_with(|| loss.for_running_task(job * size)),
            Event::Woken => {}
        }
    }
}

/// Python's rule: four chunks for each worker even out tasks of different length, and save most of the round
/// trips.
pub(super) fn chunk_size(asked: Option<usize>, tasks: Option<usize>, workers: usize) -> Result<usize, Error> {
    match (asked, tasks) {
        (Some(0), _) => Err(Error::EmptyChunk),
        (Some(size), _) => Ok(size),
        (None, Some(tasks)) => Ok(tasks.div_ceil(4 * workers).max(1)),
        (None, None) => Ok(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_as_large_as_pythons() {
        for (tasks, workers, size) in
            [(0, 2, 1), (1, 2, 1), (8, 2, 1), (9, 2, 2), (10_000, 2, 1250), (10_001, 2, 1251)]
        {
            assert_eq!(
                chunk_size(None, Some(tasks), workers).unwrap(),
                size,
                "{tasks} tasks, {workers} workers"
            );
        }
        assert_eq!(chunk_size(Some(7), Some(100), 2).unwrap(), 7);
        assert_eq!(chunk_size(None, None, 2).unwrap(), 1);
        assert!(matches!(chunk_size(Some(0), Some(5), 2), Err(Error::EmptyChunk)));
    }
}
