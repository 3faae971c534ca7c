//! Tasks that are found by other tasks: whichever is done first says what else there is to do.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Pool;
use crate::error::Error;
use crate::pool::worker_set::{Event, Job, WorkerSet};
use crate::worker::call::{Call, decode_one};

/// What is known and not yet done.
pub(crate) trait Frontier {
    /// What a worker is given.
    type Task: Serialize + DeserializeOwned;
    /// What it makes of that.
    type Found: Serialize + DeserializeOwned;

    /// Whether nothing is left to do, unless a task that is under way finds more.
    fn is_empty(&self) -> bool;

    /// The next task, for a worker that is free now; asked only if there is one.
    fn next(&mut self) -> Self::Task;

    /// Takes in what a task has found.
    fn take(&mut self, found: Self::Found);
}

impl Pool {
    /// Runs `function` on all tasks of the frontier and on those that they lead to, until there is none.
    ///
    /// # Errors
    ///
    /// The first that is seen; the workers of the other tasks are ended then.
    pub(crate) fn explore<F: Frontier>(
        &self,
        function: fn(F::Task) -> F::Found,
        frontier: &mut F,
    ) -> Result<(), Error> {
        let mut walks = Walks { call: Call::new(function)?, set: WorkerSet::new(&self.state)?, number: 0 };
        walks.start(frontier)?;
        while !walks.set.is_idle() || !frontier.is_empty() {
            match walks.set.wait()? {
                Event::Done(task, worker) => {
                    // Before its worker goes on, or that would get a part of the little that is known without it.
                    frontier.take(decode_one(worker.peek().reply(), task)?);
                    drop(worker);
                    walks.start(frontier)?;
                }
                Event::Lost(task, error) => return Err(error.for_task(task, task)),
                Event::Woken => walks.start(frontier)?,
            }
        }
        Ok(())
    }
}

/// The tasks under way.
struct Walks<'p, A, R> {
    call: Call<A, R>,
    set: WorkerSet<'p>,
    /// Of the next task.
    number: usize,
}

impl<A: Serialize + DeserializeOwned, R: Serialize + DeserializeOwned> Walks<'_, A, R> {
    /// Gives tasks to workers, as long as there are both.
    fn start<F: Frontier<Task = A, Found = R>>(&mut self, frontier: &mut F) -> Result<(), Error> {
        while !frontier.is_empty() {
            let Some(worker) = self.set.acquire()? else { return Ok(()) };
            let (task, job) = (frontier.next(), Job { number: self.number, tasks: 1, time_limit: None });
            self.set.start(worker, job, |out| self.call.encode(out, std::slice::from_ref(&task)))?;
            self.number += 1;
        }
        self.set.stop_acquiring();
        Ok(())
    }
}
