//! A queue on a disk: submitted jobs are done, even if processes die meanwhile.
//!
//! ```
//! use parallax_distributed_jobs::{Error, Jobs};
//! use std::ops::Range;
//!
//! fn squares(items: Range<u64>) -> Vec<u64> {
//!     items.map(|x| x * x).collect() // runs in a worker; if that is killed, again in another one
//! }
//!
//! fn main() -> Result<(), Error> {
//!     parallax_distributed_jobs::init(); // first of all: the workers are this same program, started again
//! #   let folder = tempfile::tempdir().unwrap();
//! #   let path = folder.path().join("jobs.db");
//!     let jobs = Jobs::builder().workers(2).open(path)?;
//!     let parts = jobs.map(squares, [0..3, 3..5])?; // committed first, and then claimed, run and acknowledged
//!     assert_eq!(parts.concat(), [0, 1, 4, 9, 16]);
//!     Ok(())
//! }
//! ```
//!
//! **When a host dies:** no job is lost with a worker. Its claims are in the database, and when its lease is over (a
//! second or two here), another worker has them; a job that runs twice has one result. If the submitting program dies,
//! its jobs are done, and it finds their results when it opens the file again. The file serves the processes of one
//! machine; if that loses power, the last commits may be lost, unless each waits for the disk
//! ([`Durability::Full`](crate::Durability::Full)).

use super::{Broker, Queued, unavailable};
use crate::Jobs;
use parallax_pattern::{Answer, Card, Cores};
use tempfile::TempDir;

/// Jobs in an SQLite database in its own folder.
pub type JobsSqlite = Queued<Sqlite>;

/// The folder, which is removed with it.
#[derive(Debug)]
pub struct Sqlite(#[expect(dead_code, reason = "it is removed when it is dropped")] TempDir);

impl Broker for Sqlite {
    const CARD: Card = Card {
        name: "jobs-sqlite",
        idea: "a database between the program that submits work and the processes that do it",
        gives: "nothing is lost when a worker or the program dies: its jobs are taken over, and results found again",
        costs: "a commit for each job or batch of them; a single job takes two milliseconds; one machine only",
        cores: Cores::Workers,
        libraries: &["apalis-core", "apalis-sqlite", "sqlx", "postcard"],
        source: file!(),
    };

    fn open(workers: usize) -> Answer<(Jobs, Self)> {
        let folder = tempfile::Builder::new().prefix("parallax-jobs-").tempdir().map_err(unavailable)?;
        let jobs = super::builder(workers)?.open(folder.path().join("jobs.db")).map_err(unavailable)?;
        Ok((jobs, Sqlite(folder)))
    }

    /// Nothing to do: dropping the folder removes the files.
    fn close(&self, _: &Jobs) {}
}
