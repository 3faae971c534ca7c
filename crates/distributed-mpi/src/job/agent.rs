//! The agent that `mpirun` calls to reach another host: this program, which reads from the file of hosts how to reach
//! it.

use parallax_distributed::Hosts;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, exit};
use std::{env, io};

/// The start of its error message.
pub(super) const UNREACHED: &str = "cannot reach host";

/// Becomes the command that `mpirun` asks for on a host. Its arguments are the host's address and the command.
#[expect(clippy::print_stderr, reason = "mpirun passes on its agent's standard error")]
pub(crate) fn run() -> ! {
    let mut arguments = env::args().skip(2);
    let address = arguments.next().unwrap_or_default();
    let why = match starter(&address) {
        Ok(starter) => become_command(&starter, &arguments.collect::<Vec<_>>()),
        Err(why) => why,
    };
    eprintln!("{UNREACHED} {address}: {why}");
    exit(1)
}

/// The words before a command that is to run on the host of this address.
fn starter(address: &str) -> io::Result<Vec<String>> {
    let file =
        env::var_os("PARALLAX_HOSTS").ok_or_else(|| io::Error::other("PARALLAX_HOSTS names no file"))?;
    let hosts = Hosts::read(Path::new(&file)).map_err(io::Error::other)?;
    let host = hosts.iter().find(|host| host.address.to_string() == address);
    Ok(host.ok_or_else(|| io::Error::other("it is not in the file of hosts"))?.starter())
}

/// The command is written for a shell: ssh has one at its other end, and other starters need one here.
fn become_command(starter: &[String], command: &[String]) -> io::Error {
    let Some((program, rest)) = starter.split_first() else {
        return io::Error::other("the file of hosts has no `start` for it");
    };
    let mut starts = Command::new(program);
    starts.args(rest);
    match Path::new(program).ends_with("ssh") {
        true => starts.args(command),
        false => starts.args(["sh", "-c", &command.join(" ")]),
    };
    starts.exec()
}
