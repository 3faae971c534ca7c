//! A process for each client, started before it comes: all wait at one socket, and the kernel wakes one.
//!
//! ```no_run
//! use std::io::{self, Read, Write};
//! use std::net::TcpListener;
//! use std::os::fd::{AsFd, OwnedFd};
//! use std::process::{Command, Stdio};
//!
//! fn main() -> io::Result<()> {
//!     if std::env::var_os("CHILD").is_some() {
//!         let listener = TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?); // inherited
//!         for client in listener.incoming() {
//!             let (mut client, mut buffer) = (client?, [0; 100]);
//!             while let Ok(read @ 1..) = client.read(&mut buffer) {
//!                 client.write_all(&buffer[..read])?;
//!             }
//!         }
//!     }
//!     let listener: OwnedFd = TcpListener::bind("127.0.0.1:8080")?.into();
//!     for _ in 0..8 {
//!         Command::new("/proc/self/exe").env("CHILD", "1").stdin(listener.try_clone()?).spawn()?;
//!     }
//!     std::thread::park();
//!     Ok(())
//! }
//! ```
//!
//! So did Apache's first servers, and so does every Python server with `--workers`: a crash costs one
//! client, memory that leaks goes with its process, and code that is not safe for threads is safe here.
//! A client that only stays connected keeps a whole process. A server in C would `fork`, and the child
//! would have everything; a program with threads cannot, so children start afresh and are told the rest.

use parallax_suite::http::{Clients, answer_client};
use parallax_suite::pattern::Reply;
use parallax_suite::question::{Answer, Card, Cores, No, Serve, Technique};
use parallax_suite::stop::Stop;
use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::Duration;
use std::{any::type_name, env, thread};

/// Processes that wait for clients, each with one at a time.
#[derive(Debug, Clone, Copy)]
pub struct Prefork {
    processes: usize,
}

/// How many clients are expected for each core.
const PROCESSES_PER_WORKER: usize = 32;

/// Names the type of the work in the environment of a child.
const VARIABLE: &str = "PARALLAX_PREFORK";

/// The largest work, as it is sent.
const LARGEST: u32 = 1 << 20;

/// How long a child may take to start.
const FIRST_MOMENTS: Duration = Duration::from_secs(20);

/// How long a child may take to end when it is told to.
const LAST_MOMENTS: Duration = Duration::from_secs(2);

/// Whether `main` began with [`init`], so that this program can be started again as a child.
static CAN_START_AGAIN: AtomicBool = AtomicBool::new(false);

/// Serves, and never returns, in a process that [`Prefork`] started to serve work of type `R`; returns
/// at once in all others. It belongs at the beginning of `main`, once for each type that is served: a
/// process that starts afresh knows no other work.
pub fn init<R: Reply>() {
    match env::var(VARIABLE) {
        Ok(wanted) if wanted == type_name::<R>() => {
            let Err(_) = serve::<R>(); // its parent sees that it has gone
            std::process::exit(1);
        }
        Ok(_) => {}
        Err(_) => CAN_START_AGAIN.store(true, Relaxed), // Relaxed: children are started by this thread, later
    }
}

impl Technique for Prefork {
    const CARD: Card = Card {
        name: "prefork",
        idea: "processes started beforehand wait at one socket, each with one client at a time",
        gives: "a crash or a leak costs one client; nothing is shared, so nothing is locked",
        costs: "a process per client, even for one that says nothing; megabytes where a task takes kilobytes",
        cores: Cores::Workers,
        libraries: &["httparse"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Prefork { processes: workers.max(1) * PROCESSES_PER_WORKER })
    }
}

impl Serve for Prefork {
    fn reply<R: Reply>(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
        if !CAN_START_AGAIN.load(Relaxed) {
            return Err(No::Unavailable("this program does not begin with prefork::init".into()));
        }
        let work = postcard::to_stdvec(&**work).map_err(|error| No::Failed(error.into()))?;
        let listener = OwnedFd::from(listener);
        let start = |_| Server::start::<R>(&listener, &work);
        let mut servers: Vec<Server> = (0..self.processes)
            .map(start)
            .collect::<io::Result<_>>()
            .map_err(|error| No::Failed(error.into()))?;
        let ready = servers.iter_mut().try_for_each(Server::is_ready);
        let gone = ready.and_then(|()| servers.iter_mut().try_for_each(Server::go));
        gone.map_err(|error| No::Failed(error.into()))?;
        stop.wait();
        servers.iter_mut().for_each(|server| server.line = None); // tells all, before any is waited for
        Ok(())
    }

    fn at_once(&self) -> usize {
        self.processes
    }
}

/// A child, for as long as this lives.
struct Server {
    process: Child,
    /// It serves until this closes, however that happens: so no child outlives its parent.
    line: Option<UnixStream>,
}

impl Server {
    fn start<R: Reply>(listener: &OwnedFd, work: &[u8]) -> io::Result<Self> {
        let (mut line, theirs) = UnixStream::pair()?;
        let mut command = Command::new("/proc/self/exe");
        command.env(VARIABLE, type_name::<R>());
        // `Command` hands down the standard three, so the socket comes as one of them, as from inetd
        command.stdin(Stdio::from(listener.try_clone()?)).stdout(Stdio::from(OwnedFd::from(theirs)));
        let mut server = Server { process: command.spawn()?, line: None };
        let length = u32::try_from(work.len()).map_err(io::Error::other)?;
        line.write_all(&length.to_le_bytes())?;
        line.write_all(work)?;
        server.line = Some(line);
        Ok(server)
    }

    /// Waits until it has started: one that still does takes time from those that serve.
    fn is_ready(&mut self) -> io::Result<()> {
        let Some(line) = &mut self.line else { return Ok(()) };
        line.set_read_timeout(Some(FIRST_MOMENTS))?;
        line.read_exact(&mut [0; 1])
    }

    /// Lets it take clients.
    fn go(&mut self) -> io::Result<()> {
        self.line.as_mut().map_or(Ok(()), |line| line.write_all(&[1]))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.line = None;
        for _ in 0..LAST_MOMENTS.as_millis() / 2 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
        let _ = self.process.kill(); // it may just have ended
        let _ = self.process.wait();
    }
}

/// What a child does: one client after the other, at the socket that it inherited.
fn serve<R: Reply>() -> io::Result<Infallible> {
    let listener = TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut line = UnixStream::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut length = [0; 4];
    line.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length).min(LARGEST);
    let mut work = vec![0; length as usize];
    line.read_exact(&mut work)?;
    let work: R = postcard::from_bytes(&work).map_err(io::Error::other)?;
    let stop = Stop::from(line.try_clone().map(OwnedFd::from)?);
    let (go, gone) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        if line.write_all(&[1]).and_then(|()| line.read_exact(&mut [0; 1])).is_ok() && go.send(()).is_ok() {
            stop.wait();
        }
        std::process::exit(0)
    })?;
    gone.recv().map_err(io::Error::other)?; // all together: whoever is early would keep the others from starting
    let clients = Clients::default();
    loop {
        // blocked in `accept` and not in `poll`, which would wake all processes for each client
        if let Ok((client, _)) = listener.accept() {
            let _ = answer_client(&work, client, &clients); // an error is this client's
        }
    }
}
