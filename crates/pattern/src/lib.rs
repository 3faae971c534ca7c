//! Parallel patterns as small traits, and the questions that techniques answer about them.
//!
//! A *pattern* names the pieces of some work, and says which are independent. A *technique* ([`Technique`]) answers a
//! *question* about it ([`question`]): who does the work, who may touch the state. A technique that implements a
//! pattern runs all work of that pattern, yours too.
//!
//! ```
//! use parallax_pattern::{Execute, Map, Sequential, Technique};
//! use std::sync::Arc;
//!
//! /// The squares of the first `n` numbers.
//! struct Squares { n: usize }
//!
//! impl Map for Squares {
//!     type Item = u64;
//!     fn len(&self) -> usize { self.n }
//!     fn fill(&self, start: usize, out: &mut [u64]) {
//!         for (k, square) in out.iter_mut().enumerate() {
//!             *square = ((start + k) as u64).pow(2);
//!         }
//!     }
//! }
//!
//! let mut out = vec![0; 5];
//! let technique = Sequential::start(1)?; // or any other
//! technique.map(&Arc::new(Squares { n: 5 }), &mut out)?;
//! assert_eq!(out, [0, 1, 4, 9, 16]);
//! # Ok::<(), parallax_pattern::No>(())
//! ```
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
//! | [`Divide`] | the parts, and the pieces of two that are combined | neighbours are combined, in their order |
//! | [`Touch`] | nothing: all items hit the same few words | no hit lost |
//! | [`Consult`] | shares of operations, except for the entries that they have in common | entries change atomically; a share in its order |
//! | [`Recall`] | requests, which repeat | the value of each request |
//! | [`Channel`] | producers and consumers | first in, first out for each producer |
//! | [`Wait`] | the waits | none done before its time, a limit on those under way |
//! | [`Expire`] | the operations, which arrive on a schedule | the same; none delivered too late, each settled once, none leaked |
//! | [`Reply`] | the requests | each answered once, in its connection's order |
//!
//! Every technique keeps these rules, in all patterns:
//!
//! - An output of another length than the work's is an error, before anything is done ([`covers`]).
//! - **Pieces begin at multiples of the grain** and end at one, or at the end: with a row's length as the
//!   grain, a piece is always whole rows. It may be many grains long, or all of the work where there is one
//!   worker. A grain of 0 means 1.
//! - Work of no items is done immediately.
//!
//! The traits are small on purpose. They define *what* the pieces are and never how many threads,
//! which order or which queue: that is the technique's part. They are not iterators: a piece is a
//! whole range, so the inner loop is the work's own and nothing is called per item.
//!
//! A [`Kernel`] is the same work in the same pieces with another inner loop.
//!
//! # What fits no pattern, and what to use instead
//!
//! | you have | use instead |
//! |---|---|
//! | a graph to search whose nodes share successors, or that has cycles | [`Search`] visits trees. Keep a mark or a counter for each node in the work, and reset them in [`Search::roots`], with which each search begins; or go level by level, each level a [`Map`] |
//! | an array in which every part writes everywhere (the textbook's sieve) | [`Reduce`] over segments of the range, each with its own small array |
//! | a number of steps that is known only at the end (*until nothing changes*) | [`Stencil`] or [`Sweep`] with as many steps as are cheap; check, and repeat |
//! | a function that calls itself through its cache (Collatz lengths, dynamic programming) | leave the cache out and use [`Reduce`]; or fill the table row by row with [`Graph`]. [`Recall`] takes plain functions only |
//! | a length that is known only at the end (a stream, a generator) | read a batch, [`Map`] over it, and read the next; or [`Channel`], from a producer to consumers |
//! | results of which only some are wanted, in order (a filter) | [`Map`] to `Option`s, read in order with `flatten` |
//! | answers that take an unknown time (requests to a server) | calls that block, as a [`Map`] with a grain of 1 and a worker for each concurrent wait; or the code of one asynchronous runtime. [`Wait`] needs durations that are known |
//! | text whose order matters (a parser, a diff) | cut it where it may be cut (lines, records) and [`Map`] over the parts; text without such places stays on one thread |
//! | a sum of floats that must have the same bits each time | a [`Map`] of partial sums, added in order: see [`Reduce`] |
//! | steps each of which needs the one before | another algorithm; or several such jobs in parallel, as a [`Map`] |
//!
//! # Features
//!
//! `wire` adds [`Wire`] and [`Distribute`], for workers that share no memory: processes, and other machines. It depends
//! on serde.

#![expect(clippy::len_without_is_empty, reason = "a technique never needs to check for empty work")]

mod answer;
mod array;
pub mod cell_id;
mod expire;
mod graph;
mod kernel;
mod message;
pub mod question;
mod sequential;
mod split;
mod state;
mod technique;
#[cfg(feature = "wire")]
mod wire;

pub mod divide;
pub mod double_buffer;
pub mod http;
pub mod isa;
pub mod lockstep;
pub mod optional;
pub mod random;
pub mod stop;
pub mod team;
pub mod view;
pub mod within;

pub use answer::{Answer, No};
pub use array::{Item, Map, Nest, Reduce, Stencil, Sweep};
pub use cell_id::{CellId, NoCellId};
pub use divide::{Divide, Rounds};
pub use double_buffer::DoubleBuffer;
pub use expire::{Expire, Offers, Operation, Span};
pub use graph::{Graph, Search};
pub use kernel::{Expand, Fill, Fold, FoldNest, Kernel, Pass, Refused, Step};
pub use lockstep::Lockstep;
pub use message::{Channel, Reply, Request, Response, Traffic, Wait};
pub use question::{
    Await, Cancel, Exchange, Execute, Guard, Policy, Question, Recalled, Remember, Serve, Share,
};
pub use sequential::Sequential;
pub use split::{covers, dig, make_item, needs, pieces, room, run_tasks, share, whole_share};
pub use state::{Access, Consult, Recall, Touch};
pub use technique::{Card, Cores, Technique, Transport};
#[cfg(feature = "wire")]
pub use wire::{Distribute, Wire};
