//! A connection between any two processes: the members connect to the first, which sends them each other's addresses.
//!
//! Timely could do that itself, from a list of ports that were free a moment ago, retrying once a second. Here each
//! process takes a free port and keeps it, so that no port is lost and no process waits.

#![expect(clippy::disallowed_methods, reason = "the wait for a host, not a technique's time")]

use super::gate::Gate;
use super::link::Link;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt;
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a process may take to connect.
const LIMIT: Duration = Duration::from_secs(30);
/// How long sent data may stay unreceived, and a host silent, before the host counts as lost.
const SILENCE: Duration = Duration::from_secs(20);

/// The first process's message to a member about the cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Invitation {
    /// The number of the member's process.
    pub(crate) number: usize,
    /// The number of workers of each process.
    pub(crate) threads: usize,
    /// The addresses of all processes.
    pub(crate) addresses: Vec<IpAddr>,
    /// The port at which the first one listens.
    pub(crate) port: u16,
    /// A secret that only the members know.
    pub(crate) token: u64,
}

/// Bytes of an introduction: a member's token, number and port.
const INTRODUCTION: usize = 18;

/// The sockets of the first process, to each of the others.
pub(crate) fn of_first(listener: &TcpListener, told: &Invitation) -> io::Result<Vec<Option<TcpStream>>> {
    let deadline = Instant::now() + LIMIT;
    let count = told.addresses.len();
    let (mut sockets, mut ports) = (no_sockets(count), vec![told.port; count]);
    while let Some(missing) = (1..count).find(|&number| sockets[number].is_none()) {
        let (socket, number, port) = accept(listener, told, deadline).map_err(|why| {
            io::Error::new(why.kind(), format!("process {missing} does not connect: {why}"))
        })?;
        ports[number] = port;
        sockets[number] = Some(socket);
    }
    let list: Vec<u8> = ports.iter().flat_map(|port| port.to_le_bytes()).collect();
    for mut socket in sockets.iter().flatten() {
        socket.write_all(&list)?;
    }
    Ok(sockets)
}

/// A member that has connected to the first process, and not yet to the others.
pub(crate) struct Arrived {
    told: Invitation,
    listener: TcpListener,
    first: TcpStream,
}

impl Arrived {
    /// Connects with the first process.
    pub(crate) fn new(told: Invitation) -> io::Result<Self> {
        let listener = TcpListener::bind((told.addresses[told.number], 0))?;
        let first = connect(SocketAddr::new(told.addresses[0], told.port))?;
        introduce(&first, &told, listener.local_addr()?.port())?;
        Ok(Arrived { told, listener, first })
    }

    /// Connects with all others, as soon as the first process sends their addresses.
    pub(crate) fn connect(self) -> io::Result<Vec<Option<TcpStream>>> {
        let Arrived { told, listener, mut first } = self;
        let deadline = Instant::now() + LIMIT;
        let count = told.addresses.len();
        let mut list = vec![0; 2 * count];
        first.read_exact(&mut list)?;
        let port = |number: usize| u16::from_le_bytes([list[2 * number], list[2 * number + 1]]);
        let mut sockets = no_sockets(count);
        sockets[0] = Some(first);
        for (number, place) in sockets.iter_mut().enumerate().take(told.number).skip(1) {
            let socket = connect(SocketAddr::new(told.addresses[number], port(number)))?;
            introduce(&socket, &told, 0)?;
            *place = Some(socket);
        }
        while sockets[told.number + 1..].iter().any(Option::is_none) {
            let (socket, number, _) = accept(&listener, &told, deadline)?;
            sockets[number] = Some(socket);
        }
        Ok(sockets)
    }
}

fn no_sockets(count: usize) -> Vec<Option<TcpStream>> {
    (0..count).map(|_| None).collect()
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let named = |why: io::Error| io::Error::new(why.kind(), format!("{address}: {why}"));
    let socket = TcpStream::connect_timeout(&address, LIMIT).map_err(named)?;
    socket.set_read_timeout(Some(LIMIT))?;
    Ok(socket)
}

fn introduce(mut socket: &TcpStream, told: &Invitation, port: u16) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(INTRODUCTION);
    bytes.extend(told.token.to_le_bytes());
    bytes.extend((told.number as u64).to_le_bytes());
    bytes.extend(port.to_le_bytes());
    socket.write_all(&bytes)
}

/// Accepts the next process that knows the token; others are rejected.
fn accept(
    listener: &TcpListener,
    told: &Invitation,
    deadline: Instant,
) -> io::Result<(TcpStream, usize, u16)> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
        if poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&timeout))? == 0 {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it did not come in time"));
        }
        let (mut socket, _) = listener.accept()?;
        socket.set_read_timeout(Some(LIMIT))?;
        let mut bytes = [0; INTRODUCTION];
        if socket.read_exact(&mut bytes).is_err() {
            continue;
        }
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|k| bytes[at + k]));
        let number = word(8) as usize;
        if word(0) == told.token && (told.number + 1..told.addresses.len()).contains(&number) {
            return Ok((socket, number, u16::from_le_bytes([bytes[16], bytes[17]])));
        }
    }
}

/// Makes sockets to links, over which timely's threads send immediately and notice a silent loss.
pub(crate) fn links(sockets: Vec<Option<TcpStream>>, gate: &Arc<Gate>) -> io::Result<Vec<Option<Link>>> {
    let link = |(number, socket): (usize, Option<TcpStream>)| {
        let Some(socket) = socket else { return Ok(None) };
        socket.set_nodelay(true)?;
        socket.set_read_timeout(None)?;
        sockopt::set_socket_keepalive(&socket, true)?;
        sockopt::set_tcp_keepidle(&socket, SILENCE / 4)?;
        sockopt::set_tcp_keepintvl(&socket, SILENCE / 4)?;
        sockopt::set_tcp_keepcnt(&socket, 3)?;
        sockopt::set_tcp_user_timeout(&socket, SILENCE.as_millis() as u32)?;
        Ok(Some(Link::new(socket, number, gate)))
    };
    sockets.into_iter().enumerate().map(link).collect()
}
