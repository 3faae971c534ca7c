//! A kept pool fed by a channel: jobs own what they need, and results come back by value.
//!
//! ```
//! use crossbeam::channel;
//! use std::thread;
//!
//! let (jobs, todo) = channel::unbounded::<u64>();
//! let (done, results) = channel::unbounded();
//! let workers: Vec<_> = (0..2)
//!     .map(|_| {
//!         let (todo, done) = (todo.clone(), done.clone()); // both ends may be shared: whoever is free receives
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
//! prove by `unsafe` inside that they wait), so parts are moved to a worker and back: the idea of
//! C. A. R. Hoare, "Communicating sequential processes" (1978), and what processes must do anyway.

use ::crossbeam::channel::{self, Sender};
use parallax_suite::pattern::{Map, Reduce, Sweep, pieces};
use parallax_suite::question::{Answer, Card, Cores, Execute, No, Technique};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

/// Threads that take jobs from a channel until it closes.
#[derive(Debug)]
pub struct CrossbeamChannel {
    jobs: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Technique for CrossbeamChannel {
    const CARD: Card = Card {
        name: "crossbeam-channel",
        idea: "a kept pool takes jobs from a channel; what a job needs and gives is moved, not shared",
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
            Builder::new().spawn(move || todo.iter().for_each(|job| job()))
        };
        let workers = (0..workers.max(1)).map(spawn).collect::<Result<_, _>>();
        let workers = workers.map_err(|error| No::Unavailable(error.to_string()))?;
        Ok(CrossbeamChannel { jobs: Some(jobs), workers })
    }
}

impl Execute for CrossbeamChannel {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        let jobs = pieces(out.len(), work.grain()).map(|piece| {
            let work = work.clone();
            move || {
                let mut part = vec![bytemuck::Zeroable::zeroed(); piece.len()];
                work.fill(piece.start, &mut part);
                (piece, part)
            }
        });
        self.scatter(jobs).for_each(|(piece, part)| out[piece].copy_from_slice(&part));
        Ok(())
    }

    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let queue = channel::unbounded();
        pieces(work.len(), work.grain()).for_each(|piece| queue.0.send(piece).expect("both ends are here"));
        let jobs = self.workers.iter().map(|_| {
            let (work, queue) = (work.clone(), queue.1.clone());
            move || {
                let mut acc = work.empty();
                queue.try_iter().for_each(|piece| work.fold(&mut acc, piece));
                acc
            }
        });
        let mut total = work.empty();
        self.scatter(jobs).for_each(|acc| work.merge(&mut total, acc));
        Ok(total)
    }

    /// Each worker's share is copied once, and then moves to a worker and back at every step: when
    /// all are back, the step is done, and no barrier is needed.
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        let share = state.len().div_ceil(self.workers.len()).max(1);
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
        parts.into_iter().for_each(|(k, part)| state[k * share..][..part.len()].copy_from_slice(&part));
        Ok(())
    }
}

impl CrossbeamChannel {
    /// Sends out the jobs and gives their results as they come; a job's panic goes on in the caller.
    fn scatter<T, J>(&self, jobs: impl Iterator<Item = J>) -> impl Iterator<Item = T>
    where
        T: Send + 'static,
        J: FnOnce() -> T + Send + 'static,
    {
        let (done, results) = channel::unbounded();
        for job in jobs {
            let done = done.clone();
            // What a panic leaves half done is dropped with the job: nobody sees it. A caller that
            // no longer listens is no error of the worker's.
            let job = move || drop(done.send(catch_unwind(AssertUnwindSafe(job))));
            let pool = self.jobs.as_ref().expect("the channel closes only in drop");
            pool.send(Box::new(job)).expect("workers catch panics, so they outlive their pool");
        }
        results.into_iter().map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl Drop for CrossbeamChannel {
    fn drop(&mut self) {
        self.jobs = None; // ends the workers' loops
        for worker in self.workers.drain(..) {
            let _ = worker.join(); // it caught every panic; in drop there is nobody to tell anyway
        }
    }
}
