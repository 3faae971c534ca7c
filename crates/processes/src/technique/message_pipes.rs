//! Message by message through the kernel: a pipe from each producer to its consumer.
//!
//! ```
//! use std::io::{Read, Write, pipe};
//! use std::thread;
//!
//! let (mut incoming, mut outgoing) = pipe()?; // either end may be in another process
//! thread::spawn(move || {
//!     for x in 0..5u64 {
//!         outgoing.write_all(&(x * x).to_le_bytes()).unwrap(); // waits while the pipe is full
//!     }
//! }); // the end of the writer is the end of the stream
//!
//! let (mut squares, mut message) = (Vec::new(), [0; 8]);
//! while incoming.read_exact(&mut message).is_ok() {
//!     squares.push(u64::from_le_bytes(message));
//! }
//! assert_eq!(squares, [0, 1, 4, 9, 16]);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A pipe is a buffer in the kernel, so a message costs two copies, and a system call on each side
//! unless several messages share one. The idea is Douglas McIlroy's (1964; in Unix since 1973).
//!
//! Waiting is measured as well: a process that waits can do nothing else, so overlapping waits need one
//! process each. Each takes a millisecond to start and some megabytes to exist.
//! needed as waits are to overlap. Each takes a millisecond to start and some megabytes to be.

use super::exchange::{Connection, FramedReader, FramedWriter, MessageReader, MessageWriter, deliver};
use super::failed;
use super::fixed_pool::FixedPool;
use super::sent::Sent;
use crate::Pool;
use crate::error::remedy;
use parallax_pattern::{
    Answer, Await, Cancel, Card, Channel, Cores, Exchange, Expire, No, Technique, Wait, Wire, covers,
};
use rustix::pipe::{PipeFlags, pipe_with};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;

/// A process for each producer, consumer and wait, and pipes between them.
#[derive(Debug)]
pub struct MessagePipes {
    processes: FixedPool,
}

impl Technique for MessagePipes {
    const CARD: Card = Card {
        name: "message-pipes",
        idea: "a process for each producer and consumer, and a pipe from each producer",
        gives: "order, back-pressure and wake-ups from the kernel, between any two programs",
        costs: "serialising and two copies a message; a process and its memory for every wait",
        cores: Cores::Workers,
        libraries: &["postcard"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(MessagePipes { processes: FixedPool::start(workers)? })
    }
}

impl<C: Channel<Message: Wire, Tally: Wire> + Wire> Exchange<C> for MessagePipes {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        deliver::<C, Pipe>(&self.processes, work)
    }
}

/// A process for each wait that may be under way, and no more.
impl<W: Wait + Wire> Await<W> for MessagePipes {
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
        covers(work.len(), out.len())?;
        let sent = Sent::new(work)?;
        let at_once = work.limit().min(work.len()).max(1);
        let waits = (0..work.len()).map(|i| (sent.clone(), i));
        let results =
            self.processes.with(at_once, |pool| pool.chunked(1).map(wait::<W>, waits).map_err(failed))?;
        out.copy_from_slice(&results);
        Ok(())
    }
}

fn wait<W: Wait + Wire>((work, i): (Sent<W>, usize)) -> u64 {
    std::thread::sleep(work.begin(i));
    work.end(i)
}

impl<W: Expire> Cancel<W> for MessagePipes {
    fn expire(&self, _: &Arc<W>, _: &mut [Option<u64>]) -> Answer<()> {
        Err(No::Unfit(
            "a process that sleeps reads no message: to cancel its wait is to kill it, and to start another",
        ))
    }
}

/// The bytes written together, if no reader waits for a single message: about a page.
const GATHERED: usize = 4096;

/// A pipe by the address of its ends: a process that may trace the one that made it can open them there.
#[derive(Clone, Serialize, Deserialize)]
struct Pipe {
    process: u32,
    reader: i32,
    writer: i32,
    /// In the process that made it: the ends, kept until its last clone there is dropped.
    #[serde(skip)]
    _ends: Option<Arc<(OwnedFd, OwnedFd)>>,
}

impl Connection for Pipe {
    fn open<M: 'static>(_: &Pool, readers: &[usize]) -> Answer<Vec<Self>> {
        readers.iter().map(|_| Pipe::new()).collect()
    }

    /// Messages for which no reader waits go out by the page.
    fn writer<M: Serialize + DeserializeOwned + 'static>(
        &self,
        at_once: bool,
    ) -> Result<impl MessageWriter<M>, String> {
        let writer = self.end(self.writer, OpenOptions::new().write(true))?;
        Ok(FramedWriter::new(writer, if at_once { 0 } else { GATHERED }))
    }

    fn reader<M: Serialize + DeserializeOwned + 'static>(&self) -> Result<impl MessageReader<M>, String> {
        Ok(FramedReader::new(self.end(self.reader, OpenOptions::new().read(true))?))
    }
}

impl Pipe {
    fn new() -> Answer<Self> {
        let ends = pipe_with(PipeFlags::CLOEXEC).map_err(|error| failed(io::Error::from(error)))?;
        let (reader, writer) = (ends.0.as_raw_fd(), ends.1.as_raw_fd());
        Ok(Pipe { process: std::process::id(), reader, writer, _ends: Some(Arc::new(ends)) })
    }

    fn end(&self, end: i32, way: &OpenOptions) -> Result<File, String> {
        way.open(format!("/proc/{}/fd/{end}", self.process)).map_err(|error| match remedy(&error) {
            Some(remedy) => format!("a pipe cannot be opened: {error}: {remedy}"),
            None => format!("a pipe is gone: {error}"),
        })
    }
}
