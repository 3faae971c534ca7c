//! What can go wrong with jobs: each error names the job or the store, and the way out.

use crate::JobId;
use std::time::Duration;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// [`init`](crate::init) has not run, so workers could not be told from the program itself.
    #[error("parallax_distributed_jobs::init() was not called: make it the first statement of main")]
    NotInitialized,
    /// A setting that makes no sense.
    #[error("{0}")]
    Setting(&'static str),
    /// The database or the server does not do what it is asked.
    #[error("{store}: {reason}")]
    Store {
        /// Which one.
        store: String,
        /// What it says.
        reason: String,
    },
    /// No worker can be started, or none stays alive.
    #[error("no worker is left: {0}")]
    NoWorkers(String),
    /// A worker cannot be started on a host.
    #[error(transparent)]
    Hosts(#[from] parallax_distributed::Error),
    /// The function or its argument cannot be sent.
    #[error(transparent)]
    Call(parallax_processes::Error),
    /// The job panicked as often as it may be tried, or its result cannot be sent.
    #[error("job {job} failed: {reason}")]
    Failed {
        /// Which job.
        job: JobId,
        /// Its last words.
        reason: parallax_processes::Error,
    },
    /// The job took longer than it may, as often as it may be tried.
    #[error("job {job} was ended after {limit:?}: raise the time limit or split the job")]
    Late {
        /// Which job.
        job: JobId,
        /// How long it may take.
        limit: Duration,
    },
    /// Another build of the program has submitted the job, in which the function may be another one.
    #[error(
        "job {job} was submitted by another build of this program: run it with that build, or submit it again"
    )]
    OtherBuild {
        /// Which job.
        job: JobId,
    },
    /// The job has been taken over too often.
    #[error("job {job} was given up: {times} workers ended before they had finished it")]
    GivenUp {
        /// Which job.
        job: JobId,
        /// How often it was taken over.
        times: usize,
    },
    /// What the store has of the job is damaged.
    #[error("what the store keeps of job {job} cannot be read: {reason}")]
    Garbled {
        /// Which job.
        job: JobId,
        /// Why not.
        reason: String,
    },
    /// The store does not know the job.
    #[error("the store knows no job {job}: it was forgotten, or submitted elsewhere")]
    Unknown {
        /// Which job.
        job: JobId,
    },
    /// What is not written as a job's number.
    #[error("'{0}' is not the number of a job: it has 26 letters and digits")]
    NotAnId(String),
    /// The [`Jobs`](crate::Jobs) have been dropped, and their workers with them. The job stands in the store.
    #[error("the jobs were closed: open them again and find the job by its number")]
    Closed,
}
