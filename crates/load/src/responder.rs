//! The cheapest possible server: its result is the driver's own limit, above which no server can be measured.

use crate::Exchange;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{Shutdown, shutdown};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};

/// A thread that writes one answer for each request's length in bytes, without parsing them.
pub(crate) struct Responder {
    pub(crate) at: SocketAddr,
    door: Arc<Door>,
    thread: JoinHandle<io::Result<()>>,
}

/// The listener for clients, which can be closed.
struct Door {
    listener: TcpListener,
    closed: AtomicBool,
}

impl Responder {
    /// Its only exchange.
    pub(crate) fn exchange() -> Exchange {
        Exchange::get("/plaintext", "text/plain", "Hello, World!")
    }

    /// Answers on `connections` connections, and ends when they do.
    pub(crate) fn start(connections: usize) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let at = listener.local_addr()?;
        let door = Arc::new(Door { listener, closed: AtomicBool::new(false) });
        let inside = door.clone();
        let thread = thread::Builder::new().spawn(move || {
            let answered = answer(&inside, connections);
            inside.close(); // clients that still wait get an error immediately
            answered
        })?;
        Ok(Responder { at, door, thread })
    }

    /// Accepts no more clients, and waits until the present ones have gone.
    pub(crate) fn end(self) -> io::Result<()> {
        self.door.close();
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the responder panicked")))
    }
}

impl Door {
    /// Ends an `accept` that waits, and makes all later ones end.
    fn close(&self) {
        self.closed.store(true, SeqCst);
        let _ = shutdown(&self.listener, Shutdown::Both); // it may be closed already
    }

    /// The next client; `None` once it is closed.
    fn accept(&self) -> io::Result<Option<TcpStream>> {
        loop {
            match self.listener.accept() {
                Ok((client, _)) => return Ok(Some(client)),
                Err(_) if self.closed.load(SeqCst) => return Ok(None),
                Err(error)
                    if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn answer(door: &Door, connections: usize) -> io::Result<()> {
    let exchange = Responder::exchange();
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\r\n".to_vec();
    answer.extend_from_slice(exchange.body());
    let mut talk = Talk { request: exchange.request().len(), answer, buffer: [0; 4096] };
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    let mut streams = Vec::new();
    for k in 0..connections {
        let Some(stream) = door.accept()? else { break };
        watch(&stream, &epoll, k as u64)?;
        streams.push((stream, 0));
    }
    let mut events = [Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; 256];
    let mut open = streams.len();
    while open > 0 {
        let count = match epoll::wait(&epoll, &mut events, None) {
            Err(Errno::INTR) => continue,
            outcome => outcome?,
        };
        for event in &events[..count] {
            let (stream, received) = &mut streams[event.data.u64() as usize];
            // however a client ends, its driver reports why
            if !talk.go_on(stream, received).unwrap_or(false) {
                epoll::delete(&epoll, &*stream)?;
                let _ = stream.shutdown(std::net::Shutdown::Both);
                open -= 1;
            }
        }
    }
    Ok(())
}

/// The conversation on every connection.
struct Talk {
    /// How many bytes a request has.
    request: usize,
    answer: Vec<u8>,
    buffer: [u8; 4096],
}

impl Talk {
    /// Answers the requests that have come; false if no more will come.
    fn go_on(&mut self, stream: &mut TcpStream, received: &mut usize) -> io::Result<bool> {
        match stream.read(&mut self.buffer) {
            Ok(0) => return Ok(false),
            Ok(read) => *received += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(error),
        }
        while *received >= self.request {
            *received -= self.request;
            stream.write_all(&self.answer)?;
        }
        Ok(true)
    }
}

fn watch(stream: &TcpStream, epoll: &OwnedFd, k: u64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    epoll::add(epoll, stream, EventData::new_u64(k), EventFlags::IN)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn clients_that_never_come_are_not_waited_for() {
        let responder = Responder::start(3).unwrap();
        let mut client = TcpStream::connect(responder.at).unwrap();
        client.write_all(Responder::exchange().request()).unwrap();
        drop(client); // as a driver that runs out of descriptors before all of its clients are there
        let (end, ended) = channel();
        thread::spawn(move || end.send(responder.end().is_ok()));
        assert_eq!(ended.recv_timeout(Duration::from_secs(30)), Ok(true), "it waits for the other two");
    }
}
