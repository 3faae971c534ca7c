//! The shapes that work comes in: a technique answers these few, and so every workload that has one.
//!
//! | pattern | what is independent | what a technique must keep |
//! |---|---|---|
//! | [`Map`] | the items | each item written once, in its place |
//! | [`Reduce`] | the items, up to a merge | each item folded once; merges in any order |
//! | [`Sweep`] | the items within one step | a step ends before the next begins |
//! | [`Stencil`] | the items within one step, which read their neighbours | the same, and the neighbours' last values |
//! | [`Graph`] | tasks whose dependencies are done | no task before its dependencies |
//! | [`Search`] | nodes, as they are found | each time that a node is found, one visit: trees only |
//! | [`Nest`] | the outer items, and the pieces of each | as map outside and reduce inside |
//! | [`Touch`] | nothing: all items hit the same few words | no hit lost |
//! | [`Recall`] | requests, which repeat | the value of each request |
//! | [`Channel`] | producers and consumers | first in, first out for each producer |
//! | [`Wait`] | the waits | none done before its time, at most so many at once |
//! | [`Reply`] | the requests | each answered once, in its connection's order |
//!
//! What every technique keeps, whatever the pattern:
//!
//! - An output of another length than the work's is refused in words, before anything is done ([`covers`]).
//! - **Pieces begin at multiples of the grain** and end at one, or at the end: with a row's length as the
//!   grain, a piece is always whole rows. It may be many grains long, and is the whole where one worker does
//!   all. A grain of 0 means 1.
//! - Work of no items is done at once.
//!
//! The traits are small on purpose. They say *what* the pieces are and never how many threads,
//! which order or which queue: that is the technique's part. They are not iterators: a piece is a
//! whole range, so the inner loop is the workload's own and nothing is called per item.

mod splits;

pub use splits::{covers, dig, make_item, needs, pieces, room, run_tasks, share, whole_share};

use crate::question::{Answer, No};
use serde::{Serialize, de::DeserializeOwned};
use std::ops::Range;

/// Work that can be sent to another process: the suite's own workloads send their parameters and
/// are made anew on the other side, yours may derive serde's traits.
pub trait Wire: Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Wire for T {}

/// One element of an array that threads may write and processes may share.
pub trait Item: bytemuck::Pod + Send + Sync {}
impl<T: bytemuck::Pod + Send + Sync> Item for T {}

/// `len` independent items, written into disjoint parts of one output.
pub trait Map: Wire {
    /// What the output is made of.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    fn grain(&self) -> usize;
    /// Writes items `start..start + out.len()`: one grain or several, and at the end what is left of one. Any
    /// split at multiples of the grain must give the same output.
    fn fill(&self, start: usize, out: &mut [Self::Item]);
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// `len` items folded into one value, in any grouping.
///
/// **The grouping is not fixed**: it depends on the technique, on the number of workers and, where pieces go
/// to whoever is free, on the moment. Where [`Reduce::merge`] is exactly associative, that cannot be seen.
/// Sums of floats are not: their last bits differ from run to run. Two ways to the same bits every time:
/// gather integers (counts, fixed point), or write each piece's sum to its place with a [`Map`] and add
/// those up in their order:
///
/// ```
/// use parallax_suite::pattern::{Map, pieces};
/// use parallax_suite::question::{Execute, Technique};
/// use parallax_suite::Sequential;
/// use serde::{Deserialize, Serialize};
/// use std::sync::Arc;
///
/// /// The sums of a thousand terms of 1 + 1/2 + 1/3 + ... each.
/// #[derive(Serialize, Deserialize)]
/// struct Sums { terms: usize }
///
/// impl Map for Sums {
///     type Item = f64;
///     fn len(&self) -> usize { self.terms.div_ceil(1000) }
///     fn grain(&self) -> usize { 1 }
///     fn fill(&self, start: usize, out: &mut [f64]) {
///         for (sum, piece) in out.iter_mut().zip(pieces(self.terms, 1000).skip(start)) {
///             *sum = piece.map(|i| 1.0 / (i + 1) as f64).sum();
///         }
///     }
/// }
///
/// let work = Arc::new(Sums { terms: 10_500 });
/// let mut sums = vec![0.0; work.len()];
/// Sequential::start(1)?.map(&work, &mut sums)?; // or any other technique
/// let sum: f64 = sums.iter().sum(); // here, in one order: the same bits whoever made the pieces
/// assert!((sum - 9.8363).abs() < 1e-4);
/// # Ok::<(), parallax_suite::question::No>(())
/// ```
///
/// Where neither suits, the [`check`](crate::Workload::check) of a workload of your own says how far a float may
/// be off, with [`within`](crate::workload::within), and its [`blind_bits`](crate::Workload::blind_bits) how many
/// of the lowest bits that hides; without them the harness expects the same bits every time.
pub trait Reduce: Wire {
    /// What a group of items folds into.
    type Acc: Serialize + DeserializeOwned + Send + 'static;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    fn grain(&self) -> usize;
    /// What no items fold into; the identity of [`Reduce::merge`].
    fn empty(&self) -> Self::Acc;
    /// Folds `items` into `acc`.
    fn fold(&self, acc: &mut Self::Acc, items: Range<usize>);
    /// Folds what another worker gathered into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An array updated in place, step by step, each item by itself.
///
/// A step is a pass over the whole array, as an array library makes it: fusing two steps of one
/// part would keep it in cache and measure something else.
pub trait Sweep: Wire {
    /// What the array is made of.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    fn grain(&self) -> usize;
    /// How many passes there are.
    fn steps(&self) -> usize;
    /// Makes one pass over `part`, which begins at item `start`.
    fn step(&self, start: usize, part: &mut [Self::Item]);
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An array whose next state is made from the neighbourhoods of the last one, step by step.
///
/// Two buffers take turns: step `k` reads buffer `k % 2` and writes the other.
pub trait Stencil: Wire {
    /// What the array is made of.
    type Item: Item;
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    fn grain(&self) -> usize;
    /// How many steps there are.
    fn steps(&self) -> usize;
    /// Writes items `start..start + new.len()` of the next state, given the whole of the last.
    fn step(&self, old: &[Self::Item], start: usize, new: &mut [Self::Item]);
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Tasks in rows of `width`, each of which needs some results of the row before.
pub trait Graph: Wire {
    /// What a task gives.
    type Value: Item + Default;
    /// How many tasks a row has.
    fn width(&self) -> usize;
    /// How many rows there are.
    fn depth(&self) -> usize;
    /// The tasks of row `row - 1` that task `column` of `row` needs, rising; none for row 0.
    /// A need that is not there is a panic in the call, not a wait.
    fn needs(&self, row: usize, column: usize) -> impl Iterator<Item = usize> + '_;
    /// Does a task, given what its needs gave, in their order.
    fn run(&self, row: usize, column: usize, inputs: impl Iterator<Item = Self::Value>) -> Self::Value;
}

/// Nodes that are found only by visiting others. Trees only: a node that is found twice is visited twice, and
/// a cycle never ends.
///
/// No technique remembers where it has been: that would be a table that all workers share, in the hottest
/// loop. For a graph whose dependencies are known beforehand take [`Graph`]. For another one keep the marks
/// yourself, in the work: a set behind locks or a flag per node (`AtomicBool::swap`), asked in
/// [`Search::visit`], which then calls `found` only for a node that nobody marked before. Marks do not travel
/// to other processes, so techniques of one process only can do that.
pub trait Search: Wire {
    /// A place to visit.
    type Node: Serialize + DeserializeOwned + Copy + Send + 'static;
    /// What visits gather.
    type Acc: Serialize + DeserializeOwned + Send + 'static;
    /// Where to begin; a single node in most searches.
    fn roots(&self) -> Vec<Self::Node>;
    /// What no visits gather; the identity of [`Search::merge`].
    fn empty(&self) -> Self::Acc;
    /// Visits a node, and calls `found` with each node that it leads to and that nobody else leads to.
    fn visit(&self, node: Self::Node, acc: &mut Self::Acc, found: impl FnMut(Self::Node));
    /// Folds what another worker gathered into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
}

/// A map whose every item is a reduction: parallel outside, inside, or both.
pub trait Nest: Wire {
    /// What an outer item becomes.
    type Item: Item;
    /// What the pieces of an outer item fold into.
    type Acc: Serialize + DeserializeOwned + Send + 'static;
    /// How many outer items there are, and how many pieces each has.
    fn shape(&self) -> (usize, usize);
    /// What no pieces fold into.
    fn empty(&self) -> Self::Acc;
    /// Folds `pieces` of an outer item into `acc`.
    fn fold(&self, outer: usize, acc: &mut Self::Acc, pieces: Range<usize>);
    /// Folds what another worker gathered for the same outer item into `acc`; associative and commutative.
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc);
    /// Makes the outer item from all of its pieces.
    fn finish(&self, outer: usize, acc: Self::Acc) -> Self::Item;
}

/// `len` items that each add one to a word of a shared table.
pub trait Touch: Wire {
    /// How many items there are.
    fn len(&self) -> usize;
    /// How many neighbouring items are worth handing out at once: no piece begins between two multiples of it.
    fn grain(&self) -> usize;
    /// How many words the table has.
    fn words(&self) -> usize;
    /// Calls `hit` with the word of each of `items`.
    fn hits(&self, items: Range<usize>, hit: impl FnMut(usize));
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Requests for values of a function, many of which were asked for before.
///
/// The order of the requests decides the hits: [`Policy::Lru`](crate::question::Policy::Lru) means
/// that one client asks for `key(0)`, `key(1)`, … in turn. Under every other policy they may be
/// divided among workers. Each request is either answered from memory, and is then a hit, or costs
/// one call of `compute`: hits and calls add up to `len`. Who waits for a value that another worker
/// is computing has a hit (single flight).
pub trait Recall: Wire {
    /// How many requests there are.
    fn len(&self) -> usize;
    /// What request `i` asks for.
    fn key(&self, i: usize) -> u64;
    /// The value of a key: always the same, and costly.
    fn compute(&self, key: u64) -> u64;
    /// How many values may be remembered at once. 0 means 1, and more than `len` means `len` ([`room`]).
    fn capacity(&self) -> usize;
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Messages from producers to consumers.
///
/// What a technique may assume, and must keep so that nobody waits for ever:
///
/// - Each producer makes its messages from number 0 on, in order, one at a time; all of them are
///   taken in, each once. Different producers may make, and different consumers take, at once.
/// - Who gets which message is free: consumers may share one queue, or each have its own producers
///   (producer `p` sends to consumer `p % consumers`, say). With a shared queue nobody knows how many
///   messages a consumer gets, so it ends when the queue is closed and empty, not by counting;
///   with fixed pairs a consumer without a producer ends at once.
/// - A queue need not hold all messages, and memory may not hold them either. A producer that waits
///   for room needs a consumer that runs meanwhile: one thread that plays both sides alternates.
/// - A tally comes back from every consumer, also from one that got nothing; their order is free.
/// - [`Traffic::answered`] needs a way back. The consumer only hands the message back, and the
///   producer calls `take`, on the one tally, before it calls `make` again.
pub trait Channel: Wire {
    /// What is handed over.
    type Message: Serialize + DeserializeOwned + Send + 'static;
    /// What a consumer gathers.
    type Tally: Serialize + DeserializeOwned + Default + Send + 'static;
    /// How many producers, consumers, and messages from each producer.
    fn shape(&self) -> Traffic;
    /// Makes message `number` of a producer, counted from 0.
    fn make(&self, producer: usize, number: usize) -> Self::Message;
    /// Takes a message in. A consumer must see the messages of one producer in their order.
    fn take(&self, message: Self::Message, tally: &mut Self::Tally);
}

/// Who sends how much to whom: at least one on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// How many produce.
    pub producers: usize,
    /// How many consume.
    pub consumers: usize,
    /// How many messages each producer makes.
    pub messages: usize,
    /// Whether each message is answered with itself before the next is sent: ping-pong. There is
    /// one producer and one consumer then, and it is the producer that takes the answers in.
    pub answered: bool,
}

impl Traffic {
    /// The traffic itself, if there are both sides, and one on each where messages are answered.
    ///
    /// # Errors
    ///
    /// In words, if not: messages would be lost, or waited for for ever.
    pub fn checked(self) -> Answer<Self> {
        let Traffic { producers, consumers, answered, .. } = self;
        let sides = format!("{producers} producers and {consumers} consumers");
        match (producers, consumers, answered) {
            (0, _, _) | (_, 0, _) => {
                Err(No::failed(format!("{sides}: a channel needs one of each at least")))
            }
            (1, 1, true) | (_, _, false) => Ok(self),
            _ => Err(No::failed(format!("{sides}: a channel with answers needs exactly one of each"))),
        }
    }
}

/// Waits that can overlap, each followed by a little work.
///
/// What a technique may assume, and must keep:
///
/// - `begin` and `end` are called once for each wait, from any thread, in any order of the waits;
///   `end(i)` is called no sooner after `begin(i)` returned than it said.
/// - A wait counts as under way from the call of `begin` to the call of `end`: give a permit back
///   after `end`, not before, or the next wait may be counted beyond the limit.
/// - `end` works and does not wait; it may be run on another thread than the one that waits, so that
///   the work of one does not delay the rest.
pub trait Wait: Wire {
    /// How many waits there are.
    fn len(&self) -> usize;
    /// How many may be under way at once. 0 means 1, for with none no wait would ever begin.
    fn limit(&self) -> usize;
    /// Begins wait `i` and says how long it is. It counts as under way from here on.
    fn begin(&self, i: usize) -> std::time::Duration;
    /// Ends wait `i`: does the work that follows it, and gives the result that belongs in place `i`.
    fn end(&self, i: usize) -> u64;
    /// True if there is nothing to do.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Requests over HTTP, each answered by itself.
///
/// What a technique may assume, and must keep:
///
/// - `respond` works and does not wait; it may be called from any thread, for several requests at once.
/// - The response comes cleared, and goes out with its status, content type and body, and the body's
///   length. On one connection responses go out in the order of their requests.
/// - Parsing is the technique's part: its library's, or [`crate::http`].
pub trait Reply: Wire {
    /// Answers one request.
    fn respond(&self, request: &Request, response: &mut Response);
}

/// What a client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, with the query if there is one.
    pub target: &'a str,
    /// What was sent along.
    pub body: &'a [u8],
}

/// What a server answers. It can be used again for the next, and then allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The content type.
    pub kind: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Default for Response {
    /// Not found, and nothing to say.
    fn default() -> Self {
        Response { status: 404, kind: "text/plain", body: Vec::new() }
    }
}

impl Response {
    /// Makes it as it was at first, but keeps the body's memory.
    pub fn clear(&mut self) {
        let mut body = std::mem::take(&mut self.body);
        body.clear();
        *self = Response { body, ..Response::default() };
    }

    /// Plain text with a status.
    pub fn text(&mut self, status: u16, body: &[u8]) {
        (self.status, self.kind) = (status, "text/plain");
        self.body.extend_from_slice(body);
    }
}
