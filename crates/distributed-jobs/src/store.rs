//! Where jobs lie: what a client asks of it, whichever engine keeps them.

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

/// A store as workers are told of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Address {
    Sqlite { path: PathBuf, machine: String },
    Redis(String),
}

/// How far a client has read the outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor(u128);

/// What a store knows of a job.
#[derive(Debug, PartialEq)]
pub(crate) enum State {
    Done(Vec<u8>),
    Waiting,
    Unknown,
}

/// What clients ask; each call waits until it is done, and nothing is forgotten that was done.
pub(crate) trait Store: Send + Sync {
    /// Keeps new jobs, all or none.
    fn push(&self, jobs: &[(JobId, Vec<u8>)]) -> Result<(), Error>;
    /// Behind the last outcome there is.
    fn end(&self) -> Result<Cursor, Error>;
    /// The next outcomes behind the cursor, which moves on; not many at a time.
    fn finished(&self, cursor: &mut Cursor) -> Result<Vec<(JobId, Vec<u8>)>, Error>;
    /// What has become of one job.
    fn state(&self, id: JobId) -> Result<State, Error>;
    /// All jobs that are not forgotten, in the order of their numbers.
    fn ids(&self) -> Result<Vec<JobId>, Error>;
    /// Drops jobs and their outcomes.
    fn forget(&self, ids: &[JobId]) -> Result<(), Error>;
    /// Drops all jobs of the queue, their outcomes, and what was kept for them; and what is known of the
    /// workers, if they have ended.
    fn clear(&self, workers_too: bool) -> Result<(), Error>;
    /// Keeps a value for all workers, under a name that its content gives it; says whether its bytes had to be sent.
    fn put(&self, key: &str, bytes: &[u8]) -> Result<bool, Error>;
    /// A value that was kept.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error>;
}

impl Address {
    /// The store as a worker opens it.
    pub(crate) fn open(&self, settings: &Settings) -> Result<Opened, Error> {
        match self {
            Address::Sqlite { path, machine } => {
                let store = SqliteStore::join(path, settings)?;
                if *machine != this_machine() {
                    let reason = "SQLite's file serves one machine, and this is another one: take Redis";
                    return Err(store.failed(reason));
                }
                Ok(Opened::Sqlite(Arc::new(store)))
            }
            Address::Redis(url) => Ok(Opened::Redis(Arc::new(RedisStore::open(url, settings)?))),
        }
    }
}

/// A store in a worker, which needs to know its kind.
#[derive(Clone)]
pub(crate) enum Opened {
    Sqlite(Arc<SqliteStore>),
    Redis(Arc<RedisStore>),
}

/// What tells this machine from others, as long as it runs.
pub(crate) fn this_machine() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

/// Whoever waits for a store drives its connection meanwhile.
fn runtime() -> Result<Runtime, Error> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(|why| Error::NoWorkers(format!("no thread can be started: {why}")))
}
