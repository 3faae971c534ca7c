//! The two dataflows: one that brings requests to all workers, and a loop in which the parts of a call talk.

use super::marks::Notice;
use super::parcel::{Content, Event, Kind, Mail, Parcel, Part, Post, Then};
use ::timely::container::CapacityContainerBuilder;
use ::timely::dataflow::InputHandle;
use ::timely::dataflow::channels::pact::Exchange;
use ::timely::dataflow::operators::generic::operator::Operator as _;
use ::timely::dataflow::operators::{Capability, ConnectLoop as _, Feedback as _, Input as _};
use ::timely::worker::Worker;
use parallax_processes::remote;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;
use std::rc::Rc;

/// Requests that have come and have not run yet.
pub(crate) type Inbox = Rc<RefCell<VecDeque<Vec<u8>>>>;

/// Where the first worker sends requests; the others drop it.
pub(crate) type Outbox = InputHandle<u64, CapacityContainerBuilder<Vec<Parcel>>>;

/// Brings requests from the first worker to each, in the same order everywhere.
pub(crate) fn requests(worker: &mut Worker) -> (Outbox, Inbox) {
    let inbox = Inbox::default();
    let arrived = Rc::clone(&inbox);
    let outbox = worker.dataflow_named::<u64, _, _>("requests", |scope| {
        let (outbox, stream) = scope.new_input::<Vec<Parcel>>();
        stream.sink(Exchange::new(|parcel: &Parcel| parcel.to.into()), "arrive", move |(input, _)| {
            input.for_each(|_, parcels| {
                arrived.borrow_mut().extend(parcels.drain(..).map(|parcel| parcel.bytes));
            });
        });
        outbox
    });
    (outbox, inbox)
}

/// All work comes before this time; results go to the caller at it. A message's time grows by one in each round.
const END: u64 = 1 << 62;

/// Builds the loop in which a part exchanges messages with those of the other workers; the returned flag becomes true
/// when all of them are done.
pub(crate) fn talk(
    worker: &mut Worker,
    (part, notice): (Box<dyn Part>, Notice),
    mail: Mail,
    post: Post,
) -> Rc<Cell<bool>> {
    let over = Rc::new(Cell::new(false));
    let ended = Ended(Rc::clone(&over));
    worker.dataflow_named::<u64, _, _>("call", |scope| {
        let (end, cycle) = scope.feedback::<Vec<Parcel>>(1);
        let to = Exchange::new(|parcel: &Parcel| parcel.to.into());
        let talk = cycle.unary_frontier(to, "part", |now, info| {
            let activator = scope.activator_for(info.address);
            let last = now.delayed(&END);
            let (part, now, last) = (Some(part), Some(now), Some(last));
            let mut player = Player { part, notice, begun: false, mail, post, now, last, ended };
            move |(input, frontier), output| {
                input.for_each(|time, parcels| {
                    let early = time.least().copied().filter(|&time| time < END);
                    if let (None, Some(early), true) = (&player.now, early, player.part.is_some()) {
                        player.now = Some(time.delayed(&early, output.output_index()));
                    }
                    parcels.drain(..).for_each(|parcel| player.receive(parcel));
                });
                player.mail.quiet = !frontier.less_than(&END);
                if player.go_on() {
                    activator.activate();
                }
                let mut send = |at: &Option<Capability<u64>>, parcels: &mut Vec<Parcel>| {
                    if let Some(at) = at {
                        output.session(at).give_iterator(parcels.drain(..));
                    }
                };
                send(&player.now, &mut player.post.given);
                send(&player.last, &mut player.post.notices);
                send(&player.last, &mut player.post.sent);
                player.let_go();
            }
        });
        talk.connect_loop(end);
    });
    over
}

/// A part, and its capabilities in timely: while any worker holds `now`, there may be more to do; while any holds
/// `last`, more messages may be sent.
struct Player {
    part: Option<Box<dyn Part>>,
    /// The notice about its input that is still to be sent.
    notice: Notice,
    /// The others' input is sent before the part goes on for the first time.
    begun: bool,
    mail: Mail,
    post: Post,
    now: Option<Capability<u64>>,
    last: Option<Capability<u64>>,
    #[expect(dead_code, reason = "it is dropped with the dataflow")]
    ended: Ended,
}

impl Player {
    fn receive(&mut self, parcel: Parcel) {
        match (parcel.kind, &self.post.caller) {
            (Kind::Result, Some(caller)) => {
                caller.tell(Event::Result(parcel.number, Content::Bytes(parcel.bytes)));
            }
            (Kind::Arrived, Some(caller)) => caller.marks.arrived(),
            (Kind::Made, Some(caller)) => caller.marks.made(),
            (Kind::Failed, caller) => {
                if let Some(caller) = caller {
                    let words = String::from_utf8_lossy(&parcel.bytes).into_owned();
                    caller.tell(Event::Failed(words));
                }
                self.part = None;
            }
            (kind, _) if self.part.is_some() => {
                if kind == Kind::Input {
                    self.has_input(Notice::AtInput);
                }
                self.mail.parcels.push_back(parcel);
            }
            _ => {}
        }
    }

    /// Reports once that the input is here, if it comes this way.
    fn has_input(&mut self, how: Notice) {
        if self.notice == how {
            self.notice = Notice::Never;
            self.post.note(Kind::Arrived);
        }
    }

    /// Lets the part go on; returns whether it wants to go on again immediately.
    fn go_on(&mut self) -> bool {
        if !mem::replace(&mut self.begun, true) {
            self.post.busy = true;
            return true;
        }
        self.has_input(Notice::AtBegin);
        let Some(part) = &mut self.part else { return false };
        self.post.busy = false;
        let (mail, post) = (&mut self.mail, &mut self.post);
        let then = remote::caught(|| part.go_on(mail, post));
        match then.unwrap_or_else(|panic| Err(format!("a worker panicked: {panic}"))) {
            Ok(Then::Again) => {}
            Ok(Then::Wait) => return self.tell(false),
            Ok(Then::Done) => {
                self.post.note(Kind::Made); // before the last result leaves
                self.part = None;
            }
            Err(words) => {
                self.post.fail(words);
                self.part = None;
            }
        }
        self.tell(self.part.is_some())
    }

    /// Passes results to a caller in this process.
    fn tell(&mut self, again: bool) -> bool {
        if let Some(caller) = &self.post.caller {
            self.post.found.drain(..).for_each(|event| caller.tell(event));
        }
        again
    }

    /// Drops capabilities that are no longer needed, after all has been sent.
    fn let_go(&mut self) {
        if self.part.is_none() || !self.post.busy {
            self.now = None;
        }
        if self.part.is_none() {
            self.last = None;
            self.mail.parcels.clear();
        }
    }
}

/// Sets the flag when it is dropped.
struct Ended(Rc<Cell<bool>>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.set(true);
    }
}
