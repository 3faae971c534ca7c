//! The processes of a job: started, connected, ended; and the error of a job that ended by itself.

#![expect(clippy::disallowed_methods, reason = "the wait for a start or an end, not a technique's time")]

use super::agent::UNREACHED;
use super::launch::{Told, command};
use super::{END, read_head, write_head};
use parallax_distributed::Error;
use rustix::net::sockopt::socket_peercred;
use rustix::process::{Pid, Signal, getuid, kill_process};
use std::any::TypeId;
use std::borrow::Cow;
use std::fs::DirEntry;
use std::io::{self, BufReader, PipeReader, Read};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Stdio, id};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// How long the ranks may take to start.
const START: Duration = Duration::from_secs(60);
/// How long a job may take to end once it should, or one of its ranks has ended.
const GRACE: Duration = Duration::from_secs(5);
/// How many bytes of the output of `mpirun` and the ranks are kept.
const TAIL: usize = 16 << 10;
/// How many lines of that an error quotes.
const LINES: usize = 12;
/// The starts of the lines that explain most: which rank has died, and which host is out of reach.
const TELLING: [&str; 2] = ["mpirun noticed", UNREACHED];

/// The work that was last sent to the ranks, which they still have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) type_id: TypeId,
    pub(crate) bytes: Vec<u8>,
}

/// A job that runs.
#[derive(Debug)]
pub(super) struct Job {
    mpirun: Child,
    pub(super) answers: BufReader<UnixStream>,
    said: Receiver<Vec<u8>>,
    /// Its number among all jobs of this machine.
    number: u64,
    pub(super) known: Option<Known>,
}

impl Job {
    /// Starts `ranks` ranks; when it returns, they wait for calls.
    pub(super) fn start(ranks: usize) -> Result<Self, Error> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let socket = format!("parallax-mpi-{}-{}", id(), NUMBER.fetch_add(1, Relaxed));
        let engine = |why: io::Error| Error::Engine(format!("cannot listen for the ranks: {why}"));
        // a name without a file, so that none is left behind
        let address = SocketAddr::from_abstract_name(&socket).map_err(engine)?;
        let listener = UnixListener::bind_addr(&address).map_err(engine)?;
        listener.set_nonblocking(true).map_err(engine)?;
        let mut command = command(Told { socket: &socket, ranks })?;
        // mpirun writes to both outputs, and a technique must not print to its caller's
        let (says, said) = io::pipe().map_err(engine)?;
        let said_too = said.try_clone().map_err(engine)?;
        command.stdin(Stdio::null()).stdout(said).stderr(said_too);
        let mut mpirun = command.spawn().map_err(missing)?;
        drop(command); // and its ends, which would keep the pipe open
        let said = tail(says);
        match accept(&listener, &mut mpirun) {
            Ok(stream) => {
                let mut job = Job { mpirun, answers: BufReader::new(stream), said, number: 0, known: None };
                job.greeted().map(|()| job)
            }
            Err(why) => {
                end(&mut mpirun, 0);
                let words = words(&said);
                Err(Error::Engine(format!("mpirun has started no ranks ({why}); its output: {words}")))
            }
        }
    }

    fn greeted(&mut self) -> Result<(), Error> {
        let greeting = read_head(&mut self.answers).and_then(|[number, length]| {
            self.number = number;
            let mut bytes = vec![0; length as usize];
            self.answers.read_exact(&mut bytes)?;
            String::from_utf8(bytes).map_err(io::Error::other)
        });
        match greeting {
            Ok(refusal) if refusal.is_empty() => Ok(()),
            Ok(refusal) => Err(Error::Engine(refusal)),
            Err(why) => Err(Error::Engine(format!("rank 0 has not reported that it is ready: {why}"))),
        }
    }

    /// Sends a call, and parts of an array behind it. A job that no longer listens does not answer either, and that is
    /// detected there.
    pub(super) fn tell(&mut self, request: &[u8], parts: &[Cow<[u8]>]) {
        let mut stream = self.answers.get_ref();
        let written = send(&mut stream, parts.len() as u64, request)
            .and_then(|()| parts.iter().try_for_each(|part| send(&mut stream, 0, part)));
        drop(written);
    }

    /// Ends a job that has stopped answering, and returns the error message.
    pub(super) fn lost(mut self, why: &io::Error) -> String {
        wait(&mut self.mpirun, GRACE);
        end(&mut self.mpirun, self.number);
        let words = words(&self.said);
        format!("the MPI job has ended, and all ranks with it; the next call starts another ({why}): {words}")
    }
}

impl Drop for Job {
    /// Tells the ranks to end, and kills those that do not.
    fn drop(&mut self) {
        if write_head(&mut self.answers.get_ref(), [END, 0]).is_ok() {
            wait(&mut self.mpirun, GRACE);
        }
        end(&mut self.mpirun, self.number);
    }
}

fn send(stream: &mut &UnixStream, parts: u64, bytes: &[u8]) -> io::Result<()> {
    use io::Write;
    write_head(stream, [parts, bytes.len() as u64])?;
    stream.write_all(bytes)
}

fn missing(why: io::Error) -> Error {
    Error::Engine(format!(
        "cannot start mpirun ({why}); install Open MPI (Debian: apt install openmpi-bin libopenmpi-dev)"
    ))
}

/// Waits for rank 0, which is the only one that connects.
fn accept(listener: &UnixListener, mpirun: &mut Child) -> io::Result<UnixStream> {
    let deadline = Instant::now() + START;
    while Instant::now() < deadline {
        match listener.accept() {
            Ok((stream, _)) if socket_peercred(&stream)?.uid == getuid() => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Ok(_) => {} // a connection of another program
            Err(why) if why.kind() == io::ErrorKind::WouldBlock => {
                if let Some(status) = mpirun.try_wait()? {
                    return Err(io::Error::other(format!("it ended with {status}")));
                }
                thread::sleep(Duration::from_millis(2));
            }
            Err(why) => return Err(why),
        }
    }
    Err(io::Error::other(format!("no connection within {} s", START.as_secs())))
}

/// Keeps the last bytes of the output, and sends them when it ends.
fn tail(mut says: PipeReader) -> Receiver<Vec<u8>> {
    let (tell, told) = channel();
    thread::spawn(move || {
        let (mut kept, mut block) = (Vec::new(), [0; 4096]);
        while let Some(read) = says.read(&mut block).ok().filter(|read| *read > 0) {
            kept.extend_from_slice(&block[..read]);
            kept.drain(..kept.len().saturating_sub(TAIL));
        }
        tell.send(kept)
    });
    told
}

/// The output of `mpirun`, without its rulers and its fixed phrases.
fn words(said: &Receiver<Vec<u8>>) -> String {
    let said = said.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let tells = |line: &&str| !line.is_empty() && !line.chars().all(|letter| letter == '-');
    let lines: Vec<&str> = said.lines().map(str::trim).filter(tells).collect();
    let telling = |line: &&str| TELLING.iter().any(|begins| line.starts_with(begins));
    match lines.iter().position(telling) {
        Some(at) => lines[at..].iter().take(LINES / 4).copied().collect::<Vec<_>>().join(" "),
        None if lines.is_empty() => "nothing".to_owned(),
        None => lines[lines.len().saturating_sub(LINES)..].join(" "),
    }
}

fn wait(mpirun: &mut Child, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        match mpirun.try_wait() {
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
            ended => return matches!(ended, Ok(Some(_))),
        }
    }
}

/// Ends a job that still runs: `mpirun` ends its ranks if it is terminated, and cannot if it is killed.
fn end(mpirun: &mut Child, number: u64) {
    if !wait(mpirun, Duration::ZERO) {
        if let Some(pid) = Pid::from_raw(mpirun.id() as i32) {
            let _ = kill_process(pid, Signal::TERM);
        }
        if !wait(mpirun, GRACE) {
            let _ = mpirun.kill();
            let _ = mpirun.wait();
        }
    }
    sweep(mpirun.id(), number);
}

/// Removes what a killed `mpirun` could not: the session's folder, and the memory that its ranks shared.
fn sweep(pid: u32, number: u64) {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let named = |entry: &DirEntry, part: &str| entry.file_name().to_string_lossy().contains(part);
    for session in entries(&env::temp_dir()).filter(|entry| named(entry, "ompi.")) {
        let _ = fs::remove_dir_all(session.path().join(format!("pid.{pid}")));
        let _ = fs::remove_dir(session.path()); // only if it is empty
    }
    let of_job = format!(".{number:x}.");
    let shared =
        entries(Path::new("/dev/shm")).filter(|entry| named(entry, "_segment.") && named(entry, &of_job));
    for segment in shared.filter(|_| number > 0) {
        let _ = fs::remove_file(segment.path());
    }
}
