//! A worker is the program itself, started again: it claims jobs, runs them one after the other, and keeps their outcomes.

mod claims;
mod pace;
mod performing;
mod runner;
mod saver;

use crate::settings::Settings;
use crate::store::{Address, Opened, Store};
use apalis_core::task::{attempt::Attempt, task_id::TaskId};
use apalis_core::worker::{builder::WorkerBuilder, context::WorkerContext};
pub(crate) use claims::Most;
use claims::{Claims, Engine};
use pace::Pace;
use parallax_distributed::Hello;
use performing::Performing;
use saver::Saver;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::io::{self, Write as _};
use std::process::exit;
use std::sync::{Arc, OnceLock};
use ulid::Ulid;

/// The name under which members are started.
pub(crate) const ROLE: &str = "jobs";

/// The first process's message to a worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) address: Address,
    pub(crate) settings: Settings,
    /// The number of workers that get the same message.
    pub(crate) workers: usize,
}

static STARTED: OnceLock<()> = OnceLock::new();
static STORE: OnceLock<Arc<dyn Store>> = OnceLock::new();

/// Turns this process into a worker if [`Jobs`](crate::Jobs) started it; otherwise returns.
///
/// It must be the first statement of `main`: code before it also runs in every worker.
///
/// # Panics
///
/// If a job calls it.
pub fn init() {
    parallax_processes::init();
    if parallax_distributed::role().as_deref() == Some(ROLE) {
        assert!(STORE.get().is_none(), "parallax_distributed_jobs::init() was called by a job");
        let ended = serve();
        if let Err(why) = &ended {
            say(why);
        }
        exit(i32::from(ended.is_err()));
    }
    let _ = STARTED.set(());
}

/// Whether this process may have workers.
pub(crate) fn may_have_workers() -> Result<(), crate::Error> {
    STARTED.get().copied().ok_or(crate::Error::NotInitialized)
}

/// In a worker: the store that its jobs come from.
pub(crate) fn store() -> Option<&'static Arc<dyn Store>> {
    STORE.get()
}

/// Prints to standard error, a worker's only output.
fn say(why: &impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "parallax job worker: {why}");
}

fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    let hello = Hello::<Start>::wait()?;
    let store = match hello.body.address.open(&hello.body.settings) {
        Ok(store) => store,
        Err(why) => return Ok(hello.refuse(&why.to_string())?),
    };
    let Start { settings, workers, .. } = hello.ready()?;
    // the jobs' output is no longer read, and a full pipe would stop them
    rustix::stdio::dup2_stdout(io::stderr())?;
    match store {
        Opened::Sqlite(store) => {
            let _ = STORE.set(store.clone());
            store.runtime().block_on(work(store.clone(), store.storage(&settings), workers))
        }
        Opened::Redis(store) => {
            let _ = STORE.set(store.clone());
            store.runtime().block_on(work(store.clone(), store.storage(), workers))
        }
    }
}

/// Works until the process ends, or a job has taken too long: then it finishes the other claimed jobs.
async fn work<E: Engine>(
    store: Arc<E>,
    storage: E::Storage,
    workers: usize,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let name = format!("{}-{}", std::process::id(), Ulid::generate());
    let context = WorkerContext::new(&name);
    let pace = Arc::new(Pace::default());
    let performing = Arc::new(Performing::new(context.clone(), pace.clone())?);
    let saver = Saver::start(store.clone(), context.clone(), pace.clone());
    let job = move |bytes: Vec<u8>, id: TaskId, attempt: Attempt| {
        let (performing, saver) = (performing.clone(), saver.clone());
        async move {
            let outcome = performing.perform(bytes, attempt.current()).await;
            saver.save(id, outcome.to_bytes()).await;
        }
    };
    let worker = WorkerBuilder::new(context).backend(Claims::new(store, storage, pace, workers)).build(job);
    Ok(worker.run().await?)
}
