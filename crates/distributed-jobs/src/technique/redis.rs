//! A queue on a server: workers on any machine that reaches it run the submitted jobs.
//!
//! ```no_run
//! use parallax_distributed_jobs::{Error, Jobs};
//! use std::ops::Range;
//!
//! fn squares(items: Range<u64>) -> Vec<u64> {
//!     items.map(|x| x * x).collect() // runs in a worker; if that is killed, again in another one
//! }
//!
//! fn main() -> Result<(), Error> {
//!     parallax_distributed_jobs::init(); // first of all: the workers are this same program, started again
//!     let jobs = Jobs::builder().workers(2).redis("redis://127.0.0.1:6379")?;
//!     let parts = jobs.map(squares, [0..3, 3..5])?;
//!     assert_eq!(parts.concat(), [0, 1, 4, 9, 16]);
//!     Ok(())
//! }
//! ```
//!
//! **When a host dies:** as with [SQLite](super::sqlite), the jobs of a worker that dies are taken over when its lease
//! is over, and those of a program that dies are done. Everything depends on the server: if that dies, clients and
//! workers end with an error that names it, and data that it had not written to its own disk is lost. The one that this
//! technique starts writes nothing: it is a queue in memory, as in most Celery installations.

use super::server::Server;
use super::{Broker, Queued, unavailable};
use crate::Jobs;
use parallax_pattern::{Answer, Card, Cores};
use std::env;

/// Jobs on a Redis server: the one in `PARALLAX_REDIS`, or its own.
pub type JobsRedis = Queued<Redis>;

/// The server that it started, which ends with it.
#[derive(Debug)]
pub struct Redis(Option<Server>);

impl Broker for Redis {
    const CARD: Card = Card {
        name: "jobs-redis",
        idea: "a message broker between the program that submits work and the processes that do it",
        gives: "nothing is lost when a worker or the program dies, and workers on any machine that reaches the server",
        costs: "some requests to a server for each batch; a single job takes a millisecond; a server to run",
        cores: Cores::Workers,
        libraries: &["apalis-core", "apalis-redis", "redis", "postcard"],
        source: file!(),
    };

    fn open(workers: usize) -> Answer<(Jobs, Self)> {
        let server = match env::var("PARALLAX_REDIS") {
            Ok(url) if !url.is_empty() => Err(url),
            _ => Ok(Server::start(super::first(workers)?)?),
        };
        let url = server.as_ref().map_or_else(String::clone, Server::url);
        // a shared server may have other programs' jobs
        let queue = format!("parallax-{}", ulid::Ulid::generate());
        let jobs = super::builder(workers)?.queue(queue).redis(&url).map_err(unavailable)?;
        Ok((jobs, Redis(server.ok())))
    }

    /// Its own server ends with all its data.
    fn close(&self, jobs: &Jobs) {
        if self.0.is_none() {
            let _ = jobs.remove();
        }
    }
}
