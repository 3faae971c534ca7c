//! Publish and subscribe without a copy: a message is written to shared memory, and only its address is sent.
//!
//! ```
//! use iceoryx2::prelude::*;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let name = format!("squares of {}", std::process::id());
//!     let node = NodeBuilder::new().create::<ipc::Service>()?;
//!     let squares = node.service_builder(&name.as_str().try_into()?).publish_subscribe::<[u64]>().open_or_create()?;
//!     let subscriber = squares.subscriber_builder().create()?; // in another process: the same lines up to here
//!     let publisher = squares.publisher_builder().initial_max_slice_len(5).create()?;
//!
//!     let sample = publisher.loan_slice_uninit(5)?; // memory that the subscriber maps, too
//!     sample.write_from_fn(|x| (x * x) as u64).send()?;
//!
//!     let sample = subscriber.receive()?.ok_or("nothing has come")?; // never waits
//!     assert_eq!(sample.payload(), [0, 1, 4, 9, 16]);
//!     Ok(())
//! }
//! ```
//!
//! Shared memory must not hold pointers into one process: plain numbers, and slices of them, are stored as they are;
//! all other messages are written in postcard first, and decoded in place. A publisher waits if its subscriber has no
//! room. A subscriber never waits by itself, so it polls here: a few times immediately, then yielding to other
//! processes in between, then every few microseconds. (The engine's events would wake it, at the price of a system call
//! a message.)
//!
//! The engine has no way to start processes: `parallax_processes` does. A process that dies leaves files in
//! `/tmp/iceoryx2` and `/dev/shm`, and a peer that waits for it forever; here its death ends the run, and the program
//! then removes the files of dead processes, as every program that uses the engine should. One file of 16 bytes in
//! `/dev/shm` stays, for all programs of a machine.

mod ends;

use self::ends::{Reader, Writer};
use iceoryx2::node::NodeCreationFailure;
use iceoryx2::prelude::{Node, NodeBuilder, SignalHandlingMode, ipc};
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, Technique, Wire};
use parallax_processes::Pool;
use parallax_processes::technique::FixedPool;
use parallax_processes::technique::exchange::{Connection, MessageReader, MessageWriter, deliver};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// A process for each producer and consumer, and a service for each producer.
#[derive(Debug)]
pub struct Iceoryx2 {
    processes: FixedPool,
}

impl Technique for Iceoryx2 {
    const CARD: Card = Card {
        name: "iceoryx2",
        idea: "a process for each producer and consumer, started by parallax-processes; messages stay where they were written",
        gives: "large messages between processes at the cost of small ones, and no kernel on the way",
        costs: "its readers poll; files that dead processes leave must be removed; values other than numbers are serialised",
        cores: Cores::Workers,
        libraries: &["iceoryx2", "postcard"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(Iceoryx2 { processes: FixedPool::start(workers)? })
    }
}

impl<C: Channel<Message: Wire, Tally: Wire> + Wire> Exchange<C> for Iceoryx2 {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        deliver::<C, Topic>(&self.processes, work)
    }
}

/// The name of a service.
#[derive(Clone, Serialize, Deserialize)]
struct Topic(String);

impl Connection for Topic {
    fn open<M: 'static>(_: &Pool, readers: &[usize]) -> Answer<Vec<Self>> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = |_| format!("parallax/{}/{}", std::process::id(), MADE.fetch_add(1, Relaxed)); // only unique
        Ok(readers.iter().map(name).map(Topic).collect())
    }

    fn writer<M: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        _: bool,
    ) -> Result<impl MessageWriter<M>, String> {
        Writer::open::<M>(&self.0)
    }

    fn reader<M: Serialize + DeserializeOwned + Send + 'static>(
        &self,
    ) -> Result<impl MessageReader<M>, String> {
        Reader::open::<M>(&self.0)
    }

    fn clean_up(_: &[Self]) {
        // Without a node nothing can be removed; the next process that makes a node removes it.
        if let Ok(node) = node() {
            node.blocking_cleanup_dead_nodes(Duration::from_secs(1));
        }
    }
}

/// This process as an iceoryx2 node. It lasts for a run: a node leaves nothing behind only if it is dropped.
fn node() -> Result<Node<ipc::Service>, NodeCreationFailure> {
    NodeBuilder::new().signal_handling_mode(SignalHandlingMode::Disabled).create::<ipc::Service>()
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
