//! The least that can answer: what a driver reaches against it, no server can show to be more.

use crate::Exchange;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::thread::{self, JoinHandle};

/// A thread that writes one answer for as many bytes as one request has, and reads nothing into them.
pub(crate) struct Responder {
    pub(crate) at: SocketAddr,
    thread: JoinHandle<io::Result<()>>,
}

impl Responder {
    /// The one exchange that it knows.
    pub(crate) fn exchange() -> Exchange {
        Exchange::get("/plaintext", "text/plain", "Hello, World!")
    }

    /// Answers on `connections` connections, and ends when they do.
    pub(crate) fn start(connections: usize) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let at = listener.local_addr()?;
        let thread = thread::Builder::new().spawn(move || answer(&listener, connections))?;
        Ok(Responder { at, thread })
    }

    pub(crate) fn join(self) -> io::Result<()> {
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the responder panicked")))
    }
}

fn answer(listener: &TcpListener, connections: usize) -> io::Result<()> {
    let exchange = Responder::exchange();
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\r\n".to_vec();
    answer.extend_from_slice(exchange.body());
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    let mut streams = Vec::new();
    for k in 0..connections {
        streams.push((accept(listener, &epoll, k as u64)?, 0));
    }
    let mut events = [Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; 256];
    let (mut open, mut buffer) = (connections, [0; 4096]);
    while open > 0 {
        let count = epoll::wait(&epoll, &mut events, None)?;
        for event in &events[..count] {
            let (stream, received) = &mut streams[event.data.u64() as usize];
            match stream.read(&mut buffer)? {
                0 => {
                    epoll::delete(&epoll, &*stream)?;
                    stream.shutdown(std::net::Shutdown::Both)?;
                    open -= 1;
                }
                read => *received += read,
            }
            while *received >= exchange.request().len() {
                *received -= exchange.request().len();
                stream.write_all(&answer)?;
            }
        }
    }
    Ok(())
}

fn accept(listener: &TcpListener, epoll: &OwnedFd, k: u64) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    epoll::add(epoll, &stream, EventData::new_u64(k), EventFlags::IN)?;
    Ok(stream)
}
