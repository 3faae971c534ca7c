//! The processes of a cluster and their workers, which the first process starts, calls and ends.

#![expect(clippy::disallowed_methods, reason = "the limit of a call, not a technique's time")]

use super::gate::{Gate, Loss};
use super::marks::{Marks, Notice};
use super::mesh::{self, Invitation};
use super::parcel::{Caller, Content, Event};
use super::place::{Kept, Told};
use super::watch::Watch;
use super::worker::{Order, Start};
use crate::{Error, Hosts, Members, Meter, Moment};
use ::timely::communication::allocator::ProcessBuilder;
use ::timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use ::timely::communication::{AllocatorBuilder, Hooks};
use parallax_pattern::{Wire, team};
use parallax_processes::remote;
use std::any::Any;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How often the caller checks that all hosts are there.
const LOOK: Duration = Duration::from_millis(20);
/// How long to wait for the reason why a connection has ended, and for threads that end.
const GRACE: Duration = Duration::from_secs(2);

/// A function that takes the result with a number.
pub(crate) type Take<'a> = &'a mut dyn FnMut(u64, Content) -> Result<(), String>;

/// Workers that wait for calls.
pub(crate) struct Cluster {
    hosts: Hosts,
    gate: Arc<Gate>,
    kept: Arc<Kept>,
    orders: Sender<Order>,
    first: Thread,
    members: Members,
    sent: Option<(Weak<dyn Any + Send + Sync>, u64)>,
    serial: u64,
    /// The number of workers of this process.
    threads: usize,
}

/// How long to wait for hosts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a whole call.
    pub(crate) limit: Option<Duration>,
    /// For a sign of life.
    pub(crate) silence: Duration,
}

/// The work of a call.
pub(crate) struct Call<'a, W> {
    pub(crate) began: Moment,
    pub(crate) begin: fn(Told) -> Result<(), String>,
    pub(crate) work: &'a Arc<W>,
    pub(crate) size: usize,
    pub(crate) inputs: Vec<(usize, Content)>,
    /// The number of results to expect.
    pub(crate) results: usize,
}

impl Cluster {
    /// Starts a process on each host except the first, which is this one, and the workers in all of them.
    pub(crate) fn start(hosts: &Hosts, meter: &Meter) -> Result<Self, Error> {
        let began = Moment::now();
        let hosts = hosts.even();
        let threads = hosts.iter().next().map_or(1, |host| host.cores);
        let gate = Arc::new(Gate::new(hosts.len()));
        let (members, sockets) = gather(&hosts, threads)?;
        let builders = builders(0, threads, sockets, &gate)
            .map_err(|why| Error::Engine(format!("cannot connect the cluster: {why}")))?;
        let (orders, ordered) = mpsc::channel();
        let mut ordered = Some(ordered);
        let kept = Arc::new(Kept::default());
        let first = spawn(builders, &gate, &kept, || ordered.take()).map_err(|why| {
            gate.close(None);
            Error::Engine(team::not_started(&why).to_string())
        })?;
        meter.started(began);
        Ok(Cluster { hosts, gate, kept, orders, first, members, sent: None, serial: 0, threads })
    }

    pub(crate) fn ids(&self) -> Vec<u32> {
        self.members.ids().collect()
    }

    /// Runs a call.
    pub(crate) fn call<W: Wire>(
        &mut self,
        call: Call<'_, W>,
        patience: Patience,
        take: Take<'_>,
        meter: &Meter,
    ) -> Result<Result<(), String>, Error> {
        let known = self.tell(call.work);
        let work = if known || self.hosts.len() == 1 {
            Ok(None)
        } else {
            postcard::to_stdvec(&**call.work).map(Some)
        };
        let work = match work {
            Ok(work) => work,
            Err(why) => {
                self.sent = None;
                return Ok(Err(format!("the workload cannot be sent: {why}")));
            }
        };
        let copies = work.as_ref().map_or(0, |work| work.len() * (self.hosts.len() - 1));
        let inputs = self.leaving(&call.inputs);
        let notice = match (copies, inputs) {
            (0, 0) => Notice::Never,
            (_, 0) => Notice::AtBegin,
            _ => Notice::AtInput,
        };
        let told = |work, notice| Told { serial: self.serial, work, size: call.size, notice };
        let request = |work, notice| remote::request(call.begin, &told(work, notice));
        let (here, there) = (request(None, Notice::Never)?, request(work, notice)?);
        let (sender, events) = mpsc::channel();
        let marks = Arc::new(Marks::new(call.began));
        let caller = Caller { events: sender, marks: Arc::clone(&marks) };
        let order = Order { here, there, inputs: call.inputs, caller };
        self.kept.put(self.serial, Arc::clone(call.work) as _, self.threads);
        if self.orders.send(order).is_err() {
            return Err(self.lost());
        }
        self.first.unpark();
        let mut gathered = 0;
        let answer = self.collect(&events, call.results, patience, &mut |number, content| {
            gathered += content.len();
            take(number, content)
        })?;
        meter.shipped(copies + inputs, marks.ship_ns());
        meter.gathered(gathered, marks.gather_ns());
        Ok(answer)
    }

    /// The number of input bytes that go to other processes.
    fn leaving(&self, inputs: &[(usize, Content)]) -> usize {
        let away = inputs.iter().filter(|(worker, _)| *worker >= self.threads);
        away.map(|(_, content)| content.len()).sum()
    }

    /// Numbers the workload; returns whether the members have it.
    fn tell<W: Wire>(&mut self, work: &Arc<W>) -> bool {
        let work: Arc<dyn Any + Send + Sync> = Arc::clone(work) as _;
        let weak = Arc::downgrade(&work);
        // the sent workload's address cannot have been reused: a weak pointer still holds it
        let known = self.sent.as_ref().is_some_and(|(sent, _)| sent.as_ptr().addr() == weak.as_ptr().addr());
        if !known {
            self.serial += 1;
            self.sent = Some((weak, self.serial));
        }
        known
    }

    fn collect(
        &mut self,
        events: &Receiver<Event>,
        mut results: usize,
        Patience { limit, silence }: Patience,
        take: Take<'_>,
    ) -> Result<Result<(), String>, Error> {
        let mut watch = Watch::new(&self.gate);
        while results > 0 {
            match events.recv_timeout(LOOK) {
                Ok(Event::Result(number, content)) => {
                    results -= 1;
                    if let Err(words) = take(number, content) {
                        return Ok(Err(words));
                    }
                }
                Ok(Event::Failed(words)) => {
                    self.sent = None; // some members may have failed to read it
                    return Ok(Err(words));
                }
                Err(RecvTimeoutError::Disconnected) if !self.gate.is_closed() => {
                    return Err(Error::Engine("timely has dropped a call before its end".to_owned()));
                }
                Err(_) => {
                    if self.gate.is_closed() {
                        return Err(self.lost());
                    }
                    self.members.check_signs(silence)?;
                    watch.look(&self.gate);
                }
            }
            if let Some(limit) = limit.filter(|limit| watch.began.elapsed() > *limit) {
                return Err(Error::Late { host: self.names(&watch.silent(limit, Instant::now())), limit });
            }
        }
        Ok(Ok(()))
    }

    fn name(&self, process: usize) -> String {
        self.hosts.iter().nth(process).map_or_else(|| "this one".to_owned(), |host| host.name.clone())
    }

    fn names(&self, processes: &[usize]) -> String {
        let names: Vec<String> = processes.iter().map(|process| self.name(*process)).collect();
        names.join(" or ")
    }

    /// Why the gate was closed: the end of a process explains more than the end of its connection.
    fn lost(&mut self) -> Error {
        let Some(Loss { process, words }) = self.gate.loss() else {
            return Error::Engine("the cluster has ended".to_owned());
        };
        let Some(process) = process else { return Error::Engine(words) };
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if let Err(lost) = self.members.check() {
                return lost;
            }
            thread::sleep(Duration::from_millis(1));
        }
        Error::Unreachable { host: self.name(process), reason: words }
    }
}

impl Drop for Cluster {
    /// Ends the cluster: the workers leave, the members end, and timely's threads with them.
    fn drop(&mut self) {
        self.gate.close(None);
        drop(mem::replace(&mut self.members, Members::none()));
        // a worker in the middle of a long piece leaves after it; no call waits for that
        self.gate.wait_for_all(GRACE);
    }
}

/// Starts the members, and returns them and the sockets to them.
fn gather(hosts: &Hosts, threads: usize) -> Result<(Members, Vec<Option<TcpStream>>), Error> {
    let addresses: Vec<_> = hosts.iter().map(|host| host.address).collect();
    if hosts.len() == 1 {
        return Ok((Members::none(), Vec::new()));
    }
    let failed = |why: io::Error| Error::Engine(format!("no host can connect to {}: {why}", addresses[0]));
    let listener = TcpListener::bind((addresses[0], 0)).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let token = RandomState::new().hash_one(port);
    let told = Invitation { number: 0, threads, addresses: addresses.clone(), port, token };
    let mut members = Members::start(super::ENGINE, hosts, |number| Invitation { number, ..told.clone() })?;
    match mesh::of_first(&listener, &told) {
        Ok(sockets) => Ok((members, sockets)),
        Err(why) => {
            members.check()?;
            Err(failed(why))
        }
    }
}

/// The builders of a process's workers.
pub(crate) fn builders(
    process: usize,
    threads: usize,
    sockets: Vec<Option<TcpStream>>,
    gate: &Arc<Gate>,
) -> io::Result<Vec<AllocatorBuilder>> {
    let hooks = Hooks::default();
    let workers = ProcessBuilder::new_typed_vector(threads, hooks.refill.clone(), None);
    if sockets.is_empty() {
        return Ok(workers.into_iter().map(AllocatorBuilder::Process).collect());
    }
    let links = mesh::links(sockets, gate)?;
    let (workers, threads) = initialize_networking_from_sockets(workers, links, process, threads, hooks)?;
    mem::forget(threads); // they end by themselves, and joining them would panic if a process is lost
    Ok(workers.into_iter().map(AllocatorBuilder::Tcp).collect())
}

/// Starts the workers of a process; returns the first one's thread.
pub(crate) fn spawn(
    builders: Vec<AllocatorBuilder>,
    gate: &Arc<Gate>,
    kept: &Arc<Kept>,
    mut orders: impl FnMut() -> Option<Receiver<Order>>,
) -> io::Result<Thread> {
    let (threads, mut first) = (builders.len(), None);
    for (number, builder) in builders.into_iter().enumerate() {
        let (gate, kept) = (Arc::clone(gate), Arc::clone(kept));
        let start = Start { builder, gate, kept, threads, orders: orders() };
        let worker = thread::Builder::new().name(format!("timely:{number}")).spawn(move || start.run())?;
        first.get_or_insert(worker.thread().clone());
    }
    first.ok_or_else(|| io::Error::other("a process without workers"))
}
