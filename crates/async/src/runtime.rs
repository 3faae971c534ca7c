//! The interface between patterns and runtimes, without the types of the work: so each runtime is compiled once, and
//! not once for each work.
//!
//! Spawning wraps a task's code in some hundred functions of the scheduler, which would be compiled again for each type
//! of task on each runtime. Here a task is a box that is polled through a pointer, which costs a nanosecond or two
//! where a task waits. The computing code inside the box is as fast as without it.

use parallax_pattern::Answer;
use parallax_pattern::within::Within;
use std::any::Any;
use std::pin::{Pin, pin};

/// The result of a job or a task; its starter knows the type.
pub(crate) type Made = Box<dyn Any + Send>;

/// A closure that computes, and never waits.
pub(crate) type Job = Box<dyn FnOnce() -> Made + Send>;

/// A future that waits, and computes a little in between.
pub(crate) type Task = Pin<Box<dyn Future<Output = Made> + Send>>;

/// Starts a task, and returns a future that waits for its end. It owns its handle to the runtime.
pub(crate) type Spawner = Box<dyn Fn(Task) -> Task + Send + Sync>;

/// The future that the caller waits for. It may borrow.
pub(crate) type Main<'a> = Pin<&'a mut (dyn Future<Output = ()> + Send)>;

/// Runs jobs and tasks. The futures that it returns wait for their ends, and a panic goes on where they are awaited.
pub(crate) trait Runtime: Sync {
    /// How many threads there are for tasks, and as many for jobs.
    fn workers(&self) -> usize;

    /// How many jobs may be queued or running: no more are made before one of them is done.
    fn ahead(&self) -> usize {
        self.workers()
    }

    /// Enters this runtime's pool, unless the calling thread already works for it.
    fn enter(&self) -> Option<Within> {
        Within::enter(self)
    }

    /// Sends a job to a thread that delays no task, if there is such a thread.
    fn compute(&self, job: Job) -> Task;

    /// Starts a task, on the worker with this number if the runtime can choose; else on an idle one.
    fn spawn(&self, worker: Option<usize>, task: Task) -> Task;

    /// A closure that starts tasks on idle workers, for a task that starts others.
    fn spawner(&self) -> Spawner;

    /// Waits on the calling thread.
    fn block_on(&self, main: Main) -> Answer<()>;
}

/// A task that works for a runtime.
pub(crate) fn task<F: Future<Output: Send + 'static> + Send + 'static>(within: &Within, future: F) -> Task {
    Box::pin(within.clone().wrap(async { Box::new(future.await) as Made }))
}

/// The result, in its type.
pub(crate) fn opened<T: 'static>(made: Made) -> T {
    *made.downcast().expect("its starter knows the type")
}

/// Runs tasks concurrently, each on its worker, and returns their results in their order.
pub(crate) fn all(runtime: &dyn Runtime, tasks: Vec<(usize, Task)>) -> Answer<Vec<Made>> {
    join(runtime, tasks.into_iter().map(|(worker, task)| runtime.spawn(Some(worker), task)).collect())
}

/// Waits for tasks that were started, and returns their results in their order.
pub(crate) fn join(runtime: &dyn Runtime, running: Vec<Task>) -> Answer<Vec<Made>> {
    let mut made = Vec::with_capacity(running.len());
    let main = async {
        for task in running {
            made.push(task.await);
        }
    };
    runtime.block_on(pin!(main))?;
    Ok(made)
}
