//! A worker is the program itself, started again: `init` never returns in it.

pub(crate) mod call;
pub(crate) mod channel;
pub(crate) mod deadline;
pub(crate) mod fd_passing;
pub(crate) mod framing;
pub(crate) mod image;
pub(crate) mod open_descriptors;
pub(crate) mod panics;
pub(crate) mod process;
pub(crate) mod progress;
pub(crate) mod spawner;
pub(crate) mod spin;

use std::convert::Infallible;
use std::ffi::CString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::process::exit;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::Release;
use std::{env, ops::Range};

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::shared::Memory;
use crate::shared::forget_closed;
use crate::worker::channel::{Channel, ChannelError, Seen};
use crate::worker::framing::{Kind, MAX_KEPT, begin, finish};
use crate::worker::image::Image;
use crate::worker::open_descriptors::close_inherited;
use crate::worker::panics::install_hook;
use crate::worker::progress::Progress;
use crate::worker::spin::spin;

/// What a worker is called, in `ps` and to itself; the process id of its parent follows.
pub(crate) const NAME: &str = "parallax-worker of ";
/// The shell's "cannot execute": nothing a program would return by chance.
const UNUSABLE: i32 = 126;

/// The first message to a worker.
#[derive(Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) fingerprint: u64,
    /// A call with one task and the result `Result<(), String>`.
    pub(crate) initializer: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Parent,
    Worker,
}

static ROLE: OnceLock<Role> = OnceLock::new();

/// Turns this process into a worker if a [`Pool`](crate::Pool) started it; otherwise returns.
///
/// It must be the first statement of `main`: whatever comes before it also runs in every worker. Workers get
/// the arguments, the environment and the working directory of the program, `/dev/null` as standard input,
/// and no other descriptor than their own pipes.
///
/// ```
/// use parallax_processes::Pool;
///
/// fn main() -> Result<(), parallax_processes::Error> {
///     parallax_processes::init();
///     // The program starts here.
///     let pool = Pool::builder().workers(1).build()?;
///     assert_ne!(pool.apply(|()| std::process::id(), ())?, std::process::id());
///     Ok(())
/// }
/// ```
///
/// # Panics
///
/// If a task calls it; the caller of the task gets this as [`Error::Panicked`].
pub fn init() {
    assert!(!is_worker(), "parallax_processes::init() was called by a task: it belongs at the start of main");
    match parent() {
        Some(parent) => {
            let _ = ROLE.set(Role::Worker);
            let Err(error) = work(parent);
            let _ = writeln!(io::stderr(), "parallax worker: {error}");
            exit(UNUSABLE);
        }
        None => {
            // Looked up now, while the file is certainly the one that was started.
            let _ = Image::get();
            let _ = ROLE.set(Role::Parent);
        }
    }
}

/// Whether this process may have workers.
pub(crate) fn may_have_workers() -> Result<(), Error> {
    match ROLE.get() {
        _ if parent().is_some() => Err(Error::InsideWorker),
        Some(Role::Parent) => Ok(()),
        _ => Err(Error::NotInitialized),
    }
}

pub(crate) fn is_worker() -> bool {
    ROLE.get() == Some(&Role::Worker)
}

/// Who started this process as a worker. The name is looked at and not a variable of the environment, since a
/// program that a task starts inherits the latter and would take itself for a worker.
fn parent() -> Option<Pid> {
    let name = env::args_os().next()?;
    Pid::from_raw(name.to_str()?.strip_prefix(NAME)?.parse().ok()?)
}

/// Returns only if this process cannot work.
fn work(parent: Pid) -> Result<Infallible, Box<dyn std::error::Error>> {
    // First of all: from here on nothing that happens to the parent leaves this process behind.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() != Some(parent) {
        exit(0);
    }
    let received: io::Result<[OwnedFd; 3]> = fd_passing::receive(io::stdin().as_fd());
    let [incoming, outgoing, progress] =
        received.map_err(|error| format!("started as one, but not by a pool ({error})"))?;
    rustix::stdio::dup2_stdin(OpenOptions::new().read(true).open("/dev/null")?)?;
    close_inherited(&[incoming.as_fd(), outgoing.as_fd(), progress.as_fd()])?;
    take_name();
    install_hook();
    let progress = Progress::from(Memory::map(progress)?);
    RequestLoop { line: Channel::new(incoming, outgoing)?, progress, reply: Vec::new() }.serve()
}

/// Started as `/proc/self/exe`, the process is called `exe` in `top`; this gives it the program's name.
fn take_name() {
    let Ok(program) = fs::read_link("/proc/self/exe") else { return };
    let name = program.file_name().map(|name| name.as_bytes());
    // After its file was replaced, the kernel says so in the name.
    let name = name.map(|name| name.strip_suffix(b" (deleted)").unwrap_or(name));
    if let Some(name) = name.and_then(|name| CString::new(name).ok()) {
        let _ = rustix::thread::set_name(&name);
    }
}

/// Where a worker sits all its life.
struct RequestLoop {
    line: Channel,
    progress: Progress,
    reply: Vec<u8>,
}

impl RequestLoop {
    fn serve(mut self) -> Result<Infallible, Box<dyn std::error::Error>> {
        loop {
            let (kind, payload) = self.next()?;
            if self.reply.capacity() > MAX_KEPT {
                self.reply = Vec::new();
            }
            self.reply.clear();
            match kind {
                Kind::Setup => self.set_up(payload)?,
                Kind::Call => self.answer(payload)?,
                other => return Err(format!("a parent sends no {other:?}").into()),
            }
            self.send()?;
            forget_closed();
        }
    }

    /// Waits for a message. A parent that hangs up wants this process to end well.
    fn next(&mut self) -> Result<(Kind, Range<usize>), ChannelError> {
        loop {
            let look = || match self.line.look() {
                Ok(Seen::Nothing) => None,
                seen => Some(seen),
            };
            match spin(look) {
                Some(Ok(Seen::Message(kind, payload))) => return Ok((kind, payload)),
                Some(Ok(Seen::End)) => exit(0),
                Some(Err(error)) => return Err(error),
                Some(Ok(Seen::Nothing)) | None => self.line.sleep()?,
            }
        }
    }

    fn set_up(&mut self, payload: Range<usize>) -> Result<(), Box<dyn std::error::Error>> {
        let setup: Setup = postcard::from_bytes(self.line.payload(payload))?;
        if Image::get()?.fingerprint != setup.fingerprint {
            let start = begin(&mut self.reply, Kind::Refused);
            self.reply.extend_from_slice(
                b"the executable was replaced while the program ran: start the program again",
            );
            finish(&mut self.reply, start);
            return Ok(());
        }
        let start = begin(&mut self.reply, Kind::Ready);
        if let Some(initializer) = setup.initializer {
            call::answer(&initializer, &mut self.reply, &mut || ())?;
        }
        finish(&mut self.reply, start);
        Ok(())
    }

    fn answer(&mut self, payload: Range<usize>) -> Result<(), &'static str> {
        let start = begin(&mut self.reply, Kind::Reply);
        let progress = &self.progress;
        let mut done = || {
            progress.words().done.fetch_add(1, Release); // read by the parent, after this process has died
        };
        call::answer(self.line.payload(payload), &mut self.reply, &mut done)?;
        finish(&mut self.reply, start);
        // What a finished task printed is not lost if the next one kills the process.
        let _ = io::stdout().flush();
        Ok(())
    }

    fn send(&self) -> io::Result<()> {
        let mut rest = &self.reply[..];
        while !rest.is_empty() {
            match self.line.send(rest) {
                Ok(sent) => rest = &rest[sent..],
                // The parent is gone or wants nothing more.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit(0),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
