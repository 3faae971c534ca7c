//! The questions that techniques answer, and what they say when they cannot.
//!
//! | question | trait |
//! |---|---|
//! | who does the work? | [`Execute`] |
//! | how is one piece computed? | [`Compute`] |
//! | who may touch the state? | [`Share`] |
//! | is it worth remembering? | [`Remember`] |
//! | who answers whom? | [`Serve`] |
//!
//! A pattern has no default body: a new one is a compile error in every technique that has not
//! said what it does with it. A workload has one: the pattern's. A technique with an idiom of its
//! own for one workload overrides that method, and its first doc line says what it shows.

use crate::buffer::Buffer;
use crate::pattern::{Channel, Graph, Map, Nest, Recall, Reduce, Reply, Search, Stencil, Sweep, Touch, Wait};
use crate::stop::Stop;
use crate::workload::{
    Bubblesort, Census, Comparison, Delivered, Expression, Fanout, GridSearch, Heat, Heated, Histogram,
    Joined, Julia, Mailbox, Matmul, Memo, MonteCarlo, Pairwise, Parcels, Remembered, Scores, Sorted, Stream,
    Swept, TaskGraph, TreeSearch,
};
use serde::{Deserialize, Serialize};
use std::{fmt, net::TcpListener, sync::Arc};

/// Why there is no number; printed where the number would stand.
#[derive(Debug, thiserror::Error)]
pub enum No {
    /// The technique does not suit the problem, and the reason teaches.
    #[error("{0}")]
    Unfit(&'static str),
    /// This machine or build lacks something, and the text says how to get it.
    #[error("{0}")]
    Unavailable(String),
    /// It tried and broke.
    #[error("{0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl No {
    /// A failure that is told in words.
    pub fn failed(words: impl Into<String>) -> Self {
        No::Failed(words.into().into())
    }
}

/// What a technique gives back: its result, or why there is none.
pub type Answer<T> = Result<T, No>;

/// The questions; each is a dense table of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Question {
    /// Who does the work?
    Execute,
    /// How is one piece computed?
    Compute,
    /// Who may touch the state?
    Share,
    /// Is it worth remembering?
    Remember,
    /// Who answers whom?
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
            Question::Serve => "who answers whom?",
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
            Question::Serve => "serve",
        })
    }
}

/// How many cores a technique declares that it uses; using more is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// One, whatever it is given.
    One,
    /// As many as it has workers.
    Workers,
}

/// What a reader should know of a technique before its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Its name in cells and filters.
    pub name: &'static str,
    /// The idea in one line.
    pub idea: &'static str,
    /// What it gives.
    pub gives: &'static str,
    /// What it costs.
    pub costs: &'static str,
    /// How many cores it declares.
    pub cores: Cores,
    /// The libraries it stands on, by package name; their versions go into every result.
    pub libraries: &'static [&'static str],
    /// `file!()`: where to read it.
    pub source: &'static str,
}

/// One way to make a program faster.
pub trait Technique: Sized + Send + 'static {
    /// What it is.
    const CARD: Card;
    /// Makes it ready for `workers` workers: pools start here, and start-up is timed apart.
    ///
    /// # Errors
    ///
    /// [`No::Unavailable`] if this machine lacks what it needs.
    fn start(workers: usize) -> Answer<Self>;
    /// The instruction set it chose on this machine.
    fn isa(&self) -> String {
        crate::isa::compiled().into()
    }
}

/// Who does the work?
///
/// Each method returns when all of the work is done. Errors are refusals ([`No`]).
#[expect(missing_docs, reason = "a method is named after its pattern or workload, where it is explained")]
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

    /// Has no pattern, because nothing in it is independent.
    fn bubblesort(&self, _work: &Arc<Bubblesort>, _out: &mut Sorted) -> Answer<()> {
        Err(No::Unfit("step k needs step k-1: a comparison waits for the swap before it"))
    }
    fn comparison(&self, work: &Arc<Comparison>, out: &mut Buffer<u8>) -> Answer<()> {
        self.map(work, out)
    }
    fn expression(&self, work: &Arc<Expression>, out: &mut Buffer<f64>) -> Answer<()> {
        self.map(work, out)
    }
    fn heat(&self, work: &Arc<Heat>, out: &mut Heated) -> Answer<()> {
        out.step(work, |buffers| self.stencil(work, buffers))
    }
    fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
        self.nest(work, out.errors_mut())
    }
    fn histogram(&self, work: &Arc<Histogram>, out: &mut Buffer<u64>) -> Answer<()> {
        out.copy_from_slice(&self.reduce(work)?);
        Ok(())
    }
    fn julia(&self, work: &Arc<Julia>, out: &mut Buffer<u32>) -> Answer<()> {
        self.map(work, out)
    }
    fn matmul(&self, work: &Arc<Matmul>, out: &mut Buffer<f64>) -> Answer<()> {
        self.map(work, out)
    }
    fn montecarlo(&self, work: &Arc<MonteCarlo>, out: &mut u64) -> Answer<()> {
        *out = self.reduce(work)?;
        Ok(())
    }
    fn pairwise(&self, work: &Arc<Pairwise>, out: &mut Buffer<f64>) -> Answer<()> {
        self.map(work, out)
    }
    fn stream(&self, work: &Arc<Stream>, out: &mut Swept) -> Answer<()> {
        out.sweep(|state| self.sweep(work, state))
    }
    fn taskgraph(&self, work: &Arc<TaskGraph>, out: &mut Buffer<u64>) -> Answer<()> {
        self.graph(work, out)
    }
    fn treesearch(&self, work: &Arc<TreeSearch>, out: &mut Census) -> Answer<()> {
        *out = self.search(work)?;
        Ok(())
    }
}

/// How is one piece computed?
///
/// Each method makes a *kernel*: the same work in the same pieces, with another inner loop. Who runs
/// the pieces is another question, so a kernel goes over every technique that answers [`Execute`]:
/// their products come free. What a kernel prepares (packing, compiling) is made in the method and so
/// inside the clock; what the technique finds out once (the instruction set) in [`Technique::start`].
/// A kernel's type stands in the file that its module is named after, where `cargo xtask code` finds
/// it; who refuses a workload names the workload itself as its kernel.
///
/// ```
/// use parallax_suite::pattern::Map;
/// use parallax_suite::question::{Answer, Execute, Technique};
/// use parallax_suite::Sequential;
/// use serde::{Deserialize, Serialize};
/// use std::sync::Arc;
///
/// /// Halves of numbers, by a shift.
/// #[derive(Serialize, Deserialize)]
/// struct Halves(usize);
/// impl Map for Halves {
///     type Item = u64;
///     fn len(&self) -> usize { self.0 }
///     fn grain(&self) -> usize { 1024 }
///     fn fill(&self, start: usize, out: &mut [u64]) {
///         out.iter_mut().zip(start as u64..).for_each(|(half, i)| *half = i >> 1);
///     }
/// }
/// let mut out = [0; 4];
/// Sequential::start(1)?.map(&Arc::new(Halves(4)), &mut out)?;
/// assert_eq!(out, [0, 0, 1, 1]);
/// # Ok::<(), parallax_suite::question::No>(())
/// ```
#[expect(missing_docs, reason = "a method is named after its workload, where it is explained")]
pub trait Compute: Technique {
    type Comparison: Map<Item = u8>;
    type Expression: Map<Item = f64>;
    type GridSearch: Nest<Item = f64>;
    type Heat: Stencil<Item = f64>;
    type Histogram: Reduce<Acc = Vec<u64>>;
    type Julia: Map<Item = u32>;
    type Matmul: Map<Item = f64>;
    type MonteCarlo: Reduce<Acc = u64>;
    type Pairwise: Map<Item = f64>;
    type Stream: Sweep<Item = f64>;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<Self::Comparison>;
    fn expression(&self, work: &Arc<Expression>) -> Answer<Self::Expression>;
    fn gridsearch(&self, work: &Arc<GridSearch>) -> Answer<Self::GridSearch>;
    fn heat(&self, work: &Arc<Heat>) -> Answer<Self::Heat>;
    fn histogram(&self, work: &Arc<Histogram>) -> Answer<Self::Histogram>;
    fn julia(&self, work: &Arc<Julia>) -> Answer<Self::Julia>;
    fn matmul(&self, work: &Arc<Matmul>) -> Answer<Self::Matmul>;
    fn montecarlo(&self, work: &Arc<MonteCarlo>) -> Answer<Self::MonteCarlo>;
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<Self::Pairwise>;
    fn stream(&self, work: &Arc<Stream>) -> Answer<Self::Stream>;
    /// Has no kernel: nothing in it can be handed out.
    fn bubblesort(&self, work: &Arc<Bubblesort>, out: &mut Sorted) -> Answer<()>;
}

/// Who may touch the state? Workers that all want the same few words.
#[expect(missing_docs, reason = "a method is named after its pattern or workload, where it is explained")]
pub trait Share: Technique {
    /// Adds each item's hit to `words`.
    fn touch<T: Touch>(&self, work: &Arc<T>, words: &mut [u64]) -> Answer<()>;

    fn histogram(&self, work: &Arc<Histogram>, out: &mut Buffer<u64>) -> Answer<()> {
        out.fill(0);
        self.touch(work, out)
    }
}

/// Is it worth remembering?
#[expect(missing_docs, reason = "a method is named after its pattern or workload, where it is explained")]
pub trait Remember: Technique {
    /// Answers every request; what is remembered is forgotten when it returns.
    fn recall<R: Recall>(&self, work: &Arc<R>) -> Answer<Recalled>;

    fn memo(&self, work: &Arc<Memo>, out: &mut Remembered) -> Answer<()> {
        out.recall(work, || self.recall(work))
    }
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

/// Who answers whom?
///
/// Two kinds of techniques answer it: those that hand messages over and wait ([`cell::serve`]), and
/// those that answer clients on a socket ([`cell::reply`]). Few do both, so what one does not answer
/// has a default that says so.
///
/// [`cell::serve`]: crate::cell::serve
/// [`cell::reply`]: crate::cell::reply
#[expect(missing_docs, reason = "a method is named after its pattern or workload, where it is explained")]
pub trait Serve: Technique {
    /// Sends all messages from the producers to the consumers; gives each consumer's tally.
    fn channel<C: Channel>(&self, _: &Arc<C>) -> Answer<Vec<C::Tally>> {
        Err(No::Unfit("it answers clients, and hands nothing from one worker to another"))
    }
    /// Goes through all waits; writes what each gives.
    fn wait<W: Wait>(&self, _: &Arc<W>, _: &mut [u64]) -> Answer<()> {
        Err(No::Unfit("it waits for clients only"))
    }
    /// Answers all requests that come to `listener` over HTTP/1.1, until `stop`; then ends even where
    /// clients are still connected.
    fn reply<R: Reply>(&self, _: &Arc<R>, _: TcpListener, _: Stop) -> Answer<()> {
        Err(No::Unfit("it has no way to answer requests on a socket"))
    }
    /// How many clients are answered at a time; more are made to wait until one has gone.
    fn at_once(&self) -> usize {
        usize::MAX
    }

    fn fanout(&self, work: &Arc<Fanout>, out: &mut Joined) -> Answer<()> {
        out.join(work, |results| self.wait(work, results))
    }
    fn mailbox(&self, work: &Arc<Mailbox>, out: &mut Delivered) -> Answer<()> {
        out.receive(self.channel(work)?);
        Ok(())
    }
    /// The larger messages of the mailbox.
    fn parcels(&self, work: &Arc<Parcels>, out: &mut Delivered) -> Answer<()> {
        out.receive(self.channel(work)?);
        Ok(())
    }
}
