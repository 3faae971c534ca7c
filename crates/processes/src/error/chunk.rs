//! The error of each task of a chunk when the whole chunk has failed.

use std::io;

use super::Error;

impl Error {
    /// The error of `task`, in a chunk that starts with the task `first`. `self` still counts tasks from the start of
    /// the chunk, because a worker has no other numbers.
    pub(crate) fn for_task(&self, task: usize, first: usize) -> Self {
        match self {
            Self::Lost { running, pid, death, .. } => {
                Self::Lost { task, running: first + running, pid: *pid, death: *death }
            }
            Self::TimedOut { running, limit, .. } => {
                Self::TimedOut { task, running: first + running, limit: *limit }
            }
            Self::Garbled { pid, reason, .. } => Self::Garbled { task, pid: *pid, reason: reason.clone() },
            Self::Startup { pid, reason } => Self::Startup { pid: *pid, reason: reason.clone() },
            Self::Initializer { pid, reason } => Self::Initializer { pid: *pid, reason: reason.clone() },
            Self::Spawn(error) => Self::Spawn(same(error)),
            Self::Wait(error) => Self::Wait(same(error)),
            Self::Closed => Self::Closed,
            // No other error is about a whole chunk.
            other => Self::Garbled { task, pid: 0, reason: other.to_string() },
        }
    }

    /// As [`for_task`](Self::for_task), for the task that was running, which is the likely cause.
    pub(crate) fn for_running_task(&self, first: usize) -> Self {
        let running = match self {
            Self::Lost { running, .. } | Self::TimedOut { running, .. } => *running,
            _ => 0,
        };
        self.for_task(first + running, first)
    }
}

/// A copy: `io::Error` cannot be cloned, and each task of a chunk gets one.
fn same(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

    use super::super::Death;
    use super::*;

    #[test]
    fn each_task_of_a_lost_chunk_is_told_its_own_number() {
        let lost = Error::Lost { task: 2, running: 2, pid: 41, death: Death::Killed(9) };
        let told = lost.for_task(14, 10);
        assert!(matches!(told, Error::Lost { task: 14, running: 12, pid: 41, .. }), "{told:?}");
        assert_eq!(lost.for_running_task(10).task(), Some(12));
        let full = Error::Spawn(Errno::AGAIN.into()).for_task(3, 0);
        assert!(full.to_string().ends_with("raise ulimit -u, the limit of processes"), "{full}");
    }
}
