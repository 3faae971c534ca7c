//! A worker's thread: it waits for requests, and plays its part in each.

use super::flow::{self, Inbox, Outbox};
use super::gate::{Gate, Loss};
use super::marks::Notice;
use super::parcel::{Caller, Content, Kind, Mail, Parcel, Part, Post, Then};
use super::place::{self, Kept, Place};
use ::timely::WorkerConfig;
use ::timely::communication::allocator::Thread;
use ::timely::communication::{Allocator, AllocatorBuilder};
use ::timely::worker::Worker;
use parallax_processes::remote;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;
use std::time::Instant;

/// A call, as its caller sends it to the first worker.
#[derive(Debug)]
pub(crate) struct Order {
    /// The request for workers of this process, where the workload already is.
    pub(crate) here: Vec<u8>,
    /// The request for all others.
    pub(crate) there: Vec<u8>,
    /// The input of workers.
    pub(crate) inputs: Vec<(usize, Content)>,
    pub(crate) caller: Caller,
}

/// The data that a worker of a process needs to start.
pub(crate) struct Start {
    pub(crate) builder: AllocatorBuilder,
    pub(crate) gate: Arc<Gate>,
    pub(crate) kept: Arc<Kept>,
    /// The number of workers of this process.
    pub(crate) threads: usize,
    /// The orders for the first worker of the first process.
    pub(crate) orders: Option<Receiver<Order>>,
}

impl Start {
    /// Works until the gate is closed.
    pub(crate) fn run(self) {
        let gate = Arc::clone(&self.gate);
        let _leave = gate.enter(thread::current());
        if let Err(panic) = remote::caught(|| self.work()) {
            gate.close(Some(Loss { process: None, words: format!("a worker panicked: {panic}") }));
        }
    }

    #[expect(clippy::disallowed_methods, reason = "timely wakes its workers by this clock")]
    fn work(self) {
        let allocator = match self.builder {
            AllocatorBuilder::Thread(_) => Allocator::Thread(Thread::default()),
            AllocatorBuilder::Process(builder) => Allocator::Process(builder.build()),
            AllocatorBuilder::Tcp(builder) => Allocator::Tcp(builder.build()),
        };
        let mut worker = Worker::new(WorkerConfig::default(), allocator, Some(Instant::now()));
        let place = Place { me: worker.index(), peers: worker.peers() };
        place::settle(place, self.kept);
        let (outbox, inbox) = flow::requests(&mut worker);
        let mut desk = self.orders.map(|orders| Desk { orders, outbox, called: VecDeque::new() });
        while !self.gate.is_closed() {
            if let Some(desk) = &mut desk
                && !desk.send_orders(place, self.threads)
            {
                return;
            }
            worker.step_or_park(None);
            while let Some(request) = next(&inbox) {
                let called = desk.as_mut().and_then(|desk| desk.called.pop_front());
                play(&mut worker, place, &request, called, || {
                    self.gate.hear(place.me / self.threads);
                    !self.gate.is_closed()
                });
            }
        }
    }
}

fn next(inbox: &Inbox) -> Option<Vec<u8>> {
    inbox.borrow_mut().pop_front()
}

/// The first worker's desk: it passes orders on to all workers.
struct Desk {
    orders: Receiver<Order>,
    outbox: Outbox,
    /// Calls that are on their way to the workers, including this one.
    called: VecDeque<Called>,
}

type Called = (Vec<(usize, Content)>, Caller);

impl Desk {
    /// Passes orders on; returns whether more may come.
    fn send_orders(&mut self, place: Place, threads: usize) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(order) => {
                    for to in 0..place.peers {
                        let bytes = if to < threads { order.here.clone() } else { order.there.clone() };
                        let (kind, to) = (Kind::Request, to as u32);
                        self.outbox.send(Parcel { to, from: 0, kind, number: 0, bytes });
                    }
                    let next = self.outbox.time() + 1; // the request leaves when no more can come at its time
                    self.outbox.advance_to(next);
                    self.called.push_back((order.inputs, order.caller));
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }
}

/// Runs a request, which takes a part, and plays that part until all workers have played theirs.
fn play(worker: &mut Worker, place: Place, request: &[u8], called: Option<Called>, go_on: impl Fn() -> bool) {
    let part = part_of(request).unwrap_or_else(|words| (Box::new(Refusal(Some(words))), Notice::Never));
    let (mut mail, mut given, mut caller) = (Mail::default(), Vec::new(), None);
    if let Some((inputs, listens)) = called {
        caller = Some(listens);
        for (to, content) in inputs {
            match content {
                Content::Bytes(bytes) => {
                    let (kind, to, from) = (Kind::Input, to as u32, place.me as u32);
                    given.push(Parcel { to, from, kind, number: 0, bytes });
                }
                here @ Content::Here(_) => mail.here = Some(here),
            }
        }
    }
    let Place { me, peers } = place;
    let (found, notices, sent) = (Vec::new(), Vec::new(), Vec::new());
    let post = Post { me, peers, caller, found, notices, sent, given, busy: false };
    let over = flow::talk(worker, part, mail, post);
    while !over.get() && go_on() {
        worker.step_or_park(None);
    }
}

#[expect(unsafe_code, reason = "a request names a function by its address in the executable")]
fn part_of(request: &[u8]) -> Result<(Box<dyn Part>, Notice), String> {
    let mut reply = Vec::new();
    // SAFETY: it was made by `request` in the first process, and a member works only if both builds are the same, which
    // `Hello::wait` ensures.
    unsafe { remote::answer(request, &mut reply) }?;
    remote::result::<Result<(), String>>(&reply).map_err(|why| why.to_string())??;
    place::part().ok_or_else(|| "a request took no part".to_owned())
}

/// The part of a worker that could not take one: it fails.
struct Refusal(Option<String>);

impl Part for Refusal {
    fn go_on(&mut self, _: &mut Mail, _: &mut Post) -> Result<Then, String> {
        Err(self.0.take().unwrap_or_default())
    }
}
