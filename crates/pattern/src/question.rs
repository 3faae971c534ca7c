//! The questions that techniques answer, each a trait.
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
//! [`Execute`] covers many patterns, and has no default bodies: a new pattern is a compile error in every technique
//! until it handles the pattern. Its counterpart for workers that share no memory is `Distribute` (feature `wire`).
//! Each of the others covers one pattern, and takes one type of work: so a technique can require more of that type in
//! its `impl`, such as that it can be sent.

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

/// The questions; each has its own table, without gaps.
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
#[expect(missing_docs, reason = "a method is named after its pattern, which documents it")]
pub trait Execute: Technique {
    fn map<M: Map>(&self, work: &Arc<M>, out: &mut [M::Item]) -> Answer<()>;
    fn reduce<R: Reduce>(&self, work: &Arc<R>) -> Answer<R::Acc>;
    fn sweep<S: Sweep>(&self, work: &Arc<S>, state: &mut [S::Item]) -> Answer<()>;
    /// The initial state is in the first buffer, and the last one in buffer `steps % 2`.
    fn stencil<S: Stencil>(&self, work: &Arc<S>, buffers: [&mut [S::Item]; 2]) -> Answer<()>;
    /// Writes the results of the last row.
    fn graph<G: Graph>(&self, work: &Arc<G>, last_row: &mut [G::Value]) -> Answer<()>;
    fn search<S: Search>(&self, work: &Arc<S>) -> Answer<S::Acc>;
    fn nest<N: Nest>(&self, work: &Arc<N>, out: &mut [N::Item]) -> Answer<()>;
    /// Writes the solution to `out`; `room` is scratch space of the same length.
    fn divide<D: Divide>(&self, work: &Arc<D>, out: &mut [D::Item], room: &mut [D::Item]) -> Answer<()>;
}

/// Who may touch the state? Workers that all want the same few words.
pub trait Share<T: Touch>: Technique {
    /// Adds each item's hit to `words`.
    fn touch(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()>;
}

/// Who may touch the state? A table that many read and some change.
pub trait Guard<C: Consult>: Technique {
    /// Fills the table with its first entries, does all operations, and leaves their result there. Returns the reader
    /// of each worker.
    fn consult(&self, work: &Arc<C>, table: &mut [C::Entry]) -> Answer<Vec<C::Reader>>;
}

/// Is it worth remembering?
pub trait Remember<R: Recall>: Technique {
    /// Answers every request, from a cache that lives as long as the call.
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled>;
}

/// The outcome of answering requests from a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recalled {
    /// The wrapping sum of all values.
    pub sum: u64,
    /// How many requests were answered from memory.
    pub hits: u64,
    /// The eviction policy, by which the hits are checked.
    pub policy: Policy,
}

/// An eviction policy: which values a cache forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It forgets every value immediately: there are no hits.
    Nothing,
    /// It forgets no value: each distinct key is computed once.
    Unbounded,
    /// It forgets the least recently used value, for one client: the hits are known exactly.
    Lru,
    /// It stays within the capacity; the hits are at most those of the best possible policy.
    Bounded,
    /// It evicts at any time, for clients in any order. Then the best policy for the requests in order
    /// is not a bound, so the hits are at most those of [`Policy::Unbounded`], and the number of values
    /// held at the end is checked against the capacity.
    Loose {
        /// How many values are left at the end.
        held: u64,
    },
}

/// Who hands what to whom?
pub trait Exchange<C: Channel>: Technique {
    /// Sends all messages from the producers to the consumers; returns each consumer's tally.
    fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>>;
}

/// Who waits? Many waits at the same time, on few threads or many.
pub trait Await<W: Wait>: Technique {
    /// Does all waits; writes the result of each.
    fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()>;
}

/// Who waits, and who gives up? Operations that overlap, and are cancelled or shed once they are too late.
pub trait Cancel<W: Expire>: Technique {
    /// Settles all operations; writes the results of those that end in time, and `None` for those cancelled or shed.
    fn expire(&self, work: &Arc<W>, out: &mut [Option<u64>]) -> Answer<()>;
}

/// Who answers clients, on a socket?
pub trait Serve<R: Reply>: Technique {
    /// Answers all requests that come to `listener` over HTTP/1.1, until `stop`; then ends even if
    /// clients are still connected.
    fn reply(&self, work: &Arc<R>, listener: TcpListener, stop: Stop) -> Answer<()>;
    /// How many clients are answered at the same time; further clients wait until one has gone.
    fn at_once(&self) -> usize {
        usize::MAX
    }
}
