//! The thread that starts all workers: they end with it, so it never ends.
//!
//! `PR_SET_PDEATHSIG`, which ends a worker with its parent, refers to the parent *thread*: a worker started by a
//! thread that later returns would be killed then. So one thread of the process starts them all and
//! outlives them.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

type Job = (Command, SyncSender<io::Result<Child>>);

static SPAWNER: Mutex<Option<Sender<Job>>> = Mutex::new(None);

/// Starts a process as `Command::spawn` does. The command, and with it every descriptor that it holds for the child,
/// is closed on return.
pub(crate) fn spawn(command: Command) -> io::Result<Child> {
    let (answer, child) = sync_channel(1);
    let spawner = spawner()?;
    let gone = || io::Error::other("the thread that starts workers has ended");
    spawner.send((command, answer)).map_err(|_| gone())?;
    child.recv().map_err(|_| gone())?
}

fn spawner() -> io::Result<Sender<Job>> {
    let mut spawner = SPAWNER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(spawner) = &*spawner {
        return Ok(spawner.clone());
    }
    let (sender, jobs) = channel::<Job>();
    thread::Builder::new().name("parallax-spawner".into()).spawn(move || {
        for (mut command, answer) in jobs {
            let child = command.spawn();
            drop(command);
            let _ = answer.send(child);
        }
    })?;
    Ok(spawner.insert(sender).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_outlive_the_thread_that_asked_for_them_and_failures_come_back() {
        let start = || spawn(Command::new("true"));
        let mut child = thread::spawn(start).join().unwrap().unwrap();
        assert!(child.wait().unwrap().success());
        assert!(spawn(Command::new("/no/such/program")).is_err());
        assert!(start().unwrap().wait().unwrap().success(), "a failure does not end the thread");
    }
}
