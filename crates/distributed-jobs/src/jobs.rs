//! The front of a store of jobs, used like a pool: functions and items go in, results come out.

use crate::envelope::{Job, Outcome, Terms};
use crate::handle::Handle;
use crate::id::Ids;
use crate::kept::Kept;
use crate::settings::Builder;
use crate::store::{Address, Metered, RedisStore, SqliteStore, Store, this_machine};
use crate::supervisor::Supervisor;
use crate::waiting::Waiting;
use crate::worker::{self, Start};
use crate::{Error, JobId};
use parallax_distributed::{Meter, Moment};
use parallax_pattern::{Transport, Wire};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, absolute};
use std::sync::Arc;

/// Jobs in a store, and workers that run them. Dropping it ends the workers; the jobs stay in the store.
pub struct Jobs {
    terms: Terms,
    ids: Ids,
    store: Arc<dyn Store>,
    supervisor: Arc<Supervisor>,
    meter: Arc<Meter>,
}

/// The most jobs, and the most bytes before the last one, that are written in one transaction.
const BATCH: usize = 512;
const BATCH_BYTES: usize = 1 << 20;

impl Jobs {
    /// A builder, to choose how the jobs are kept and run.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Opens jobs in an SQLite database, which is made if it is not there, with a worker for each core.
    ///
    /// # Errors
    ///
    /// As [`Builder::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().open(path)
    }

    /// Opens jobs on a Redis server, with a worker for each core.
    ///
    /// # Errors
    ///
    /// As [`Builder::redis`].
    pub fn redis(url: &str) -> Result<Self, Error> {
        Self::builder().redis(url)
    }

    pub(crate) fn on_sqlite(builder: Builder, path: &Path) -> Result<Self, Error> {
        worker::may_have_workers()?;
        let store = SqliteStore::create(path, &builder.settings()?)?;
        let path = absolute(path).map_err(|why| store.failed(why))?;
        let machine = this_machine();
        Self::start(builder, store, Address::Sqlite { path, machine })
    }

    pub(crate) fn on_redis(builder: Builder, url: &str) -> Result<Self, Error> {
        worker::may_have_workers()?;
        let store = RedisStore::open(url, &builder.settings()?)?;
        Self::start(builder, store, Address::Redis(url.to_owned()))
    }

    fn start(builder: Builder, store: impl Store + 'static, address: Address) -> Result<Self, Error> {
        let members = builder.members();
        let start = Start { address, settings: builder.settings()?, workers: members.len() };
        let (meter, began) = (Arc::new(Meter::default()), Moment::now());
        let supervisor = Arc::new(Supervisor::start(members, start)?);
        meter.started(began);
        let store = Arc::new(Metered::new(store, &meter));
        Ok(Jobs { terms: builder.terms(), ids: Ids::new(), store, supervisor, meter })
    }

    /// Runs `function` on each of the items as a job, and returns the results in their order. When it returns, all jobs
    /// have ended, and the store has forgotten them.
    ///
    /// # Errors
    ///
    /// The error of the first item that failed, or the reason why results will not come.
    pub fn map<A, R>(&self, function: fn(A) -> R, items: impl IntoIterator<Item = A>) -> Result<Vec<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        let mut end = self.store.end()?;
        let ids = self.push_all(function, items)?;
        let mut missing: HashMap<JobId, usize> = ids.iter().copied().zip(0..).collect();
        let mut results: Vec<Option<Result<R, Error>>> = ids.iter().map(|_| None).collect();
        let mut waiting = Waiting::new(Arc::downgrade(&self.supervisor));
        while !missing.is_empty() {
            let finished = self.store.finished(&mut end)?;
            if finished.is_empty() {
                waiting.pause()?;
                continue;
            }
            for (id, outcome) in finished {
                if let Some(item) = missing.remove(&id) {
                    waiting.found();
                    results[item] = Some(Outcome::result(id, &outcome));
                }
            }
        }
        ids.chunks(8 * BATCH).try_for_each(|ids| self.store.forget(ids))?;
        results.into_iter().flatten().collect()
    }

    /// Submits a job: when it returns, the job is in the store for good.
    ///
    /// # Errors
    ///
    /// If the function or the item cannot be sent, or the store refuses it.
    pub fn submit<A, R>(&self, function: fn(A) -> R, item: A) -> Result<Handle<R>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        let ids = self.push_all(function, [item])?;
        Ok(self.find(ids[0]))
    }

    /// Submits a job for each of the items, many in one transaction.
    ///
    /// # Errors
    ///
    /// As [`submit`](Jobs::submit).
    pub fn submit_all<A, R>(
        &self,
        function: fn(A) -> R,
        items: impl IntoIterator<Item = A>,
    ) -> Result<Vec<Handle<R>>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        let ids = self.push_all(function, items)?;
        Ok(ids.into_iter().map(|id| self.find(id)).collect())
    }

    /// A handle of a job that was submitted before, perhaps by a program that has ended since. `R` must be the type
    /// that its function returns.
    pub fn find<R>(&self, id: JobId) -> Handle<R> {
        Handle::new(id, Arc::clone(&self.store), Arc::downgrade(&self.supervisor))
    }

    /// The numbers of all jobs that are not forgotten, in the order in which they were submitted.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn ids(&self) -> Result<Vec<JobId>, Error> {
        self.store.ids()
    }

    /// Drops jobs and their results from the store. A running job is not stopped.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn forget(&self, ids: &[JobId]) -> Result<(), Error> {
        self.store.forget(ids)
    }

    /// Drops all jobs of the queue with their results, and all kept values. A running job is not stopped.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub fn clear(&self) -> Result<(), Error> {
        self.store.clear(false)
    }

    /// Puts a value into the store once that many jobs need: each job carries only its name, and each worker reads it
    /// once. It stays there until the store is [cleared](Jobs::clear).
    ///
    /// # Errors
    ///
    /// If the value cannot be written.
    pub fn keep<T: Wire>(&self, value: &Arc<T>) -> Result<Kept<T>, Error> {
        Kept::new(value, &*self.store)
    }

    /// The processes of the running workers, or of the commands that reach them on other hosts.
    pub fn worker_ids(&self) -> Vec<u32> {
        self.supervisor.ids()
    }

    /// The traffic with the workers: jobs and kept values into the store, and outcomes out of it.
    pub fn transport(&self) -> Transport {
        self.meter.read()
    }

    /// Ends the workers, and removes everything of the queue.
    pub(crate) fn remove(&self) -> Result<(), Error> {
        self.supervisor.close();
        self.store.clear(true)
    }

    fn push_all<A, R>(
        &self,
        function: fn(A) -> R,
        items: impl IntoIterator<Item = A>,
    ) -> Result<Vec<JobId>, Error>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        let (mut ids, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0);
        for item in items {
            let job = Job::new(function, &item, self.terms)?.to_bytes();
            bytes += job.len();
            batch.push((self.ids.next(), job));
            if batch.len() == BATCH || bytes >= BATCH_BYTES {
                self.store.push(&batch)?;
                ids.extend(batch.drain(..).map(|(id, _)| id));
                bytes = 0;
            }
        }
        if !batch.is_empty() {
            self.store.push(&batch)?;
        }
        ids.extend(batch.into_iter().map(|(id, _)| id));
        Ok(ids)
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").field("workers", &self.worker_ids()).finish_non_exhaustive()
    }
}
