//! Tasks that find further tasks: the caller takes in each result, and sends what it leads to.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Pool;
use crate::error::Error;
use crate::pool::worker_set::{Event, Job, WorkerSet};
use crate::worker::call::{Call, decode_one};

/// The tasks that have been found and not yet sent.
pub(crate) trait Frontier {
    /// The argument of the function that a worker runs.
    type Task: Serialize + DeserializeOwned;
    /// The result of that function.
    type Found: Serialize + DeserializeOwned;

    /// Whether no task is left, unless one that is under way finds more.
    fn is_empty(&self) -> bool;

    /// The next task, for a worker that is free now; called only if there is one.
    fn next(&mut self) -> Self::Task;

    /// Takes in the result of a task.
    fn take(&mut self, found: Self::Found);
}

impl Pool {
    /// Runs `function` on all tasks of the frontier and on those they lead to, until none is left.
    ///
    /// # Errors
    ///
    /// The first error that is seen; the workers of the other tasks are then ended.
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
                    // Before its worker is free: the worker's next task should come from a frontier with this result.
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
    /// The number of the next task.
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
