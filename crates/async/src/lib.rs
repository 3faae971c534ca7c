//! Async: tasks that yield while they wait, so that one thread can wait for thousands of things at the same time.
//!
//! | technique | who runs the tasks | timers | computing goes to | take it when |
//! |---|---|---|---|---|
//! | [`Tokio`] | threads that steal | 1 ms wheel | a pool of blocking threads | nearly always: the libraries are written for it |
//! | [`TokioCurrentThread`] | the calling thread | 1 ms wheel | the same thread, between awaits | one thread is enough: no task needs to be `Send` |
//! | [`TokioPool`] | the calling thread | 1 ms wheel | a pool, also the work after a wait | each wait is followed by real work |
//! | [`TokioAsyncIo`] | threads that steal | exact, async-io's | - | tokio's milliseconds are too coarse |
//! | [`Tokio1`], [`TokioUnbounded`] | threads that steal | - | - | to see what the capacity of a channel decides |
//! | [`Smol`] | threads that share a queue | exact | a pool of blocking threads | small programs, exact timers |
//! | `AsyncStd` | the same, one for the process | exact | the same | never: discontinued (RUSTSEC-2025-0052), take smol |
//! | [`Compio`] | a loop per core, that keeps its tasks | exact, io_uring's | the loops | files and sockets by io_uring |
//!
//! Servers:
//!
//! | technique | who parses | who waits | take it when |
//! |---|---|---|---|
//! | [`AxumTokio`] | hyper | tokio | nearly always: it has routes, extractors and layers |
//! | [`HyperTokio`] | hyper | tokio | only the protocol is needed |
//! | [`HyperTokioPerCore`] | hyper | a loop of tokio's per core | clients are many, and their requests short |
//! | [`HyperSmol`] | hyper | smol | the program is on smol already |
//! | [`CompioHttparse`] | httparse, by hand | compio's io_uring | system calls cost the most |
//!
//! An operation that takes too long is cancelled by dropping its future, and each runtime has its way to do so:
//! `timeout` (tokio, compio, async-std), `select!` ([`TokioCurrentThread`]), a race of two futures ([`Smol`]). Only
//! [`TokioPool`] cannot once its pool computes.
//!
//! Async is for overlapping waits (`fanout`) and moving messages (`mailbox`), and not for
//! computing. A task that computes keeps its thread from all other tasks, so computing is sent to
//! threads that may block, in pieces that own their data: outputs are made in a new allocation and
//! copied, as no task may borrow from a caller that might not wait for it. Scoped threads have
//! neither cost. Graphs and searches fit better: a task awaits its inputs.
//!
//! All of them are functions that wait: in async code call them through `spawn_blocking`. If a piece calls the
//! technique that runs it, its own thread does that call. A technique has its own runtime, or uses the program's:
//! [`Tokio::on`], [`Tokio::current`], [`Smol::on`]. compio's runtimes never leave their threads, and async-std has one
//! for the process, so these have no such constructor.
//!
//! # Features
//!
//! `async-std` adds `AsyncStd`; `worker` adds the program that measures the techniques. None is on by default.
//!
//! Async is concurrency, not parallelism: the best runtimes overlap 128 waits on one thread, and no
//! number of tasks makes one thread compute faster. Each file opens with the technique alone, ready
//! to copy.

// Private, as some are named like crates: `use parallax_async::*` must not hide those.
#[cfg(feature = "async-std")]
mod async_std;
mod compio;
mod http;
mod smol;
mod tokio;
mod tokio_1;
mod tokio_async_io;
mod tokio_current_thread;
mod tokio_pool;
mod tokio_unbounded;

#[cfg(feature = "worker")]
mod cells;
mod columns;
mod exchange;
mod explore;
mod grains;
mod in_time;
mod lanes;
mod mpmc;
mod mpsc;
mod runtime;
mod threads;

#[cfg(feature = "async-std")]
pub use self::async_std::AsyncStd;
pub use self::compio::Compio;
pub use self::http::{AxumTokio, CompioHttparse, HyperSmol, HyperTokio, HyperTokioPerCore};
pub use self::smol::Smol;
pub use self::tokio::Tokio;
pub use self::tokio_1::Tokio1;
pub use self::tokio_async_io::TokioAsyncIo;
pub use self::tokio_current_thread::TokioCurrentThread;
pub use self::tokio_pool::TokioPool;
pub use self::tokio_unbounded::TokioUnbounded;

#[cfg(feature = "worker")]
pub use self::cells::cells;

use parallax_pattern::No;

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// How many messages a queue holds by default.
const CAPACITY: usize = 1024;

/// Why no runtime here supports sweeps.
const NO_SWEEP: No =
    No::Unfit("nothing waits: tasks would copy the array in and out for a step that is over in microseconds");

/// Why no runtime here supports stencils.
const NO_STENCIL: No = No::Unfit(
    "a barrier blocks the workers that would have to run the others, and an await per part is no barrier",
);

/// Why no runtime here supports nested sums.
const NO_NEST: No =
    No::Unfit("nothing waits: sums within sums need threads that join, not tasks that give way");
