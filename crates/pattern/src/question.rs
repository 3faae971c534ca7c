//! The questions that techniques answer.
//!
//! | question | trait |
//! |---|---|
//! | who does the work? | [`Execute`] |
//! | who may touch the state? | [`Share`], [`Guard`] |
//! | is it worth remembering? | [`Remember`] |
//! | who hands what to whom? | [`Exchange`] |
//! | who waits? | [`Await`], [`Cancel`] |
//! | who answers clients? | [`Serve`] |
//!
//! [`Execute`] answers many patterns, and none has a default body: a new one is a compile error in every technique that
//! has not said what it does with it. Its twin for workers who share nothing is `Distribute` (feature `wire`). The others
//! are asked about one pattern each, and of one type of work: so a technique can ask more of it, such as that it can be
//! sent, and says so where it answers.

use crate::answer::Answer;
use crate::array::{Map, Nest, Reduce, Stencil, Sweep};
use crate::divide::Divide;
use crate::expire::Expire;
use crate::graph::{Graph, Search};
use crate::message::{Channel, Reply, Wait};
use crate::state::{Consult, Recall, Touch};
use crate::stop::Stop;
use crate::technique::Technique;
use std::{fmt, net::TcpListener, sync::Arc};

/// The questions; each is a dense table of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "wire", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Question {
    /// Who does the work?
    Execute,
    /// How is one piece computed?
    Compute,
    /// Who may touch the state?
    Share,
    /// Is it worth remembering?
    Remember,
    /// Who hands what to whom?
    Exchange,
    /// Who waits?
    Await,
    /// Who answers clients?
    Serve,
}

impl Question {
    /// The question in words.
    pub const fn words(self) -> &'static str {
        match self {
            Question::Execute => "who does the work?",
            Question::Compute => "how is one piece computed?",
            Question::Share => "who may touch the state?",
            Question::Remember => "is it worth remembering?",
            Question::Exchange => "who hands what to whom?",
            Question::Await => "who waits?",
            Question::Serve => "who answers clients?",
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Question::Execute => "execute",
            Question::Compute => "compute",
            Question::Share => "share",
            Question::Remember => "remember",
            Question::Exchange => "exchange",
            Question::Await => "await",
            Question::Serve => "serve",
        })
    }
}

/// Who does the work?
///
/// Each method returns when all of the work is done. Errors are refusals ([`No`](crate::No)).
#[expect(missing_docs, reason = "a method is named after its pattern, where it is explained")]
pub trait Execute: Technique {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()>;
    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc>;
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()>;
    /// The initial state stands in the first buffer, and the last one in buffer `steps % 2`.
    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()>;
    /// Writes what the last row gives.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()>;
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc>;
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()>;
    /// The solution stands in `out`; `room` is as long, and what it holds afterwards means nothing.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()>;
}

/// Who may touch the state? Workers that all want the same few words.
pub trait Share<T: Touch>: Technique {
    /// Adds each item's hit to `words`.
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()>;
}

/// Who may touch the state? A table that many read and some change.
pub trait Guard<C: Consult>: Technique {
    /// Fills the table with what stands in it at first, does all operations, and leaves there what it comes to. Gives
    /// what each worker has kept of its reading.
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>>;
}

/// Is it worth remembering?
pub trait Remember<R: Recall>: Technique {
    /// Answers every request; what is remembered is forgotten when it returns.
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled>;
}

/// What came of answering requests from memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recalled {
    /// The wrapping sum of all values.
    pub sum: u64,
    /// How many requests were answered from memory.
    pub hits: u64,
    /// How the technique decides what to forget; its hits are held against it.
    pub policy: Policy,
}

/// What a cache forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everything at once: nothing is remembered.
    Nothing,
    /// Nothing: each distinct key is computed once.
    Unbounded,
    /// The least recently used, by one client: the hits are known exactly.
    Lru,
    /// Something, within the capacity; the hits are at most those of the best policy there is.
    Bounded,
    /// Something, at a moment of its own, for clients whose order is their own. The best policy for the
    /// requests in order bounds neither, so the hits are at most those of [`Policy::Unbounded`], and
    /// the values held in the end are held against the capacity.
    Loose {
        /// How many values are left in the end.
        held: u64,
    },
}

/// Who hands what to whom?
pub trait Exchange<C: Channel>: Technique {
    /// Sends all messages from the producers to the consumers; gives each consumer's tally.
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>>;
}

/// Who waits? Many waits at once, on few threads or many.
pub trait Await<W: Wait>: Technique {
    /// Goes through all waits; writes what each gives.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()>;
}

/// Who waits, and who gives up? Operations that overlap, and are cancelled or shed once it is too late for them.
pub trait Cancel<W: Expire>: Technique {
    /// Settles all operations; writes what those give that end in time, and none for those that are cancelled or shed.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()>;
}

/// Who answers clients, on a socket?
pub trait Serve<R: Reply>: Technique {
    /// Answers all requests that come to `listener` over HTTP/1.1, until `stop`; then ends even where
    /// clients are still connected.
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()>;
    /// How many clients are answered at a time; more are made to wait until one has gone.
    fn at_once(&self) -> usize {
        usize::MAX
    }
}
