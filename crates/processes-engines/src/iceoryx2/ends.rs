//! The two ends of a service: words and slices of words as they are, all other messages in postcard.

use super::{node, words};
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::{AllocationStrategy, BackpressureStrategy, IceoryxSend, Node, ipc};
use iceoryx2::service::port_factory::{PortFactory as _, publish_subscribe::PortFactory};
use parallax_processes::technique::exchange::{MessageReader, MessageWriter};
use serde::{Serialize, de::DeserializeOwned};
use std::any::{Any, TypeId};
use std::fmt::Debug;
use std::thread;
use std::time::Duration;

/// The most words in transit: 32 KiB of them.
const WORDS: usize = 4096;
/// The most messages of any other kind in transit: some for each side, since a large one takes long.
const MESSAGES: usize = 8;

/// The longest slice that fits in the first allocation of memory.
const FIRST_LENGTH: usize = 128;

type Words = [u64];
type Bytes = [u8];
type To<P> = Publisher<ipc::Service, P, ()>;
type From<P> = Subscriber<ipc::Service, P, ()>;

/// A value for messages of one of three kinds. The kind follows from the type, so a branch always goes the same way.
enum Kind<W, S, B> {
    Word(W),
    Slice(S),
    Bytes(B),
}

fn kind_of<M: 'static>() -> Kind<(), (), ()> {
    let message = TypeId::of::<M>();
    if message == TypeId::of::<u64>() {
        Kind::Word(())
    } else if message == TypeId::of::<Vec<u64>>() {
        Kind::Slice(())
    } else {
        Kind::Bytes(())
    }
}

/// A service that both ends open with the same settings, whichever comes first.
macro_rules! service {
    ($node:expr, $name:expr, $payload:ty, $room:expr) => {
        $node
            .service_builder(&$name.try_into().map_err(words)?)
            .publish_subscribe::<$payload>()
            .enable_safe_overflow(false) // a publisher waits, and no message is lost
            .subscriber_max_buffer_size($room)
            .subscriber_max_borrowed_samples(1)
            .history_size(0)
            .max_publishers(1)
            .max_subscribers(1)
            .max_nodes(2)
            .open_or_create()
            .map_err(words)?
    };
}

/// A publisher of slices that allocates more memory when a slice is longer than all before.
macro_rules! publisher_of_slices {
    ($service:expr) => {
        $service
            .publisher_builder()
            .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
            .allocation_strategy(AllocationStrategy::PowerOfTwo)
            .initial_max_slice_len(FIRST_LENGTH)
            .create()
            .map_err(words)?
    };
}

/// The end of the producer.
pub(super) struct Writer {
    publisher: Kind<To<u64>, To<Words>, To<Bytes>>,
    /// Returns how many subscribers there are now.
    subscribers: Box<dyn Fn() -> usize>,
    has_sent: bool,
    written: Vec<u8>,
    _node: Node<ipc::Service>,
}

impl Writer {
    pub(super) fn open<M: 'static>(name: &str) -> Result<Self, String> {
        let node = node().map_err(words)?;
        let (publisher, subscribers) = match kind_of::<M>() {
            Kind::Word(()) => {
                let service = service!(node, name, u64, WORDS);
                let publisher = service.publisher_builder();
                let publisher = publisher.backpressure_strategy(BackpressureStrategy::RetryUntilDelivered);
                (Kind::Word(publisher.create().map_err(words)?), subscribers_of(service))
            }
            Kind::Slice(()) => {
                let service = service!(node, name, Words, MESSAGES);
                (Kind::Slice(publisher_of_slices!(service)), subscribers_of(service))
            }
            Kind::Bytes(()) => {
                let service = service!(node, name, Bytes, MESSAGES);
                (Kind::Bytes(publisher_of_slices!(service)), subscribers_of(service))
            }
        };
        Ok(Writer { publisher, subscribers, has_sent: false, written: Vec::new(), _node: node })
    }

    /// Messages without a subscriber are lost. If the reader never comes, the run has failed and this process is ended.
    #[cold]
    fn await_reader(&mut self) {
        poll(|| ((self.subscribers)() > 0).then_some(()));
        self.has_sent = true;
    }
}

/// Sends until the message reaches the one subscriber: for one that has not read yet, a publisher sends what fits and
/// drops the rest.
fn delivered(mut send: impl FnMut() -> Result<usize, String>) -> Result<(), String> {
    poll(|| match send() {
        Ok(0) => None,
        Ok(_) => Some(Ok(())),
        Err(error) => Some(Err(error)),
    })
}

fn subscribers_of<P: ?Sized + Debug + IceoryxSend + 'static>(
    service: PortFactory<ipc::Service, P, ()>,
) -> Box<dyn Fn() -> usize> {
    Box::new(move || service.dynamic_config().number_of_subscribers())
}

impl<M: Serialize + 'static> MessageWriter<M> for Writer {
    fn send(&mut self, message: M) -> Result<(), String> {
        if !self.has_sent {
            self.await_reader();
        }
        match &self.publisher {
            Kind::Word(publisher) => {
                let word = same::<M, u64>(message)?;
                delivered(|| publisher.send_copy(word).map_err(words))
            }
            Kind::Slice(publisher) => {
                let message: Vec<u64> = same(message)?;
                delivered(|| {
                    let sample = publisher.loan_slice_uninit(message.len()).map_err(words)?;
                    sample.write_from_slice(&message).send().map_err(words)
                })
            }
            Kind::Bytes(publisher) => {
                self.written.clear();
                postcard::to_io(&message, &mut self.written).map_err(words)?;
                delivered(|| {
                    let sample = publisher.loan_slice_uninit(self.written.len()).map_err(words)?;
                    sample.write_from_slice(&self.written).send().map_err(words)
                })
            }
        }
    }

    /// Dropping a publisher drops messages that have not been received, so it stays until its reader has left.
    fn flush(&mut self) -> Result<(), String> {
        if self.has_sent {
            poll(|| ((self.subscribers)() == 0).then_some(()));
        }
        Ok(())
    }
}

/// The end of the consumer.
pub(super) struct Reader {
    subscriber: Kind<From<u64>, From<Words>, From<Bytes>>,
    _node: Node<ipc::Service>,
}

impl Reader {
    pub(super) fn open<M: 'static>(name: &str) -> Result<Self, String> {
        let node = node().map_err(words)?;
        let subscriber = match kind_of::<M>() {
            Kind::Word(()) => {
                Kind::Word(service!(node, name, u64, WORDS).subscriber_builder().create().map_err(words)?)
            }
            Kind::Slice(()) => Kind::Slice(
                service!(node, name, Words, MESSAGES).subscriber_builder().create().map_err(words)?,
            ),
            Kind::Bytes(()) => Kind::Bytes(
                service!(node, name, Bytes, MESSAGES).subscriber_builder().create().map_err(words)?,
            ),
        };
        Ok(Reader { subscriber, _node: node })
    }
}

impl<M: DeserializeOwned + 'static> MessageReader<M> for Reader {
    fn receive(&mut self) -> Result<M, String> {
        match &self.subscriber {
            Kind::Word(subscriber) => same(*poll(|| subscriber.receive().transpose()).map_err(words)?),
            Kind::Slice(subscriber) => {
                let sample = poll(|| subscriber.receive().transpose()).map_err(words)?;
                same(sample.payload().to_vec()) // the work takes ownership; only reading would need no copy
            }
            Kind::Bytes(subscriber) => {
                let sample = poll(|| subscriber.receive().transpose()).map_err(words)?;
                postcard::from_bytes(sample.payload()).map_err(words)
            }
        }
    }
}

/// Polls until there is something: immediately, then yielding to other processes in between, then at intervals.
fn poll<T>(mut look: impl FnMut() -> Option<T>) -> T {
    const AT_ONCE: u32 = 100;
    const BETWEEN_TURNS: u32 = 1_000;
    let mut tries = 0u32;
    loop {
        if let Some(found) = look() {
            return found;
        }
        match tries {
            0..AT_ONCE => std::hint::spin_loop(),
            AT_ONCE..BETWEEN_TURNS => thread::yield_now(),
            _ => thread::sleep(Duration::from_micros(50)),
        }
        tries = tries.saturating_add(1);
    }
}

/// The same value under the other name of its type.
fn same<A: 'static, B: 'static>(value: A) -> Result<B, String> {
    let same = (&mut Some(value) as &mut dyn Any).downcast_mut::<Option<B>>().and_then(Option::take);
    same.ok_or_else(|| "a service got messages of another type".to_owned())
}
