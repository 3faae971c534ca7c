//! What can go wrong when the work is done elsewhere: each error names the task, and the way out.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// Why a pool, or one task of it, has no result.
///
/// `task` counts the tasks of one call from 0 in the order in which they were given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// [`init`](crate::init) has not run, so workers could not be told from the program itself.
    #[error("parallax_processes::init() was not called: make it the first statement of main")]
    NotInitialized,
    /// A worker asked for workers; allowing that is how fork bombs are made.
    #[error("a worker cannot have workers of its own: build the pool in the process that was started first")]
    InsideWorker,
    /// A pool of nobody.
    #[error("a pool needs at least one worker: pass workers(1) or more, or leave it out")]
    NoWorkers,
    /// Chunks of nothing.
    #[error("a chunk holds at least one task: pass a size of 1 or more")]
    EmptyChunk,
    /// The function is not code of this executable but of a shared library, which a worker may not have.
    #[error("the function is not part of this executable: wrap it in a fn of the program itself")]
    ForeignFunction,
    /// This process could not find itself in `/proc`.
    #[error("the running executable could not be found: {0}; is /proc mounted?")]
    Image(String),
    /// The system refused to start a process.
    #[error("no worker could be started{}", way_out(.0))]
    Spawn(#[source] io::Error),
    /// A worker was started, and did not come to the point where it can work.
    #[error("worker process {pid} is not usable: {reason}")]
    Startup {
        /// Its process id.
        pid: u32,
        /// What happened instead.
        reason: String,
    },
    /// The initialiser panicked or returned an error.
    #[error("the initialiser failed in worker process {pid}: {reason}")]
    Initializer {
        /// The worker's process id.
        pid: u32,
        /// Its error or panic.
        reason: String,
    },
    /// The task panicked; the worker survives.
    #[error("task {task} panicked: {panic}")]
    Panicked {
        /// Which task.
        task: usize,
        /// What it said, and where.
        panic: Panic,
    },
    /// The worker died with the task. Whether the task had effects is unknown, so it is not run again.
    #[error("task {task} was lost: worker process {pid} {death} while it ran task {running}{}", advice(*.task, *.running))]
    Lost {
        /// Which task.
        task: usize,
        /// The task of the same chunk that ran when the worker died: the likely cause.
        running: usize,
        /// The worker's process id; another worker has taken its place.
        pid: u32,
        /// How it ended.
        death: Death,
    },
    /// The chunk took longer than [`time_limit`](crate::Builder::time_limit); its worker was killed and
    /// replaced.
    #[error(
        "task {task} was ended after {limit:?} while task {running} ran: raise the time limit or split the task"
    )]
    TimedOut {
        /// Which task.
        task: usize,
        /// The task of the same chunk that ran at that moment.
        running: usize,
        /// The limit.
        limit: Duration,
    },
    /// The worker sent bytes that are no message; it was killed and replaced.
    #[error(
        "task {task} was lost: worker process {pid} sent garbage ({reason}); does the task write to descriptors it did not open?"
    )]
    Garbled {
        /// Which task.
        task: usize,
        /// The worker's process id.
        pid: u32,
        /// What was wrong with the bytes.
        reason: String,
    },
    /// The argument does not survive serde and postcard; `serde(flatten)` and `serde(untagged)` do not.
    #[error("the argument of task {task} cannot cross to a worker: {reason}")]
    Argument {
        /// Which task.
        task: usize,
        /// What serde or postcard said.
        reason: String,
    },
    /// The result does not survive serde and postcard.
    #[error("the result of task {task} cannot come back from its worker: {reason}")]
    Output {
        /// Which task.
        task: usize,
        /// What serde or postcard said.
        reason: String,
    },
    /// The system refused to wait for the workers.
    #[error("waiting for the workers failed{}", way_out(.0))]
    Wait(#[source] io::Error),
    /// The pool was dropped before the task ran or ended.
    #[error("the pool was dropped before the task was done: join the handle first")]
    Closed,
}

impl Error {
    /// The task it is about, if it is about one.
    #[must_use]
    pub fn task(&self) -> Option<usize> {
        match *self {
            Self::Panicked { task, .. }
            | Self::Lost { task, .. }
            | Self::TimedOut { task, .. }
            | Self::Garbled { task, .. }
            | Self::Argument { task, .. }
            | Self::Output { task, .. } => Some(task),
            _ => None,
        }
    }
}

/// A panic that crossed a process boundary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    /// The payload, if it was text, as `panic!` makes it.
    pub message: String,
    /// `file:line:column` of the panic; absent if the task installed a panic hook of its own.
    pub location: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{} (at {location})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// How a worker process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// It called `exit`, or returned from `main`, with this status.
    Exited(i32),
    /// A signal ended it: 9 is `kill -9` or the kernel out of memory, 6 an abort, 11 a bad pointer.
    Killed(i32),
}

impl From<ExitStatus> for Death {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exited(code),
            (None, signal) => Self::Killed(signal.unwrap_or(0)),
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with status {code}"),
            Self::Killed(signal) => match name(*signal) {
                Some(name) => write!(f, "was killed by signal {signal} ({name})"),
                None => write!(f, "was killed by signal {signal}"),
            },
        }
    }
}

fn name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => return None,
    })
}

/// How to have more of what the system has no more of; none for other errors.
pub(crate) fn remedy(error: &io::Error) -> Option<&'static str> {
    Some(match Errno::from_raw_os_error(error.raw_os_error()?) {
        Errno::MFILE => "raise ulimit -n, the limit of open files",
        Errno::NFILE => "end other programs: the machine has no open files left",
        Errno::AGAIN => "raise ulimit -u, the limit of processes",
        Errno::NOMEM => "free some memory",
        _ => return None,
    })
}

pub(crate) fn way_out(error: &io::Error) -> String {
    remedy(error).map_or_else(String::new, |remedy| format!("; start fewer workers, or {remedy}"))
}

fn advice(task: usize, running: usize) -> &'static str {
    if task == running { "" } else { " of the same chunk; smaller chunks lose less" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_says_which_task_which_worker_and_how() {
        let lost = |task| Error::Lost { task, running: 7, pid: 41, death: Death::Killed(9) }.to_string();
        assert_eq!(
            lost(7),
            "task 7 was lost: worker process 41 was killed by signal 9 (SIGKILL) while it ran task 7"
        );
        assert!(lost(5).ends_with("task 7 of the same chunk; smaller chunks lose less"));
    }

    #[test]
    fn a_limit_is_named_with_the_way_out() {
        let says = |errno: Errno| Error::Spawn(errno.into()).to_string();
        assert!(
            says(Errno::MFILE)
                .ends_with("; start fewer workers, or raise ulimit -n, the limit of open files")
        );
        assert!(says(Errno::AGAIN).ends_with("raise ulimit -u, the limit of processes"));
        assert_eq!(says(Errno::NOENT), "no worker could be started");
    }

    #[test]
    fn errors_stay_small() {
        assert!(size_of::<Error>() <= 96, "{}", size_of::<Error>());
    }

    #[test]
    fn a_panic_shows_where_it_happened() {
        let panic = Panic { message: "no".into(), location: Some("src/main.rs:3:5".into()) };
        assert_eq!(panic.to_string(), "no (at src/main.rs:3:5)");
    }
}
