//! The messages between workers, and the part that a worker plays in a call: one type of each for all workloads.
//!
//! A dataflow of timely is compiled again for each type of data that flows in it. Here bytes flow, so there is one
//! dataflow, and only the code that reads and writes the bytes is compiled for each workload.

use super::marks::Marks;
use parallax_pattern::{Item, Wire};
use parallax_processes::remote::Packed;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// A message from one worker to another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) to: u32,
    pub(crate) from: u32,
    pub(crate) kind: Kind,
    /// The number of a piece, a step or a row.
    pub(crate) number: u64,
    #[serde(with = "serde_bytes")]
    pub(crate) bytes: Vec<u8>,
}

/// The kind of a message, which decides its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// A request to take part in a call.
    Request,
    /// The input of a part.
    Input,
    /// From part to part.
    Between,
    /// A result, for the caller.
    Result,
    /// An error message, for the caller: all workers stop.
    Failed,
    /// A worker of another process has received its input.
    Arrived,
    /// A worker has made its last result, which follows.
    Made,
}

/// An event for the caller.
#[derive(Debug)]
pub(crate) enum Event {
    Result(u64, Content),
    Failed(String),
}

/// The caller that waits for a call: its channel, and the moments that it records.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) events: Sender<Event>,
    pub(crate) marks: Arc<Marks>,
}

impl Caller {
    /// Sends it an event. A caller that no longer listens has received a failure.
    pub(crate) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

/// A value on its way to the caller, or from there.
#[derive(Debug)]
pub(crate) enum Content {
    /// Bytes from another process.
    Bytes(Vec<u8>),
    /// A value that never left the process.
    Here(Box<dyn Any + Send>),
}

impl Content {
    pub(crate) fn packed<T: Item + Wire>(items: &[T], here: bool) -> Result<Self, String> {
        let items = Packed(items.to_vec());
        if here { Ok(Content::Here(Box::new(items))) } else { written(&items).map(Content::Bytes) }
    }

    /// The number of its bytes that leave the process.
    pub(crate) fn len(&self) -> usize {
        match self {
            Content::Bytes(bytes) => bytes.len(),
            Content::Here(_) => 0,
        }
    }

    /// The value.
    pub(crate) fn read<T: DeserializeOwned + 'static>(self) -> Result<T, String> {
        match self {
            Content::Bytes(bytes) => read(&bytes),
            Content::Here(value) => {
                value.downcast().map(|value| *value).map_err(|_| "a value of another type".to_owned())
            }
        }
    }
}

pub(crate) fn written<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(value).map_err(|why| format!("a result cannot be sent: {why}"))
}

pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|why| format!("a message cannot be read: {why}"))
}

/// A worker's work in a call, done in small steps.
pub(crate) trait Part {
    /// Does the work that can be done now.
    ///
    /// # Errors
    ///
    /// The error message ends the call.
    fn go_on(&mut self, mail: &mut Mail, post: &mut Post) -> Result<Then, String>;
}

/// When a part goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Immediately, after a look at the mail.
    Again,
    /// When there is mail, or no messages are under way any more.
    Wait,
    /// Never.
    Done,
}

/// Messages that came for a part.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    pub(crate) parcels: VecDeque<Parcel>,
    /// No work that parts [give](Post::give) each other is left, neither with a part nor on its way.
    pub(crate) quiet: bool,
    /// The caller's input to a worker of its own process.
    pub(crate) here: Option<Content>,
}

impl Mail {
    /// The caller's input to this part, once it is here.
    pub(crate) fn input<T: DeserializeOwned + 'static>(&mut self) -> Result<Option<T>, String> {
        if let Some(here) = self.here.take() {
            return here.read().map(Some);
        }
        let Some(at) = self.parcels.iter().position(|parcel| parcel.kind == Kind::Input) else {
            return Ok(None);
        };
        self.parcels.remove(at).map(|parcel| read(&parcel.bytes)).transpose()
    }
}

/// Messages that a part sends.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) me: usize,
    pub(crate) peers: usize,
    /// The caller's channel; only in its process, and only for the first worker.
    pub(crate) caller: Option<Caller>,
    /// Results of this turn, for a caller in this process.
    pub(crate) found: Vec<Event>,
    /// Notices about the progress of a call, which go ahead of all else.
    pub(crate) notices: Vec<Parcel>,
    pub(crate) sent: Vec<Parcel>,
    pub(crate) given: Vec<Parcel>,
    /// Whether this part has work that may lead to more, so that all the others wait.
    pub(crate) busy: bool,
}

impl Post {
    fn parcel(&self, to: usize, kind: Kind, number: u64, bytes: Vec<u8>) -> Parcel {
        Parcel { to: to as u32, from: self.me as u32, kind, number, bytes }
    }

    /// Sends bytes to another part.
    pub(crate) fn send(&mut self, to: usize, number: u64, bytes: Vec<u8>) {
        let parcel = self.parcel(to, Kind::Between, number, bytes);
        self.sent.push(parcel);
    }

    /// Sends open work to another part; the call goes on until that part is not busy.
    pub(crate) fn give(&mut self, to: usize, kind: Kind, bytes: Vec<u8>) {
        let parcel = self.parcel(to, kind, 0, bytes);
        self.given.push(parcel);
    }

    /// Sends a result to the caller.
    pub(crate) fn result<T: Serialize + Send + 'static>(
        &mut self,
        number: u64,
        value: T,
    ) -> Result<(), String> {
        match &self.caller {
            Some(_) => self.found.push(Event::Result(number, Content::Here(Box::new(value)))),
            None => {
                let bytes = written(&value)?;
                let parcel = self.parcel(0, Kind::Result, number, bytes);
                self.sent.push(parcel);
            }
        }
        Ok(())
    }

    /// Reports this part's progress to the caller.
    pub(crate) fn note(&mut self, kind: Kind) {
        match (&self.caller, kind) {
            (Some(caller), Kind::Made) => caller.marks.made(),
            (Some(caller), _) => caller.marks.arrived(),
            (None, _) => self.notices.push(self.parcel(0, kind, 0, Vec::new())),
        }
    }

    /// Reports a failure to the caller and all other parts.
    pub(crate) fn fail(&mut self, words: String) {
        self.found.clear();
        self.sent.clear();
        self.given.clear();
        for to in (0..self.peers).filter(|&to| to != self.me) {
            let parcel = self.parcel(to, Kind::Failed, 0, words.clone().into_bytes());
            self.sent.push(parcel);
        }
        if let Some(caller) = &self.caller {
            caller.tell(Event::Failed(words));
        }
    }
}
