//! Patterns of concurrency: messages, waits, and requests over a socket.

use crate::answer::{Answer, No};

/// Messages from producers to consumers.
///
/// What a technique may assume, and must keep so that no side waits forever:
///
/// - Each producer makes its messages from number 0 on, in order, one at a time; all of them are
///   taken, each once. Different producers may make, and different consumers take, at the same time.
/// - Any consumer may get any message: consumers may share one queue, or each have its own producers
///   (producer `p` sends to consumer `p % consumers`, say). With a shared queue it is not known how
///   many messages a consumer gets, so it ends when the queue is closed and empty, not by counting;
///   with fixed pairs a consumer without a producer ends immediately.
/// - A queue does not need to hold all messages, and memory may not hold them either. A producer that
///   waits for room needs a consumer that runs meanwhile: one thread that plays both sides alternates.
/// - Every consumer returns a tally, also one that got nothing; their order is free.
/// - [`Traffic::answered`] needs a way back. The consumer only hands the message back, and the
///   producer calls `take`, on the one tally, before it calls `make` again.
pub trait Channel: Send + Sync + 'static {
    /// The type of a message.
    type Message: Send + 'static;
    /// The accumulator of a consumer.
    type Tally: Default + Send + 'static;
    /// How many producers, consumers, and messages from each producer.
    fn shape(&self) -> Traffic;
    /// Makes message `number` of a producer, counted from 0.
    fn make(&self, producer: usize, number: usize) -> Self::Message;
    /// Takes a message. A consumer must see the messages of one producer in their order.
    fn take(&self, message: Self::Message, tally: &mut Self::Tally);
}

/// The shape of a channel: its producers, consumers and messages, at least one on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// How many produce.
    pub producers: usize,
    /// How many consume.
    pub consumers: usize,
    /// How many messages each producer makes.
    pub messages: usize,
    /// Whether each message is sent back before the next is sent: ping-pong. There is one producer
    /// and one consumer then, and the producer takes the answers.
    pub answered: bool,
}

impl Traffic {
    /// The traffic itself, if it has both sides, and exactly one on each where messages are answered.
    ///
    /// # Errors
    ///
    /// If not: messages would be lost, or waited for forever.
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
///   `end(i)` is not called before the time that `begin(i)` returned is over.
/// - A wait counts as under way from the call of `begin` to the call of `end`: release a permit
///   after `end`, not before, or the next wait may be counted beyond the limit.
/// - `end` computes and does not wait; it may run on another thread than the one that waits, so that
///   the work of one does not delay the rest.
pub trait Wait: Send + Sync + 'static {
    /// How many waits there are.
    fn len(&self) -> usize;
    /// How many may be under way at the same time. 0 means 1, or no wait would ever begin.
    fn limit(&self) -> usize;
    /// Begins wait `i` and returns how long it is. It counts as under way from here on.
    fn begin(&self, i: usize) -> std::time::Duration;
    /// Ends wait `i`: does the work that follows it, and returns the result for place `i`.
    fn end(&self, i: usize) -> u64;
}

/// Requests over HTTP, each answered independently.
///
/// What a technique may assume, and must keep:
///
/// - `respond` computes and does not wait; it may be called from any thread, for several requests at
///   the same time.
/// - The response is passed in cleared, and is sent with its status, content type and body, and the
///   body's length. On one connection responses are sent in the order of their requests.
/// - Parsing is the technique's part: its library's, or [`crate::http`].
pub trait Reply: Send + Sync + 'static {
    /// Answers one request.
    fn respond(&self, request: &Request, response: &mut Response);
}

/// A client's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, with the query if there is one.
    pub target: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// A server's response. It can be reused for the next request, and then allocates nothing.
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
    /// Not found, with an empty body.
    fn default() -> Self {
        Response { status: 404, kind: "text/plain", body: Vec::new() }
    }
}

impl Response {
    /// Resets it to the default, but keeps the body's memory.
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
