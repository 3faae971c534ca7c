//! The command line of `mpirun`: which program runs on which host.

use super::{AGENT, RANK};
use parallax_distributed::{Error, Host, Hosts};
use parallax_pattern::optional;
use parallax_processes::remote;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, id};

/// The argument that gives a process of this program its role.
fn role(name: &str) -> String {
    format!("--parallax-member={name}")
}

/// The data on each rank's command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// The name of the socket on which the client listens.
    pub(crate) socket: &'a str,
    /// The number of ranks.
    pub(crate) ranks: usize,
}

/// `mpirun`, which starts this program as ranks on the hosts of the environment.
///
/// # Errors
///
/// If the file of hosts cannot be read, or `mpirun` is hidden.
pub(crate) fn command(told: Told) -> Result<Command, Error> {
    if optional::hidden("mpi") {
        return Err(Error::Engine("MPI is hidden by PARALLAX_HIDE".to_owned()));
    }
    let mut command = Command::new("mpirun");
    // binding could put waiting ranks on one core; more ranks than cores are allowed
    command.args(["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]);
    let hosts = Hosts::of_environment(told.ranks)?;
    let unreadable = |why| Error::Engine(format!("cannot read this program: {why}"));
    if hosts.iter().all(|host| host.starter().is_empty()) {
        // the running file, even if another one has replaced it on the disk; `self` would be mpirun's
        let program = PathBuf::from(format!("/proc/{}/exe", id()));
        command.args(words(&program, told, 0, told.ranks));
    } else {
        let (here, build) = (env::current_exe().map_err(unreadable)?, remote::build().map_err(unreadable)?);
        let agent = format!("{} {}", here.display(), role(AGENT));
        command.args(["--mca", "plm_rsh_agent", &agent]);
        for (number, host) in hosts.iter().enumerate() {
            command.args((number > 0).then_some(":"));
            command.args(["--host", &on(host)]);
            command.args(words(host.program.as_ref().unwrap_or(&here), told, build, host.cores));
        }
    }
    Ok(command)
}

/// A host and its number of slots, in `mpirun`'s syntax.
fn on(host: &Host) -> String {
    format!("{}:{}", host.address, host.cores)
}

/// Arguments that start `count` processes of the program as ranks. A build of 0 is not checked.
fn words(program: &Path, told: Told, build: u64, count: usize) -> Vec<OsString> {
    let Told { socket, ranks } = told;
    vec![
        "-n".into(),
        count.to_string().into(),
        program.into(),
        role(RANK).into(),
        socket.into(),
        ranks.to_string().into(),
        build.to_string().into(),
    ]
}
