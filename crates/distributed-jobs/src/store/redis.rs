//! Jobs on a Redis server: `apalis-redis` defines how a job is stored and claimed, and a hash next to it keeps
//! outcomes.
//!
//! The hash's field is the job, so of two outcomes of one job the first wins; a stream records the order in which they
//! came.

use super::{Cursor, State, Store, runtime};
use crate::settings::Settings;
use crate::worker::Most;
use crate::{Error, JobId};
use apalis_core::task::{Task, task_id::TaskId};
use apalis_core::worker::context::WorkerContext;
use apalis_redis::{Config, ConnectionManager, RedisStorage, queries::fetch_next};
use redis::aio::ConnectionManagerConfig;
use redis::{AsyncCommands as _, Client, FromRedisValue, Pipeline, RedisError, Script};
use std::collections::HashSet;
use std::fmt::Display;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Keeps the first outcome of each job and its place in the order, and releases the claim. A job that was forgotten
/// while it ran is deleted now.
const SAVE: &str = "
    for i = 1, #ARGV, 2 do
        redis.call('srem', KEYS[4], ARGV[i])
        if redis.call('srem', KEYS[5], ARGV[i]) == 1 then
            redis.call('hdel', KEYS[3], ARGV[i])
            redis.call('unlink', KEYS[6] .. ':' .. ARGV[i])
        elseif redis.call('hsetnx', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 then
            redis.call('xadd', KEYS[2], 'maxlen', '~', 1000000, '*', 'id', ARGV[i])
        end
    end
";
/// Drops jobs. Those that a worker has claimed are only marked: apalis's claims fail as a whole if a job on its lists
/// has no data.
const FORGET: &str = "
    for _, id in ipairs(ARGV) do
        if redis.call('hdel', KEYS[1], id) == 1 or redis.call('lrem', KEYS[2], 1, id) == 1 then
            redis.call('hdel', KEYS[3], id)
            redis.call('unlink', KEYS[5] .. ':' .. id)
        elseif redis.call('hexists', KEYS[3], id) == 1 then
            redis.call('sadd', KEYS[4], id)
        end
    end
";
/// Outcomes that are read in one call.
const READ: usize = 128;
/// How long an answer may take: batches are large, and the server may write to a disk.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open connection to a server.
pub(crate) struct RedisStore {
    url: String,
    config: Config,
    connection: ConnectionManager,
    save: Script,
    forget: Script,
    runtime: Runtime,
}

impl RedisStore {
    pub(crate) fn open(url: &str, settings: &Settings) -> Result<Self, Error> {
        let runtime = runtime()?;
        let times =
            ConnectionManagerConfig::new().set_number_of_retries(2).set_response_timeout(Some(PATIENCE));
        let connect = async { Client::open(url)?.get_connection_manager_with_config(times).await };
        let connection = runtime.block_on(connect).map_err(|why| failed(url, why))?;
        let config = Config::default().queue(&settings.queue).heartbeat_interval(settings.heartbeat());
        let config = config.missed_heartbeats(crate::settings::BEATS as usize);
        let config = config.lock_tasks(false).persist_results(false).emit_events(false);
        Ok(RedisStore {
            url: url.to_owned(),
            config,
            connection,
            save: Script::new(SAVE),
            forget: Script::new(FORGET),
            runtime,
        })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The storage that does a worker's registration, its heartbeats, and the take-over of others' jobs.
    pub(crate) fn storage(&self) -> RedisStorage<Vec<u8>> {
        RedisStorage::new(self.connection.clone()).with_config(self.config.clone())
    }

    fn outcomes(&self) -> String {
        format!("{}:outcomes", self.config.queue)
    }

    fn order(&self) -> String {
        format!("{}:order", self.config.queue)
    }

    /// The key of forgotten jobs that a worker still has.
    fn forgotten(&self) -> String {
        format!("{}:forgotten", self.config.queue)
    }

    fn values(&self) -> String {
        format!("{}:values", self.config.queue)
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, RedisError>>) -> Result<T, Error> {
        self.runtime.block_on(work).map_err(|why| failed(&self.url, why))
    }

    fn ask<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, Error> {
        self.wait(pipeline.query_async(&mut self.connection.clone()))
    }
}

impl RedisStore {
    pub(crate) fn failed(&self, why: impl Display) -> Error {
        failed(&self.url, why)
    }
}

fn failed(url: &str, why: impl Display) -> Error {
    Error::Store { store: format!("Redis at {url}"), reason: why.to_string() }
}

// The operations of a worker.
impl RedisStore {
    /// Claims the oldest jobs that no worker has.
    pub(crate) async fn claim(
        &self,
        worker: &WorkerContext,
        most: Most,
    ) -> Result<Vec<Task<Vec<u8>>>, apalis_redis::Error> {
        let mut connection = self.connection.clone();
        let waiting: usize = connection.llen(self.config.active_jobs_list()).await?;
        if waiting == 0 {
            return Ok(Vec::new());
        }
        let config = self.config.clone().batch_size(most.of(waiting));
        let tasks = fetch_next(&mut connection, worker, &config).await?;
        // apalis counts no take-overs here, so claims are counted: the next worker will see the count
        let mut count = Pipeline::new();
        for task in tasks.iter().filter_map(|task| task.ctx().task_id()) {
            count.hincr(format!("{}:{task}", self.config.job_meta_hash()), "attempts", 1).ignore();
        }
        if !tasks.is_empty() {
            count.query_async::<()>(&mut connection).await?;
        }
        Ok(tasks)
    }

    /// Writes outcomes and acknowledges their jobs, in one script. Apalis's own acknowledgement fails as a whole, and
    /// ends its worker, if one of the jobs was taken over meanwhile.
    pub(crate) async fn save(
        &self,
        worker: &WorkerContext,
        outcomes: &[(TaskId, Vec<u8>)],
    ) -> Result<(), RedisError> {
        let mut save = self.save.prepare_invoke();
        save.key(self.outcomes()).key(self.order()).key(self.config.job_data_hash());
        save.key(self.config.inflight_set_for(worker)).key(self.forgotten()).key(self.config.job_meta_hash());
        for (id, outcome) in outcomes {
            save.arg(id.to_string()).arg(outcome);
        }
        save.invoke_async(&mut self.connection.clone()).await
    }
}

// The operations of a client.
impl Store for RedisStore {
    /// As apalis's own `push_tasks`, which puts each job on a waiting list first; its script moves that list in one
    /// call, which Redis refuses once the list has some 8,000 jobs.
    fn push(&self, jobs: &[(JobId, Vec<u8>)]) -> Result<(), Error> {
        let mut pipeline = redis::pipe();
        pipeline.atomic();
        for (id, job) in jobs {
            let known = [("attempts", "0"), ("max_attempts", "25"), ("status", "Pending")];
            pipeline.hset(self.config.job_data_hash(), id.to_string(), job).ignore();
            pipeline.hset_multiple(format!("{}:{id}", self.config.job_meta_hash()), &known).ignore();
        }
        let ids: Vec<String> = jobs.iter().map(|(id, _)| id.to_string()).collect();
        pipeline.rpush(self.config.active_jobs_list(), ids).ignore();
        self.ask(&pipeline)
    }

    fn end(&self) -> Result<Cursor, Error> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("XREVRANGE").arg(self.order()).arg("+").arg("-").arg("COUNT").arg(1);
        let [last]: [Vec<Entry>; 1] = self.ask(&pipeline)?;
        Ok(last.first().map_or(Cursor(0), |(place, _)| cursor_of(place)))
    }

    fn finished(&self, cursor: &mut Cursor) -> Result<Vec<(JobId, Vec<u8>)>, Error> {
        let mut connection = self.connection.clone();
        let behind = format!("({}-{}", cursor.0 >> 64, cursor.0 as u64);
        let mut look = redis::cmd("XRANGE");
        look.arg(self.order()).arg(behind).arg("+").arg("COUNT").arg(READ);
        let next: Vec<Entry> = self.wait(look.query_async(&mut connection))?;
        let Some((last, _)) = next.last() else { return Ok(Vec::new()) };
        *cursor = cursor_of(last);
        let ids: Vec<&String> = next.iter().filter_map(|(_, fields)| fields.get(1)).collect();
        let outcomes: Vec<Option<Vec<u8>>> = self.wait(connection.hmget(self.outcomes(), &ids))?;
        let there = ids.into_iter().zip(outcomes).filter_map(|(id, outcome)| Some((id, outcome?)));
        there.map(|(id, outcome)| Ok((id.parse()?, outcome))).collect()
    }

    fn state(&self, id: JobId) -> Result<State, Error> {
        let (id, mut pipeline) = (id.to_string(), redis::pipe());
        pipeline.hget(self.outcomes(), &id).hexists(self.config.job_data_hash(), &id);
        pipeline.sismember(self.forgotten(), &id);
        let (outcome, known, forgotten): (Option<Vec<u8>>, bool, bool) = self.ask(&pipeline)?;
        let waiting = if known && !forgotten { State::Waiting } else { State::Unknown };
        Ok(outcome.map_or(waiting, State::Done))
    }

    fn ids(&self) -> Result<Vec<JobId>, Error> {
        let mut pipeline = redis::pipe();
        pipeline.hkeys(self.config.job_data_hash()).smembers(self.forgotten());
        let (mut ids, forgotten): (Vec<String>, HashSet<String>) = self.ask(&pipeline)?;
        ids.retain(|id| !forgotten.contains(id));
        ids.sort_unstable();
        ids.iter().map(|id| id.parse()).collect()
    }

    fn forget(&self, ids: &[JobId]) -> Result<(), Error> {
        let mut forget = self.forget.prepare_invoke();
        forget.key(self.outcomes()).key(self.config.active_jobs_list()).key(self.config.job_data_hash());
        forget.key(self.forgotten()).key(self.config.job_meta_hash());
        for id in ids {
            forget.arg(id.to_string());
        }
        self.wait(forget.invoke_async(&mut self.connection.clone()))
    }

    fn clear(&self, workers_too: bool) -> Result<(), Error> {
        let mut connection = self.connection.clone();
        self.wait(async {
            let mut cursor = 0_u64;
            loop {
                let mut scan = redis::cmd("SCAN");
                scan.arg(cursor).arg("MATCH").arg(format!("{}:*", self.config.queue)).arg("COUNT").arg(1000);
                let (next, mut keys): (u64, Vec<String>) = scan.query_async(&mut connection).await?;
                keys.retain(|key| workers_too || !key.starts_with(&self.config.workers_set()));
                if !keys.is_empty() {
                    connection.unlink::<_, ()>(keys).await?;
                }
                cursor = next;
                if cursor == 0 {
                    return Ok(());
                }
            }
        })
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<bool, Error> {
        self.wait(self.connection.clone().hset_nx::<_, _, _, ()>(self.values(), key, bytes))?;
        Ok(true)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.wait(self.connection.clone().hget(self.values(), key))
    }
}

/// An entry of a stream: its place, and names and values in turn.
type Entry = (String, Vec<String>);

fn cursor_of(place: &str) -> Cursor {
    let (time, number) = place.split_once('-').unwrap_or((place, "0"));
    let read = |word: &str| word.parse::<u64>().unwrap_or_default();
    Cursor(u128::from(read(time)) << 64 | u128::from(read(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_the_order_compare_as_numbers() {
        assert!(cursor_of("9-0") < cursor_of("10-0") && cursor_of("10-9") < cursor_of("10-10"));
        assert_eq!(cursor_of("7-3"), Cursor(7 << 64 | 3));
    }
}
