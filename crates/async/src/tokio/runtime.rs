//! A tokio runtime that can be waited for and dropped from anywhere, including the tasks of another one.
//!
//! tokio panics if a thread that runs tasks blocks on a runtime or drops one: its other tasks would make no progress
//! meanwhile. Techniques are functions that wait, so in async code they belong into `spawn_blocking`. If one is called
//! outside it, a helper thread blocks on the runtime, and the caller joins that thread.

use crate::runtime::{Job, Made, Main, Runtime, Spawner, Task};
use crate::threads;
use ::tokio::runtime::{self, Builder, Handle, RuntimeFlavor};
use ::tokio::task::{JoinError, JoinHandle, block_in_place};
use parallax_pattern::within::Within;
use parallax_pattern::{Answer, No};
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::thread;

/// A tokio runtime.
#[derive(Debug)]
pub(crate) struct TokioRuntime {
    /// `None` if it is the program's, and once it is dropped.
    own: Option<runtime::Runtime>,
    handle: Handle,
    workers: usize,
}

impl TokioRuntime {
    /// Builds a runtime that has or will have `threads` threads.
    pub(crate) fn start(threads: usize, workers: usize, builder: &mut Builder) -> Answer<Self> {
        threads::available(threads)?;
        let own = builder.build().map_err(|error| No::Unavailable(error.to_string()))?;
        Ok(TokioRuntime { handle: own.handle().clone(), own: Some(own), workers })
    }

    /// Uses the program's runtime.
    pub(crate) fn on(handle: Handle) -> Answer<Self> {
        if handle.runtime_flavor() == RuntimeFlavor::CurrentThread {
            return Err(No::failed(
                "a runtime of one thread runs tasks only while that thread waits for it: \
                 take TokioCurrentThread, which has its own runtime",
            ));
        }
        let workers = handle.metrics().num_workers();
        Ok(TokioRuntime { own: None, handle, workers })
    }

    /// Waits for the output of a future.
    pub(crate) fn run<F: Future<Output: Send> + Send>(&self, future: F) -> Answer<F::Output> {
        let mut output = None;
        self.block_on(pin!(async { output = Some(future.await) }))?;
        Ok(output.expect("the future has ended"))
    }
}

impl Runtime for TokioRuntime {
    fn workers(&self) -> usize {
        self.workers
    }

    /// Its own pool has a thread for each worker; the program's has hundreds.
    fn ahead(&self) -> usize {
        if self.own.is_some() { usize::MAX } else { self.workers }
    }

    fn compute(&self, job: Job) -> Task {
        Box::pin(Running(self.handle.spawn_blocking(job)))
    }

    fn spawn(&self, _: Option<usize>, task: Task) -> Task {
        Box::pin(Running(self.handle.spawn(task)))
    }

    fn spawner(&self) -> Spawner {
        let handle = self.handle.clone();
        Box::new(move |task| Box::pin(Running(handle.spawn(task))))
    }

    /// Waits on the calling thread where that is allowed.
    fn block_on(&self, main: Main) -> Answer<()> {
        let wait = || match &self.own {
            Some(runtime) => runtime.block_on(main),
            None => self.handle.block_on(main),
        };
        match Handle::try_current() {
            Err(_) => wait(),
            // a helper thread will not do: the awaited tasks may be queued at this very worker
            Ok(here) if self.own.is_none() && here.id() == self.handle.id() => block_in_place(wait),
            Ok(_) => {
                let here = Within::here();
                thread::scope(|scope| {
                    let waiting = thread::Builder::new().spawn_scoped(scope, || here.run(wait));
                    let waiting = waiting.map_err(|error| threads::refused(0, 1, &error))?;
                    waiting.join().unwrap_or_else(|panic| resume_unwind(panic));
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

impl Drop for TokioRuntime {
    fn drop(&mut self) {
        match self.own.take() {
            // its threads end by themselves; nothing is left for them to do
            Some(runtime) if Handle::try_current().is_ok() => runtime.shutdown_background(),
            runtime => drop(runtime),
        }
    }
}

/// A task that is aborted when this is dropped: so a panic of another task leaves none running.
struct Running(JoinHandle<Made>);

impl Future for Running {
    type Output = Made;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Made> {
        Poll::Ready(finished(ready!(Pin::new(&mut self.0).poll(context))))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The output of a task; its panic goes on in the caller.
///
/// # Panics
///
/// Also if the task was cancelled because the runtime was shut down.
pub(crate) fn finished<T>(task: Result<T, JoinError>) -> T {
    task.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(cancelled) => panic!("{cancelled}: its runtime was shut down"),
    })
}
