//! HTTP/1.1 without a runtime: a parser of requests, a writer of responses, and the plain loop between them.
//!
//! The parser does not touch sockets, so blocking and asynchronous servers share it; slow, split and
//! pipelined requests are all the same to it.

mod clients;
mod codec;
mod converse;

pub use clients::{Client, Clients};
pub use codec::{LONGEST_BODY, LONGEST_HEAD, Parsed, Refusal, parse, write};
pub use converse::{PATIENCE, Progress, answer_all, answer_client, converse, one_at_a_time};
