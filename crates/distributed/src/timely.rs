//! Dataflow on many hosts: each worker runs the same small graph of operators, and data goes to the worker of its key.
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::mpsc;
//! use timely::dataflow::channels::pact::Exchange;
//! use timely::dataflow::operators::generic::operator::Operator;
//! use timely::dataflow::operators::ToStream;
//!
//! // How often each word occurs: each worker splits its own lines, and counts the words that are sent to it.
//! let (found, counts) = mpsc::channel();
//! let config = timely::Config::process(2); // `CommunicationConfig::Cluster` names the addresses of hosts instead
//! let workers = timely::execute(config, move |worker| {
//!     let found = found.clone();
//!     let lines = ["to be or", "not to be"].into_iter().skip(worker.index()).step_by(worker.peers());
//!     let words: Vec<String> = lines.flat_map(|line| line.split(' ')).map(str::to_owned).collect();
//!     worker.dataflow::<u64, _, _>(|scope| {
//!         let by_word = Exchange::new(|word: &String| word.bytes().map(u64::from).sum());
//!         words.to_stream(scope).container::<Vec<_>>().sink(by_word, "count", {
//!             let mut counts = HashMap::new();
//!             move |(input, frontier)| {
//!                 input.for_each(|_, words| words.drain(..).for_each(|word| *counts.entry(word).or_insert(0) += 1));
//!                 if frontier.is_empty() {
//!                     counts.drain().for_each(|count| found.send(count).unwrap()); // no more words can come
//!                 }
//!             }
//!         });
//!     });
//! })?;
//! drop(workers); // waits for them
//! let counts: HashMap<String, i32> = counts.iter().collect();
//! assert_eq!((counts["to"], counts["or"], counts.len()), (2, 1, 4));
//! # Ok::<(), String>(())
//! ```
//!
//! Timely moves the data, and detects when no more can come. The shares are fixed in advance: it does not move work
//! from a slow host to a fast one. **A host that dies ends the whole computation.** Its data exists nowhere else, so
//! the program must start again, which [`Timely`] does in the next call.
//!
//! # What this module adds
//!
//! 1. This process is the first of the cluster, and [`Members`](crate::Members) are the others. They and their
//!    connections stay for as long as the technique does. A call is a request of some bytes that a first dataflow
//!    brings to all workers, and each of them builds a second one for it, in which the parts of the work exchange
//!    messages.
//! 2. All messages are bytes of one type, so one dataflow is compiled, and not one for each workload.
//! 3. Timely's threads panic where a connection ends. Here the workers leave first, the threads end silently, and the
//!    caller gets an error that names the host.

mod cluster;
mod flow;
mod gate;
mod keyed;
mod link;
mod marks;
mod member;
mod mesh;
mod parcel;
mod parts;
mod place;
mod watch;
mod worker;

use crate::{Error, Hosts, Meter, Moment};
use cluster::{Call, Cluster, Patience};
use parallax_pattern::{
    Answer, Card, Cores, Distribute, Divide, Graph, Map, Nest, No, Reduce, Rounds, Search, Stencil, Sweep,
    Technique, Transport, Wire, covers, whole_share,
};
use parallax_processes::remote::Packed;
use parcel::Content;
use parts::{divide, graph, map, nest, reduce, search, stencil, sweep};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use keyed::Keyed;
pub(crate) use member::run as run_member;

/// The role of the members of these clusters.
pub(crate) const ENGINE: &str = "timely";

/// How long a process may be silent.
const SILENCE: Duration = Duration::from_secs(10);

/// A cluster of timely workers: threads of this process, and of processes that it starts on other hosts.
///
/// A part of the work belongs to one worker from the beginning of a call to its end (only in a search do workers give
/// some away), and no data is kept twice: the loss of a host ends the call with an error that names it. The next call
/// starts the cluster again, on the same hosts. Calls of several threads are done one after the other.
///
/// A host that does not answer at all is lost after some twenty seconds, and one whose process hangs after ten
/// ([`Timely::silence`]). A call waits forever for a kernel that does not end, unless there is a
/// [limit](Timely::time_limit); in this process such a kernel keeps its thread even after the call has ended.
pub struct Timely {
    hosts: Hosts,
    workers: usize,
    patience: Patience,
    /// `None` after a failure, until the next call.
    cluster: Mutex<Option<Cluster>>,
    meter: Meter,
}

impl fmt::Debug for Timely {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Timely")
            .field("hosts", &self.hosts)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

impl Timely {
    /// Starts a cluster on these hosts, the first of which is this process.
    ///
    /// # Errors
    ///
    /// If a host cannot be started or reached, or has another program; the error names it.
    pub fn on(hosts: &Hosts) -> Result<Self, Error> {
        let meter = Meter::default();
        let cluster = Mutex::new(Some(Cluster::start(hosts, &meter)?));
        let workers = hosts.iter().map(|host| host.cores).sum();
        let patience = Patience { limit: None, silence: SILENCE };
        Ok(Timely { hosts: hosts.clone(), workers, patience, cluster, meter })
    }

    /// Ends a call that takes longer, with [`Error::Late`]. By default there is no limit.
    #[must_use]
    pub fn time_limit(self, limit: Duration) -> Self {
        let patience = Patience { limit: Some(limit), ..self.patience };
        Timely { patience, ..self }
    }

    /// Ends a call in which a process gives no sign of life for this long, with [`Error::Late`]: a stopped one, not one
    /// that computes. The default is ten seconds.
    #[must_use]
    pub fn silence(self, silence: Duration) -> Self {
        let patience = Patience { silence, ..self.patience };
        Timely { patience, ..self }
    }

    /// The IDs of the processes that it started here, in the order of the hosts; empty after a failure.
    pub fn ids(&self) -> Vec<u32> {
        let cluster = self.cluster.lock().unwrap_or_else(PoisonError::into_inner);
        cluster.as_ref().map_or_else(Vec::new, Cluster::ids)
    }

    fn call<W: Wire>(
        &self,
        call: Call<'_, W>,
        mut take: impl FnMut(u64, Content) -> Result<(), String>,
    ) -> Answer<()> {
        if place::is_worker() {
            return Err(No::failed(
                "a piece of the work asks for a cluster, whose workers would wait for it",
            ));
        }
        if call.results == 0 {
            return Ok(());
        }
        let mut kept = self.cluster.lock().unwrap_or_else(PoisonError::into_inner);
        // taken out, so that a panic, such as that of a `merge`, drops it
        let mut cluster = match kept.take() {
            Some(cluster) => cluster,
            None => Cluster::start(&self.hosts, &self.meter).map_err(|why| No::Failed(why.into()))?,
        };
        match cluster.call(call, self.patience, &mut take, &self.meter) {
            Ok(answer) => {
                *kept = Some(cluster);
                answer.map_err(No::failed)
            }
            Err(why) => Err(No::Failed(why.into())),
        }
    }

    /// The input of each worker: its block.
    fn blocks<T: parallax_pattern::Item + Wire>(
        &self,
        items: &[T],
        size: usize,
    ) -> Answer<Vec<(usize, Content)>> {
        let content = |(worker, block): (usize, &[T])| Ok((worker, Content::packed(block, worker == 0)?));
        items.chunks(size).enumerate().map(content).collect::<Result<_, String>>().map_err(No::failed)
    }

    /// The number of items in a piece; each worker gets several.
    fn piece(&self, len: usize, grain: usize, bytes: usize) -> usize {
        let whole = whole_share(len, grain, PIECES * self.workers);
        let most = (LARGEST_PIECE / bytes.max(1)).max(1).next_multiple_of(grain.max(1));
        whole.min(most).max(1)
    }
}

/// Pieces for each worker: enough to even out items of different cost, and few enough that messages cost little.
const PIECES: usize = 16;
/// A piece is made in cache, and travels while the next is made.
const LARGEST_PIECE: usize = 1 << 20;

impl Technique for Timely {
    const CARD: Card = Card {
        name: "timely",
        idea: "a dataflow whose workers are threads, processes and hosts; data goes to the worker that its key selects",
        gives: "one program for a thread and for many hosts, in batches that cost less than a microsecond an item",
        costs: "messages are copied, work stays where it was dealt, and the loss of a host ends the call",
        cores: Cores::Workers,
        libraries: &["timely"],
        source: file!(),
    };
    fn start(workers: usize) -> Answer<Self> {
        let unavailable = |why: Error| No::Unavailable(why.to_string());
        let hosts = Hosts::of_environment(workers.max(1)).map_err(unavailable)?;
        Timely::on(&hosts).map_err(unavailable)
    }
    fn transport(&self) -> Option<Transport> {
        Some(self.meter.read())
    }
}

/// Writes an array into its place.
fn put<T: parallax_pattern::Item + Wire>(
    out: &mut [T],
    start: usize,
    content: Content,
) -> Result<(), String> {
    let Packed(items) = content.read::<Packed<T>>()?;
    let place = out.get_mut(start..).and_then(|rest| rest.get_mut(..items.len()));
    let place = place.ok_or("a part that has no place in the output")?;
    place.iter_mut().zip(items).for_each(|(place, item)| *place = item);
    Ok(())
}

impl Distribute for Timely {
    fn map<M: Map<Item: Wire> + Wire>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()> {
        let began = Moment::now();
        covers(work.len(), out.len())?;
        let size = self.piece(out.len(), work.grain(), size_of::<M::Item>());
        let results = out.len().div_ceil(size);
        let call = Call { began, begin: map::begin::<M>, work, size, inputs: Vec::new(), results };
        self.call(call, |number, part| put(out, number as usize * size, part))
    }

    fn reduce<R: Reduce<Acc: Wire> + Wire>(&self, work: &Arc<R>) -> Answer<R::Acc> {
        let began = Moment::now();
        let mut total = work.empty();
        let size = whole_share(work.len(), work.grain(), PIECES * self.workers); // however large: no array is made
        let results = if work.len() == 0 { 0 } else { self.workers };
        let call = Call { began, begin: reduce::begin::<R>, work, size, inputs: Vec::new(), results };
        self.call(call, |_, acc| {
            work.merge(&mut total, acc.read()?);
            Ok(())
        })?;
        Ok(total)
    }

    fn sweep<S: Sweep<Item: Wire> + Wire>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()> {
        let began = Moment::now();
        covers(work.len(), state.len())?;
        let size = whole_share(state.len(), work.grain(), self.workers);
        let (inputs, results) = (self.blocks(state, size)?, state.len().div_ceil(size));
        let call = Call { began, begin: sweep::begin::<S>, work, size, inputs, results };
        self.call(call, |number, block| put(state, number as usize * size, block))
    }

    fn stencil<S>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()>
    where
        S: Stencil<Item: Wire> + Wire,
    {
        let began = Moment::now();
        buffers.iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let [first, second] = buffers;
        let size = whole_share(first.len(), work.grain(), self.workers);
        let (inputs, results) = (self.blocks(first, size)?, first.len().div_ceil(size));
        let call = Call { began, begin: stencil::begin::<S>, work, size, inputs, results };
        let last = if work.steps().is_multiple_of(2) { first } else { second };
        self.call(call, |number, block| put(last, number as usize * size, block))
    }

    fn graph<G: Graph<Value: Wire> + Wire>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()> {
        let began = Moment::now();
        covers(work.width(), last_row.len())?;
        let size = whole_share(last_row.len(), 1, self.workers);
        let results = if work.depth() == 0 { 0 } else { last_row.len().div_ceil(size) };
        let call = Call { began, begin: graph::begin::<G>, work, size, inputs: Vec::new(), results };
        self.call(call, |number, block| put(last_row, number as usize * size, block))
    }

    fn search<S: Search<Node: Wire, Acc: Wire> + Wire>(&self, work: &Arc<S>) -> Answer<S::Acc> {
        let began = Moment::now();
        let mut shares: Vec<Vec<S::Node>> = (0..self.workers).map(|_| Vec::new()).collect();
        work.roots().into_iter().enumerate().for_each(|(k, root)| shares[k % self.workers].push(root));
        let content = |(worker, nodes): (usize, Vec<S::Node>)| {
            let here = worker == 0;
            let bytes = || parcel::written(&nodes).map(Content::Bytes);
            if here { Ok((worker, Content::Here(Box::new(nodes)))) } else { Ok((worker, bytes()?)) }
        };
        let inputs =
            shares.into_iter().enumerate().map(content).collect::<Result<_, String>>().map_err(No::failed)?;
        let mut total = work.empty();
        let call = Call { began, begin: search::begin::<S>, work, size: 0, inputs, results: self.workers };
        self.call(call, |_, acc| {
            work.merge(&mut total, acc.read()?);
            Ok(())
        })?;
        Ok(total)
    }

    /// Parallel at the outer level only: a shared sum would take a message for each worker.
    fn nest<N: Nest<Item: Wire, Acc: Wire> + Wire>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()> {
        let began = Moment::now();
        covers(work.shape().0, out.len())?;
        let size = self.piece(out.len(), 1, size_of::<N::Item>());
        let results = out.len().div_ceil(size);
        let call = Call { began, begin: nest::begin::<N>, work, size, inputs: Vec::new(), results };
        self.call(call, |number, part| put(out, number as usize * size, part))
    }

    /// Each worker solves its block, and sends it here, where blocks are merged: all of them must come here anyway, so
    /// each travels only once.
    fn divide<D>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()>
    where
        D: Divide<Item: Wire> + Wire,
    {
        let began = Moment::now();
        [&out, &room].into_iter().try_for_each(|buffer| covers(work.len(), buffer.len()))?;
        let size = whole_share(out.len(), work.grain(), self.workers);
        let results = out.len().div_ceil(size);
        Rounds::new(out.len(), size).gather(&**work, out, room, |place| {
            let call = Call { began, begin: divide::begin::<D>, work, size, inputs: Vec::new(), results };
            self.call(call, |number, block| put(place, number as usize * size, block))
        })
    }
}
