//! The messages between a driver and its host: a length, then as many bytes.

use crate::{Exchange, Latency};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};
use std::net::SocketAddr;

/// A closed loop: each of `connections` clients sends its share of `requests`, one after the other, then closes.
///
/// The clients' shares are equal and contiguous: request `i` is exchange `i` modulo the number of exchanges. So a
/// server that neglects a connection loses time itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Closed {
    /// Where the server listens.
    pub to: SocketAddr,
    /// How many connections are open at the same time.
    pub connections: usize,
    /// The number of requests, over all connections.
    pub requests: usize,
}

/// An open loop: requests at random times (a Poisson process), `per_second` of them on average, whatever the
/// server does; each goes out on the connection that has been idle longest, or waits for one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// Where the server listens.
    pub to: SocketAddr,
    /// How many connections are open at the same time.
    pub connections: usize,
    /// The number of requests.
    pub requests: usize,
    /// How many of them are due per second.
    pub per_second: f64,
    /// The seed that decides when they are due.
    pub seed: u64,
}

/// How long a driver waits before it gives up, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patience {
    /// Without a sign of life on any connection.
    pub silence_ns: u64,
    /// For the whole run.
    pub run_ns: u64,
}

impl Default for Patience {
    /// Ten seconds of silence, five minutes in all.
    fn default() -> Self {
        Patience { silence_ns: 10_000_000_000, run_ns: 300_000_000_000 }
    }
}

/// The result of a run in which every answer was right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// From the first request to the last answer, connecting included.
    pub wall_ns: u64,
    /// CPU time of the driver: if it is close to `wall_ns`, the driver is measured, not the server.
    pub cpu_ns: u64,
    /// The number of right answers to each exchange.
    pub right: Vec<u64>,
    /// From when a request was meant to be sent to its whole answer.
    pub latency: Latency,
    /// From when a request was meant to be sent to when it was sent, if a connection was idle: the
    /// driver's own delay. Empty in a closed loop.
    pub lateness: Latency,
}

impl Report {
    /// Requests per second.
    pub fn per_second(&self) -> f64 {
        self.right.iter().sum::<u64>() as f64 * 1e9 / self.wall_ns.max(1) as f64
    }

    /// The share of the time in which the driver was working: from about 0.9 on it is the limit.
    pub fn busy(&self) -> f64 {
        self.cpu_ns as f64 / self.wall_ns.max(1) as f64
    }
}

/// A job that a host gives its driver.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Use these exchanges and this patience in later jobs.
    Learn(Vec<Exchange>, Patience),
    /// Answered by a report.
    Closed(Closed),
    /// Answered by a report.
    Open(Open),
    /// A closed loop against a responder in the driver that does nearly nothing.
    Limit { connections: usize, requests: usize },
}

/// The answer of the driver: a report, or an error.
pub(crate) type Outcome = Result<Report, String>;

/// The longest message; a longer length is an error.
const LONGEST: usize = 256 << 20;

pub(crate) fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let bytes = postcard::to_stdvec(message).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&bytes)
}

/// The next message; `None` at the end.
pub(crate) fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        outcome => outcome?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST {
        return Err(io::Error::other("a message is too long"));
    }
    let mut bytes = Vec::new();
    from.take(length as u64).read_to_end(&mut bytes)?;
    postcard::from_bytes(&bytes).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_as_they_were() {
        let mut line = Vec::new();
        let exchange = Exchange::post("/echo", "text/plain", b"\0\xff", "x");
        send(&mut line, &Job::Learn(vec![exchange.clone()], Patience::default())).unwrap();
        let mut from = line.as_slice();
        let Some(Job::Learn(back, patience)) = receive(&mut from).unwrap() else {
            panic!("not the message that was sent")
        };
        assert_eq!((back, patience), (vec![exchange], Patience::default()));
        assert!(receive::<Job>(&mut from).unwrap().is_none());
    }

    #[test]
    fn a_cut_or_boundless_message_is_an_error() {
        let mut line = Vec::new();
        send(&mut line, &"hello".to_owned()).unwrap();
        assert!(receive::<String>(&mut &line[..line.len() - 1]).is_err());
        assert!(receive::<String>(&mut &[0xff; 100][..]).is_err());
    }
}
