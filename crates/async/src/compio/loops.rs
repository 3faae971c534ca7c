//! Threads that each own a runtime: a closure sent to one becomes a task that stays there.

use super::calm;
use crate::threads;
use async_channel::{Receiver, Sender, bounded, unbounded};
use compio::runtime::{JoinHandle, Runtime, spawn};
use compio::time::sleep;
use futures_util::FutureExt;
use futures_util::future::{join, select};
use parallax_pattern::optional;
use parallax_pattern::{Answer, No};
use rustix::io::Errno;
use std::io;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::{Pin, pin};
use std::thread;
use std::time::Duration;

/// A compio runtime in each of several threads, and the channels to them.
#[derive(Debug)]
pub(crate) struct Loops {
    /// One channel to each loop.
    doors: Vec<Sender<Start>>,
    /// A channel to any loop that has nothing else to compute.
    common: Sender<Start>,
    threads: Vec<thread::JoinHandle<()>>,
}

/// Starts a task on the thread that calls it.
type Start = Box<dyn FnOnce() -> JoinHandle<()> + Send>;

impl Loops {
    /// Starts the loops; refuses where the kernel allows no io_uring, or too few threads.
    pub(crate) fn start(count: usize) -> Answer<Self> {
        threads::available(count)?;
        Self::start_on(count, ring)
    }

    fn start_on(count: usize, make: fn() -> io::Result<Runtime>) -> Answer<Self> {
        let (common, anyone) = unbounded();
        let mut loops = Loops { doors: Vec::new(), common, threads: Vec::new() };
        let (ready, started) = bounded(count);
        for k in 0..count {
            let (door, own) = unbounded();
            let (anyone, ready) = (anyone.clone(), ready.clone());
            let thread = thread::Builder::new().spawn(move || run(make, own, anyone, ready));
            loops.threads.push(thread.map_err(|error| threads::refused(k, count, &error))?);
            loops.doors.push(door);
        }
        drop(ready); // so that the wait ends with the last loop, even if one never reports
        for _ in 0..count {
            let report = started.recv_blocking();
            report.map_err(|_| No::failed("a compio thread ended before its loop began"))??;
        }
        Ok(loops)
    }

    /// The number of loops.
    pub(crate) fn count(&self) -> usize {
        self.doors.len()
    }

    /// Starts the task that `make` returns on loop `k`, counting round. The task itself does not
    /// have to be `Send`. Its panic goes on in the task that awaits it.
    pub(crate) fn spawn_on<F, M>(&self, k: usize, make: M) -> impl Future<Output = F::Output> + use<F, M>
    where
        F: Future<Output: Send> + 'static,
        M: FnOnce() -> F + Send + 'static,
    {
        send(&self.doors[k % self.doors.len()], make)
    }

    /// Starts the task on the next loop that has ended its previous one of this kind.
    pub(crate) fn spawn<F, M>(&self, make: M) -> impl Future<Output = F::Output> + use<F, M>
    where
        F: Future<Output: Send> + 'static,
        M: FnOnce() -> F + Send + 'static,
    {
        send(&self.common, make)
    }

    /// A closure that starts tasks as [`spawn`](Self::spawn) does, without borrowing the loops.
    pub(crate) fn spawner<F>(&self) -> impl Fn(F) -> Pin<Box<dyn Future<Output = F::Output> + Send>> + use<F>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let common = self.common.clone();
        move |task| Box::pin(send(&common, || task))
    }
}

impl Drop for Loops {
    fn drop(&mut self) {
        self.doors.clear(); // ends the loops
        self.common.close();
        threads::join_others(self.threads.drain(..)); // tasks' panics went to those that awaited them
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
            let _ = done.try_send(task.await); // the waiter may be gone
        })
    };
    door.try_send(Box::new(start)).expect("a loop ends only when its doors are closed");
    async move {
        let result: thread::Result<_> = result.recv().await.expect("a loop finishes its tasks");
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// A runtime on io_uring only.
fn ring() -> io::Result<Runtime> {
    if optional::hidden("io_uring") {
        return Err(io::Error::other("PARALLAX_HIDE names it"));
    }
    let runtime = Runtime::new()?;
    let driver = runtime.driver_type();
    if driver.is_iouring() { Ok(runtime) } else { Err(io::Error::other(format!("{driver:?} instead"))) }
}

fn run(
    make: fn() -> io::Result<Runtime>,
    own: Receiver<Start>,
    anyone: Receiver<Start>,
    ready: Sender<Answer<()>>,
) {
    let runtime = match make() {
        Ok(runtime) => runtime,
        Err(error) => return report(ready, Err(unavailable(&error))),
    };
    report(ready, Ok(()));
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

/// Polls for lost wake-ups: compio 0.19 sometimes loses one from another thread for good.
///
/// After each wait its driver records by a plain store that it is awake, which erases a wake-up that came meanwhile.
/// The task of a lost wake-up waits until the next wait ends, and this timer ends one.
async fn heartbeat() {
    loop {
        sleep(Duration::from_millis(50)).await; // often enough for a test, too seldom to show in a measurement
    }
}

/// Drops the sender with the report, as a report comes once.
fn report(ready: Sender<Answer<()>>, started: Answer<()>) {
    let _ = ready.try_send(started); // after another loop's error the receiver is gone
}

fn unavailable(error: &io::Error) -> No {
    if [Errno::MFILE, Errno::NFILE].iter().any(|few| error.raw_os_error() == Some(few.raw_os_error())) {
        return No::Unavailable(format!(
            "no descriptors left ({error}): use fewer --workers, or raise ulimit -n"
        ));
    }
    No::Unavailable(format!(
        "compio has no io_uring here ({error}): set kernel.io_uring_disabled to 0 and allow the system calls \
         io_uring_setup, io_uring_enter and io_uring_register, or use smol"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::sync::mpsc;

    /// The refusal of a start with these runtimes; it must come within a minute.
    fn said(make: fn() -> io::Result<Runtime>) -> No {
        let (end, ended) = mpsc::channel();
        thread::spawn(move || end.send(Loops::start_on(3, make).err()));
        let answer =
            ended.recv_timeout(Duration::from_secs(60)).expect("it waits for a loop that never reports");
        answer.expect("it starts")
    }

    #[test]
    fn a_loop_that_cannot_begin_is_told_of() {
        let no = said(|| Err(io::Error::from_raw_os_error(Errno::PERM.raw_os_error())));
        assert!(matches!(&no, No::Unavailable(why) if why.contains("kernel.io_uring_disabled")), "{no}");
        let no = said(|| Err(io::Error::from_raw_os_error(Errno::MFILE.raw_os_error())));
        assert!(matches!(&no, No::Unavailable(why) if why.contains("ulimit -n")), "{no}");
    }

    #[test]
    fn a_loop_that_never_reports_is_not_waited_for() {
        let no = said(|| resume_unwind(Box::new(())));
        assert!(matches!(&no, No::Failed(why) if why.to_string().contains("before its loop began")), "{no}");
    }

    /// Whether the kernel refuses rings; then it checks the refusal, as compio has no fallback here.
    fn no_ring() -> bool {
        ring().map_err(|why| optional::skip("io_uring", &why.to_string())).is_err()
    }

    #[test]
    fn a_task_may_be_the_last_to_hold_its_loops() {
        if no_ring() {
            return;
        }
        let loops = Arc::new(Loops::start_on(2, Runtime::new).unwrap());
        let (go, gate) = bounded::<()>(1);
        let last = loops.clone();
        let task = loops.spawn_on(0, || async move {
            let _ = gate.recv().await;
            drop(last);
        });
        drop(loops);
        drop(go);
        smol::future::block_on(task);
    }

    #[test]
    fn one_loop_of_several_is_enough_to_fail() {
        if no_ring() {
            return;
        }
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let no = said(|| match MADE.fetch_add(1, SeqCst) {
            1 => resume_unwind(Box::new(())),
            _ => Runtime::new(),
        });
        assert!(matches!(&no, No::Failed(_)), "{no}");
    }
}
