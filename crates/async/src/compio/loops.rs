//! Threads that each own a runtime: a closure is sent to one, and becomes a task that stays there.

use async_channel::{Receiver, Sender, bounded, unbounded};
use compio::runtime::{Runtime, spawn};
use futures_util::FutureExt;
use parallax_suite::question::{Answer, No};
use std::io;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::thread::{self, Builder, JoinHandle};

/// A compio runtime in each of several threads, and the way to it.
#[derive(Debug)]
pub(crate) struct Loops {
    doors: Vec<Sender<Task>>,
    threads: Vec<JoinHandle<()>>,
}

/// Starts a task on the thread that calls it.
type Task = Box<dyn FnOnce() + Send>;

impl Loops {
    /// Starts them; refuses where the kernel gives no io_uring.
    pub(crate) fn start(count: usize) -> Answer<Self> {
        let mut loops = Loops { doors: Vec::new(), threads: Vec::new() };
        let (ready, started) = bounded(count);
        for _ in 0..count {
            let (door, tasks) = unbounded();
            let ready = ready.clone();
            let thread = Builder::new().spawn(move || run(tasks, ready)).map_err(unavailable)?;
            loops.doors.push(door);
            loops.threads.push(thread);
        }
        for _ in 0..count {
            started.recv_blocking().expect("each loop reports").map_err(unavailable)?;
        }
        Ok(loops)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.doors.len()
    }

    /// Starts the task that `make` gives on loop `k`, counted around; the task itself need not be
    /// `Send`. Its panic goes on in who awaits it.
    pub(crate) fn spawn<F, M>(&self, k: usize, make: M) -> impl Future<Output = F::Output> + use<F, M>
    where
        F: Future<Output: Send> + 'static,
        M: FnOnce() -> F + Send + 'static,
    {
        let (done, result) = bounded::<thread::Result<F::Output>>(1);
        let task = move || {
            let run = async move {
                let result = AssertUnwindSafe(async move { make().await }).catch_unwind().await;
                let _ = done.try_send(result); // nobody may be waiting any more
            };
            spawn(run).detach();
        };
        let door = &self.doors[k % self.doors.len()];
        door.try_send(Box::new(task)).expect("a loop ends only when its door is closed");
        async move {
            let result = result.recv().await.expect("a loop finishes its tasks");
            result.unwrap_or_else(|panic| resume_unwind(panic))
        }
    }
}

impl Drop for Loops {
    fn drop(&mut self) {
        self.doors.clear(); // ends the loops
        for thread in self.threads.drain(..) {
            let _ = thread.join(); // tasks' panics went to who awaited them
        }
    }
}

fn run(tasks: Receiver<Task>, ready: Sender<io::Result<()>>) {
    let runtime = match Runtime::new() {
        Ok(runtime) if runtime.driver_type().is_iouring() => runtime,
        Ok(other) => {
            return report(&ready, Err(io::Error::other(format!("{:?} instead", other.driver_type()))));
        }
        Err(error) => return report(&ready, Err(error)),
    };
    report(&ready, Ok(()));
    runtime.block_on(async {
        while let Ok(start) = tasks.recv().await {
            start();
        }
    });
}

fn report(ready: &Sender<io::Result<()>>, started: io::Result<()>) {
    let _ = ready.try_send(started); // after another loop's error nobody listens
}

fn unavailable(error: io::Error) -> No {
    No::Unavailable(format!(
        "compio gets no io_uring here ({error}): set kernel.io_uring_disabled to 0 and allow the system calls \
         io_uring_setup, io_uring_enter and io_uring_register, or take smol"
    ))
}
