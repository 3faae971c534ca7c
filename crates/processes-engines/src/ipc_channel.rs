//! Channels like `std::sync::mpsc`, but between processes: a socket carries values, and also ends of other channels.
//!
//! ```
//! use ipc_channel::ipc::{self, IpcOneShotServer, IpcReceiver, IpcSender};
//! use std::process::{Command, exit};
//!
//! /// The two ends that a worker gets.
//! type Ends = (IpcReceiver<std::ops::Range<u64>>, IpcSender<Vec<u64>>);
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     if let Ok(name) = std::env::var("SQUARES") {
//!         work(name)?; // this is the worker: the same program, started again
//!         exit(0);
//!     }
//!     let (server, name) = IpcOneShotServer::<IpcSender<Ends>>::new()?;
//!     let mut worker = Command::new(std::env::current_exe()?).env("SQUARES", name).spawn()?;
//!     let (_, to_worker) = server.accept()?; // waits forever if the worker dies before it connects
//!     let ((ranges, theirs), (results, squares)) = (ipc::channel()?, ipc::channel()?);
//!     to_worker.send((theirs, results))?;
//!     ranges.send(0..3)?;
//!     ranges.send(3..5)?;
//!     assert_eq!([squares.recv()?, squares.recv()?].concat(), [0, 1, 4, 9, 16]);
//!     drop(ranges); // the end of the sender is the end of the channel
//!     assert!(worker.wait()?.success());
//!     Ok(())
//! }
//!
//! fn work(name: String) -> Result<(), Box<dyn std::error::Error>> {
//!     let (send_ends, ends) = ipc::channel::<Ends>()?;
//!     IpcSender::connect(name)?.send(send_ends)?;
//!     let (ranges, results) = ends.recv()?;
//!     while let Ok(range) = ranges.recv() {
//!         results.send(range.map(|x| x * x).collect())?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! The engine has channels and no processes, so `parallax_processes` starts the workers and calls functions in them;
//! the requests and results travel over channels of bytes. Here the worker opens the one-shot server, and the program
//! connects: `accept` waits forever if the other side has died, and a worker is killed with its program.
//!
//! A worker that dies closes its end of the channel, so the receiver sees that immediately; how it died is known from
//! the process that started it. The next call has a new worker.

#![expect(unsafe_code, reason = "a request names a function by where it lies in the executable")]

use crate::calls::{self, Calls};
use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcSender};
use parallax_pattern::{
    Answer, Card, Cores, Distribute, Divide, Graph, Map, Nest, No, Reduce, Search, Stencil, Sweep, Technique,
    Wire,
};
use parallax_processes::{Handle, Pool, remote};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Worker processes, each with a channel to it and one from it.
#[derive(Debug)]
pub struct IpcChannel {
    /// `None` in the place of a worker that has died.
    workers: Vec<Mutex<Option<Worker>>>,
}

impl Technique for IpcChannel {
    const CARD: Card = Card {
        name: "ipc-channel",
        idea: "worker processes, started by parallax-processes, take ranges from a channel and send back the results",
        gives: "typed channels between processes, on Linux, macOS and Windows; ends of channels travel, too",
        costs: "a system call for each message on each side; large messages go in fragments over a socket",
        cores: Cores::Workers,
        libraries: &["ipc-channel", "postcard"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let start = |_| Worker::start().map(Some).map(Mutex::new).map_err(No::Unavailable);
        Ok(IpcChannel { workers: (0..workers.max(1)).map(start).collect::<Answer<_>>()? })
    }
}

/// One process, and the channels to and from it.
struct Worker {
    requests: IpcBytesSender,
    replies: IpcBytesReceiver,
    serving: Handle<Result<(), String>>,
    /// Ends the process when it is dropped.
    _pool: Pool,
}

impl Worker {
    fn start() -> Result<Self, String> {
        let pool = Pool::builder().workers(1).build().map_err(words)?;
        let name = pool.apply(open, ()).map_err(words)??;
        let serving = pool.apply_async(serve, ()).map_err(words)?;
        let (requests, incoming) = ipc::bytes_channel().map_err(words)?;
        let (outgoing, replies) = ipc::bytes_channel().map_err(words)?;
        let to_worker = IpcSender::<Ends>::connect(name).map_err(words)?;
        to_worker.send((incoming, outgoing)).map_err(words)?;
        Ok(Worker { requests, replies, serving, _pool: pool })
    }

    /// The reply; `None` if the process does not answer, which it always does while it lives.
    fn ask(&self, request: &[u8]) -> Option<Vec<u8>> {
        self.requests.send(request).ok()?;
        self.replies.recv().ok()
    }

    /// How the process ended.
    fn end(self) -> No {
        drop((self.requests, self.replies));
        match self.serving.join() {
            Ok(Ok(())) => No::failed("a worker ended too early"),
            Ok(Err(words)) => No::failed(words),
            Err(error) => No::failed(words(error)),
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("serving", &self.serving).finish_non_exhaustive()
    }
}

impl Calls for IpcChannel {
    fn workers(&self) -> usize {
        self.workers.len()
    }

    fn call<A, R>(&self, caller: usize, function: fn(A) -> R, argument: A) -> Answer<R>
    where
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned + Send + 'static,
    {
        let request = remote::request(function, &argument).map_err(|error| No::failed(words(error)))?;
        let mut slot = self.workers[caller].lock().unwrap_or_else(PoisonError::into_inner);
        let worker = match slot.take() {
            Some(worker) => worker,
            None => Worker::start().map_err(No::failed)?,
        };
        let Some(reply) = worker.ask(&request) else { return Err(worker.end()) };
        *slot = Some(worker);
        remote::result(&reply).map_err(|error| No::failed(words(error)))
    }
}

fn words(error: impl ToString) -> String {
    error.to_string()
}

// The functions below run in the workers.

/// The sources of a worker's requests, and the sink of its replies.
type Ends = (IpcBytesReceiver, IpcBytesSender);

/// The server that this process has opened, until the program has connected to it.
static SERVER: Mutex<Option<IpcOneShotServer<Ends>>> = Mutex::new(None);

/// Opens a server and returns its name.
fn open(_: ()) -> Result<String, String> {
    let (server, name) = IpcOneShotServer::new().map_err(words)?;
    *SERVER.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
    Ok(name)
}

/// Answers requests until no more will come.
fn serve(_: ()) -> Result<(), String> {
    let server = SERVER.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or("no server is open")?;
    let (_, (requests, replies)) = server.accept().map_err(words)?;
    let mut reply = Vec::new();
    while let Ok(request) = requests.recv() {
        reply.clear();
        // SAFETY: only the process that started this one has the other end, and its pool has checked that
        // both are of one build.
        unsafe { remote::answer(&request, &mut reply) }?;
        replies.send(&reply).map_err(words)?;
    }
    Ok(())
}

impl Distribute for IpcChannel {
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        calls::map(self, work, out)
    }

    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        calls::reduce(self, work)
    }

    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, _: &Arc<S>, _: &mut [S::Item]) -> Answer<()> {
        Err(No::Unfit("the array would travel through the channels at every step"))
    }

    fn stencil<S: Stencil<Item: Wire> + Wire>(&self, _: &Arc<S>, _: [&mut [S::Item]; 2]) -> Answer<()> {
        Err(No::Unfit("the array would travel through the channels at every step"))
    }

    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        calls::graph(self, work, last_row)
    }

    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        calls::search(self, work)
    }

    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        calls::nest(self, work, out)
    }

    fn divide<D: Divide<Item: Wire> + Wire>(
        &self,
        work: &Arc<D>,
        out: &mut [D::Item],
        room: &mut [D::Item],
    ) -> Answer<()> {
        calls::divide(self, work, out, room)
    }
}
