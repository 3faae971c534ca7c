//! Jobs in an SQLite database: `apalis-sqlite` defines how a job is stored and claimed, and a table next to it keeps
//! outcomes.
//!
//! The table's key is the job, so of two outcomes of one job the first wins. An outcome is written in the transaction
//! that acknowledges its job, and outcomes and claims come in batches, as commits are the main cost.

use super::{Cursor, State, Store, runtime};
use crate::settings::{Durability, Settings};
use crate::worker::Most;
use crate::{Error, JobId};
use apalis_core::task::{Task, task_id::TaskId};
use apalis_core::worker::context::WorkerContext;
use apalis_sqlite::queries::fetch_next;
use apalis_sqlite::{Config, SqliteStorage};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};
use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Runtime;

/// The tables in addition to apalis's own. Numbers of outcomes are never reused, so a reader can go on where it was.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS Outcomes (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        outcome BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS KeptValues (name TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
";
/// Marks a job as done and releases it from its worker. Apalis's own `ack_tasks` leaves it with its worker, and for
/// each job searches all jobs that the worker has ever done.
const DONE: &str = "UPDATE Jobs SET status = 'Done', done_at = unixepoch(), lock_by = NULL, lock_at = NULL \
    WHERE id IN (SELECT value FROM json_each(?))";
/// Rows of one statement; statements with the same text are prepared once.
const ROWS: usize = 64;
/// Outcomes that are read in one call; each may be a mebibyte.
const READ: i64 = 128;
/// How long to wait for another writer, which is done sooner.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open database.
pub(crate) struct SqliteStore {
    path: PathBuf,
    queue: String,
    pool: SqlitePool,
    runtime: Runtime,
}

impl SqliteStore {
    /// Opens the database, and makes it if it is not there.
    pub(crate) fn create(path: &Path, settings: &Settings) -> Result<Self, Error> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = File::open(folder).and_then(|folder| folder.lock().map(|()| folder));
        let _one_at_a_time =
            folder.map_err(|why| failed(path, format!("its folder cannot be opened: {why}")))?;
        let store = Self::connect(path, settings, true)?;
        store.runtime.block_on(store.prepare(settings)).map_err(|why| store.failed(why))?;
        Ok(store)
    }

    /// Opens an existing database.
    pub(crate) fn join(path: &Path, settings: &Settings) -> Result<Self, Error> {
        Self::connect(path, settings, false)
    }

    fn connect(path: &Path, settings: &Settings, create: bool) -> Result<Self, Error> {
        let runtime = runtime()?;
        let pool = {
            let _guard = runtime.enter();
            // one connection: concurrent calls wait in a queue, and not in turns of the busy handler
            let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(2 * PATIENCE);
            pool.connect_lazy_with(options(path, settings).create_if_missing(create))
        };
        let store = SqliteStore { path: path.to_owned(), queue: settings.queue.clone(), pool, runtime };
        let look = sqlx::query("SELECT count(*) FROM sqlite_schema").execute(&store.pool);
        store.runtime.block_on(look).map_err(|why| store.failed(why))?;
        Ok(store)
    }

    /// Makes the tables on a separate connection: apalis's `setup` turns `synchronous` off on the one that it gets.
    async fn prepare(&self, settings: &Settings) -> Result<(), apalis_sqlite::Error> {
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect_with(options(&self.path, settings)).await?;
        SqliteStorage::setup(&pool).await?;
        sqlx::raw_sql(TABLES).execute(&pool).await?;
        pool.close().await;
        Ok(())
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The storage that does a worker's registration, its heartbeats, and the take-over of others' jobs.
    pub(crate) fn storage(&self, settings: &Settings) -> SqliteStorage<Vec<u8>> {
        let config = Config::default().queue(&self.queue).heartbeat_interval(settings.heartbeat());
        let config = config.missed_heartbeats(crate::settings::BEATS as usize);
        SqliteStorage::new(&self.pool).with_config(config.lock_tasks(false).persist_results(false))
    }

    pub(crate) fn failed(&self, why: impl Display) -> Error {
        failed(&self.path, why)
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Error> {
        self.runtime.block_on(work).map_err(|why| self.failed(why))
    }
}

fn options(path: &Path, settings: &Settings) -> SqliteConnectOptions {
    let synchronous = match settings.durability {
        Durability::Normal => SqliteSynchronous::Normal,
        Durability::Full => SqliteSynchronous::Full,
    };
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE);
    options.journal_mode(SqliteJournalMode::Wal).synchronous(synchronous).pragma("cache_size", "-16000")
}

fn failed(path: &Path, why: impl Display) -> Error {
    Error::Store { store: format!("database {}", path.display()), reason: why.to_string() }
}

// The operations of a worker.
impl SqliteStore {
    /// Claims the oldest jobs that no worker has.
    pub(crate) async fn claim(
        &self,
        worker: &WorkerContext,
        most: Most,
    ) -> Result<Vec<Task<Vec<u8>>>, apalis_sqlite::Error> {
        // a look is cheap, and a claim locks out all writers, even if it finds nothing
        const WAITING: &str = "SELECT count(*) FROM (SELECT 1 FROM Jobs WHERE job_type = ? AND status = 'Pending' \
            AND lock_by IS NULL AND run_at <= unixepoch() LIMIT ?)";
        let enough = most.size.saturating_mul(most.workers.max(1)) as i64;
        let waiting = sqlx::query_scalar(WAITING).bind(&self.queue).bind(enough);
        let waiting: i64 = waiting.fetch_one(&self.pool).await?;
        if waiting == 0 {
            return Ok(Vec::new());
        }
        let config = Config::default().queue(&self.queue).batch_size(most.of(waiting as usize));
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let tasks = fetch_next(&mut *transaction, &config, worker).await?;
        transaction.commit().await?;
        Ok(tasks)
    }

    /// Writes outcomes and acknowledges their jobs, in one transaction.
    pub(crate) async fn save(&self, outcomes: &[(TaskId, Vec<u8>)]) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for rows in outcomes.chunks(ROWS) {
            let begin = "INSERT OR IGNORE INTO Outcomes (id, outcome) SELECT column1, column2 FROM (";
            let mut insert = QueryBuilder::<Sqlite>::new(begin);
            insert.push_values(rows, |mut row, (id, outcome)| {
                row.push_bind(id.to_string()).push_bind(outcome);
            });
            // no client waits for a job that was forgotten meanwhile
            insert.push(") WHERE EXISTS (SELECT 1 FROM Jobs WHERE Jobs.id = column1)");
            insert.build().execute(&mut *transaction).await?;
        }
        sqlx::query(DONE).bind(json(outcomes.iter().map(|(id, _)| id))).execute(&mut *transaction).await?;
        transaction.commit().await
    }
}

// The operations of a client.
impl Store for SqliteStore {
    fn push(&self, jobs: &[(JobId, Vec<u8>)]) -> Result<(), Error> {
        self.wait(async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            for rows in jobs.chunks(ROWS) {
                insert(&mut transaction, &self.queue, rows).await?;
            }
            transaction.commit().await
        })
    }

    fn end(&self) -> Result<Cursor, Error> {
        let last = "SELECT coalesce(max(number), 0) FROM Outcomes";
        let last: i64 = self.wait(sqlx::query_scalar(last).fetch_one(&self.pool))?;
        Ok(Cursor(last as u128))
    }

    fn finished(&self, cursor: &mut Cursor) -> Result<Vec<(JobId, Vec<u8>)>, Error> {
        let next = "SELECT number, id, outcome FROM Outcomes WHERE number > ? ORDER BY number LIMIT ?";
        let next = sqlx::query_as(next).bind(cursor.0 as i64).bind(READ);
        let rows: Vec<(i64, String, Vec<u8>)> = self.wait(next.fetch_all(&self.pool))?;
        rows.into_iter()
            .map(|(number, id, outcome)| {
                *cursor = Cursor(number as u128);
                Ok((id.parse()?, outcome))
            })
            .collect()
    }

    fn state(&self, id: JobId) -> Result<State, Error> {
        let outcome = sqlx::query_scalar("SELECT outcome FROM Outcomes WHERE id = ?").bind(id.to_string());
        if let Some(outcome) = self.wait(outcome.fetch_optional(&self.pool))? {
            return Ok(State::Done(outcome));
        }
        let known =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM Jobs WHERE id = ?)").bind(id.to_string());
        let known: bool = self.wait(known.fetch_one(&self.pool))?;
        Ok(if known { State::Waiting } else { State::Unknown })
    }

    fn ids(&self) -> Result<Vec<JobId>, Error> {
        let ids = sqlx::query_scalar("SELECT id FROM Jobs WHERE job_type = ? ORDER BY id").bind(&self.queue);
        let ids: Vec<String> = self.wait(ids.fetch_all(&self.pool))?;
        ids.iter().map(|id| id.parse()).collect()
    }

    fn forget(&self, ids: &[JobId]) -> Result<(), Error> {
        let ids = json(ids);
        self.wait(async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            for statement in [
                "DELETE FROM Outcomes WHERE id IN (SELECT value FROM json_each(?))",
                "DELETE FROM Jobs WHERE id IN (SELECT value FROM json_each(?))",
            ] {
                sqlx::query(statement).bind(&ids).execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })
    }

    fn clear(&self, workers_too: bool) -> Result<(), Error> {
        self.wait(async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            let theirs = "DELETE FROM Outcomes WHERE id IN (SELECT id FROM Jobs WHERE job_type = ?)";
            sqlx::query(theirs).bind(&self.queue).execute(&mut *transaction).await?;
            let jobs = sqlx::query("DELETE FROM Jobs WHERE job_type = ?").bind(&self.queue);
            jobs.execute(&mut *transaction).await?;
            sqlx::query("DELETE FROM KeptValues").execute(&mut *transaction).await?;
            if workers_too {
                let workers = sqlx::query("DELETE FROM Workers WHERE worker_type = ?").bind(&self.queue);
                workers.execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<bool, Error> {
        let known = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM KeptValues WHERE name = ?)").bind(key);
        if self.wait(known.fetch_one(&self.pool))? {
            return Ok(false);
        }
        let put = sqlx::query("INSERT OR IGNORE INTO KeptValues (name, bytes) VALUES (?, ?)");
        self.wait(put.bind(key).bind(bytes).execute(&self.pool))?;
        Ok(true)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let bytes = sqlx::query_scalar("SELECT bytes FROM KeptValues WHERE name = ?").bind(key);
        self.wait(bytes.fetch_optional(&self.pool))
    }
}

/// Numbers as a list in one text, for `json_each`.
fn json(ids: impl IntoIterator<Item: Display>) -> String {
    let ids: Vec<String> = ids.into_iter().map(|id| format!("\"{id}\"")).collect();
    format!("[{}]", ids.join(","))
}

/// As apalis's own `push_tasks`, which sends a statement for each job.
async fn insert(
    to: &mut SqliteConnection,
    queue: &str,
    jobs: &[(JobId, Vec<u8>)],
) -> Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO Jobs (job, id, job_type, metadata) ");
    insert.push_values(jobs, |mut row, (id, job)| {
        row.push_bind(job).push_bind(id.to_string()).push_bind(queue).push("'{}'");
    });
    insert.build().execute(to).await.map(drop)
}

#[cfg(test)]
mod tests;
