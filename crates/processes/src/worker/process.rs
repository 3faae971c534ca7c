//! A worker from its parent's side: a child process, the channel to it, and the chunk it works on.

use std::io;
use std::ops::Range;
use std::os::fd::AsFd;
use std::process::Child;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::error::{Death, Error};
use crate::worker::call::initialized;
use crate::worker::channel::{Channel, Seen};
use crate::worker::deadline::Deadline;
use crate::worker::framing::{Kind, MAX_KEPT, begin, finish};
use crate::worker::plan::Plan;
use crate::worker::progress::Progress;
use crate::worker::spawner::spawn;

/// How long a process whose pipes are closed may take to end before it is killed.
pub(crate) const EXIT_LIMIT: Duration = Duration::from_secs(1);

/// A worker process. Dropping it kills the process, if it still runs, and leaves no zombie.
#[derive(Debug)]
pub(crate) struct Worker {
    process: Child,
    channel: Channel,
    progress: Progress,
    /// Messages to the worker, the first `sent` bytes of which are in the pipe.
    outbox: Vec<u8>,
    sent: usize,
    reply: Range<usize>,
    ready: bool,
    start: Deadline,
}

impl Worker {
    /// Starts a process and does not wait for it: a worker can be given its first chunk before it is ready.
    pub(crate) fn start(plan: &Plan) -> Result<Self, Error> {
        let progress = Progress::new().map_err(|error| match error {
            Error::Memory(error) => Error::Spawn(error),
            other => other,
        })?;
        let start = |progress: &Progress| {
            let (channel, [incoming, outgoing]) = Channel::pair()?;
            let command = plan.command([incoming.as_fd(), outgoing.as_fd(), progress.file()])?;
            Ok((spawn(command)?, channel))
        };
        let (process, channel) = start(&progress).map_err(Error::Spawn)?;
        let mut outbox = Vec::new();
        let setup = begin(&mut outbox, Kind::Setup);
        outbox.extend_from_slice(&plan.setup);
        finish(&mut outbox, setup);
        let start = Deadline::after(plan.start_limit);
        let mut worker =
            Self { process, channel, progress, outbox, sent: 0, reply: 0..0, ready: false, start };
        // If the process has already failed, the next look shows it.
        let _ = worker.send();
        Ok(worker)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    /// The deadline after which a worker that is not ready counts as failed.
    pub(crate) fn start_deadline(&self) -> Deadline {
        self.start
    }

    /// Sends a message, and returns a buffer for the next one. The error means that the process had already
    /// died and has certainly not begun: it returns the message, to be sent to another worker.
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
        // Any other error shows again at the next look at the worker.
        if spare.capacity() > MAX_KEPT {
            spare = Vec::new();
        }
        Ok(spare)
    }

    /// Looks once, without waiting, whether the reply to the call is here. Errors number the tasks from the
    /// start of the chunk.
    pub(crate) fn look(&mut self) -> Result<bool, Error> {
        if self.is_sending() {
            // The death of a worker is noticed below, after its last messages.
            let _ = self.send();
        }
        loop {
            match self.channel.look() {
                Ok(Seen::Message(Kind::Reply, payload)) if self.ready => {
                    self.reply = payload;
                    return Ok(true);
                }
                Ok(Seen::Message(kind @ (Kind::Ready | Kind::Refused), payload)) if !self.ready => {
                    self.accept_start(kind, payload)?;
                }
                Ok(Seen::Message(kind, _)) => return Err(self.garbled(&format!("an unexpected {kind:?}"))),
                Ok(Seen::Nothing) => return Ok(false),
                Ok(Seen::End) => return Err(self.died()),
                Err(error) => return Err(self.garbled(&error.to_string())),
            }
        }
    }

    /// The bytes of the last reply.
    pub(crate) fn reply(&self) -> &[u8] {
        self.channel.payload(self.reply.clone())
    }

    pub(crate) fn is_sending(&self) -> bool {
        self.sent < self.outbox.len()
    }

    /// What to poll until the next look is due.
    pub(crate) fn poll_fds(&self) -> impl Iterator<Item = PollFd<'_>> {
        let outgoing = self.channel.outgoing().filter(|_| self.is_sending());
        let incoming = PollFd::from_borrowed_fd(self.channel.incoming(), PollFlags::IN);
        [incoming]
            .into_iter()
            .chain(outgoing.map(|outgoing| PollFd::from_borrowed_fd(outgoing, PollFlags::OUT)))
    }

    /// Whether the process has ended although its pipe is open: a child of the worker may hold the pipe.
    pub(crate) fn has_exited(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(Some(_)))
    }

    /// The error of a worker that was too slow; the caller drops the worker, which kills it.
    pub(crate) fn late(&self, limit: Duration) -> Error {
        if self.ready {
            let running = self.progress.done();
            Error::TimedOut { task: running, running, limit }
        } else {
            let reason = format!("it was not ready after {limit:?}; is init() the first statement of main?");
            Error::Startup { pid: self.pid(), reason }
        }
    }

    /// The error of a worker that has ended or closed its pipe.
    pub(crate) fn died(&mut self) -> Error {
        let pid = self.pid();
        let death = self.wait_or_kill(EXIT_LIMIT);
        if self.ready {
            let running = self.progress.done();
            return Error::Lost { task: running, running, pid, death };
        }
        Error::Startup {
            pid,
            reason: format!("it {death} before it was ready; is init() the first statement of main?"),
        }
    }

    /// Tells the worker that nothing more will come; an idle worker then ends by itself.
    pub(crate) fn close_input(&mut self) {
        self.channel.close_outgoing();
    }

    /// Waits for a process that is about to end, and kills it if it has not ended within the limit.
    pub(crate) fn wait_or_kill(&mut self, limit: Duration) -> Death {
        let deadline = Deadline::after(limit);
        match pidfd_open(Pid::from_child(&self.process), PidfdFlags::empty()) {
            Ok(handle) => {
                let limit = Timespec::try_from(limit).ok();
                let _ = rustix::io::retry_on_intr(|| {
                    poll(&mut [PollFd::new(&handle, PollFlags::IN)], limit.as_ref())
                });
            }
            // No descriptor is left for waiting, so it is polled; if it were killed now, that would seem the
            // cause of its death.
            Err(_) => {
                while !self.has_exited() && !deadline.passed() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        }
        let _ = self.process.kill();
        // Only a second wait for the same child could fail, and `Child` remembers the result of the first.
        self.process.wait().map_or(Death::Killed(0), Death::from)
    }

    fn accept_start(&mut self, kind: Kind, payload: Range<usize>) -> Result<(), Error> {
        let (pid, payload) = (self.pid(), self.channel.payload(payload));
        if kind == Kind::Refused {
            return Err(Error::Startup { pid, reason: String::from_utf8_lossy(payload).into_owned() });
        }
        if !payload.is_empty() {
            initialized(payload).map_err(|reason| Error::Initializer { pid, reason })?;
        }
        self.ready = true;
        Ok(())
    }

    fn garbled(&self, reason: &str) -> Error {
        Error::Garbled { task: 0, pid: self.pid(), reason: reason.to_owned() }
    }

    fn send(&mut self) -> io::Result<()> {
        while self.is_sending() {
            match self.channel.send(&self.outbox[self.sent..])? {
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
