//! The stop signal of a server: the other end of a pair of sockets is dropped.
//!
//! Threads can wait for it with `poll`, every async runtime as for any socket, and child processes
//! by inheriting it; and it happens by itself when the process that holds the other end is killed.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// A server runs as long as this exists.
#[derive(Debug)]
pub struct Running(#[expect(dead_code, reason = "it is held, never used")] UnixStream);

/// The server's end of the stop signal: readable, and at end of file, as soon as the server must stop.
///
/// ```
/// use parallax_pattern::stop::Stop;
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let (running, stop) = Stop::pair()?;
/// let server = std::thread::spawn(move || stop.accept(&listener).map(|client| client.is_some()));
/// drop(running);
/// assert!(!server.join().unwrap()?); // no client came, but the end
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Stop(UnixStream);

impl Stop {
    /// The two ends.
    ///
    /// # Errors
    ///
    /// If there are no descriptors left.
    pub fn pair() -> io::Result<(Running, Stop)> {
        let (ours, servers) = UnixStream::pair()?;
        Ok((Running(ours), Stop(servers)))
    }

    /// Waits for a client on a listener that does not block; `None` if the server must stop.
    ///
    /// # Errors
    ///
    /// Those of `accept` that are not temporary ([`passing`]).
    pub fn accept(&self, listener: &TcpListener) -> io::Result<Option<TcpStream>> {
        listener.set_nonblocking(true)?; // another process or thread may accept the client first
        loop {
            let mut ready = [PollFd::new(&self.0, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
            match poll(&mut ready, None) {
                Err(Errno::INTR) => continue,
                outcome => outcome?,
            };
            if !ready[0].revents().is_empty() {
                return Ok(None);
            }
            match listener.accept() {
                Ok((client, _)) => {
                    client.set_nonblocking(false)?;
                    return Ok(Some(client));
                }
                // `poll` cannot wait for free descriptors: try again a little later.
                Err(error) if exhausted(&error) => self.rest(),
                Err(error) if passing(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits for [`REST`], or until the server must stop.
    pub fn rest(&self) {
        let rest = rustix::time::Timespec { tv_sec: 0, tv_nsec: REST.subsec_nanos().into() };
        let _ = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&rest)); // woken early, it rests again
    }

    /// Waits until the server must stop.
    pub fn wait(&self) {
        while let Err(Errno::INTR) = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], None) {}
    }

    /// Waits until the server must stop, or until `other` is readable or ends.
    pub fn wait_beside(&self, other: impl AsFd) {
        let mut ready = [PollFd::new(&self.0, PollFlags::IN), PollFd::new(&other, PollFlags::IN)];
        while let Err(Errno::INTR) = poll(&mut ready, None) {}
    }

    /// The socket itself, for runtimes that wait in their own way: the server must stop when a read returns.
    pub fn into_stream(self) -> UnixStream {
        self.0
    }
}

impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<Stop> for OwnedFd {
    fn from(stop: Stop) -> Self {
        stop.0.into()
    }
}

impl From<OwnedFd> for Stop {
    /// For a child process, with the descriptor that it inherited.
    fn from(descriptor: OwnedFd) -> Self {
        Stop(descriptor.into())
    }
}

/// How long a server waits before it accepts again where [`exhausted`] says that it must.
pub const REST: Duration = Duration::from_millis(10);

/// Whether a server continues after this error of `accept`, because it concerns one client only or is temporary.
///
/// ```
/// use std::io::{Error, ErrorKind};
/// assert!(parallax_pattern::stop::passing(&Error::from(ErrorKind::ConnectionAborted)));
/// assert!(!parallax_pattern::stop::passing(&Error::from(ErrorKind::InvalidInput)));
/// ```
pub fn passing(error: &io::Error) -> bool {
    // The list is that of accept(2): on Linux, `accept` returns errors that are pending on the new connection.
    const THE_CLIENTS: [Errno; 13] = [
        Errno::CONNABORTED,
        Errno::CONNRESET,
        Errno::INTR,
        Errno::AGAIN,
        Errno::PERM, // a firewall's
        Errno::PROTO,
        Errno::NOPROTOOPT,
        Errno::OPNOTSUPP,
        Errno::NETDOWN,
        Errno::NETUNREACH,
        Errno::HOSTDOWN,
        Errno::HOSTUNREACH,
        Errno::NONET,
    ];
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, WouldBlock};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | WouldBlock)
        || is_one_of(error, &THE_CLIENTS)
        || exhausted(error)
}

/// Whether there was no descriptor or no memory for the client, which still waits: a server that accepts again
/// immediately would spin, so it rests a little first ([`REST`]).
pub fn exhausted(error: &io::Error) -> bool {
    is_one_of(error, &[Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM])
}

fn is_one_of(error: &io::Error, known: &[Errno]) -> bool {
    error.raw_os_error().is_some_and(|code| known.iter().any(|errno| errno.raw_os_error() == code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_server_is_only_what_does_not_pass() {
        let of = |errno: Errno| io::Error::from_raw_os_error(errno.raw_os_error());
        assert!([Errno::CONNABORTED, Errno::INTR, Errno::MFILE].map(of).iter().all(passing));
        assert!([Errno::MFILE, Errno::NFILE, Errno::NOMEM].map(of).iter().all(exhausted));
        assert!(!exhausted(&of(Errno::CONNABORTED)), "the next client does not need to wait");
        assert!(![Errno::BADF, Errno::INVAL, Errno::NOTSOCK].map(of).iter().any(passing));
    }

    #[test]
    fn a_rest_ends_with_the_server() {
        let (running, stop) = Stop::pair().unwrap();
        stop.rest();
        drop(running);
        stop.rest();
    }
}
