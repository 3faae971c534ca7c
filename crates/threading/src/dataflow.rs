//! A task graph without a barrier: whoever does the last need of a task finds that it is ready.

use ::crossbeam::channel::Sender;
use parallax_pattern::{Graph, needs};
use std::sync::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{AcqRel, Relaxed},
};
use std::sync::{Arc, OnceLock};

/// Counts, for each task, the needs that are not yet done (Cilk's join counters, TBB's flow graph).
///
/// Which queue the ready tasks go through is the technique's part. Tasks are numbered row by row. It
/// is made anew for each call, in time that grows with the needs: they say what a task waits for, and
/// must be turned round to say whom it holds up.
pub(crate) struct Dataflow<G: Graph> {
    work: Arc<G>,
    values: Vec<OnceLock<G::Value>>,
    /// How many needs of each task are not done.
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

    /// The tasks that need nothing: all that are ready before the first is run.
    pub(crate) fn ready(&self) -> Vec<usize> {
        // Relaxed: nobody else is at it yet.
        (0..self.waits.len()).filter(|&task| self.waits[task].load(Relaxed) == 0).collect()
    }

    /// Runs a ready task and calls `ready` with each task for which it was the last need.
    pub(crate) fn run(&self, task: usize, ready: impl FnMut(usize)) {
        let width = self.work.width();
        let (row, column) = (task / width, task % width);
        let failure = Failure(self);
        let gave = |need: usize| {
            let value = self.values[task - column - width + need].get();
            value.expect("its needs are done").clone()
        };
        let value = self.work.run(row, column, self.work.needs(row, column).map(gave));
        std::mem::forget(failure);
        assert!(self.values[task].set(value).is_ok(), "a task becomes ready once");
        let dependents = self.dependents[self.starts[task]..self.starts[task + 1]].iter().copied();
        // Each subtraction pairs with the others of its task: the last sees what all the others gave.
        dependents.filter(|&task| self.waits[task].fetch_sub(1, AcqRel) == 1).for_each(ready);
    }

    /// Notes that `more` tasks are done, and says whether there is nothing left to do: all tasks are
    /// done, or one has panicked.
    pub(crate) fn finish(&self, more: usize) -> bool {
        // Relaxed: the results are read when the threads have ended. A plain load does not take the
        // line away from those who add.
        let before = if more == 0 { self.done.load(Relaxed) } else { self.done.fetch_add(more, Relaxed) };
        before + more >= self.waits.len()
    }

    /// Writes what the last row gave, if there is one.
    pub(crate) fn read_out(&self, last_row: &mut [G::Value]) {
        if let Some(first) = self.values.len().checked_sub(last_row.len()) {
            for (value, gave) in last_row.iter_mut().zip(&self.values[first..]) {
                value.clone_from(gave.get().expect("all tasks are done"));
            }
        }
    }
}

/// Ends the run when a task panics: what needs it will never be ready.
struct Failure<'a, G: Graph>(&'a Dataflow<G>);

impl<G: Graph> Drop for Failure<'_, G> {
    fn drop(&mut self) {
        self.0.done.fetch_add(self.0.waits.len(), Relaxed);
    }
}

/// Who leaves sends the next one off, when all is done and by a panic too.
pub(crate) struct Leaving(pub(crate) Sender<Option<usize>>);

impl Drop for Leaving {
    fn drop(&mut self) {
        let _ = self.0.send(None); // the last one has nobody to send it to
    }
}
