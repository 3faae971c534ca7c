//! A worker as its parent sees it: a child process, a line to it, and a chunk under way.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, ops::Range};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::error::{Death, Error};
use crate::shared::{Region, SharedError};
use crate::worker::NAME;
use crate::worker::call::initialized;
use crate::worker::channel::{Channel, ChannelError, Seen, line};
use crate::worker::deadline::Deadline;
use crate::worker::fd_passing;
use crate::worker::framing::{Kind, MAX_KEPT, begin, finish};
use crate::worker::progress::Progress;
use crate::worker::spawner::spawn;

/// How long a process whose pipes are closed may take to end before it is killed.
const EXIT_LIMIT: Duration = Duration::from_secs(1);

/// What every worker of a pool is started with.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The payload of the setup message.
    pub(crate) setup: Vec<u8>,
    /// Memory that the setup message points to: any worker may need it, also one that comes later.
    #[expect(dead_code, reason = "kept, not used")]
    pub(crate) in_flight: Vec<Region>,
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) own_group: bool,
    /// For one chunk.
    pub(crate) time_limit: Option<Duration>,
    /// From the start of the process to the end of its initialiser.
    pub(crate) start_limit: Duration,
}

/// A worker process. Dropping it kills the process, if it still runs, and leaves no zombie.
#[derive(Debug)]
pub(crate) struct Worker {
    process: Child,
    line: Channel,
    progress: Progress,
    /// Messages to the worker, the first `sent` bytes of which are in the pipe.
    outbox: Vec<u8>,
    sent: usize,
    reply: Range<usize>,
    ready: bool,
    start: Deadline,
}

/// Why there will be no answer to a call.
#[derive(Clone, Debug)]
pub(crate) enum Loss {
    Died {
        pid: u32,
        done: usize,
        death: Death,
    },
    Late {
        done: usize,
        limit: Duration,
    },
    Garbled {
        pid: u32,
        reason: String,
    },
    NotStarted {
        pid: u32,
        reason: String,
    },
    NotInitialized {
        pid: u32,
        reason: String,
    },
    /// There is no worker, and none could be started.
    Unavailable(Arc<io::Error>),
    /// The pool was dropped.
    Closed,
}

impl Worker {
    /// Starts a process and does not wait for it: a worker can be given its first chunk before it is ready.
    pub(crate) fn start(plan: &Plan) -> io::Result<Self> {
        let (line, [incoming, outgoing]) = line()?;
        let progress = Progress::new().map_err(|error| match error {
            SharedError::System(error) => error,
            other => io::Error::other(other),
        })?;
        let stdin = fd_passing::send([incoming.as_fd(), outgoing.as_fd(), progress.file()])?;
        let mut command = Command::new("/proc/self/exe");
        command.arg0(format!("{NAME}{}", std::process::id()));
        command.args(env::args_os().skip(1));
        command.envs(plan.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::from(stdin));
        if plan.own_group {
            command.process_group(0);
        }
        let process = spawn(command)?;
        let mut outbox = Vec::new();
        let setup = begin(&mut outbox, Kind::Setup);
        outbox.extend_from_slice(&plan.setup);
        finish(&mut outbox, setup);
        let start = Deadline::after(plan.start_limit);
        let mut worker = Self { process, line, progress, outbox, sent: 0, reply: 0..0, ready: false, start };
        // A process that has already failed shows that when it is looked at.
        let _ = worker.send();
        Ok(worker)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    /// When a worker that is not ready will not become so any more.
    pub(crate) fn start_deadline(&self) -> Deadline {
        self.start
    }

    /// Sends a message, and returns a buffer for the next one. The error is that the process had already
    /// died, and so has certainly not begun: the message comes back to be sent to another one.
    pub(crate) fn call(&mut self, message: Vec<u8>) -> Result<Vec<u8>, Vec<u8>> {
        self.progress.reset();
        let start;
        let mut spare;
        if self.is_sending() {
            // A worker that is not ready yet may not have read its setup.
            start = self.outbox.len();
            self.outbox.extend_from_slice(&message);
            spare = message;
        } else {
            start = 0;
            self.sent = 0;
            spare = std::mem::replace(&mut self.outbox, message);
        }
        if self.send().is_err() && self.sent <= start {
            return Err(self.outbox.split_off(start));
        }
        // Any other error shows again when the worker is looked at.
        if spare.capacity() > MAX_KEPT {
            spare = Vec::new();
        }
        Ok(spare)
    }

    /// One look, which never waits: whether the reply to the call is here.
    pub(crate) fn look(&mut self) -> Result<bool, Loss> {
        if self.is_sending() {
            // A worker that died is noticed below, after what it still said.
            let _ = self.send();
        }
        loop {
            match self.line.look() {
                Ok(Seen::Message(Kind::Reply, payload)) if self.ready => {
                    self.reply = payload;
                    return Ok(true);
                }
                Ok(Seen::Message(kind @ (Kind::Ready | Kind::Refused), payload)) if !self.ready => {
                    self.introduced(kind, payload)?;
                }
                Ok(Seen::Message(kind, _)) => return Err(self.garbled(&format!("a {kind:?} out of turn"))),
                Ok(Seen::Nothing) => return Ok(false),
                Ok(Seen::End) => return Err(self.died()),
                Err(ChannelError::Garbled(garbled)) => return Err(self.garbled(&garbled.0)),
                Err(ChannelError::Io(error)) => return Err(self.garbled(&error.to_string())),
            }
        }
    }

    /// What the last call returned.
    pub(crate) fn reply(&self) -> &[u8] {
        self.line.payload(self.reply.clone())
    }

    pub(crate) fn is_sending(&self) -> bool {
        self.sent < self.outbox.len()
    }

    /// What to poll to know when to look again.
    pub(crate) fn poll_fds(&self) -> impl Iterator<Item = PollFd<'_>> {
        let outgoing = self.line.outgoing().filter(|_| self.is_sending());
        let incoming = PollFd::from_borrowed_fd(self.line.incoming(), PollFlags::IN);
        [incoming]
            .into_iter()
            .chain(outgoing.map(|outgoing| PollFd::from_borrowed_fd(outgoing, PollFlags::OUT)))
    }

    /// Whether the process has ended although its pipe is open: a child of its own may hold that.
    pub(crate) fn has_exited(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(Some(_)))
    }

    /// The loss of a worker that was too slow; the caller drops it, which ends it.
    pub(crate) fn late(&self, limit: Duration) -> Loss {
        if self.ready {
            Loss::Late { done: self.progress.done(), limit }
        } else {
            let reason = format!("it was not ready after {limit:?}; is init() the first statement of main?");
            Loss::NotStarted { pid: self.pid(), reason }
        }
    }

    /// The loss of a worker that has ended or closed its pipe.
    pub(crate) fn died(&mut self) -> Loss {
        let pid = self.pid();
        let death = self.wait_or_kill();
        if self.ready {
            return Loss::Died { pid, done: self.progress.done(), death };
        }
        Loss::NotStarted {
            pid,
            reason: format!("it {death} before it was ready; is init() the first statement of main?"),
        }
    }

    /// Says that nothing more will come; an idle worker then ends by itself.
    pub(crate) fn hang_up(&mut self) {
        self.line.hang_up();
    }

    /// Waits for a process that is about to end, and makes it end if it does not.
    pub(crate) fn wait_or_kill(&mut self) -> Death {
        let deadline = Deadline::after(EXIT_LIMIT);
        match pidfd_open(Pid::from_child(&self.process), PidfdFlags::empty()) {
            Ok(handle) => {
                let limit = Timespec::try_from(EXIT_LIMIT).ok();
                let _ = rustix::io::retry_on_intr(|| {
                    poll(&mut [PollFd::new(&handle, PollFlags::IN)], limit.as_ref())
                });
            }
            // No descriptor is left, so it is asked again and again; killed at once, it would seem to have died
            // of that.
            Err(_) => {
                while !self.has_exited() && !deadline.passed() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        }
        let _ = self.process.kill();
        // Only a second wait for the same child could fail, and `Child` remembers the first.
        self.process.wait().map_or(Death::Killed(0), Death::from)
    }

    fn introduced(&mut self, kind: Kind, payload: Range<usize>) -> Result<(), Loss> {
        let (pid, payload) = (self.pid(), self.line.payload(payload));
        if kind == Kind::Refused {
            return Err(Loss::NotStarted { pid, reason: String::from_utf8_lossy(payload).into_owned() });
        }
        if !payload.is_empty() {
            initialized(payload).map_err(|reason| Loss::NotInitialized { pid, reason })?;
        }
        self.ready = true;
        Ok(())
    }

    fn garbled(&self, reason: &str) -> Loss {
        Loss::Garbled { pid: self.pid(), reason: reason.to_owned() }
    }

    fn send(&mut self) -> io::Result<()> {
        while self.is_sending() {
            match self.line.send(&self.outbox[self.sent..])? {
                0 => break,
                sent => self.sent += sent,
            }
        }
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Loss {
    /// What became of the task that was under way in a chunk that started with `first`.
    pub(crate) fn of_culprit(self, first: usize) -> Error {
        let done = match self {
            Self::Died { done, .. } | Self::Late { done, .. } => done,
            _ => 0,
        };
        self.of(first + done, first)
    }

    /// What became of `task` of a chunk that started with `first`.
    pub(crate) fn of(self, task: usize, first: usize) -> Error {
        match self {
            Self::Died { pid, done, death } => Error::Lost { task, running: first + done, pid, death },
            Self::Late { done, limit } => Error::TimedOut { task, running: first + done, limit },
            Self::Garbled { pid, reason } => Error::Garbled { task, pid, reason },
            Self::NotStarted { pid, reason } => Error::Startup { pid, reason },
            Self::NotInitialized { pid, reason } => Error::Initializer { pid, reason },
            Self::Unavailable(error) => Error::Spawn(again(&error)),
            Self::Closed => Error::Closed,
        }
    }
}

/// The same error once more: each of those who wait for it gets one.
fn again(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}
