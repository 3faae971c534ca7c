//! From the bytes of a job to its outcome: how often it is tried, and when it is given up.

use super::pace::Pace;
use super::runner::Runner;
use crate::envelope::{Job, Outcome};
use apalis_core::worker::context::WorkerContext;
use parallax_processes::remote;
use std::io;
use std::sync::Arc;

pub(super) struct Performing {
    runner: Runner,
    worker: WorkerContext,
}

impl Performing {
    pub(super) fn new(worker: WorkerContext, pace: Arc<Pace>) -> io::Result<Self> {
        Ok(Performing { runner: Runner::start(pace)?, worker })
    }

    /// Runs a job that was taken over `before` times.
    pub(super) async fn perform(&self, bytes: Vec<u8>, before: usize) -> Outcome {
        let job = match Job::read(&bytes) {
            Ok(job) if before > job.terms.take_overs => return Outcome::GivenUp(before),
            Ok(job) => Arc::new(job),
            Err(outcome) => return outcome,
        };
        let mut outcome = self.once(&job).await;
        for _ in 0..job.terms.retries {
            if matches!(&outcome, Outcome::Ran(reply) if remote::succeeded(reply)) {
                break;
            }
            outcome = self.once(&job).await;
        }
        outcome
    }

    /// A thread cannot be ended, so after a job that takes too long another thread goes on, claims stop, and the
    /// process ends when all claimed jobs are finished.
    async fn once(&self, job: &Arc<Job>) -> Outcome {
        let outcome = self.runner.run(job).await;
        if matches!(outcome, Outcome::Late(_)) {
            let replaced = self.runner.start_thread();
            if self.worker.stop().is_err() || replaced.is_err() {
                std::process::exit(1); // others take over the claimed jobs
            }
        }
        outcome
    }
}
