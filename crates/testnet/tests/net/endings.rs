//! Nothing is left of a net that has ended, however it ended.

use crate::program::{Program, say};
use crate::{eventually, reach};
use parallax_testnet::Net;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, Stdio};
use std::{env, fs, io, process};

/// The namespaces that `ip` lists for this process number.
fn namespaces(pid: u32) -> Vec<String> {
    let out = Command::new("ip").args(["netns", "list"]).output().unwrap();
    let names = String::from_utf8(out.stdout).unwrap();
    let ours = names.lines().filter(|name| name.starts_with(&format!("parallax-testnet-{pid}-")));
    ours.map(str::to_owned).collect()
}

/// The threads of relays in this process.
fn relays() -> usize {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = threads.filter_map(|thread| fs::read_to_string(thread.path().join("comm")).ok());
    names.filter(|name| name.starts_with("testnet")).count()
}

/// The files that this process has open on TUN devices.
fn devices() -> usize {
    let files = fs::read_dir("/proc/self/fd").unwrap().flatten();
    files.filter(|file| fs::read_link(file.path()).is_ok_and(|path| path.ends_with("net/tun"))).count()
}

/// Whether a process runs; a zombie does not.
fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// A process on a host that no one waits for: it has left its parent, and would run forever.
fn daemon(net: &Net, host: usize) -> u32 {
    let mut shell = net.command(host, "sh");
    shell.args(["-c", "setsid sleep 1000000 >/dev/null 2>&1 & echo $!"]);
    let out = shell.stdin(Stdio::null()).output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().parse().unwrap()
}

pub(crate) fn nothing_is_left() {
    let Some(net) = Net::builder().hosts(3).build_or_skip() else { return };
    let daemon = daemon(&net, 2);
    let mut echo = Program::ready(&net, 1, &["echo"]);
    assert_eq!((namespaces(process::id()).len(), relays(), devices()), (3, 3, 3));
    assert!(runs(daemon));
    let panicked: Result<(), _> = catch_unwind(AssertUnwindSafe(move || {
        let _net = net;
        // as a failing test does, but without its message
        resume_unwind(Box::new(()));
    }));
    assert!(panicked.is_err());
    assert_eq!(namespaces(process::id()), [""; 0]);
    assert_eq!((relays(), devices()), (0, 0));
    assert!(!runs(daemon));
    echo.wait();
    reach::two_hosts_speak();
}

/// Builds a net, prints which processes are in it, and ends as if killed.
pub(crate) fn abandon() -> io::Result<()> {
    let net = Net::builder().build().map_err(io::Error::other)?;
    say(&format!("{}", daemon(&net, 1)));
    process::abort();
}

pub(crate) fn what_a_killed_process_left_is_removed() {
    let Some(net) = Net::builder().build_or_skip() else { return };
    let mut command = Command::new(env::current_exe().unwrap());
    let child = command.args(["--program", "abandon"]).stdout(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let out = child.wait_with_output().unwrap();
    let daemon: u32 = String::from_utf8(out.stdout).unwrap().trim().parse().unwrap();
    assert_eq!(namespaces(pid).len(), 2);
    assert!(runs(daemon));

    let own = namespaces(process::id());
    drop(Net::builder().build().unwrap());
    assert_eq!(namespaces(pid), [""; 0]);
    eventually("that the daemon is gone", || !runs(daemon));
    assert_eq!(namespaces(process::id()), own, "nets of processes that live are left alone");
    drop(net);
}
