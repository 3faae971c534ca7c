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
//! Words lie in the ring as they are. All other messages have no fixed size, so they are written into a ring of
//! bytes: serialised and copied twice, as through a pipe, but without system calls.

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
        costs: "one sender and one receiver a ring; other messages than plain words are still serialised",
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

/// 64 KiB of words: in the cache of both sides.
const WORDS: usize = 8192;
/// How many words a producer makes in the ring before it shows them, and a consumer takes before it frees their
/// places: one fence, and one check for sleepers, for all of them together.
const SHOWN: usize = WORDS / 8;
/// Room for several messages of most sizes.
const BYTES: usize = 1 << 18;
/// Frames are written into a ring once they make this many bytes together, unless a reader waits for each.
const GATHERED: usize = 4096;

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
        at_once: bool,
    ) -> Result<impl MessageWriter<M>, String> {
        let gathered = if at_once { 0 } else { GATHERED };
        match self {
            Self::Words(ring) => ring.sender().map(End::Words),
            Self::Bytes(ring) => ring.sender().map(|sender| End::Bytes(FramedWriter::new(sender, gathered))),
        }
        .map_err(words)
    }

    fn reader<M: Serialize + DeserializeOwned + 'static>(&self) -> Result<impl MessageReader<M>, String> {
        match self {
            Self::Words(ring) => ring.receiver().map(End::Words),
            Self::Bytes(ring) => ring.receiver().map(|receiver| End::Bytes(FramedReader::new(receiver))),
        }
        .map_err(words)
    }
}

/// One end of either kind. The kind follows from the type of the messages, so the branch always goes the same
/// way.
enum End<W, B> {
    Words(W),
    Bytes(B),
}

impl<M: Serialize + 'static> MessageWriter<M> for End<Sender<u64>, FramedWriter<Sender<u8>>> {
    #[inline]
    fn send(&mut self, message: M) -> Result<(), String> {
        match self {
            End::Words(ring) => ring.send(same(message)).map_err(words),
            End::Bytes(ring) => ring.send(message),
        }
    }

    #[inline]
    fn send_all(&mut self, mut messages: impl ExactSizeIterator<Item = M>) -> Result<(), String> {
        let ring = match self {
            End::Words(ring) => ring,
            End::Bytes(ring) => return ring.send_all(messages),
        };
        while messages.len() > 0 {
            let most = messages.len().min(SHOWN);
            ring.send_from(most, || same(messages.next().expect("one of those left"))).map_err(words)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        match self {
            End::Words(_) => Ok(()), // what is in a ring is on its way
            End::Bytes(ring) => MessageWriter::<M>::flush(ring),
        }
    }
}

impl<M: DeserializeOwned + 'static> MessageReader<M> for End<Receiver<u64>, FramedReader<Receiver<u8>>> {
    #[inline]
    fn receive(&mut self) -> Result<M, String> {
        match self {
            End::Words(ring) => Ok(same(ring.recv().map_err(words)?.ok_or(TOO_EARLY)?)),
            End::Bytes(ring) => ring.receive(),
        }
    }

    #[inline]
    fn receive_some(&mut self, most: usize, mut take: impl FnMut(M)) -> Result<usize, String> {
        match self {
            End::Words(ring) => {
                let count = ring.recv_each(most.min(SHOWN), |word| take(same(word))).map_err(words)?;
                (count > 0).then_some(count).ok_or_else(|| TOO_EARLY.into())
            }
            End::Bytes(ring) => ring.receive_some(most, take),
        }
    }
}

const TOO_EARLY: &str = "the sender ended too early";

/// The same value under the other name of its type: the kind of ring follows from the type of the messages.
#[inline]
fn same<A: 'static, B: 'static>(value: A) -> B {
    let same = (&mut Some(value) as &mut dyn Any).downcast_mut::<Option<B>>().and_then(Option::take);
    same.expect("a ring of words is given words")
}
