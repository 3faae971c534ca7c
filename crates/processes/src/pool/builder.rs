//! The settings of a pool, made before its workers start.

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Pool;
use super::background_reader::BackgroundReader;
use crate::error::Error;
use crate::pool::pool_state::PoolState;
use crate::shared::Region;
use crate::worker::call::Call;
use crate::worker::image::Image;
use crate::worker::may_have_workers;
use crate::worker::plan::{Plan, Setup};

/// The settings of a new pool; see [`Pool::builder`].
#[must_use = "a builder starts nothing until build() is called"]
pub struct Builder {
    workers: Option<usize>,
    chunk: Option<usize>,
    initializer: Option<Result<Request, Error>>,
    environment: Vec<(OsString, OsString)>,
    own_group: bool,
    time_limit: Option<Duration>,
    start_limit: Duration,
    tasks_per_worker: Option<usize>,
}

/// An encoded request, and the memory to which it points.
type Request = (Vec<u8>, Vec<Region>);

impl Default for Builder {
    fn default() -> Self {
        Self {
            workers: None,
            chunk: None,
            initializer: None,
            environment: Vec::new(),
            own_group: false,
            time_limit: None,
            start_limit: Duration::from_secs(60),
            tasks_per_worker: None,
        }
    }
}

impl Builder {
    /// The number of worker processes; by default as many as this process may use cores.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// Tasks in a chunk, unless a call sets another size. Without it: a quarter of each worker's share, as in
    /// Python, and 1 if there is a time limit or the number of tasks is unknown.
    pub fn chunk_size(mut self, size: usize) -> Self {
        self.chunk = Some(size);
        self
    }

    /// Sets a function that runs once in every worker before its first task, also in workers that replace others. If it
    /// panics, the pool is not built. (Python restarts such workers again and again.)
    pub fn initializer(self, function: fn()) -> Self {
        self.initialized_by(Call::procedure(function), ())
    }

    /// As [`initializer`](Self::initializer), for a function that takes an argument and may return an error.
    ///
    /// ```
    /// # use parallax_processes::Pool;
    /// use std::sync::OnceLock;
    ///
    /// static TABLE: OnceLock<Vec<u64>> = OnceLock::new();
    ///
    /// fn prepare(length: u64) -> Result<(), &'static str> {
    ///     TABLE.set((0..length).map(|x| x * x).collect()).map_err(|_| "prepared twice")
    /// }
    ///
    /// fn look_up(at: usize) -> u64 {
    ///     TABLE.get().expect("prepared before the first task")[at]
    /// }
    ///
    /// fn main() -> Result<(), parallax_processes::Error> {
    ///     parallax_processes::init();
    ///     let pool = Pool::builder().workers(1).initializer_with(prepare, 10).build()?;
    ///     assert_eq!(pool.map(look_up, [3, 9])?, [9, 81]);
    ///     Ok(())
    /// }
    /// ```
    pub fn initializer_with<A, E>(self, function: fn(A) -> Result<(), E>, argument: A) -> Self
    where
        A: Serialize + DeserializeOwned,
        E: Display,
    {
        self.initialized_by(Call::initializer(function), argument)
    }

    /// Sets a variable in the environment of the workers, `OMP_NUM_THREADS` for instance.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Kills and replaces a worker that takes longer than this for one chunk, in every call without its
    /// [own limit](Pool::time_limit). Chunks then hold one task by default.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Replaces a worker once it has run this many tasks, which bounds leaks and the fragmentation of its memory.
    /// As `maxtasksperchild` of Python's pool, which counts chunks, and `max_tasks_per_child` of its executor.
    ///
    /// A chunk is not cut, so a worker may run some tasks more; chunks are no larger than this unless a size is
    /// set. The old worker ends in the ordinary way and before the new one starts, which costs the call
    /// that waits for the last task one or two milliseconds. The initialiser runs again. A
    /// [`broadcast`](Pool::broadcast) counts as one task of each worker.
    ///
    /// ```
    /// # use parallax_processes::Pool;
    /// fn main() -> Result<(), parallax_processes::Error> {
    ///     parallax_processes::init();
    ///     let pool = Pool::builder().workers(1).tasks_per_worker(2).build()?;
    ///     let ids = pool.map(|_: u32| std::process::id(), 0..4)?;
    ///     assert!(ids[0] == ids[1] && ids[1] != ids[2] && ids[2] == ids[3]);
    ///     Ok(())
    /// }
    /// ```
    pub fn tasks_per_worker(mut self, tasks: usize) -> Self {
        self.tasks_per_worker = Some(tasks);
        self
    }

    /// How long a worker may take until its initialiser has run, and to end when the pool is
    /// [closed](Pool::close); a minute by default.
    pub fn start_limit(mut self, limit: Duration) -> Self {
        self.start_limit = limit;
        self
    }

    /// Keeps the terminal's signals from the workers.
    ///
    /// Usually Ctrl-C reaches the program and its workers, and all end. A program that handles Ctrl-C itself
    /// and wants its tasks to go on puts the workers into separate process groups; they still end with
    /// the program. The price: Ctrl-Z stops only the program.
    pub fn own_process_groups(mut self) -> Self {
        self.own_group = true;
        self
    }

    /// Starts the workers and waits until all are ready.
    ///
    /// # Errors
    ///
    /// [`Error::NotInitialized`] and [`Error::InsideWorker`], [`Error::NoWorkers`], [`Error::EmptyChunk`],
    /// [`Error::NoTasksPerWorker`], [`Error::Spawn`], [`Error::Startup`], and [`Error::Initializer`]. After an
    /// error no process is left behind.
    pub fn build(self) -> Result<Pool, Error> {
        may_have_workers()?;
        let workers = self.workers.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
        match (workers, self.chunk, self.tasks_per_worker) {
            (0, _, _) => return Err(Error::NoWorkers),
            (_, Some(0), _) => return Err(Error::EmptyChunk),
            (_, _, Some(0)) => return Err(Error::NoTasksPerWorker),
            _ => {}
        }
        let image = Image::get().map_err(|reason| Error::Image(reason.to_owned()))?;
        let (initializer, in_flight) = self.initializer.transpose()?.unzip();
        let setup = Setup { fingerprint: image.fingerprint, initializer };
        let plan = Plan {
            setup: postcard::to_stdvec(&setup).expect("bytes can be written to memory"),
            environment: self.environment,
            in_flight: in_flight.unwrap_or_default(),
            own_group: self.own_group,
            time_limit: self.time_limit,
            start_limit: self.start_limit,
            tasks_per_worker: self.tasks_per_worker,
        };
        let pool = Pool {
            state: Arc::new(PoolState::new(plan, workers)?),
            chunk: self.chunk,
            reader: BackgroundReader::default(),
            collecting: Mutex::new(()),
        };
        // A worker is not ready before it has answered.
        pool.broadcast(|()| (), |_| ())?;
        pool.state.set_replacing(true);
        Ok(pool)
    }

    fn initialized_by<A: Serialize + DeserializeOwned>(
        mut self,
        call: Result<Call<A, Result<(), String>>, Error>,
        argument: A,
    ) -> Self {
        self.initializer = Some(call.map(|call| {
            let mut request = Vec::new();
            let in_flight = call.encode(&mut request, &[argument]);
            (request, in_flight)
        }));
        self
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("workers", &self.workers).finish_non_exhaustive()
    }
}
