//! What apalis's worker polls: apalis's own storage for everything but the claims, whose size follows the jobs.
//!
//! The storage registers the worker, says that it is alive, takes over the jobs of silent ones, and acknowledges. Its own
//! claims are all of one size and follow each other as fast as they can, so that one worker would have every long job.

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

/// A job as it lies in a store.
type Raw = Task<Vec<u8>>;

/// How many jobs to take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    pub(crate) size: usize,
    /// Among so many workers.
    pub(crate) workers: usize,
}

impl Most {
    /// Of so many that wait: a worker's share, so that no worker has the last ones alone, however short those before were.
    pub(crate) fn of(self, waiting: usize) -> usize {
        self.size.min(waiting.div_ceil(self.workers.max(1)))
    }
}

/// What apalis wraps around each job, to acknowledge it.
type Acknowledging = TaskPersistLayer<JsonCodec<Value>, Value>;

/// A store whose jobs a worker can claim.
pub(super) trait Engine: Send + Sync + 'static {
    /// Apalis's storage for it.
    type Storage: Backend + BackendConfig<Layer = Acknowledging> + Send + Unpin + 'static;
    /// Takes the oldest jobs that nobody has.
    fn claim(
        &self,
        worker: &WorkerContext,
        most: Most,
    ) -> impl Future<Output = Result<Vec<Raw>, Error>> + Send;
    /// Keeps outcomes, the first of each job.
    fn save(
        &self,
        worker: &WorkerContext,
        outcomes: &[(TaskId, Vec<u8>)],
    ) -> impl Future<Output = Result<(), Error>> + Send;
    /// What its storage says when something goes wrong.
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
    /// A task of its own: it may hold the connection that a heartbeat waits for, and goes on meanwhile.
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

    /// A store where nothing is to be done is asked less and less often.
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

    /// Whoever has a job finished wakes the worker, which asks again.
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

    /// A claim that is under way is dropped; if it had taken jobs, they are taken over at the end of the lease.
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
