//! Tying child processes to us: they end when we end, however we end, since a stray worker would disturb the next run.

#![expect(unsafe_code, reason = "a system call between fork and exec")]

use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Asks the kernel to kill the program once the *thread* that starts it has ended, with the process or before it. So
/// the thread that starts a worker must stay until the worker has ended.
pub fn tie(command: &mut Command) {
    let us = getpid();
    // SAFETY: `follow` does system calls only, and takes no lock.
    unsafe { command.pre_exec(move || follow(us)) };
}

fn follow(parent: Pid) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // A parent that has died meanwhile will send no signal.
    if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn a_program_ends_with_the_thread_that_started_it() {
        let start = |tied: bool| {
            let thread = std::thread::spawn(move || {
                let mut command = Command::new("sleep");
                command.arg("86399");
                if tied {
                    tie(&mut command);
                }
                command.spawn().unwrap()
            });
            thread.join().unwrap()
        };
        assert_eq!(start(true).wait().unwrap().signal(), Some(9));
        let mut free = start(false);
        assert!(free.try_wait().unwrap().is_none(), "it is the tie that ends it");
        free.kill().unwrap();
        free.wait().unwrap();
    }
}
