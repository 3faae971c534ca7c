//! One client connection: it sends a request and gathers the answer piece by piece, without blocking.

use crate::judge::{LONGEST_HEAD, Verdict, judge};
use crate::{Exchange, Patience};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// A connection to the server, and the request under way on it.
pub(crate) struct Connection {
    stream: TcpStream,
    asked: Option<Asked>,
    /// Received so far; bytes from `filled` on are free.
    buffer: Vec<u8>,
    filled: usize,
    state: State,
}

/// A request under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) exchange: usize,
    /// When it was meant to be sent.
    pub(crate) since_ns: u64,
    sent: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The server will send no more.
    Ended,
    /// The driver will send no more, and waits for the server to see that.
    Closing,
    Closed,
}

/// The result of a look at a connection.
#[derive(Debug)]
pub(crate) enum Seen {
    Nothing,
    Answer(Asked),
    Closed,
}

impl Connection {
    pub(crate) fn open(to: SocketAddr, patience: Patience) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&to, Duration::from_nanos(patience.silence_ns.max(1)))?;
        stream.set_nodelay(true)?; // a request must not wait for more to send
        stream.set_nonblocking(true)?;
        Ok(Connection { stream, asked: None, buffer: Vec::new(), filled: 0, state: State::Open })
    }

    /// The request that has no answer yet.
    pub(crate) fn asked(&self) -> Option<Asked> {
        self.asked
    }

    /// Sends a request as far as it goes; [`Connection::look`] sends the rest.
    pub(crate) fn ask(&mut self, exchange: usize, since_ns: u64, table: &[Exchange]) -> Result<(), String> {
        if self.state != State::Open {
            return Err("the server closes the connection before all requests are sent".into());
        }
        let room = table[exchange].body().len() + LONGEST_HEAD;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        self.asked = Some(Asked { exchange, since_ns, sent: 0 });
        self.send(table)
    }

    /// Tells the server that no more requests come; [`Seen::Closed`] means that the server has seen it.
    pub(crate) fn close(&mut self) -> Result<Seen, String> {
        if self.state == State::Ended {
            self.state = State::Closed;
            return Ok(Seen::Closed);
        }
        self.state = State::Closing;
        match self.stream.shutdown(Shutdown::Write) {
            Err(error) if error.kind() != ErrorKind::NotConnected => Err(error.to_string()),
            _ => Ok(Seen::Nothing),
        }
    }

    /// Continues the request under way. `to_the_end`: the server has ended the connection, so read until the end.
    pub(crate) fn look(&mut self, to_the_end: bool, table: &[Exchange]) -> Result<Seen, String> {
        self.send(table)?;
        loop {
            // without a request no bytes should come, but if one does it must be seen
            let room = self.buffer.len().max(1);
            self.buffer.resize(room, 0);
            let read = match self.stream.read(&mut self.buffer[self.filled..]) {
                Ok(0) => return self.end(),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Seen::Nothing),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.to_string()),
            };
            self.filled += read;
            let Some(asked) = self.asked else { return Err("sends bytes without a request".into()) };
            match judge(&self.buffer[..self.filled], &table[asked.exchange]) {
                Verdict::Wrong(why) => return Err(why),
                Verdict::Right { end } if end < self.filled => {
                    return Err(format!("sends {} bytes more than the answer", self.filled - end));
                }
                Verdict::Right { .. } if asked.sent < table[asked.exchange].request().len() => {
                    return Err("answers before the whole request is sent".into());
                }
                Verdict::Right { .. } => {
                    (self.asked, self.filled) = (None, 0);
                    if to_the_end {
                        self.state = State::Ended; // no other event will report the end
                    }
                    return Ok(Seen::Answer(asked));
                }
                // a read that leaves room has taken all there is
                Verdict::Incomplete if self.filled < self.buffer.len() && !to_the_end => {
                    return Ok(Seen::Nothing);
                }
                Verdict::Incomplete if self.filled == self.buffer.len() => {
                    return Err("sends a head that is too long".into());
                }
                Verdict::Incomplete => {}
            }
        }
    }

    fn send(&mut self, table: &[Exchange]) -> Result<(), String> {
        let Some(asked) = &mut self.asked else { return Ok(()) };
        let request = table[asked.exchange].request();
        while asked.sent < request.len() {
            match self.stream.write(&request[asked.sent..]) {
                Ok(sent) => asked.sent += sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Seen, String> {
        if self.asked.is_some() {
            return Err(format!("closes the connection after {} bytes of the answer", self.filled));
        }
        if self.state == State::Closing {
            self.state = State::Closed;
            return Ok(Seen::Closed);
        }
        self.state = State::Ended;
        Ok(Seen::Nothing)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
