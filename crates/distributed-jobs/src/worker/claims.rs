//! The backend that apalis's worker polls: apalis's own storage, except for claims, whose size follows the jobs.
//!
//! The storage registers the worker, sends its heartbeats, takes over the jobs of silent workers, and acknowledges. Its
//! own claims all have one size and follow each other as fast as they can, so that one worker would get every long job.

use super::pace::Pace;
use crate::Error;
use crate::store::{RedisStore, SqliteStore};
use apalis_core::backend::persistence::TaskPersistLayer;
use apalis_core::backend::{Backend, BackendConfig, finalize::Ephemeral};
use apalis_core::task::Task;
use apalis_core::task::task_id::TaskId;
use apalis_core::worker::context::WorkerContext;
use apalis_sqlite::JsonCodec;
use serde_json::Value;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};

/// A job as it is stored.
type Raw = Task<Vec<u8>>;

/// A limit on the jobs to claim.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    pub(crate) size: usize,
    /// The workers that share the jobs.
    pub(crate) workers: usize,
}

impl Most {
    /// How many of the `waiting` jobs: at most a worker's share, so that no worker gets all of the last ones.
    pub(crate) fn of(self, waiting: usize) -> usize {
        self.size.min(waiting.div_ceil(self.workers.max(1)))
    }
}

/// Apalis's layer around each job, which acknowledges it.
type Acknowledging = TaskPersistLayer<JsonCodec<Value>, Value>;

/// A store whose jobs a worker can claim.
pub(super) trait Engine: Send + Sync + 'static {
    /// Apalis's storage for it.
    type Storage: Backend + BackendConfig<Layer = Acknowledging> + Send + Unpin + 'static;
    /// Claims the oldest jobs that no worker has.
    fn claim(
        &self,
        worker: &WorkerContext,
        most: Most,
    ) -> impl Future<Output = Result<Vec<Raw>, Error>> + Send;
    /// Saves outcomes; the first of each job counts.
    fn save(
        &self,
        worker: &WorkerContext,
        outcomes: &[(TaskId, Vec<u8>)],
    ) -> impl Future<Output = Result<(), Error>> + Send;
    /// The error for a failure of its storage.
    fn failed(&self, why: String) -> Error;
}

impl Engine for SqliteStore {
    type Storage = apalis_sqlite::SqliteStorage<Vec<u8>>;
    async fn claim(&self, worker: &WorkerContext, most: Most) -> Result<Vec<Raw>, Error> {
        SqliteStore::claim(self, worker, most).await.map_err(|why| SqliteStore::failed(self, why))
    }
    async fn save(&self, _: &WorkerContext, outcomes: &[(TaskId, Vec<u8>)]) -> Result<(), Error> {
        SqliteStore::save(self, outcomes).await.map_err(|why| SqliteStore::failed(self, why))
    }
    fn failed(&self, why: String) -> Error {
        SqliteStore::failed(self, why)
    }
}

impl Engine for RedisStore {
    type Storage = apalis_redis::RedisStorage<Vec<u8>>;
    async fn claim(&self, worker: &WorkerContext, most: Most) -> Result<Vec<Raw>, Error> {
        RedisStore::claim(self, worker, most).await.map_err(|why| RedisStore::failed(self, why))
    }
    async fn save(&self, worker: &WorkerContext, outcomes: &[(TaskId, Vec<u8>)]) -> Result<(), Error> {
        RedisStore::save(self, worker, outcomes).await.map_err(|why| RedisStore::failed(self, why))
    }
    fn failed(&self, why: String) -> Error {
        RedisStore::failed(self, why)
    }
}

/// Claims for one worker.
pub(super) struct Claims<E: Engine> {
    engine: Arc<E>,
    storage: E::Storage,
    pace: Arc<Pace>,
    workers: usize,
    claimed: VecDeque<Raw>,
    /// A separate task: it may hold the connection that a heartbeat waits for, and must go on meanwhile.
    claiming: Option<JoinHandle<Result<Vec<Raw>, Error>>>,
    pause: Pin<Box<Sleep>>,
    /// Claims in a row that found nothing.
    misses: u32,
}

impl<E: Engine> Claims<E> {
    pub(super) fn new(engine: Arc<E>, storage: E::Storage, pace: Arc<Pace>, workers: usize) -> Self {
        let pause = Box::pin(sleep(Duration::ZERO));
        Claims { engine, storage, pace, workers, claimed: VecDeque::new(), claiming: None, pause, misses: 0 }
    }

    /// Waits longer and longer between claims of an empty store.
    fn found_nothing(&mut self) {
        let pause = Duration::from_millis(1 << self.misses.min(3));
        self.misses += 1;
        self.pause = Box::pin(sleep(pause));
    }
}

impl<E: Engine> Backend for Claims<E> {
    type Task = Raw;
    type Error = Error;

    fn poll_ready(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Error>> {
        let ready = self.storage.poll_ready(cx, worker);
        ready.map_err(|why| self.engine.failed(why.to_string()))
    }

    /// Each finished job wakes the worker, which polls again.
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Option<Result<Raw, Error>>> {
        loop {
            if let Some(next) = self.claimed.pop_front() {
                return Poll::Ready(Some(Ok(next)));
            }
            if let Some(claiming) = &mut self.claiming {
                let Poll::Ready(found) = Pin::new(claiming).poll(cx) else { return Poll::Pending };
                self.claiming = None;
                match found.unwrap_or_else(|why| Err(self.engine.failed(why.to_string()))) {
                    Ok(none) if none.is_empty() => self.found_nothing(),
                    Ok(some) => {
                        self.misses = 0;
                        self.pace.claimed(some.len());
                        self.claimed = some.into();
                        continue;
                    }
                    Err(why) => return Poll::Ready(Some(Err(why))),
                }
            }
            let wanted = self.pace.wanted();
            if wanted == 0 || self.pause.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let (engine, worker) = (Arc::clone(&self.engine), worker.clone());
            let most = Most { size: wanted, workers: self.workers };
            self.claiming = Some(tokio::spawn(async move { engine.claim(&worker, most).await }));
        }
    }

    /// A claim in progress is dropped; if it had taken jobs, they are taken over at the end of the lease.
    fn poll_close(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Error>> {
        self.storage.poll_close(cx, worker).map_err(|why| self.engine.failed(why.to_string()))
    }
}

impl<E: Engine> BackendConfig for Claims<E> {
    type Args = Vec<u8>;
    type Id = ulid::Ulid;
    type Kind = Ephemeral;
    type Config = <E::Storage as BackendConfig>::Config;
    type Layer = <E::Storage as BackendConfig>::Layer;
    fn config(&self) -> &Self::Config {
        self.storage.config()
    }
    fn middleware(&mut self, worker: &mut WorkerContext) -> Self::Layer {
        self.storage.middleware(worker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_jobs_are_shared() {
        let most = |size, workers, waiting| Most { size, workers }.of(waiting);
        assert_eq!(
            [most(512, 2, 10_000), most(512, 2, 100), most(512, 2, 1), most(512, 2, 0)],
            [512, 50, 1, 0]
        );
        assert_eq!([most(3, 2, 100), most(8, 0, 5), most(8, 9, 5)], [3, 5, 1]);
    }
}
