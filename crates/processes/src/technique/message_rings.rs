//! Message by message through memory that two processes share: no kernel while both keep up.
//!
//! ```
//! use parallax_processes::{Pool, shared::Ring};
//!
//! fn squares(ring: Ring<u64>) {
//!     let mut sender = ring.sender().unwrap();
//!     (0..5).for_each(|x| sender.send(x * x).unwrap()); // waits while the ring is full
//! } // the end of the sender is the end of the stream
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     parallax_processes::init();
//!     let pool = Pool::builder().workers(1).build()?;
//!     let ring = Ring::new(1024)?;
//!     let sent = pool.apply_async(squares, ring.clone())?;
//!     let mut receiver = ring.receiver()?;
//!     let squares: Vec<u64> = std::iter::from_fn(|| receiver.recv().unwrap()).collect();
//!     assert_eq!(squares, [0, 1, 4, 9, 16]);
//!     sent.join()?;
//!     Ok(())
//! }
//! ```
//!
//! Words lie in the ring as they are. Everything else has no place of fixed size, so it is written
//! into a ring of bytes: serialised and copied twice, as through a pipe, but by nobody's system call.

use super::exchange::{Connection, FramedReader, FramedWriter, MessageReader, MessageWriter, deliver, words};
use super::failed;
use super::fixed_pool::FixedPool;
use crate::Pool;
use crate::shared::{Receiver, Ring, Sender};
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, Technique, Wire};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::any::{Any, TypeId};
use std::sync::Arc;

/// A process for each producer and consumer, and a ring in shared memory for each producer.
#[derive(Debug)]
pub struct MessageRings {
    processes: FixedPool,
}

impl Technique for MessageRings {
    const CARD: Card = Card {
        name: "message-rings",
        idea: "a process for each producer and consumer, and a ring in shared memory from each producer",
        gives: "messages at the cost of moving a cache line, between processes",
        costs: "one sender and one receiver a ring; what is not plain words is still serialised",
        cores: Cores::Workers,
        libraries: &["memmap2", "postcard"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(MessageRings { processes: FixedPool::start(workers)? })
    }
}

impl<C: Channel<Message: Wire, Tally: Wire> + Wire> Exchange<C> for MessageRings {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        deliver::<C, RingConnection>(&self.processes, work)
    }
}

/// 32 KiB of words: in the cache of both sides.
const WORDS: usize = 4096;
/// Room for several messages of most sizes.
const BYTES: usize = 1 << 18;
/// How many words a consumer takes out at a time, if so many are there.
const TAKEN: usize = 256;

#[derive(Clone, Serialize, Deserialize)]
enum RingConnection {
    Words(Ring<u64>),
    Bytes(Ring<u8>),
}

impl Connection for RingConnection {
    fn open<M: 'static>(_: &Pool, readers: &[usize]) -> Answer<Vec<Self>> {
        let words_only = TypeId::of::<M>() == TypeId::of::<u64>();
        let new = |_| {
            if words_only { Ring::new(WORDS).map(Self::Words) } else { Ring::new(BYTES).map(Self::Bytes) }
        };
        readers.iter().map(new).collect::<Result<_, _>>().map_err(failed)
    }

    fn writer<M: Serialize + DeserializeOwned + 'static>(
        &self,
        _: bool,
    ) -> Result<impl MessageWriter<M>, String> {
        match self {
            Self::Words(ring) => ring.sender().map(End::Words),
            Self::Bytes(ring) => ring.sender().map(|sender| End::Bytes(FramedWriter::new(sender, 0))),
        }
        .map_err(words)
    }

    fn reader<M: Serialize + DeserializeOwned + 'static>(&self) -> Result<impl MessageReader<M>, String> {
        match self {
            Self::Words(ring) => ring.receiver().map(|receiver| End::Words(WordReader::new(receiver))),
            Self::Bytes(ring) => ring.receiver().map(|receiver| End::Bytes(FramedReader::new(receiver))),
        }
        .map_err(words)
    }
}

/// One end of either kind. The kind follows from the type of the messages, so a branch is taken always or
/// never.
enum End<W, B> {
    Words(W),
    Bytes(B),
}

impl<M: Serialize + 'static> MessageWriter<M> for End<Sender<u64>, FramedWriter<Sender<u8>>> {
    #[inline]
    fn send(&mut self, message: M) -> Result<(), String> {
        match self {
            End::Words(ring) => ring.send(same(message).ok_or(OTHER)?).map_err(words),
            End::Bytes(ring) => ring.send(message),
        }
    }

    fn flush(&mut self) -> Result<(), String> {
        Ok(()) // what is in a ring is on its way
    }
}

impl<M: DeserializeOwned + 'static> MessageReader<M> for End<WordReader, FramedReader<Receiver<u8>>> {
    #[inline]
    fn receive(&mut self) -> Result<M, String> {
        match self {
            End::Words(ring) => same(ring.next()?).ok_or_else(|| OTHER.into()),
            End::Bytes(ring) => ring.receive(),
        }
    }
}

/// Words that were taken out of a ring and not yet handed on.
struct WordReader {
    ring: Receiver<u64>,
    words: [u64; TAKEN],
    count: usize,
    next: usize,
}

impl WordReader {
    fn new(ring: Receiver<u64>) -> Self {
        WordReader { ring, words: [0; TAKEN], count: 0, next: 0 }
    }

    #[inline]
    fn next(&mut self) -> Result<u64, String> {
        if self.next == self.count {
            self.count = self.ring.recv_into(&mut self.words).map_err(words)?;
            self.next = 0;
        }
        let word = self.words[..self.count].get(self.next).ok_or("the sender ended too early")?;
        self.next += 1;
        Ok(*word)
    }
}

const OTHER: &str = "a ring of words was given something else";

/// The same value, where both types are one.
#[inline]
fn same<A: 'static, B: 'static>(value: A) -> Option<B> {
    (&mut Some(value) as &mut dyn Any).downcast_mut::<Option<B>>()?.take()
}
