//! A kept pool fed by a channel: jobs own their input, and results come back by value.
//!
//! ```
//! use crossbeam::channel;
//! use std::thread;
//!
//! let (jobs, todo) = channel::unbounded::<u64>();
//! let (done, results) = channel::unbounded();
//! let workers: Vec<_> = (0..2)
//!     .map(|_| {
//!         let (todo, done) = (todo.clone(), done.clone()); // both ends may be shared: a free worker receives
//!         thread::spawn(move || todo.iter().for_each(|x| done.send((x, x * x)).unwrap()))
//!     })
//!     .collect();
//! drop(done); // only the workers send
//!
//! (0..5).for_each(|x| jobs.send(x).unwrap());
//! drop(jobs); // no more jobs: the workers' loops end
//! let mut squares: Vec<_> = results.iter().collect(); // in the order of completion
//! squares.sort();
//! assert_eq!(squares, [(0, 0), (1, 1), (2, 4), (3, 9), (4, 16)]);
//! workers.into_iter().for_each(|worker| worker.join().unwrap());
//! ```
//!
//! Threads that outlive the call cannot borrow the caller's array in safe Rust (rayon and scopes
//! prove by `unsafe` inside that they wait), so parts are moved to a worker and back, as processes
//! must do anyway. The idea is C. A. R. Hoare, "Communicating sequential processes" (1978).

use crate::dataflow::{Dataflow, Leaving};
use crate::join::passed_on;
use ::crossbeam::channel::{self, Sender};
use parallax_pattern::{
    Answer, Card, Cores, Divide, Execute, Graph, Item, Map, Nest, Reduce, Rounds, Search, Sequential,
    Stencil, Sweep, Technique, covers, dig, make_item, pieces, team, whole_share,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, Builder, JoinHandle, Result};

/// Threads that take jobs from a channel until it closes.
#[derive(Debug)]
pub struct CrossbeamChannel {
    jobs: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
}

type Job = Box<dyn FnOnce() + Send>;

/// How many pieces are in the queue at most: enough that the workers seldom find it empty, however many pieces there
/// are.
const QUEUED: usize = 1024;

/// How many nodes a job visits: some hundred microseconds, against which two messages are cheap.
const VISITS: usize = 16_384;

impl Technique for CrossbeamChannel {
    const CARD: Card = Card {
        name: "crossbeam-channel",
        idea: "a kept pool takes jobs from a channel; a job's input and result are moved, not shared",
        gives: "a pool in a page of safe code; no thread starts per call",
        costs: "a box and two messages per piece; outputs are copied once",
        cores: Cores::Workers,
        libraries: &["crossbeam"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let (jobs, todo) = channel::unbounded::<Job>();
        let spawn = |_| {
            let todo = todo.clone();
            let thread = Builder::new().spawn(move || todo.iter().for_each(|job| job()));
            thread.map_err(|error| team::not_started(&error)) // those already started end with the channel
        };
        let workers = (0..workers.max(1)).map(spawn).collect::<Answer<_>>()?;
        Ok(CrossbeamChannel { jobs: Some(jobs), workers })
    }
}

impl Execute for CrossbeamChannel {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let jobs = pieces(out.len(), work.grain()).map(|piece| {
            let work = work.clone();
            move || {
                let mut part = vec![M::Item::default(); piece.len()];
                work.fill(piece.start, &mut part);
                (piece, part)
            }
        });
        self.scatter(jobs).for_each(|(piece, part)| put(&mut out[piece], part));
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        if self.is_inside() {
            return Sequential.reduce(work); // no worker would take the pieces out of the queue
        }
        let (queue, todo) = channel::bounded(QUEUED);
        let job = |_| {
            let (work, todo) = (work.clone(), todo.clone());
            move || {
                let mut acc = work.empty();
                todo.iter().for_each(|piece| work.fold(&mut acc, piece));
                acc
            }
        };
        let jobs: Vec<_> = self.workers.iter().map(job).collect();
        let accs = self.scatter(jobs.into_iter());
        drop(todo); // the workers have their own ends: when panics have dropped them all, sending fails
        pieces(work.len(), work.grain()).all(|piece| queue.send(piece).is_ok());
        drop(queue);
        let mut total = work.empty();
        accs.for_each(|acc| work.merge(&mut total, acc));
        Ok(total)
    }

    /// Each worker's share is copied once, and then moves to a worker and back at every step: when
    /// all are back, the step is done, and no barrier is needed.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        covers(work.len(), state.len())?;
        let share = whole_share(state.len(), work.grain(), self.workers.len());
        let mut parts: Vec<_> = state.chunks(share).map(<[_]>::to_vec).enumerate().collect();
        for _ in 0..work.steps() {
            let jobs = parts.drain(..).map(|(k, mut part)| {
                let work = work.clone();
                move || {
                    work.step(k * share, &mut part);
                    (k, part)
                }
            });
            parts = self.scatter(jobs).collect();
        }
        parts.into_iter().for_each(|(k, part)| put(&mut state[k * share..], part));
        Ok(())
    }

    /// The state is copied at every step: the workers all read it, so it cannot be lent to one for writing or moved to
    /// one.
    fn stencil<S: Stencil>(&self, work: &Arc<S>, [first, second]: [&mut [S::Item]; 2]) -> Answer<()> {
        [&first, &second].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let share = whole_share(first.len(), work.grain(), self.workers.len());
        let mut state = Arc::new(first.to_vec());
        for _ in 0..work.steps() {
            let work = work.clone();
            self.remake(&mut state, share, move |old, start, new| work.step(old, start, new));
        }
        [first, second][work.steps() % 2].clone_from_slice(&state);
        Ok(())
    }

    /// Ready tasks go through a channel that the workers both read and fill.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        covers(work.width(), last_row.len())?;
        let flow = Arc::new(Dataflow::new(work.clone()));
        let (ready, todo) = channel::unbounded();
        flow.ready().into_iter().for_each(|task| ready.send(Some(task)).expect("both ends are here"));
        if flow.finish(0) {
            return Ok(()); // there are no tasks, so no worker would report the end
        }
        let jobs = self.workers.iter().map(|_| {
            let (flow, todo, leaving) = (flow.clone(), todo.clone(), Leaving(ready.clone()));
            move || {
                let ready = &leaving.0;
                while let Ok(Some(task)) = todo.recv() {
                    flow.run(task, |next| ready.send(Some(next)).expect("both ends are here"));
                    if flow.finish(1) {
                        break;
                    }
                }
            }
        });
        self.scatter(jobs).for_each(drop);
        flow.read_out(last_row);
        Ok(())
    }

    /// A job visits some nodes and sends back the open ones; the caller cuts these into new jobs.
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let ((done, results), inside) = (channel::unbounded(), self.is_inside());
        let submit = |mut open: Vec<S::Node>| {
            let work = work.clone();
            self.submit(&done, inside, move || {
                let mut acc = work.empty();
                dig(&*work, &mut open, &mut acc, VISITS);
                (acc, open)
            });
        };
        let (mut total, mut under_way) = (work.empty(), 1);
        submit(work.roots());
        while under_way > 0 {
            let (acc, mut open) = passed_on(results.recv().expect("both ends are here"));
            work.merge(&mut total, acc);
            under_way -= 1;
            if under_way < 2 * self.workers.len() && open.len() > 1 {
                submit(open.split_off(open.len() / 2));
                under_way += 1;
            }
            if !open.is_empty() {
                submit(open);
                under_way += 1;
            }
        }
        Ok(total)
    }

    /// Parallel at the outer level only.
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        covers(work.shape().0, out.len())?;
        let jobs = (0..out.len()).map(|outer| {
            let work = work.clone();
            move || (outer, make_item(&*work, outer))
        });
        self.scatter(jobs).for_each(|(outer, item)| out[outer] = item);
        Ok(())
    }

    /// Parts come back solved, and then go out again with every merging job: they are shared then, as no job writes
    /// them.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()> {
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let share = whole_share(work.len(), work.grain(), self.workers.len());
        let (rounds, mut state) = (Rounds::new(work.len(), share), Arc::new(out.to_vec()));
        for round in 0..rounds.count() {
            let work = work.clone();
            self.remake(&mut state, share, move |old, start, new| {
                rounds.make(&*work, round, old, start, new);
            });
        }
        out.clone_from_slice(&state);
        Ok(())
    }
}

impl CrossbeamChannel {
    /// Makes the next state from the last one, with a job for each share of it.
    fn remake<T: Item>(
        &self,
        state: &mut Arc<Vec<T>>,
        share: usize,
        make: impl Fn(&[T], usize, &mut [T]) + Clone + Send + 'static,
    ) {
        let jobs = pieces(state.len(), share).map(|items| {
            let (make, old) = (make.clone(), state.clone());
            move || {
                let mut part = vec![T::default(); items.len()];
                make(&old, items.start, &mut part);
                (items, part)
            }
        });
        let parts: Vec<_> = self.scatter(jobs).collect();
        let state = Arc::get_mut(state).expect("a job drops the state before it sends its part");
        parts.into_iter().for_each(|(items, part)| put(&mut state[items], part));
    }

    /// Sends out the jobs and yields their results as they come; a job's panic goes on in the caller.
    fn scatter<T, J>(&self, jobs: impl Iterator<Item = J>) -> impl Iterator<Item = T>
    where
        T: Send + 'static,
        J: FnOnce() -> T + Send + 'static,
    {
        let (done, results) = channel::unbounded();
        let inside = self.is_inside(); // looked up once: a call has many jobs
        jobs.for_each(|job| self.submit(&done, inside, job));
        results.into_iter().map(passed_on)
    }

    /// Whether the caller is a worker: if it is the only one, waiting for other workers would be waiting for itself.
    fn is_inside(&self) -> bool {
        let me = thread::current().id();
        self.workers.iter().any(|worker| worker.thread().id() == me)
    }

    /// Sends out a job that sends its result to `done`; from inside a job, does it on the spot.
    fn submit<T: Send + 'static>(
        &self,
        done: &Sender<Result<T>>,
        inside: bool,
        job: impl FnOnce() -> T + Send + 'static,
    ) {
        let done = done.clone();
        // A panic drops its half-done data with the job, so no other thread sees it. A caller that
        // no longer listens is no error of the worker's.
        let job = move || drop(done.send(catch_unwind(AssertUnwindSafe(job))));
        if inside {
            return job();
        }
        let pool = self.jobs.as_ref().expect("the channel closes only in drop");
        pool.send(Box::new(job)).expect("workers catch panics, so they outlive their pool");
    }
}

/// Moves the part that a job made to its place.
fn put<T>(place: &mut [T], part: Vec<T>) {
    place.iter_mut().zip(part).for_each(|(item, made)| *item = made);
}

impl Drop for CrossbeamChannel {
    fn drop(&mut self) {
        self.jobs = None; // ends the workers' loops
        for worker in self.workers.drain(..) {
            let _ = worker.join(); // it caught every panic; drop could not report one anyway
        }
    }
}
