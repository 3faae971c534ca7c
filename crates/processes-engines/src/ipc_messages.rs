//! Message by message over channels of ipc-channel: a one-shot server in each consumer, to which a producer connects.
//!
//! ```
//! use ipc_channel::ipc::{IpcOneShotServer, IpcSender};
//! use std::process::{Command, exit};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     if let Ok(name) = std::env::var("SQUARES") {
//!         let squares = IpcSender::connect(name)?; // this is the producer: the same program, started again
//!         (0..5u64).try_for_each(|x| squares.send(x * x))?; // waits while the socket is full
//!         exit(0);
//!     }
//!     let (server, name) = IpcOneShotServer::<u64>::new()?;
//!     let mut producer = Command::new(std::env::current_exe()?).env("SQUARES", name).spawn()?;
//!     let (squares, first) = server.accept()?; // comes with the first message
//!     let mut all = vec![first];
//!     while let Ok(square) = squares.recv() {
//!         all.push(square); // until the producer has gone
//!     }
//!     assert_eq!(all, [0, 1, 4, 9, 16]);
//!     assert!(producer.wait()?.success());
//!     Ok(())
//! }
//! ```
//!
//! Every message is a datagram of its own, with a system call on each side; messages larger than the socket's buffer
//! are sent in fragments. Small ones are not combined, as they are by a buffered pipe.
//!
//! The engine has no way to start processes: `parallax_processes` does. A process that dies ends the run, and the error
//! says how it died. The program removes the files that the one-shot servers leave in the folder of temporary files.

use ipc_channel::ipc::{IpcOneShotServer, IpcReceiver, IpcSender};
use parallax_pattern::{Answer, Card, Channel, Cores, Exchange, No, Technique, Wire};
use parallax_processes::Pool;
use parallax_processes::technique::FixedPool;
use parallax_processes::technique::exchange::{Connection, MessageReader, MessageWriter, deliver};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::any::Any;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A process for each producer and consumer, and a channel from each producer.
#[derive(Debug)]
pub struct IpcMessages {
    processes: FixedPool,
}

impl Technique for IpcMessages {
    const CARD: Card = Card {
        name: "ipc-messages",
        idea: "a process for each producer and consumer, started by parallax-processes, and a channel from each producer",
        gives: "typed messages that keep their bounds, and back-pressure, on Linux, macOS and Windows",
        costs: "serialising, and a system call for each message on each side, however small it is",
        cores: Cores::Workers,
        libraries: &["ipc-channel"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        Ok(IpcMessages { processes: FixedPool::start(workers)? })
    }
}

impl<C: Channel<Message: Wire, Tally: Wire> + Wire> Exchange<C> for IpcMessages {
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
        deliver::<C, Server>(&self.processes, work)
    }
}

/// The name of a one-shot server, which is the path of its socket.
#[derive(Clone, Serialize, Deserialize)]
struct Server(String);

impl Connection for Server {
    /// Each process opens the servers of the channels that it will read from.
    fn open<M: Serialize + DeserializeOwned + Send + 'static>(
        pool: &Pool,
        readers: &[usize],
    ) -> Answer<Vec<Self>> {
        let count = |process| readers.iter().filter(|reader| **reader == process).count();
        let names = pool.broadcast(open_servers::<M>, count).map_err(|error| No::failed(words(error)))?;
        let mut names = names.into_iter().collect::<Result<Vec<_>, _>>().map_err(No::failed)?;
        let mut next = |reader: &usize| names[*reader].pop().map(Server);
        readers
            .iter()
            .map(&mut next)
            .collect::<Option<_>>()
            .ok_or_else(|| No::failed("a process opened too few servers"))
    }

    fn writer<M: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        _: bool,
    ) -> Result<impl MessageWriter<M>, String> {
        Ok(Writer { name: self.0.clone(), sender: None })
    }

    fn reader<M: Serialize + DeserializeOwned + Send + 'static>(
        &self,
    ) -> Result<impl MessageReader<M>, String> {
        let server = SERVERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
            .and_then(|all| all.remove(&self.0));
        let server = server.and_then(|server| server.downcast::<IpcOneShotServer<M>>().ok());
        server
            .map(|server| Reader::Waiting(*server))
            .ok_or_else(|| format!("no server {} was opened here", self.0))
    }

    fn clean_up(connections: &[Self]) {
        for Server(name) in connections {
            // A server to which a client has connected leaves nothing behind.
            let _ = Path::new(name).parent().map(std::fs::remove_dir_all);
        }
    }
}

/// The servers that this process has opened and not yet begun to read from, by name.
static SERVERS: Mutex<Option<HashMap<String, Box<dyn Any + Send>>>> = Mutex::new(None);

/// Runs in each of the processes.
fn open_servers<M: Serialize + DeserializeOwned + Send + 'static>(
    count: usize,
) -> Result<Vec<String>, String> {
    let mut opened: HashMap<String, Box<dyn Any + Send>> = HashMap::new();
    for _ in 0..count {
        let (server, name) = IpcOneShotServer::<M>::new().map_err(words)?;
        opened.insert(name, Box::new(server));
    }
    let names = opened.keys().cloned().collect();
    *SERVERS.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
    Ok(names)
}

/// Connects with the first message: the reader's `accept` returns only with a message.
struct Writer<M> {
    name: String,
    sender: Option<IpcSender<M>>,
}

impl<M: Serialize> MessageWriter<M> for Writer<M> {
    fn send(&mut self, message: M) -> Result<(), String> {
        let sender = match &self.sender {
            Some(sender) => sender,
            None => self.sender.insert(IpcSender::connect(self.name.clone()).map_err(words)?),
        };
        sender.send(message).map_err(words)
    }

    fn flush(&mut self) -> Result<(), String> {
        Ok(()) // each message was sent immediately
    }
}

enum Reader<M> {
    /// No producer has connected yet: `accept` waits for the first message.
    Waiting(IpcOneShotServer<M>),
    Receiving(IpcReceiver<M>),
    Failed,
}

impl<M: Serialize + DeserializeOwned> MessageReader<M> for Reader<M> {
    fn receive(&mut self) -> Result<M, String> {
        match std::mem::replace(self, Reader::Failed) {
            Reader::Waiting(server) => {
                let (receiver, first) = server.accept().map_err(words)?;
                *self = Reader::Receiving(receiver);
                Ok(first)
            }
            Reader::Receiving(receiver) => {
                let message = receiver.recv().map_err(words)?;
                *self = Reader::Receiving(receiver);
                Ok(message)
            }
            Reader::Failed => Err("the channel has failed".to_owned()),
        }
    }
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
