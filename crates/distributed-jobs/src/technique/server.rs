//! A Redis server in memory, on a free port of the address where the hosts reach it, for as long as it is needed.

#![expect(
    unsafe_code,
    reason = "a system call between fork and exec makes the kernel end the server with this program"
)]

use super::unavailable;
use parallax_pattern::{Answer, No, optional};
use rustix::process::{Signal, set_parent_process_death_signal};
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tempfile::TempDir;

/// A server, which ends when it is dropped or this program ends.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    /// Keeps other programs that reach the address from submitting work.
    password: String,
    end: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

const MISSING: &str =
    "redis-server is not on PATH; run `apt install redis-server`, or name a server in PARALLAX_REDIS";
/// How many times to look for a server that starts, every ten milliseconds.
const LOOKS: u32 = 1000;

impl Server {
    /// Starts it, and waits until it listens at this address of the machine.
    pub(super) fn start(address: IpAddr) -> Answer<Self> {
        if optional::hidden("redis") {
            return Err(No::Unavailable(MISSING.to_owned()));
        }
        let folder = tempfile::Builder::new().prefix("parallax-redis-").tempdir().map_err(unavailable)?;
        let address = TcpListener::bind((address, 0)).and_then(|probe| probe.local_addr());
        let address = address.map_err(unavailable)?;
        let password = ulid::Ulid::generate().to_string();
        let (command, settings) = (command(), settings(address, &password, &folder));
        let (end, ends) = channel();
        let (tell, told) = channel();
        let keeper = thread::Builder::new().name("redis-server".to_owned());
        let keeper = keeper
            .spawn(move || keep(command, &settings, address, &tell, &ends, folder))
            .map_err(unavailable)?;
        let server = Server { address, password, end: Some(end), keeper: Some(keeper) };
        told.recv().map_err(unavailable)??;
        Ok(server)
    }

    pub(super) fn url(&self) -> String {
        format!("redis://:{}@{}", self.password, self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}

/// What the server reads from its standard input: a password on its command line could be seen by anyone.
fn settings(address: SocketAddr, password: &str, folder: &TempDir) -> String {
    let (ip, port, folder) = (address.ip(), address.port(), folder.path().display());
    format!("bind {ip}\nport {port}\nrequirepass {password}\ndir {folder}\nsave \"\"\nappendonly no\n")
}

fn command() -> Command {
    let mut command = Command::new("redis-server");
    command.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    // SAFETY: it is one system call, and takes no lock.
    unsafe { command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::KILL))?)) };
    command
}

/// The kernel ends the server with the thread that has started it, so one thread does this and stays.
fn keep(
    mut command: Command,
    settings: &str,
    address: SocketAddr,
    tell: &Sender<Answer<()>>,
    ends: &Receiver<()>,
    folder: TempDir,
) {
    let started = command.spawn().map_err(|why| match why.kind() {
        io::ErrorKind::NotFound => No::Unavailable(MISSING.to_owned()),
        _ => unavailable(why),
    });
    match started {
        Err(no) => drop(tell.send(Err(no))),
        Ok(mut server) => {
            // a server that has already ended reports that itself
            let _ = server.stdin.take().map(|mut input| input.write_all(settings.as_bytes()));
            let _ = tell.send(listens(&mut server, address));
            let _ = ends.recv(); // until the other end is dropped
            let _ = server.kill();
            let _ = server.wait();
        }
    }
    drop(folder);
}

fn listens(server: &mut Child, address: SocketAddr) -> Answer<()> {
    for _ in 0..LOOKS {
        if TcpStream::connect(address).is_ok() {
            return Ok(());
        }
        if let Ok(Some(status)) = server.try_wait() {
            let mut words = String::new();
            let _ = server.stdout.take().map(|mut out| out.read_to_string(&mut words));
            let last = words.lines().last().unwrap_or_default();
            return Err(No::Unavailable(format!("redis-server ended with {status}: {last}")));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(No::Unavailable("redis-server does not listen, ten seconds after its start".to_owned()))
}
