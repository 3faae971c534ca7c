//! A network namespace with a name, deleted together with all that runs in it.

use crate::NoNet;
use crate::tun::{self, NAME};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::io::{self, ErrorKind, Write};
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, process, thread};

/// The folder where `ip netns` keeps its namespaces.
const FOLDER: &str = "/run/netns";
/// The start of our namespaces' names; the number of the process that made them follows.
const PREFIX: &str = "parallax-testnet-";

/// A namespace of this process. Dropping it kills what runs inside and deletes it.
#[derive(Debug)]
pub(crate) struct Namespace(String);

impl Namespace {
    /// The empty namespace of a host of a net of this process.
    pub(crate) fn add(net: usize, host: usize) -> Result<Self, NoNet> {
        let name = format!("{PREFIX}{}-{net}-{host}", process::id());
        if Path::new(FOLDER).join(&name).exists() {
            // No net has a number twice, so it is left over from another process that had this process's number.
            drop(Namespace(name.clone()));
        }
        ip(&["netns", "add", &name], "")?;
        Ok(Namespace(name))
    }

    /// Adds the device of the host, with the addresses 127.0.0.1 and `address`, in a network of 254.
    pub(crate) fn equip(&self, address: Ipv4Addr, mtu: u16) -> Result<OwnedFd, NoNet> {
        let tun = self.within(tun::create).map_err(NoNet::NoTun)?;
        let lines = format!(
            "address add {address}/24 dev {NAME}\n\
             link set {NAME} mtu {mtu} txqueuelen 8192 up\n\
             link set lo up\n"
        );
        ip(&["-n", &self.0, "-batch", "-"], &lines)?;
        Ok(tun)
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    fn path(&self) -> PathBuf {
        Path::new(FOLDER).join(&self.0)
    }

    /// Runs a function inside, on a thread of its own, which never leaves the namespace.
    fn within<R: Send, E: Into<io::Error>>(
        &self,
        job: impl FnOnce() -> Result<R, E> + Send,
    ) -> io::Result<R> {
        let inside = || {
            let namespace = open(self.path(), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
            job().map_err(Into::into)
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new().name("testnet".into()).spawn_scoped(scope, inside)?;
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// All processes inside.
    pub(crate) fn inside(&self) -> Vec<u32> {
        let Ok(namespace) = fs::metadata(self.path()) else { return Vec::new() };
        let inside = processes().filter(|pid| is_inside(*pid, &namespace));
        inside.map(|pid| pid.as_raw_nonzero().get() as u32).collect()
    }

    /// Kills all processes inside, and those that they start meanwhile.
    pub(crate) fn kill_all(&self) {
        let Ok(namespace) = fs::metadata(self.path()) else { return };
        // A process that cannot be killed, as in a broken file system's call, is left after two seconds.
        for _ in 0..200 {
            let inside = processes().filter(|&pid| kill_if_inside(pid, &namespace));
            if inside.count() == 0 {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.kill_all();
        // No error can be returned here. The rest is removed when this process has ended and another builds a net.
        let _ = ip(&["netns", "delete", &self.0], "");
    }
}

/// Removes the namespaces of processes that have ended.
pub(crate) fn remove_stale() {
    let Ok(names) = fs::read_dir(FOLDER) else { return };
    for name in names.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
        if maker(&name).is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            drop(Namespace(name));
        }
    }
}

/// The process that made the namespace of this name, if it is one of ours.
fn maker(name: &str) -> Option<u32> {
    let mut numbers = name.strip_prefix(PREFIX)?.split('-').map(|number| number.parse::<u32>());
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(pid)), Some(Ok(_)), Some(Ok(_)), None) => Some(pid),
        _ => None,
    }
}

/// All processes except this one.
fn processes() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(Pid::from_raw).filter(|pid| pid.as_raw_nonzero().get() as u32 != process::id())
}

fn is_inside(pid: Pid, namespace: &fs::Metadata) -> bool {
    let own = fs::metadata(format!("/proc/{}/ns/net", pid.as_raw_nonzero()));
    own.is_ok_and(|own| (own.dev(), own.ino()) == (namespace.dev(), namespace.ino()))
}

/// Kills a process if it is in the namespace, and returns whether it was.
fn kill_if_inside(pid: Pid, namespace: &fs::Metadata) -> bool {
    if !is_inside(pid, namespace) {
        return false;
    }
    // The number may be reused at any time. The open descriptor stays with the same process, which is checked again.
    if let Ok(process) = pidfd_open(pid, PidfdFlags::empty())
        && is_inside(pid, namespace)
    {
        // An error means that it has ended.
        let _ = pidfd_send_signal(&process, Signal::KILL);
    }
    true
}

/// Runs `ip` with this text as its input.
fn ip(arguments: &[&str], text: &str) -> Result<(), NoNet> {
    let mut command = Command::new("ip");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|why| match why.kind() {
        ErrorKind::NotFound => NoNet::NoIp,
        _ => NoNet::System(why),
    })?;
    // If it has ended before it has read this, its status explains more than the broken pipe.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
    let out = child.wait_with_output()?;
    if out.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
    if !rustix::process::geteuid().is_root() {
        return Err(NoNet::NoRoot(said));
    }
    Err(NoNet::Ip { command: arguments.join(" "), said })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_are_wholly_ours_have_a_maker() {
        assert_eq!(maker("parallax-testnet-12-0-3"), Some(12));
        for other in ["parallax-testnet-12-0", "parallax-testnet-12-0-3-4", "parallax-testnet-x-0-3", "blue"]
        {
            assert_eq!(maker(other), None, "{other}");
        }
    }
}
