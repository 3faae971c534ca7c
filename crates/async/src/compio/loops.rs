//! Threads that each own a runtime: a closure is sent to one, and becomes a task that stays there.

use super::calm;
use async_channel::{Receiver, Sender, bounded, unbounded};
use compio::runtime::{JoinHandle, Runtime, spawn};
use compio::time::sleep;
use futures_util::FutureExt;
use futures_util::future::{join, select};
use parallax_suite::optional;
use parallax_suite::question::{Answer, No};
use std::io;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::pin;
use std::thread;
use std::time::Duration;

/// A compio runtime in each of several threads, and the ways to it.
#[derive(Debug)]
pub(crate) struct Loops {
    /// To each of them.
    doors: Vec<Sender<Start>>,
    /// To whichever has nothing else to compute.
    common: Sender<Start>,
    threads: Vec<thread::JoinHandle<()>>,
}

/// Starts a task on the thread that calls it.
type Start = Box<dyn FnOnce() -> JoinHandle<()> + Send>;

impl Loops {
    /// Starts them; refuses where the kernel gives no io_uring.
    pub(crate) fn start(count: usize) -> Answer<Self> {
        let (common, anyone) = unbounded();
        let mut loops = Loops { doors: Vec::new(), common, threads: Vec::new() };
        let (ready, started) = bounded(count);
        for _ in 0..count {
            let (door, own) = unbounded();
            let (anyone, ready) = (anyone.clone(), ready.clone());
            let thread =
                thread::Builder::new().spawn(move || run(own, anyone, ready)).map_err(unavailable)?;
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

    /// Starts the task that `make` gives on loop `k`, counted around, beside its others. The task
    /// itself need not be `Send`. Its panic goes on in who awaits it.
    pub(crate) fn spawn_on<F, M>(&self, k: usize, make: M) -> impl Future<Output = F::Output> + use<F, M>
    where
        F: Future<Output: Send> + 'static,
        M: FnOnce() -> F + Send + 'static,
    {
        send(&self.doors[k % self.doors.len()], make)
    }

    /// Starts the task on the next loop that has done its last one of this kind.
    pub(crate) fn spawn<F, M>(&self, make: M) -> impl Future<Output = F::Output> + use<F, M>
    where
        F: Future<Output: Send> + 'static,
        M: FnOnce() -> F + Send + 'static,
    {
        send(&self.common, make)
    }
}

impl Drop for Loops {
    fn drop(&mut self) {
        self.doors.clear(); // ends the loops
        self.common.close();
        for thread in self.threads.drain(..) {
            let _ = thread.join(); // tasks' panics went to who awaited them
        }
    }
}

fn send<F, M>(door: &Sender<Start>, make: M) -> impl Future<Output = F::Output> + use<F, M>
where
    F: Future<Output: Send> + 'static,
    M: FnOnce() -> F + Send + 'static,
{
    let (done, result) = bounded(1);
    let start = move || {
        let task = AssertUnwindSafe(calm::down(async move { make().await })).catch_unwind();
        spawn(async move {
            let _ = done.try_send(task.await); // nobody may be waiting any more
        })
    };
    door.try_send(Box::new(start)).expect("a loop ends only when its doors are closed");
    async move {
        let result: thread::Result<_> = result.recv().await.expect("a loop finishes its tasks");
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn run(own: Receiver<Start>, anyone: Receiver<Start>, ready: Sender<io::Result<()>>) {
    let runtime = match Runtime::new() {
        Ok(_) if optional::hidden("io_uring") => {
            return report(&ready, Err(io::Error::other("PARALLAX_HIDE names it")));
        }
        Ok(runtime) if runtime.driver_type().is_iouring() => runtime,
        Ok(other) => {
            return report(&ready, Err(io::Error::other(format!("{:?} instead", other.driver_type()))));
        }
        Err(error) => return report(&ready, Err(error)),
    };
    report(&ready, Ok(()));
    let beside_each_other = async {
        while let Ok(start) = own.recv().await {
            start().detach();
        }
    };
    let one_by_one = async {
        while let Ok(start) = anyone.recv().await {
            let _ = start().await; // its panic was caught
        }
    };
    let main = pin!(join(beside_each_other, one_by_one));
    runtime.block_on(select(main, pin!(heartbeat())));
}

/// Looks for work that nobody told of: compio 0.19 loses a wake-up from another thread, seldom but for good.
///
/// After each wait its driver notes by a plain store that it is awake, which wipes out a note that it was
/// woken meanwhile. Whoever is lost so waits for the next wait's end, and this sees to it that there is one.
async fn heartbeat() {
    loop {
        sleep(Duration::from_millis(50)).await; // often enough for a test, too seldom to show in a measurement
    }
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
