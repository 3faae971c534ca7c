//! A task graph without a barrier: the worker that completes a task's last dependency finds that the task is ready.

use ::crossbeam::channel::Sender;
use parallax_pattern::{Graph, needs};
use std::sync::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{AcqRel, Relaxed},
};
use std::sync::{Arc, OnceLock};

/// Counts, for each task, the dependencies that are not yet done (Cilk's join counters, TBB's flow graph).
///
/// The technique chooses the queue of ready tasks. Tasks are numbered row by row. Each call makes a new one, in time
/// that grows with the dependencies, which must be inverted: they name the tasks that a task waits for, not those that
/// wait for it.
pub(crate) struct Dataflow<G: Graph> {
    work: Arc<G>,
    values: Vec<OnceLock<G::Value>>,
    /// How many dependencies of each task are not done.
    waits: Vec<AtomicU32>,
    /// The tasks that need task `t` are `dependents[starts[t]..starts[t + 1]]`.
    starts: Vec<usize>,
    dependents: Vec<usize>,
    done: AtomicUsize,
}

impl<G: Graph> Dataflow<G> {
    pub(crate) fn new(work: Arc<G>) -> Self {
        let (width, tasks) = (work.width(), work.width() * work.depth());
        let all_needs = |task| {
            needs(&*work, task / width, task % width).map(move |need| task / width * width - width + need)
        };
        let (mut starts, mut waits) = (vec![0; tasks + 1], Vec::with_capacity(tasks));
        for task in 0..tasks {
            let mut count = 0;
            all_needs(task).for_each(|need| {
                starts[need] += 1;
                count += 1;
            });
            waits.push(AtomicU32::new(count));
        }
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end; // where the dependents end; filling them moves it to where they start
        }
        let mut dependents = vec![0; end];
        for task in 0..tasks {
            all_needs(task).for_each(|need| {
                starts[need] -= 1;
                dependents[starts[need]] = task;
            });
        }
        let values = (0..tasks).map(|_| OnceLock::new()).collect();
        Dataflow { work, values, waits, starts, dependents, done: AtomicUsize::new(0) }
    }

    /// The tasks without dependencies: all that are ready before the first is run.
    pub(crate) fn ready(&self) -> Vec<usize> {
        // Relaxed: no other thread uses it yet.
        (0..self.waits.len()).filter(|&task| self.waits[task].load(Relaxed) == 0).collect()
    }

    /// Runs a ready task and calls `ready` with each task of which it was the last dependency.
    pub(crate) fn run(&self, task: usize, ready: impl FnMut(usize)) {
        let width = self.work.width();
        let (row, column) = (task / width, task % width);
        let failure = Failure(self);
        let gave = |need: usize| {
            let value = self.values[task - column - width + need].get();
            value.expect("its dependencies are done").clone()
        };
        let value = self.work.run(row, column, self.work.needs(row, column).map(gave));
        std::mem::forget(failure);
        assert!(self.values[task].set(value).is_ok(), "a task becomes ready once");
        let dependents = self.dependents[self.starts[task]..self.starts[task + 1]].iter().copied();
        // Each subtraction pairs with the others of its task: the last sees the values of all the others.
        dependents.filter(|&task| self.waits[task].fetch_sub(1, AcqRel) == 1).for_each(ready);
    }

    /// Counts `more` tasks as done, and returns whether the run is over: all tasks are done, or one has panicked.
    pub(crate) fn finish(&self, more: usize) -> bool {
        // Relaxed: the results are read when the threads have ended. A plain load does not take the
        // cache line away from the threads that add.
        let before = if more == 0 { self.done.load(Relaxed) } else { self.done.fetch_add(more, Relaxed) };
        before + more >= self.waits.len()
    }

    /// Writes the values of the last row, if there is one.
    pub(crate) fn read_out(&self, last_row: &mut [G::Value]) {
        if let Some(first) = self.values.len().checked_sub(last_row.len()) {
            for (value, gave) in last_row.iter_mut().zip(&self.values[first..]) {
                value.clone_from(gave.get().expect("all tasks are done"));
            }
        }
    }
}

/// Ends the run when a task panics: tasks that depend on it will never be ready.
struct Failure<'a, G: Graph>(&'a Dataflow<G>);

impl<G: Graph> Drop for Failure<'_, G> {
    fn drop(&mut self) {
        self.0.done.fetch_add(self.0.waits.len(), Relaxed);
    }
}

/// A thread that leaves sends the next one away, when all is done and after a panic too.
pub(crate) struct Leaving(pub(crate) Sender<Option<usize>>);

impl Drop for Leaving {
    fn drop(&mut self) {
        let _ = self.0.send(None); // the last one has no receiver left
    }
}
