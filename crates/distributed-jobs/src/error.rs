//! Errors of jobs; each names the job or the store, and the way out.

use crate::JobId;
use std::time::Duration;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// [`init`](crate::init) has not run, so a worker could not be distinguished from the program itself.
    #[error("parallax_distributed_jobs::init() was not called: make it the first statement of main")]
    NotInitialized,
    /// An invalid setting.
    #[error("{0}")]
    Setting(&'static str),
    /// The database or the server failed.
    #[error("{store}: {reason}")]
    Store {
        /// The store.
        store: String,
        /// Its message.
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
        /// Its error message.
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
    /// Another build of the program submitted the job; its function may differ in this build.
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
    /// The store's data of the job is damaged.
    #[error("the stored data of job {job} cannot be read: {reason}")]
    Garbled {
        /// Which job.
        job: JobId,
        /// Why not.
        reason: String,
    },
    /// The store does not have the job.
    #[error("the store has no job {job}: it was forgotten, or submitted elsewhere")]
    Unknown {
        /// Which job.
        job: JobId,
    },
    /// The text is not a job's number.
    #[error("invalid job number '{0}': it has 26 letters and digits")]
    NotAnId(String),
    /// The [`Jobs`](crate::Jobs) have been dropped, and their workers with them. The job stays in the store.
    #[error("the jobs were closed: open them again and find the job by its number")]
    Closed,
}
