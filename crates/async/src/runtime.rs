//! What the patterns ask of a runtime, in types that no work shows in: so each runtime is compiled once, and not once
//! for each work.
//!
//! A spawn is a scheduler's code around the task's, of some hundred functions, and would be made anew for each type of
//! task on each runtime. Here a task is a box that is polled through a pointer, which costs a nanosecond or two
//! where a task waits. What computes is in the box, and as fast as without.

use parallax_pattern::Answer;
use parallax_pattern::within::Within;
use std::any::Any;
use std::pin::{Pin, pin};

/// What a job or a task made; who started it knows the type.
pub(crate) type Made = Box<dyn Any + Send>;

/// Computes, and never waits.
pub(crate) type Job = Box<dyn FnOnce() -> Made + Send>;

/// Waits, and computes a little in between.
pub(crate) type Task = Pin<Box<dyn Future<Output = Made> + Send>>;

/// Starts a task, and gives a future that waits for its end. It owns its way to the runtime.
pub(crate) type Spawner = Box<dyn Fn(Task) -> Task + Send + Sync>;

/// What the caller waits for. It may borrow.
pub(crate) type Main<'a> = Pin<&'a mut (dyn Future<Output = ()> + Send)>;

/// What runs jobs and tasks. The futures that it gives back wait for their ends, and a panic goes on in who awaits them.
pub(crate) trait Runtime: Sync {
    /// How many threads there are for each: tasks, and jobs.
    fn workers(&self) -> usize;

    /// How many jobs it is given at once: the others are not made before one of these is done.
    fn ahead(&self) -> usize {
        self.workers()
    }

    /// One pool further in than the calling thread, if it does not work for this one already.
    fn enter(&self) -> Option<Within> {
        Within::enter(self)
    }

    /// Gives a job to a thread that holds up no task, if there are such.
    fn compute(&self, job: Job) -> Task;

    /// Starts a task, on the worker with this number if the runtime has a say in it; else on one that is idle.
    fn spawn(&self, worker: Option<usize>, task: Task) -> Task;

    /// What starts tasks on workers that are idle, for a task that starts others.
    fn spawner(&self) -> Spawner;

    /// Waits on the calling thread.
    fn block_on(&self, main: Main) -> Answer<()>;
}

/// A task that works for a runtime.
pub(crate) fn task<F: Future<Output: Send + 'static> + Send + 'static>(within: &Within, future: F) -> Task {
    Box::pin(within.clone().wrap(async { Box::new(future.await) as Made }))
}

/// What was made, in its type.
pub(crate) fn opened<T: 'static>(made: Made) -> T {
    *made.downcast().expect("it comes back to who started it")
}

/// Runs tasks beside each other, each on its worker, and gives what they made in their order.
pub(crate) fn all(runtime: &dyn Runtime, tasks: Vec<(usize, Task)>) -> Answer<Vec<Made>> {
    join(runtime, tasks.into_iter().map(|(worker, task)| runtime.spawn(Some(worker), task)).collect())
}

/// Waits for tasks that were started, and gives what they made in their order.
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
