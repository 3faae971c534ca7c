//! The store of jobs: the operations of a client, on any engine.

pub(crate) mod metered;
pub(crate) mod redis;
pub(crate) mod sqlite;

use crate::settings::Settings;
use crate::{Error, JobId};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

pub(crate) use self::redis::RedisStore;
pub(crate) use metered::Metered;
pub(crate) use sqlite::SqliteStore;

/// A store's address, as sent to workers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Address {
    Sqlite { path: PathBuf, machine: String },
    Redis(String),
}

/// How far a client has read the outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor(u128);

/// The state of a job in a store.
#[derive(Debug, PartialEq)]
pub(crate) enum State {
    Done(Vec<u8>),
    Waiting,
    Unknown,
}

/// The operations of a client. Each call waits until it is done; its effect is durable.
pub(crate) trait Store: Send + Sync {
    /// Keeps new jobs, all or none.
    fn push(&self, jobs: &[(JobId, Vec<u8>)]) -> Result<(), Error>;
    /// The position after the last outcome.
    fn end(&self) -> Result<Cursor, Error>;
    /// The next outcomes after the cursor, which moves on; a limited number at a time.
    fn finished(&self, cursor: &mut Cursor) -> Result<Vec<(JobId, Vec<u8>)>, Error>;
    /// The state of one job.
    fn state(&self, id: JobId) -> Result<State, Error>;
    /// All jobs that are not forgotten, in the order of their numbers.
    fn ids(&self) -> Result<Vec<JobId>, Error>;
    /// Drops jobs and their outcomes.
    fn forget(&self, ids: &[JobId]) -> Result<(), Error>;
    /// Drops all jobs of the queue, their outcomes, and their kept values; and the records of the
    /// workers, if they have ended.
    fn clear(&self, workers_too: bool) -> Result<(), Error>;
    /// Keeps a value for all workers, under a name derived from its content; returns whether its bytes had to be sent.
    fn put(&self, key: &str, bytes: &[u8]) -> Result<bool, Error>;
    /// A kept value.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error>;
}

impl Address {
    /// The store as a worker opens it.
    pub(crate) fn open(&self, settings: &Settings) -> Result<Opened, Error> {
        match self {
            Address::Sqlite { path, machine } => {
                let store = SqliteStore::join(path, settings)?;
                if *machine != this_machine() {
                    let reason = "SQLite's file serves one machine, and this is another one: use Redis";
                    return Err(store.failed(reason));
                }
                Ok(Opened::Sqlite(Arc::new(store)))
            }
            Address::Redis(url) => Ok(Opened::Redis(Arc::new(RedisStore::open(url, settings)?))),
        }
    }
}

/// A store in a worker, which needs its concrete type.
#[derive(Clone)]
pub(crate) enum Opened {
    Sqlite(Arc<SqliteStore>),
    Redis(Arc<RedisStore>),
}

/// An ID of this machine, valid until it restarts.
pub(crate) fn this_machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

/// A runtime on which the thread that waits for a store drives its connection.
fn runtime() -> Result<Runtime, Error> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(|why| Error::NoWorkers(format!("no thread can be started: {why}")))
}
