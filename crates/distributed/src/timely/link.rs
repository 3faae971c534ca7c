//! A connection to another process, as timely's threads use it: when it ends, the workers are released.

use super::gate::{Gate, Loss};
use ::timely::communication::allocator::zero_copy::stream::Stream;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::panic::resume_unwind;
use std::sync::Arc;

/// A socket, and the process at its other end.
#[derive(Debug)]
pub(crate) struct Link {
    socket: TcpStream,
    process: usize,
    gate: Arc<Gate>,
}

impl Link {
    pub(crate) fn new(socket: TcpStream, process: usize, gate: &Arc<Gate>) -> Self {
        gate.add_link();
        Link { socket, process, gate: Arc::clone(gate) }
    }

    /// Ends this thread as timely expects it: by a panic, but silently and when no thread depends on it any more.
    fn end(&self, why: &io::Error) -> ! {
        self.gate.close(Some(Loss { process: Some(self.process), words: why.to_string() }));
        self.gate.wait_for_workers();
        resume_unwind(Box::new("the connection has ended"))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.gate.drop_link();
    }
}

impl Read for Link {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.socket.read(bytes) {
                Ok(0) => self.end(&io::Error::other("it has closed the connection")),
                Ok(read) => {
                    self.gate.hear(self.process);
                    return Ok(read);
                }
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => self.end(&why),
            }
        }
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes).or_else(|why| match why.kind() {
            io::ErrorKind::Interrupted => Err(why), // the caller tries again
            _ => self.end(&why),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl Stream for Link {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Link::new(self.socket.try_clone()?, self.process, &self.gate))
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.socket.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let _ = self.socket.shutdown(how); // the other end may have done it
        Ok(())
    }
}
