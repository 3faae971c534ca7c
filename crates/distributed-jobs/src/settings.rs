//! The settings of jobs, fixed before their workers start.

use crate::envelope::Terms;
use crate::{Error, Jobs};
use parallax_distributed::Hosts;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Duration;

/// What a submitted job in SQLite survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Durability {
    /// The end of any process, of any kind; a power loss may undo the last commits (`synchronous = NORMAL`).
    #[default]
    Normal,
    /// A power loss, too: each commit waits for the disk (`synchronous = FULL`).
    Full,
}

/// Chooses how jobs are kept and run; see [`Jobs::builder`].
#[derive(Debug, Clone, Default)]
#[must_use = "a builder starts nothing until the jobs are opened"]
pub struct Builder {
    workers: Option<usize>,
    hosts: Option<Hosts>,
    terms: Terms,
    lease: Option<Duration>,
    durability: Durability,
    queue: Option<String>,
}

/// The settings that the client and the workers of a store share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) queue: String,
    pub(crate) durability: Durability,
    lease: Duration,
}

impl Builder {
    /// The number of worker processes on this machine; by default the number of cores that this process may use. With
    /// none, jobs are only submitted, and the workers of other programs with the same store run them.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The hosts on which the workers run, as many on each as it has cores. SQLite's file serves one machine, so hosts
    /// elsewhere need Redis.
    pub fn hosts(mut self, hosts: Hosts) -> Self {
        self.hosts = Some(hosts);
        self
    }

    /// The time limit of one run of a job. A job that takes longer is ended with its worker, which is replaced.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.terms.limit = Some(limit);
        self
    }

    /// How often a job that has panicked or taken too long runs again; by default never.
    pub fn retries(mut self, retries: u32) -> Self {
        self.terms.retries = retries;
        self
    }

    /// How often a job is taken over from dead workers before it is given up, as it may be the cause of their deaths;
    /// by default 25. Jobs that were claimed together with such a job are taken over as often.
    pub fn take_overs(mut self, times: usize) -> Self {
        self.terms.take_overs = times;
        self
    }

    /// How long a worker may be silent before others take over its jobs; by default five seconds. It counts in whole
    /// seconds, and a job is taken over up to a second later.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }

    /// What submitted jobs survive, in SQLite; by default [`Durability::Normal`]. For Redis, its own configuration
    /// decides (`appendfsync`).
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The name of the queue; by default `jobs`. Several queues may share one store, each with its own workers.
    pub fn queue(mut self, queue: impl Into<String>) -> Self {
        self.queue = Some(queue.into());
        self
    }

    /// Opens jobs in an SQLite database, which is made if it is not there, and starts the workers.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened or is not a database of jobs, or a worker cannot be started.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Jobs, Error> {
        Jobs::on_sqlite(self, path.as_ref())
    }

    /// Opens jobs on a Redis server, and starts the workers.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached, or a worker cannot be started.
    pub fn redis(self, url: &str) -> Result<Jobs, Error> {
        if self.durability == Durability::Full {
            return Err(Error::Setting(
                "Redis's own configuration (appendfsync) sets its durability: remove the setting here",
            ));
        }
        Jobs::on_redis(self, url)
    }

    /// The hosts of each worker.
    pub(crate) fn members(&self) -> Vec<Hosts> {
        match (&self.hosts, self.workers) {
            (Some(hosts), _) => hosts.one_by_one(),
            (None, Some(0)) => Vec::new(),
            (None, Some(workers)) => Hosts::local(workers).one_by_one(),
            (None, None) => Hosts::local(available_parallelism().map_or(1, usize::from)).one_by_one(),
        }
    }

    pub(crate) fn terms(&self) -> Terms {
        self.terms
    }

    pub(crate) fn settings(&self) -> Result<Settings, Error> {
        let lease = self.lease.unwrap_or(Duration::from_secs(5));
        if lease.is_zero() {
            return Err(Error::Setting("the lease is zero: pass a second or more"));
        }
        let queue = self.queue.clone().unwrap_or_else(|| "jobs".to_owned());
        Ok(Settings { queue, durability: self.durability, lease })
    }
}

/// The number of heartbeats in the time in which one is required.
pub(crate) const BEATS: u32 = 8;

impl Settings {
    /// The silence after which a worker counts as dead. The engines count whole seconds: without the extra one, a
    /// worker heard at the end of one second would be dead at the beginning of the next.
    pub(crate) fn silence(&self) -> Duration {
        Duration::from_secs(self.lease.as_secs() + u64::from(self.lease.subsec_nanos() > 0) + 1)
    }

    pub(crate) fn heartbeat(&self) -> Duration {
        self.silence() / BEATS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_counted_in_whole_seconds_and_one_more() {
        let silence = |millis| {
            let settings = Builder::default().lease(Duration::from_millis(millis)).settings().unwrap();
            assert_eq!(settings.heartbeat() * BEATS, settings.silence());
            settings.silence().as_secs()
        };
        assert_eq!([silence(1), silence(1000), silence(1001), silence(5000)], [2, 2, 3, 6]);
        assert!(Builder::default().lease(Duration::ZERO).settings().is_err());
    }
}
