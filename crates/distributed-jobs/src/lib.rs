//! Durable jobs: what is submitted lies in SQLite or Redis until it is done. The Rust answer to Celery.
//!
//! A job is a call of a function of this program. It is committed before [`submit`](Jobs::submit) returns, claimed by one
//! of the workers, which are processes of this very program, and finished once as seen by its caller, whoever dies
//! meanwhile: a job of a worker that has died is taken over by another one, and of two results the first counts.
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
//!     let id = jobs.submit(square, 12)?.id(); // from here on the job is done, whatever becomes of this program
//!     drop(jobs);
//!
//!     let jobs = Jobs::open(&path)?; // the next program, perhaps
//!     assert_eq!(jobs.find::<u64>(id).wait()?, 144);
//!     Ok(())
//! }
//! ```
//!
//! # What is kept, and what is not
//!
//! - A job may be **run more than once**: by a worker that dies before it has written the result, and by the one that takes
//!   over. What it does to the world must bear that. Its *result* is there once, and never changes.
//! - A worker that is silent for the time of its [lease](Builder::lease) counts as dead. Its jobs go to the others, and a
//!   new worker takes its place.
//! - A job that panics, or takes longer than it [may](Builder::time_limit), is run again as often as
//!   [asked](Builder::retries), and then reported with its words.
//! - A job that ends its worker, again and again, is given up after some [take-overs](Builder::take_overs).
//! - A job names its function by where it lies in the program, so only workers of **the same build** run it; others refuse
//!   it, and its caller is told. Whoever can write to the store can have any function of the program called.
//! - SQLite's file serves one machine. It survives the end of any process, and with [`Durability::Full`] a power loss.
//!   Redis serves many machines, and survives what its configuration says.
//!
//! # How it works
//!
//! [apalis](https://docs.rs/apalis-core) has the worker and the storages: how jobs lie in tables and keys, are claimed, and
//! are taken from the dead. Of our own are the sizes of claims, which follow how long jobs take; the outcomes, which lie
//! beside the jobs as bytes and under the number of their job, and are written many in one commit; and the calls
//! (`parallax_processes::remote`).

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
