//! A kept set of threads: a call gives each a job and does one itself, and no thread has to be started.

use crate::blocks::backoff::Backoff;
use crate::blocks::capacity::CapacityError;
use crate::blocks::channel::Channel;
use crate::blocks::mpmc::PopError;
use parallax_pattern::within::Within;
use parallax_pattern::{Answer, No, team};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder, JoinHandle};

/// One thread's work in a call. It owns its data, as the thread may outlive the caller.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Threads that wait for jobs: awake for some tens of microseconds, as the next call may follow immediately, then asleep.
#[derive(Debug)]
pub(crate) struct Crew {
    post: Arc<Post>,
    threads: Vec<JoinHandle<()>>,
    /// Held by a call. Jobs wait for each other, so each needs its own thread.
    calling: Mutex<()>,
}

/// Jobs on their way to the threads, and their outcomes on the way back.
#[derive(Debug)]
struct Post {
    jobs: Channel<Job>,
    ends: Channel<thread::Result<()>>,
}

/// How often a thread looks for a message before it sleeps, which takes as long as a wake-up: some tens of
/// microseconds. After the first looks it yields in between.
const LOOKS: usize = 100;

impl Crew {
    /// A crew for calls of up to `workers` jobs: a thread fewer, as the calling one works too.
    ///
    /// # Errors
    ///
    /// [`No::Unavailable`] if a thread cannot be started.
    pub(crate) fn start(workers: usize) -> Answer<Self> {
        let post = Post::new(workers.max(1)).map_err(|error| No::Failed(error.into()))?;
        let mut crew = Crew { post: Arc::new(post), threads: Vec::new(), calling: Mutex::new(()) };
        for _ in 1..workers {
            let post = Arc::clone(&crew.post);
            let thread = Builder::new().spawn(move || post.work());
            crew.threads.push(thread.map_err(|error| team::not_started(&error))?);
        }
        Ok(crew)
    }

    /// Runs jobs in parallel, the last on the calling thread, inside `within`.
    ///
    /// # Panics
    ///
    /// With a job's own panic, when all have ended; and if there are more jobs than workers.
    pub(crate) fn run(&self, within: Within, jobs: impl IntoIterator<Item = Job>) {
        let mut jobs: Vec<Job> = jobs.into_iter().collect();
        assert!(
            jobs.len() <= self.threads.len() + 1,
            "more jobs than workers would wait for each other forever"
        );
        let Some(own) = jobs.pop() else { return };
        let _one_at_a_time = self.calling.lock().unwrap_or_else(PoisonError::into_inner);
        let others = jobs.len();
        for job in jobs {
            let within = within.clone();
            let sent = self.post.jobs.send(Box::new(move || within.run(job)));
            assert!(sent.is_ok(), "the channel is open while there is a crew");
        }
        let own = catch_unwind(AssertUnwindSafe(|| within.run(own)));
        let mut ends: Vec<_> = (0..others).filter_map(|_| patiently(&self.post.ends)).collect();
        ends.push(own);
        ends.into_iter().for_each(|end| end.unwrap_or_else(|panic| resume_unwind(panic)));
    }
}

impl Post {
    fn new(room: usize) -> Result<Self, CapacityError> {
        Ok(Post { jobs: Channel::new(room)?, ends: Channel::new(room)? })
    }

    /// Does jobs until the crew is dropped.
    fn work(&self) {
        while let Some(job) = patiently(&self.jobs) {
            // The job and its data are dropped before its end is reported.
            if self.ends.send(catch_unwind(AssertUnwindSafe(job))).is_err() {
                return;
            }
        }
    }
}

/// Receives the next message, polling a while before the thread sleeps.
fn patiently<T>(channel: &Channel<T>) -> Option<T> {
    let mut backoff = Backoff::new();
    for _ in 0..LOOKS {
        match channel.try_recv() {
            Ok(message) => return Some(message),
            Err(PopError::Closed) => return None,
            Err(PopError::Empty) => backoff.wait(),
        }
    }
    channel.recv()
}

/// A job may be the last that holds its crew, so a thread does not wait for its own end.
impl Drop for Crew {
    fn drop(&mut self) {
        self.post.jobs.close();
        let me = thread::current().id();
        let others = self.threads.drain(..).filter(|thread| thread.thread().id() != me);
        others.for_each(|thread| drop(thread.join())); // a job's panic went to its caller
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::sync::{Barrier, mpsc};

    fn here() -> Within {
        Within::here()
    }

    #[test]
    fn the_same_threads_do_the_jobs_of_every_call() {
        let crew = Crew::start(3).unwrap();
        let (say, said) = mpsc::channel();
        let call = || {
            let meet = Arc::new(Barrier::new(3)); // so that no thread does two
            let job = |_| -> Job {
                let (meet, say) = (Arc::clone(&meet), say.clone());
                Box::new(move || {
                    meet.wait();
                    say.send(thread::current().id()).unwrap();
                })
            };
            crew.run(here(), (0..3).map(job));
            said.try_iter().collect::<HashSet<_>>()
        };
        let first = call();
        assert!(first.len() == 3 && first.contains(&thread::current().id()));
        assert_eq!(call(), first);
    }

    #[test]
    fn a_panic_goes_on_in_the_caller_when_all_have_ended_and_the_crew_goes_on() {
        let crew = Crew::start(3).unwrap();
        for fails in 0..3 {
            let done = Arc::new(AtomicUsize::new(0));
            let job = |k| -> Job {
                let done = Arc::clone(&done);
                Box::new(move || {
                    if k == fails {
                        resume_unwind(Box::new(k));
                    }
                    done.fetch_add(1, Relaxed);
                })
            };
            let panic = catch_unwind(AssertUnwindSafe(|| crew.run(here(), (0..3).map(job)))).unwrap_err();
            assert_eq!((panic.downcast_ref(), done.load(Relaxed)), (Some(&fails), 2));
        }
    }

    #[test]
    fn what_jobs_own_is_gone_when_the_call_is_over() {
        let crew = Crew::start(2).unwrap();
        let owned = Arc::new(());
        for _ in 0..100 {
            let job = |_| -> Job {
                let owned = Arc::clone(&owned);
                Box::new(move || drop(owned))
            };
            crew.run(here(), (0..2).map(job));
            assert_eq!(Arc::strong_count(&owned), 1);
        }
    }

    #[test]
    fn a_sleeping_crew_is_woken_and_one_without_jobs_is_not() {
        let crew = Crew::start(2).unwrap();
        thread::sleep(std::time::Duration::from_millis(20)); // longer than it looks for jobs
        crew.run(here(), []);
        let (say, said) = mpsc::channel();
        let job = |k| -> Job {
            let say = say.clone();
            Box::new(move || say.send(k).unwrap())
        };
        crew.run(here(), (0..2).map(job));
        assert_eq!(said.try_iter().sum::<i32>(), 1);
    }

    #[test]
    fn a_job_may_be_the_last_that_holds_its_crew() {
        let crew = Arc::new(Crew::start(2).unwrap());
        let (theirs, (go, gate)) = (Arc::clone(&crew), mpsc::channel::<()>());
        let caller = thread::spawn(move || {
            let jobs: [Job; 2] = [Box::new(move || _ = gate.recv()), Box::new(|| ())];
            theirs.run(here(), jobs);
        });
        drop(crew);
        drop(go);
        caller.join().unwrap();
    }
}
