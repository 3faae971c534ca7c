//! A process for each client, started in advance: all wait at one socket, and the kernel wakes one.
//!
//! ```no_run
//! use std::io::{self, Read, Write};
//! use std::net::TcpListener;
//! use std::os::fd::{AsFd, OwnedFd};
//! use std::os::unix::process::CommandExt;
//! use std::process::Command;
//! use std::time::Duration;
//!
//! fn main() -> io::Result<()> {
//!     // by its name: what it starts itself would inherit a variable, and take itself for a child
//!     if std::env::args().next().as_deref() == Some("child") {
//!         let listener = TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?); // inherited
//!         loop {
//!             let Ok((mut client, _)) = listener.accept() else {
//!                 std::thread::sleep(Duration::from_millis(10)); // no descriptor left, say: that passes
//!                 continue;
//!             };
//!             let mut buffer = [0; 100];
//!             while let Ok(read @ 1..) = client.read(&mut buffer) {
//!                 if client.write_all(&buffer[..read]).is_err() {
//!                     break; // it has gone, and the next one comes
//!                 }
//!             }
//!         }
//!     }
//!     let listener: OwnedFd = TcpListener::bind("127.0.0.1:8080")?.into();
//!     for _ in 0..8 {
//!         Command::new("/proc/self/exe").arg0("child").stdin(listener.try_clone()?).spawn()?;
//!     }
//!     std::thread::park();
//!     Ok(())
//! }
//! ```
//!
//! Apache's first servers worked this way, and so does every Python server with `--workers`: a crash costs one
//! client, leaked memory goes with its process, and code that is not safe for threads is safe here.
//! A client that only stays connected occupies a whole process. A server in C would `fork`, and the child
//! would have a copy of everything; a program with threads cannot, so children start afresh and are sent the rest.

use super::failed;
use crate::worker::reexec;
use parallax_pattern::http::{Clients, answer_client};
use parallax_pattern::stop::Stop;
use parallax_pattern::{Answer, Card, Cores, No, Reply, Serve, Technique, Wire};
use rustix::event::{PollFd, PollFlags, poll};
use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use std::{any::type_name, thread};

/// Processes that wait for clients, each with one at a time.
#[derive(Debug, Clone, Copy)]
pub struct Prefork {
    processes: usize,
}

/// How many clients are expected for each core.
const PROCESSES_PER_WORKER: usize = 32;

/// The name of a child; the type of the work that it serves follows.
const NAME: &str = "parallax-server of ";

/// How long a child may take to start.
const FIRST_MOMENTS: Duration = Duration::from_secs(20);

/// How long a child may take to end once its parent has closed the socket to it.
const LAST_MOMENTS: Duration = Duration::from_secs(2);

/// How long a child waits if no client can be accepted, for lack of descriptors for instance.
const REST: Duration = Duration::from_millis(10);

/// The types for which `main` began with [`init`], so that this program can be started again to serve
/// them. A child for any other type would reach the code that starts children itself.
static SERVED: Mutex<Vec<&str>> = Mutex::new(Vec::new());

/// In a process that [`Prefork`] started to serve work of type `R`: serves, and never returns. Returns
/// immediately in all others. Call it at the beginning of `main`, once for each type that is served: a
/// process that starts afresh has no other way to find its work.
pub fn init<R: Reply + Wire>() {
    match wanted() {
        Some(wanted) if wanted == type_name::<R>() => {
            let Err(error) = serve::<R>(); // its parent sees that it has gone
            let _ = writeln!(io::stderr(), "parallax server: {error}");
            std::process::exit(1);
        }
        Some(_) => {}
        None => SERVED.lock().unwrap_or_else(PoisonError::into_inner).push(type_name::<R>()),
    }
}

/// The name of the work that this process was started to serve.
fn wanted() -> Option<String> {
    reexec::name_after(NAME)
}

impl Technique for Prefork {
    const CARD: Card = Card {
        name: "prefork",
        idea: "processes started in advance wait at one socket, each with one client at a time",
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

impl<R: Reply + Wire> Serve<R> for Prefork {
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()> {
        if !SERVED.lock().unwrap_or_else(PoisonError::into_inner).contains(&type_name::<R>()) {
            let missing = format!("this program does not begin with prefork::init::<{}>()", type_name::<R>());
            return Err(No::Unavailable(missing));
        }
        let work = postcard::to_stdvec(&**work).map_err(|error| No::Failed(error.into()))?;
        listener.set_nonblocking(false).map_err(failed)?; // the children wait in `accept`
        let listener = OwnedFd::from(listener);
        let start = |_| Server::start::<R>(&listener, &work);
        let mut servers: Vec<Server> =
            (0..self.processes).map(start).collect::<io::Result<_>>().map_err(failed)?;
        let ready = servers.iter_mut().try_for_each(Server::is_ready);
        let gone = ready.and_then(|()| servers.iter_mut().try_for_each(Server::go));
        gone.map_err(failed)?;
        replace_the_dead(&mut servers, || Server::start::<R>(&listener, &work), &stop).map_err(failed)?;
        servers.iter_mut().for_each(|server| server.socket = None); // signals all, before the wait for each
        Ok(())
    }

    fn at_once(&self) -> usize {
        self.processes
    }
}

/// Starts a new child for each that ends, until it is time to stop. Without that, a few crashes would leave
/// no child to serve.
fn replace_the_dead(
    servers: &mut [Server],
    start: impl Fn() -> io::Result<Server>,
    stop: &Stop,
) -> io::Result<()> {
    loop {
        // A child that is ready says nothing more, so an event on its socket is the end of the socket.
        let sockets = servers.iter().filter_map(|server| server.socket.as_ref());
        let mut signs: Vec<PollFd<'_>> = vec![PollFd::new(stop, PollFlags::IN)];
        signs.extend(sockets.map(|socket| PollFd::new(socket, PollFlags::IN)));
        rustix::io::retry_on_intr(|| poll(&mut signs, None))?;
        let news: Vec<bool> = signs.iter().map(|sign| !sign.revents().is_empty()).collect();
        if news[0] {
            return Ok(());
        }
        for (server, _) in servers.iter_mut().zip(&news[1..]).filter(|(_, ended)| **ended) {
            let fresh = start().and_then(|mut fresh| {
                fresh.is_ready()?;
                fresh.go()?;
                Ok(fresh)
            });
            match fresh {
                Ok(fresh) => *server = fresh,
                // The others go on meanwhile. This socket is still at its end, so the next round tries again.
                Err(_) => stop.rest(),
            }
        }
    }
}

/// A child, for as long as this lives.
struct Server {
    process: Child,
    /// The child serves until this closes, however that happens: so no child outlives its parent.
    socket: Option<UnixStream>,
}

impl Server {
    fn start<R: Reply + Wire>(listener: &OwnedFd, work: &[u8]) -> io::Result<Self> {
        let (mut socket, theirs) = UnixStream::pair()?;
        let length = u32::try_from(work.len()).map_err(io::Error::other)?;
        // Its standard output stays as it is: the work may print.
        let name = format!("{NAME}{}", type_name::<R>());
        let mut command = reexec::command(&name, [listener.as_fd(), theirs.as_fd()])?;
        let mut server = Server { process: command.spawn()?, socket: None };
        drop((command, theirs)); // from here on the end of the child is the end of the socket
        socket.set_write_timeout(Some(FIRST_MOMENTS))?;
        socket.set_read_timeout(Some(FIRST_MOMENTS))?;
        socket.write_all(&length.to_le_bytes()).map_err(not_started)?;
        socket.write_all(work).map_err(not_started)?;
        server.socket = Some(socket);
        Ok(server)
    }

    /// Waits until the child has started: while it starts, it takes time from those that serve.
    fn is_ready(&mut self) -> io::Result<()> {
        self.socket.as_mut().map_or(Ok(()), |socket| socket.read_exact(&mut [0; 1])).map_err(not_started)
    }

    /// Lets it take clients.
    fn go(&mut self) -> io::Result<()> {
        self.socket.as_mut().map_or(Ok(()), |socket| socket.write_all(&[1]))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.socket = None;
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

/// Explains an error on the socket to a child that is not ready yet.
fn not_started(error: io::Error) -> io::Error {
    io::Error::other(match error.kind() {
        io::ErrorKind::WouldBlock => format!("a server was not ready after {FIRST_MOMENTS:?}"),
        _ => format!("a server ended before it was ready: {error}"),
    })
}

/// The main loop of a child: one client after the other, from the socket that it was given.
fn serve<R: Reply + Wire>() -> io::Result<Infallible> {
    let [listener, socket]: [OwnedFd; 2] = reexec::take_descriptors()?;
    let (listener, mut socket) = (TcpListener::from(listener), UnixStream::from(socket));
    let mut length = [0; 4];
    socket.read_exact(&mut length)?;
    let mut work = vec![0; u32::from_le_bytes(length) as usize];
    socket.read_exact(&mut work)?;
    let work: R = postcard::from_bytes(&work).map_err(io::Error::other)?;
    let stop = Stop::from(socket.try_clone().map(OwnedFd::from)?);
    let (go, gone) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        if socket.write_all(&[1]).and_then(|()| socket.read_exact(&mut [0; 1])).is_ok() && go.send(()).is_ok()
        {
            stop.wait();
        }
        std::process::exit(0)
    })?;
    gone.recv().map_err(io::Error::other)?; // all together: an early child would delay the start of the others
    let clients = Clients::default();
    loop {
        // blocked in `accept` and not in `poll`, which would wake all processes for each client
        let client = next(|| listener.accept().map(|(client, _)| client), thread::sleep);
        let _ = answer_client(&work, client, &clients); // an error is this client's
    }
}

/// The next client. Skips an error that concerns one client only. Any other lasts for a while, so the
/// child rests: a loop that retries immediately takes the core from those that serve.
fn next<C>(mut accept: impl FnMut() -> io::Result<C>, mut rest: impl FnMut(Duration)) -> C {
    loop {
        match accept() {
            Ok(client) => return client,
            Err(error) if passes(error.kind()) => {}
            Err(_) => rest(REST),
        }
    }
}

fn passes(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(kind, ConnectionAborted | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_has_gone_is_passed_over_and_want_is_waited_for() {
        const ECONNABORTED: i32 = 103;
        const EMFILE: i32 = 24;
        let mut outcomes = vec![Ok("a client")];
        outcomes.extend([EMFILE, EMFILE, ECONNABORTED].map(|errno| Err(io::Error::from_raw_os_error(errno))));
        let mut rests = Vec::new();
        let client = next(|| outcomes.pop().unwrap(), |rest| rests.push(rest));
        assert_eq!((client, rests), ("a client", vec![REST; 2]));
    }
}
