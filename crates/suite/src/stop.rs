//! How a server is told to end: the other end of a pair of sockets is dropped.
//!
//! Threads can wait for that with `poll`, every async runtime as for any socket, and child processes
//! by inheriting it; and it happens by itself when the process that holds the other end is killed.

use rustix::event::{PollFd, PollFlags, poll};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// A server runs as long as this lives.
#[derive(Debug)]
pub struct Running(#[expect(dead_code, reason = "it is held, never used")] UnixStream);

/// Readable, and at its end, as soon as the server is to stop.
///
/// ```
/// use parallax_suite::stop::Stop;
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

    /// Waits for a client on a listener that does not block; none if the server is to stop.
    ///
    /// # Errors
    ///
    /// Those of accepting, but for those that are the client's.
    pub fn accept(&self, listener: &TcpListener) -> io::Result<Option<TcpStream>> {
        listener.set_nonblocking(true)?; // who else accepts from it may be first
        loop {
            let mut ready = [PollFd::new(&self.0, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
            match poll(&mut ready, None) {
                Err(rustix::io::Errno::INTR) => continue,
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
                Err(error) if is_the_clients(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until the server is to stop.
    pub fn wait(&self) {
        while let Err(rustix::io::Errno::INTR) = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], None) {}
    }

    /// Waits until the server is to stop, or until `other` has something to say or ends.
    pub fn wait_beside(&self, other: impl AsFd) {
        let mut ready = [PollFd::new(&self.0, PollFlags::IN), PollFd::new(&other, PollFlags::IN)];
        while let Err(rustix::io::Errno::INTR) = poll(&mut ready, None) {}
    }

    /// The socket itself, for runtimes that wait in their own way: it is to stop when a read ends.
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
    /// What a child process does with the descriptor it inherited.
    fn from(descriptor: OwnedFd) -> Self {
        Stop(descriptor.into())
    }
}

/// A client that went away or was taken by another is no reason to end.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, WouldBlock};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | WouldBlock)
}
