//! Durable jobs: a submitted job stays in SQLite or Redis until it is done. The Rust answer to Celery.
//!
//! A job is a call of a function of this program. It is committed before [`submit`](Jobs::submit) returns, claimed by
//! one of the workers, which are processes of this program, and finished once as seen by its caller, even if processes
//! die meanwhile: another worker takes over the jobs of a dead one, and of two results the first counts.
//!
//! ```
//! use parallax_distributed_jobs::{Error, Jobs};
//!
//! fn square(x: u64) -> u64 {
//!     x * x
//! }
//!
//! fn main() -> Result<(), Error> {
//!     parallax_distributed_jobs::init(); // the first statement: a worker never gets past it
//! #   let folder = tempfile::tempdir().unwrap();
//! #   let path = folder.path().join("jobs.db");
//!     let jobs = Jobs::builder().workers(2).open(&path)?;
//!     assert_eq!(jobs.map(square, 0..5)?, [0, 1, 4, 9, 16]);
//!
//!     let id = jobs.submit(square, 12)?.id(); // from here on the job will be done, even if this program ends
//!     drop(jobs);
//!
//!     let jobs = Jobs::open(&path)?; // the next program, perhaps
//!     assert_eq!(jobs.find::<u64>(id).wait()?, 144);
//!     Ok(())
//! }
//! ```
//!
//! # Guarantees
//!
//! - A job may be **run more than once**: by a worker that dies before it has written the result, and by the one that
//!   takes over. Its side effects must tolerate that. Its *result* exists once, and never changes.
//! - A worker that is silent for its [lease](Builder::lease) counts as dead. Its jobs go to the others, and a new
//!   worker takes its place.
//! - A job that panics, or takes longer than it [may](Builder::time_limit), runs again up to the number of
//!   [retries](Builder::retries), and then is reported with its message.
//! - A job that ends its worker, again and again, is given up after some [take-overs](Builder::take_overs).
//! - A job names its function by its address in the program, so only workers of **the same build** run it; others
//!   refuse it, and its caller gets that error. Anyone who can write to the store can call any function of the program.
//! - SQLite's file serves one machine. It survives the end of any process, and with [`Durability::Full`] a power loss.
//!   Redis serves many machines; its configuration decides what it survives.
//!
//! # How it works
//!
//! [apalis](https://docs.rs/apalis-core) provides the worker and the storages: how jobs are stored in tables and keys,
//! are claimed, and are taken over from dead workers. This crate adds the sizes of claims, which follow the jobs'
//! durations; the outcomes, which are stored as bytes next to the jobs under their numbers, many written in one commit;
//! and the calls (`parallax_processes::remote`).

mod envelope;
mod error;
mod handle;
mod id;
mod jobs;
mod kept;
mod settings;
mod store;
mod supervisor;
mod waiting;
mod worker;

pub mod technique;

pub use error::Error;
pub use handle::Handle;
pub use id::JobId;
pub use jobs::Jobs;
pub use kept::Kept;
pub use settings::{Builder, Durability};
#[cfg(feature = "worker")]
pub use technique::cells;
pub use worker::init;
