//! The network to another host: the parameters of LogGP, measured over TCP.
//!
//! | parameter | measured as |
//! |---|---|
//! | overhead `o` | half of this host's processor time for a round trip of one byte: it sends and receives |
//! | latency `L` | half of the round trip, less both ends' overhead |
//! | gap `g` | a burst of small messages, each sent by itself, per message |
//! | gap per byte `G` | a burst of large ones, per byte |
//!
//! They are what a program that writes to a socket sees, so they include the kernel's part (Culler, Liu, Martin and
//! Yoshikawa, "Assessing fast network interfaces", IEEE Micro 1996, measures the same four).

#![expect(clippy::disallowed_methods, reason = "it times the network between two hosts, not a technique")]

use crate::{Error, Host, Hosts};
use crate::{Hello, Members};
use parallax_limits::network::{Interval, Link, Network, Place};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The role of the answering member.
pub(crate) const ROLE: &str = "network";
/// How long a connection or an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Round trips of a sample, or messages of a burst.
const MESSAGES: usize = 64;
/// Bytes of a large message, and their number in a burst: more than the buffers on the way hold.
const LARGE: usize = 64 << 10;
const BURST: usize = 64;

/// Measures the network from the first host to each of the others.
///
/// # Errors
///
/// If a host cannot be started or reached, or does not answer.
pub fn measure(hosts: &Hosts, samples: usize) -> Result<Network, Error> {
    let (first, samples) = (&hosts.iter().as_slice()[0], samples.max(5));
    let listener = listen(first.address).map_err(|why| unreachable(first, &why))?;
    let address = listener.local_addr().map_err(|why| unreachable(first, &why))?;
    let _members = Members::start(ROLE, hosts, |number| (address, number))?;
    let mut found = vec![None; hosts.len()];
    found[0] = Some((here(), None));
    for _ in 1..hosts.len() {
        let (way, caller) = accept(&listener).map_err(|why| unreachable(first, &why))?;
        match found.get_mut(caller.number) {
            Some(place @ None) => *place = Some((caller, Some(Arc::new(way)))),
            _ => return Err(Error::Engine(format!("unexpected connection from host {}", caller.number))),
        }
    }
    let mut network = Network { places: Vec::new(), links: Vec::new() };
    for (host, (caller, way)) in hosts.iter().zip(found.into_iter().flatten()) {
        let Caller { machine, cores, .. } = caller;
        let (name, address) = (host.name.clone(), host.address.to_string());
        network.places.push(Place { host: name, address, machine, cores, workers: host.cores });
        if let Some(way) = way {
            network.links.push(link(first, host, &way, samples)?);
        }
    }
    Ok(network)
}

/// How a member introduces itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Caller {
    number: usize,
    machine: String,
    cores: usize,
}

/// The introduction of this process.
fn here() -> Caller {
    let machine = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Caller { number: 0, machine: machine.trim().to_owned(), cores }
}

fn listen(address: IpAddr) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::new(address, 0))
}

fn unreachable(host: &Host, why: &io::Error) -> Error {
    Error::Refused { host: host.name.clone(), reason: why.to_string() }
}

/// Accepts the next connection, and reads its introduction.
fn accept(listener: &TcpListener) -> io::Result<(TcpStream, Caller)> {
    listener.set_nonblocking(true)?;
    let end = Instant::now() + PATIENCE;
    let mut way = loop {
        match listener.accept() {
            Ok((way, _)) => break way,
            Err(why) if why.kind() == io::ErrorKind::WouldBlock && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(why) => return Err(why),
        }
    };
    way.set_nonblocking(false)?;
    way.set_read_timeout(Some(PATIENCE))?;
    way.set_nodelay(true)?;
    let mut length = [0];
    way.read_exact(&mut length)?;
    let mut said = vec![0; length[0].into()];
    way.read_exact(&mut said)?;
    Ok((way, postcard::from_bytes(&said).map_err(io::Error::other)?))
}

fn link(first: &Host, host: &Host, mut way: &TcpStream, samples: usize) -> Result<Link, Error> {
    let mut run = || -> io::Result<[Interval; 4]> {
        let (mut trips, mut busy, mut gaps, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for sample in 0..=samples {
            let (trip, of_processor) = round_trips(&mut way)?;
            let gap = burst(&mut way, 1, MESSAGES)?;
            let per_byte = burst(&mut way, LARGE, BURST)? / LARGE as f64;
            // the first warms up windows, buffers and caches
            if sample > 0 {
                busy.push(of_processor / 2.0);
                trips.push((trip / 2.0 - of_processor).max(0.0));
                gaps.push(gap);
                bytes.push(per_byte);
            }
        }
        Ok([trips, busy, gaps, bytes].map(Interval::of))
    };
    let [latency, overhead, gap, per_byte] = run().map_err(|why| unreachable(host, &why))?;
    Ok(Link { from: first.name.clone(), to: host.name.clone(), latency, overhead, gap, per_byte })
}

/// An order to the other end: receive a number of messages of a size and answer with one byte, to each or to the last.
#[derive(Debug, Clone, Copy)]
struct Order {
    bytes: u32,
    messages: u32,
    each: bool,
}

impl Order {
    const BYTES: usize = 9;

    fn write(self, way: &mut &TcpStream) -> io::Result<()> {
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.messages.to_le_bytes());
        bytes[8] = self.each.into();
        way.write_all(&bytes)
    }

    fn read(way: &mut &TcpStream) -> io::Result<Self> {
        let mut bytes = [0; Self::BYTES];
        way.read_exact(&mut bytes)?;
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Ok(Order { bytes: word(0), messages: word(4), each: bytes[8] != 0 })
    }
}

/// Seconds of a round trip, and of processor time.
fn round_trips(way: &mut &TcpStream) -> io::Result<(f64, f64)> {
    Order { bytes: 1, messages: MESSAGES as u32, each: true }.write(way)?;
    let mut byte = [0];
    let (start, processor) = (Instant::now(), processor_time());
    for _ in 0..MESSAGES {
        way.write_all(&[1])?;
        way.read_exact(&mut byte)?;
    }
    let count = MESSAGES as f64;
    Ok((start.elapsed().as_secs_f64() / count, (processor_time() - processor) / count))
}

fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// Seconds of each message of a burst; the time of the answer to the last is shared by all.
fn burst(way: &mut &TcpStream, bytes: usize, messages: usize) -> io::Result<f64> {
    Order { bytes: bytes as u32, messages: messages as u32, each: false }.write(way)?;
    let (message, mut byte) = (vec![1; bytes], [0]);
    let start = Instant::now();
    (0..messages).try_for_each(|_| way.write_all(&message))?;
    way.read_exact(&mut byte)?;
    Ok(start.elapsed().as_secs_f64() / messages as f64)
}

/// In a member: answers until the other end closes.
pub(crate) fn member() -> io::Result<()> {
    let (address, number) = Hello::<(SocketAddr, usize)>::wait()?.ready()?;
    let way = TcpStream::connect_timeout(&address, PATIENCE)?;
    way.set_nodelay(true)?;
    let mut way = &way;
    let said = postcard::to_stdvec(&Caller { number, ..here() }).map_err(io::Error::other)?;
    way.write_all(&[u8::try_from(said.len()).map_err(io::Error::other)?])?;
    way.write_all(&said)?;
    let mut message = vec![0; LARGE];
    loop {
        let order = match Order::read(&mut way) {
            Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            order => order?,
        };
        let bytes = message.get_mut(..order.bytes as usize).ok_or(io::ErrorKind::InvalidData)?;
        for left in (0..order.messages).rev() {
            way.read_exact(bytes)?;
            if order.each || left == 0 {
                way.write_all(&[1])?;
            }
        }
    }
}
