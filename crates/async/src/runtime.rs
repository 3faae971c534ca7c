//! A tokio runtime that can be waited for and dropped from anywhere, from the tasks of another one too.
//!
//! tokio panics where a thread that runs tasks blocks on a runtime or drops one: its other tasks would stand
//! still meanwhile. Techniques are functions that wait, so in async code they belong into `spawn_blocking`; where
//! one is called without, the runtime is waited for by a thread of its own, and the caller for that thread.

use crate::threads;
use ::tokio::runtime::{self, Builder, Handle};
use parallax_pattern::within::Within;
use parallax_pattern::{Answer, No};
use std::panic::resume_unwind;
use std::thread;

/// A tokio runtime.
#[derive(Debug)]
pub(crate) struct Runtime {
    /// There until it is dropped.
    inner: Option<runtime::Runtime>,
    handle: Handle,
}

impl Runtime {
    /// Builds one that has or will have as many threads.
    pub(crate) fn start(threads: usize, builder: &mut Builder) -> Answer<Self> {
        threads::available(threads)?;
        let runtime = builder.build().map_err(|error| No::Unavailable(error.to_string()))?;
        Ok(Runtime { handle: runtime.handle().clone(), inner: Some(runtime) })
    }

    /// Where to spawn tasks.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits for a future, on the calling thread where it may wait.
    pub(crate) fn block_on<F: Future<Output: Send> + Send>(
        &self,
        within: Within,
        future: F,
    ) -> Answer<F::Output> {
        let runtime = self.inner.as_ref().expect("it is there until it is dropped");
        let wait = || within.run(|| runtime.block_on(future));
        if Handle::try_current().is_err() {
            return Ok(wait());
        }
        thread::scope(|scope| {
            let waiting = thread::Builder::new().spawn_scoped(scope, wait);
            let waiting = waiting.map_err(|error| threads::refused(0, 1, &error))?;
            Ok(waiting.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        match self.inner.take() {
            // its threads end when they find out; nothing is left for them to do
            Some(runtime) if Handle::try_current().is_ok() => runtime.shutdown_background(),
            runtime => drop(runtime),
        }
    }
}
