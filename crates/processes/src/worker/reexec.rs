//! Restarting this program as another process, under a name that says what the process is for.
//!
//! The name is used and not an environment variable: a program that a task starts would inherit the variable
//! and take itself for a worker.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::worker::fd_passing;

/// The command for this program as another process called `name`, with `descriptors` waiting in its standard input.
///
/// `/proc/self/exe` is the running file, even if another one has replaced it on disk.
pub(crate) fn command<const N: usize>(name: &str, descriptors: [BorrowedFd<'_>; N]) -> io::Result<Command> {
    let mut command = Command::new("/proc/self/exe");
    command.arg0(name).stdin(Stdio::from(fd_passing::send(descriptors)?));
    Ok(command)
}

/// In such a process: the part of its name after `prefix`. `None` in all others.
pub(crate) fn name_after(prefix: &str) -> Option<String> {
    let name = env::args_os().next()?.into_string().ok()?;
    Some(name.strip_prefix(prefix)?.to_owned())
}

/// In such a process: the descriptors, once. Standard input is empty from then on.
pub(crate) fn take_descriptors<const N: usize>() -> io::Result<[OwnedFd; N]> {
    let descriptors = fd_passing::receive(io::stdin().as_fd())?;
    rustix::stdio::dup2_stdin(OpenOptions::new().read(true).open("/dev/null")?)?;
    Ok(descriptors)
}

/// Shows the program's name in `top`, where a process started as `/proc/self/exe` is called `exe`.
pub(crate) fn show_program_name() {
    use std::os::unix::ffi::OsStrExt;
    let Ok(program) = fs::read_link("/proc/self/exe") else { return };
    let name = program.file_name().map(|name| name.as_bytes());
    // If its file was replaced, the kernel appends that to the name.
    let name = name.map(|name| name.strip_suffix(b" (deleted)").unwrap_or(name));
    if let Some(name) = name.and_then(|name| std::ffi::CString::new(name).ok()) {
        let _ = rustix::thread::set_name(&name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_that_name_is_one() {
        assert_eq!(name_after("parallax-worker of "), None);
        let mine = env::args().next().unwrap();
        assert_eq!(name_after(&mine[..3]).as_deref(), Some(&mine[3..]));
    }

    #[test]
    fn the_command_is_this_program_under_another_name() {
        let command = command("parallax-test", []).unwrap();
        assert_eq!(command.get_program(), "/proc/self/exe");
        assert!(format!("{command:?}").contains("parallax-test"), "{command:?}");
    }
}
