//! The errors of pools and shared memory: each names the task, and the way out.

mod chunk;
mod ending;
mod remedy;

pub use ending::{Death, Panic};
pub(crate) use remedy::{remedy, way_out};

use std::io;
use std::time::Duration;

use rustix::io::Errno;

/// Why a pool or one of its tasks has no result, or why shared memory cannot be used.
///
/// `task` counts the tasks of one call from 0 in the order in which they were given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// [`init`](crate::init) has not run, so workers could not be distinguished from the program itself.
    #[error("parallax_processes::init() was not called: make it the first statement of main")]
    NotInitialized,
    /// A worker tried to build a pool; allowing that would make fork bombs possible.
    #[error("a worker cannot have workers of its own: build the pool in the process that was started first")]
    InsideWorker,
    /// A pool without workers.
    #[error("a pool needs at least one worker: pass workers(1) or more, or leave it out")]
    NoWorkers,
    /// Chunks without tasks.
    #[error("a chunk holds at least one task: pass a size of 1 or more")]
    EmptyChunk,
    /// A stream that may have no chunk in flight.
    #[error("a stream needs at least one chunk in flight: pass 1 or more")]
    NothingInFlight,
    /// Workers that may run no task.
    #[error("a worker runs at least one task before it is replaced: pass 1 or more, or leave it out")]
    NoTasksPerWorker,
    /// The first result of no tasks.
    #[error("without tasks there is no first result: pass at least one")]
    NoTasks,
    /// The function is code of a shared library, not of this executable; a worker may not have that library.
    #[error("the function is not part of this executable: wrap it in a fn of the program itself")]
    ForeignFunction,
    /// This process could not find itself in `/proc`.
    #[error("the running executable could not be found: {0}; is /proc mounted?")]
    Image(String),
    /// The system refused to start a process.
    #[error("no worker could be started{}", way_out(.0))]
    Spawn(#[source] io::Error),
    /// A worker was started, but did not become ready.
    #[error("worker process {pid} is not usable: {reason}")]
    Startup {
        /// Its process id.
        pid: u32,
        /// Why not.
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
        /// Its message and place.
        panic: Panic,
    },
    /// The worker died with the task. Whether the task had effects is unknown, so it is not run again.
    #[error("task {task} was lost: worker process {pid} {death} while it ran task {running}{}", advice(*.task, *.running))]
    Lost {
        /// Which task.
        task: usize,
        /// The task of the same chunk that was running when the worker died: the likely cause.
        running: usize,
        /// The worker's process id; another worker has taken its place.
        pid: u32,
        /// How it ended.
        death: Death,
    },
    /// The chunk took longer than the [limit of the pool](crate::Builder::time_limit) or of the
    /// [call](crate::Pool::time_limit); its worker was killed and replaced.
    #[error(
        "task {task} was ended after {limit:?} while task {running} ran: raise the time limit or split the task"
    )]
    TimedOut {
        /// Which task.
        task: usize,
        /// The task of the same chunk that was running then.
        running: usize,
        /// The limit.
        limit: Duration,
    },
    /// The worker sent bytes that are not a message; it was killed and replaced.
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
    /// Serde or postcard cannot encode the argument; `serde(flatten)` and `serde(untagged)` are not supported.
    #[error("the argument of task {task} cannot be sent to a worker: {reason}")]
    Argument {
        /// Which task.
        task: usize,
        /// The message of serde or postcard.
        reason: String,
    },
    /// Serde or postcard cannot encode the result.
    #[error("the result of task {task} cannot be sent back from its worker: {reason}")]
    Output {
        /// Which task.
        task: usize,
        /// The message of serde or postcard.
        reason: String,
    },
    /// The system refused to wait for the workers.
    #[error("waiting for the workers failed{}", way_out(.0))]
    Wait(#[source] io::Error),
    /// The pool was closed before it got the task, or dropped before the task had ended.
    #[error("the pool was closed: give it all tasks before close(), and join handles before it is dropped")]
    Closed,
    /// The process that made the memory has dropped it, or has ended, or does not permit access.
    #[error("the shared memory is gone: keep it where it was made until every process has it")]
    MemoryGone(#[source] io::Error),
    /// The system has no memory or descriptor left.
    #[error("no shared memory could be allocated{}", way_out(.0))]
    Memory(#[source] io::Error),
    /// Zero-sized elements, empty parts, or more of them than can be counted.
    #[error("{0}")]
    Shape(&'static str),
    /// Another process or thread uses this part, and one of the two writes.
    #[error("part {part} is in use{}: wait at a barrier before you swap parts", by(*.process))]
    Busy {
        /// Which part.
        part: usize,
        /// The process that writes to it; readers are only counted.
        process: Option<u32>,
    },
    /// More members than there is room for.
    #[error("at most {0} can join: make it for more, or drop some first")]
    TooManyMembers(usize),
    /// A ring has one sender and one receiver.
    #[error("process {0} has this end of the ring, which is taken only once: make a ring for each pair")]
    EndTaken(u32),
    /// The receiver is gone, so no message will be read.
    #[error("the receiver was dropped: stop sending")]
    NoReceiver,
    /// A process for which the others wait has died.
    #[error("process {0} died, and the others would wait forever")]
    PeerDied(u32),
    /// A member left the barrier while others waited there.
    #[error("a member left the barrier before the others were done: all must wait equally often")]
    MemberLeft,
    /// The barrier was given up: by a thread that panicked, or by
    /// [`Barrier::poison`](crate::shared::Barrier::poison).
    #[error("the barrier was given up by one of its members: make a new one")]
    Poisoned,
    /// The other side of a barrier or ring did not come in time.
    #[error("nothing happened for {0:?}: raise the timeout, or look at the other side")]
    PeerLate(Duration),
}

impl Error {
    /// The number of the task that failed, if the error is about one.
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

    /// The error for memory that cannot be opened by its address. It is gone if it does not exist or may not be
    /// opened; a lack of descriptors is an error of this process.
    pub(crate) fn unopened(error: io::Error) -> Self {
        use io::ErrorKind::{NotFound, PermissionDenied};
        let no_process = error.raw_os_error() == Some(Errno::SRCH.raw_os_error());
        match error.kind() {
            NotFound | PermissionDenied => Self::MemoryGone(error),
            _ if no_process => Self::MemoryGone(error),
            _ => Self::Memory(error),
        }
    }
}

fn by(process: Option<u32>) -> String {
    process.map_or_else(|| " for reading".to_owned(), |process| format!(" by process {process}"))
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
    fn memory_is_gone_only_if_it_does_not_exist() {
        let unopened = |errno: Errno| Error::unopened(errno.into());
        for errno in [Errno::NOENT, Errno::SRCH, Errno::ACCESS] {
            assert!(matches!(unopened(errno), Error::MemoryGone(_)), "{errno}");
        }
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOMEM] {
            assert!(matches!(unopened(errno), Error::Memory(_)), "{errno}");
        }
        assert!(unopened(Errno::MFILE).to_string().contains("raise ulimit -n"));
    }
}
