//! Attaches `perf` to waiting processes, starts and stops its sampling, and ends it when they are done.

use anyhow::{Context, Result, bail};
use command_fds::{CommandFdExt, FdMapping};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How long perf may take to follow an order; it looks for threads in `/proc` before it begins.
const PATIENCE: Timespec = Timespec { tv_sec: 30, tv_nsec: 0 };

/// A `perf` that is attached. Dropping it ends it.
pub(crate) struct Attached {
    perf: Child,
    orders: File,
    acknowledged: BufReader<File>,
    said: PathBuf,
}

impl Attached {
    /// Attaches `perf` with these arguments to `processes`. It looks at nothing until [`Attached::begin`].
    ///
    /// # Errors
    ///
    /// With perf's message, if it may not look or is not installed.
    pub(crate) fn start<S: AsRef<OsStr>>(arguments: &[S], processes: &[u32], folder: &Path) -> Result<Self> {
        let (their_orders, orders) = std::io::pipe()?;
        let (acknowledged, their_acknowledged) = std::io::pipe()?;
        let said = folder.join("perf.txt");
        let mut command = Command::new("perf");
        command.args(arguments).args(["-D", "-1", "--control", "fd:3,4", "-p"]).arg(listed(processes));
        command.env("LC_ALL", "C").env("PERF_BUILDID_DIR", folder); // and not a cache in the user's home
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&said)?);
        command.fd_mappings(vec![
            FdMapping { parent_fd: OwnedFd::from(their_orders), child_fd: 3 },
            FdMapping { parent_fd: OwnedFd::from(their_acknowledged), child_fd: 4 },
        ])?;
        let perf = command.spawn().context("perf cannot be started")?;
        drop(command); // and with it our copies of its ends
        let [orders, acknowledged] = [OwnedFd::from(orders), OwnedFd::from(acknowledged)].map(File::from);
        Ok(Attached { perf, orders, acknowledged: BufReader::new(acknowledged), said })
    }

    /// Starts the sampling.
    ///
    /// # Errors
    ///
    /// If perf does not acknowledge the order.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.order("enable")
    }

    /// Stops the sampling, and waits until perf has written its samples; returns perf's messages.
    ///
    /// # Errors
    ///
    /// If perf ends with an error.
    pub(crate) fn end(mut self) -> Result<String> {
        self.order("disable")?;
        interrupt(&self.perf);
        let status = self.perf.wait()?;
        let said = self.said();
        // the signal that it was sent ends it
        if status.code().is_some_and(|code| code != 0) && !said.contains("captured and wrote") {
            bail!("perf ended with {status}: {}", short(&said));
        }
        Ok(said)
    }

    fn order(&mut self, order: &str) -> Result<()> {
        let told = self.orders.write_all(format!("{order}\n").as_bytes());
        let mut ready = [PollFd::new(self.acknowledged.get_ref(), PollFlags::IN)];
        let answered = told.is_ok() && poll(&mut ready, Some(&PATIENCE))? > 0;
        let mut line = Vec::new();
        if answered {
            self.acknowledged.read_until(b'\n', &mut line)?;
        }
        if line.ends_with(b"ack\n") {
            return Ok(());
        }
        let _ = self.perf.kill();
        let _ = self.perf.wait();
        bail!("perf cannot look here: {}", short(&self.said()))
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.said).unwrap_or_default()).into_owned()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        if matches!(self.perf.try_wait(), Ok(None)) {
            let _ = self.perf.kill();
            let _ = self.perf.wait();
        }
    }
}

fn interrupt(child: &Child) {
    let _ =
        rustix::process::kill_process(rustix::process::Pid::from_child(child), rustix::process::Signal::INT);
}

fn listed(processes: &[u32]) -> String {
    processes.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// The part of a program's messages to show: the first line that is not empty.
pub(crate) fn short(said: &str) -> String {
    let line = said.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("Error"));
    parallax_harness::worker::shorten(line.unwrap_or("it gave no reason"))
}
