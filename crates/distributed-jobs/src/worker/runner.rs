//! The thread that runs jobs, one after the other, while another one talks to the store.

#![expect(clippy::disallowed_methods, reason = "the jobs' durations decide how many to claim")]

use super::pace::Pace;
use crate::envelope::{Job, Outcome};
use parallax_processes::remote;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Sends jobs to the thread; after a job that hangs, to another one.
pub(super) struct Runner {
    jobs: Sender<Order>,
    waiting: Arc<Mutex<Receiver<Order>>>,
    pace: Arc<Pace>,
}

struct Order {
    job: Arc<Job>,
    begun: oneshot::Sender<()>,
    done: oneshot::Sender<Vec<u8>>,
}

impl Runner {
    pub(super) fn start(pace: Arc<Pace>) -> io::Result<Self> {
        let (jobs, waiting) = channel();
        let runner = Runner { jobs, waiting: Arc::new(Mutex::new(waiting)), pace };
        runner.start_thread()?;
        Ok(runner)
    }

    /// Starts another thread for the waiting jobs; the previous one ends after its job.
    pub(super) fn start_thread(&self) -> io::Result<()> {
        let (waiting, pace) = (Arc::clone(&self.waiting), Arc::clone(&self.pace));
        thread::Builder::new().name("jobs".to_owned()).spawn(move || run(&waiting, &pace)).map(drop)
    }

    /// Runs a job once, when its turn comes.
    pub(super) async fn run(&self, job: &Arc<Job>) -> Outcome {
        let ((begun, begins), (done, ends)) = (oneshot::channel(), oneshot::channel());
        let lost = |_| Outcome::Garbled("the thread that runs jobs has ended".to_owned());
        let _ = self.jobs.send(Order { job: Arc::clone(job), begun, done });
        let Some(limit) = job.terms.limit else { return ends.await.map_or_else(lost, Outcome::Ran) };
        let _ = begins.await;
        timeout(limit, ends).await.map_or(Outcome::Late(limit), |reply| reply.map_or_else(lost, Outcome::Ran))
    }
}

fn run(waiting: &Mutex<Receiver<Order>>, pace: &Pace) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Order { job, begun, done }) = next else { return };
        let _ = begun.send(());
        let (mut reply, start) = (Vec::new(), Instant::now());
        // SAFETY: `Job::read` has found that the job was submitted by a process of this same build.
        #[expect(unsafe_code, reason = "a job names a function by its address in the executable")]
        let called = unsafe { remote::answer(&job.request, &mut reply) };
        debug_assert!(called.is_ok(), "a job of this build is a call: {called:?}");
        pace.ran(start.elapsed());
        if done.send(reply).is_err() {
            return; // too late: another thread has taken its place
        }
    }
}
