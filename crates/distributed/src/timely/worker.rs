//! A worker's thread: it waits for requests, and plays its part in one after the other.

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

/// A call, as its caller hands it to the first worker.
#[derive(Debug)]
pub(crate) struct Order {
    /// For workers of this process, which find the workload there.
    pub(crate) here: Vec<u8>,
    /// For all others.
    pub(crate) there: Vec<u8>,
    /// What workers begin with.
    pub(crate) inputs: Vec<(usize, Content)>,
    pub(crate) caller: Caller,
}

/// What a worker of a process needs to begin.
pub(crate) struct Start {
    pub(crate) builder: AllocatorBuilder,
    pub(crate) gate: Arc<Gate>,
    pub(crate) kept: Arc<Kept>,
    /// How many workers this process has.
    pub(crate) threads: usize,
    /// For the first worker of all.
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

/// Where the first worker is told what all are to do.
struct Desk {
    orders: Receiver<Order>,
    outbox: Outbox,
    /// Of calls that are on their way to the workers, this one among them.
    called: VecDeque<Called>,
}

type Called = (Vec<(usize, Content)>, Caller);

impl Desk {
    /// Passes on what has been ordered; says whether there may be more some day.
    fn send_orders(&mut self, place: Place, threads: usize) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(order) => {
                    for to in 0..place.peers {
                        let bytes = if to < threads { order.here.clone() } else { order.there.clone() };
                        let (kind, to) = (Kind::Request, to as u32);
                        self.outbox.send(Parcel { to, from: 0, kind, number: 0, bytes });
                    }
                    let next = self.outbox.time() + 1; // what was sent leaves when no more can come at its time
                    self.outbox.advance_to(next);
                    self.called.push_back((order.inputs, order.caller));
                }
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }
}

/// Runs a request, which takes a part, and plays that until all workers have played theirs.
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

#[expect(unsafe_code, reason = "a request names a function by where it lies in the executable")]
fn part_of(request: &[u8]) -> Result<(Box<dyn Part>, Notice), String> {
    let mut reply = Vec::new();
    // SAFETY: it was made by `request` in the first process, and a member works only where the builds of both are the
    // same, which `Hello::wait` sees to.
    unsafe { remote::answer(request, &mut reply) }?;
    remote::result::<Result<(), String>>(&reply).map_err(|why| why.to_string())??;
    place::part().ok_or_else(|| "a request took no part".to_owned())
}

/// The part of a worker that could not take one.
struct Refusal(Option<String>);

impl Part for Refusal {
    fn go_on(&mut self, _: &mut Mail, _: &mut Post) -> Result<Then, String> {
        Err(self.0.take().unwrap_or_default())
    }
}
