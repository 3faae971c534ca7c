//! What is said of jobs before their workers start.

use crate::envelope::Terms;
use crate::{Error, Jobs};
use parallax_distributed::Hosts;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Duration;

/// What a job that has been submitted survives, where it lies in SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Durability {
    /// The end of any process, however it comes; a power loss may take the last commits back (`synchronous = NORMAL`).
    #[default]
    Normal,
    /// A power loss, too: each commit waits for the disk (`synchronous = FULL`).
    Full,
}

/// How jobs are to be kept and done; see [`Jobs::builder`].
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

/// What client and workers of a store must agree about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) queue: String,
    pub(crate) durability: Durability,
    lease: Duration,
}

impl Builder {
    /// How many worker processes on this machine; as many as this one may use cores, if not said. With none, the jobs are
    /// only submitted, and done by the workers of whoever else has opened the same store.
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

    /// How long one run of a job may take. One that takes longer is ended with its worker, which is replaced.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.terms.limit = Some(limit);
        self
    }

    /// How often a job is run again that has panicked or taken too long; not at all, if not said.
    pub fn retries(mut self, retries: u32) -> Self {
        self.terms.retries = retries;
        self
    }

    /// How often a job is taken over from workers that have died before it is given up: it may be what they died of. 25, if
    /// not said. The jobs that were claimed together with such a one are taken over as often.
    pub fn take_overs(mut self, times: usize) -> Self {
        self.terms.take_overs = times;
        self
    }

    /// How long a worker may be silent before others take over its jobs; five seconds, if not said. It counts in whole
    /// seconds, and a job is taken over up to a second later.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }

    /// What submitted jobs survive, in SQLite; [`Durability::Normal`], if not said. What Redis keeps is for its own
    /// configuration to say (`appendfsync`).
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Several queues may share one store, each with workers of its own; `jobs`, if not said.
    pub fn queue(mut self, queue: impl Into<String>) -> Self {
        self.queue = Some(queue.into());
        self
    }

    /// Opens jobs in an SQLite database, which is made if it is not there, and starts the workers.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened or is no such database, or a worker cannot be started.
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
                "what Redis keeps is said by its own configuration (appendfsync): leave durability out",
            ));
        }
        Jobs::on_redis(self, url)
    }

    /// The hosts of the workers, each by itself.
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
            return Err(Error::Setting("a lease of no time is over before it begins: pass a second or more"));
        }
        let queue = self.queue.clone().unwrap_or_else(|| "jobs".to_owned());
        Ok(Settings { queue, durability: self.durability, lease })
    }
}

/// So many times a worker says that it is alive, in the time that is allowed for once.
pub(crate) const BEATS: u32 = 8;

impl Settings {
    /// How many seconds on the clock make a worker dead. The engines count whole seconds: without the one more, a worker
    /// that was heard at the end of one second would be dead at the beginning of the next.
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
