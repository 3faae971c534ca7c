//! A worker is the program itself, started again: `init` never returns in it.

pub(crate) mod process;

pub(crate) mod call;
pub(crate) mod channel;
pub(crate) mod deadline;
pub(crate) mod fd_passing;
pub(crate) mod framing;
pub(crate) mod image;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod reexec;
pub(crate) mod spawner;
pub(crate) mod spin;

mod open_descriptors;
pub(crate) mod panics;
mod request_loop;

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::os::fd::AsFd;
use std::process::exit;
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

use crate::error::Error;
use crate::shared::Memory;
use channel::Channel;
use image::Image;
use progress::Progress;
use request_loop::RequestLoop;

/// The name of a worker, in `ps` and for itself; the process id of its parent follows.
pub(crate) const NAME: &str = "parallax-worker of ";
/// The shell's "cannot execute": no program returns it by chance.
const UNUSABLE: i32 = 126;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Parent,
    Worker,
}

static ROLE: OnceLock<Role> = OnceLock::new();

/// Turns this process into a worker if a [`Pool`](crate::Pool) started it; otherwise returns.
///
/// It must be the first statement of `main`: everything before it also runs in every worker. Workers get
/// the arguments, the environment and the working directory of the program, `/dev/null` as standard input,
/// and no other descriptors except their own pipes.
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

/// The process that started this one as a worker.
fn parent() -> Option<Pid> {
    Pid::from_raw(reexec::name_after(NAME)?.parse().ok()?)
}

/// Returns only if this process cannot work.
fn work(parent: Pid) -> Result<Infallible, Box<dyn std::error::Error>> {
    // First of all: from here on this process ends with its parent.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() != Some(parent) {
        exit(0);
    }
    let [incoming, outgoing, progress] = reexec::take_descriptors()
        .map_err(|error| format!("started under a worker's name, but not by a pool ({error})"))?;
    open_descriptors::close_inherited(&[incoming.as_fd(), outgoing.as_fd(), progress.as_fd()])?;
    reexec::show_program_name();
    panics::install_hook();
    let progress = Progress::from(Memory::map(progress)?);
    RequestLoop::new(Channel::new(incoming, outgoing)?, progress).run()
}
