//! A pool of worker processes, and memory that they share: the Rust answer to Python's `multiprocessing`.
//!
//! Threads are cheaper, so processes are for what threads cannot give: a task that crashes, is killed or
//! leaks harms no other; code that is not safe to run twice in one process runs once in each; and a hanging
//! task can be ended.
//!
//! ```
//! use parallax_processes::{Death, Error, Pool};
//!
//! fn reciprocal(x: i64) -> i64 {
//!     match x {
//!         0 => std::process::abort(), // takes the whole process with it, as a bad pointer in C does
//!         _ => 1_000 / x,
//!     }
//! }
//!
//! fn main() -> Result<(), Error> {
//!     parallax_processes::init(); // the first statement: a worker never gets past it
//!     let pool = Pool::builder().workers(2).build()?;
//!     assert_eq!(pool.map(reciprocal, [1, 10, 100])?, [1000, 100, 10]);
//!     let lost = pool.chunked(1).map(reciprocal, [5, 0, 7]).unwrap_err();
//!     assert!(matches!(lost, Error::Lost { task: 1, death: Death::Killed(6), .. }));
//!     assert_eq!(pool.apply(reciprocal, 8)?, 125); // another worker has taken its place
//!     Ok(())
//! }
//! ```
//!
//! # Which call
//!
//! | you have | you want | call |
//! |---|---|---|
//! | some tasks | all results, or the first error | [`map`](Pool::map) |
//! | many or endless tasks | each result in order, with few in memory | [`imap`](Pool::imap) |
//! | the same | each result as soon as it is there | [`map_unordered`](Pool::map_unordered) |
//! | several ways to one answer | the fastest, and the others ended | [`first_done`](Pool::first_done) |
//! | one task | its result, now or later | [`apply`](Pool::apply), [`apply_async`](Pool::apply_async) |
//! | tasks that wait for each other | one in each worker, at the same time | [`broadcast`](Pool::broadcast) |
//!
//! Except for `broadcast`, each can have its own [chunks](Pool::chunked), [time limit](Pool::time_limit) and bound
//! on the chunks [in flight](Pool::in_flight). [`close`](Pool::close) finishes all that is in flight and joins the
//! workers; dropping the pool ends them immediately. Workers that leak are
//! [replaced after some tasks](Builder::tasks_per_worker).
//!
//! # How it works
//!
//! 1. A worker is the program itself, started again as `/proc/self/exe`; [`init`] recognises a worker by the name
//!    under which it was started, and serves until its parent hangs up. Forking instead would copy locks that
//!    other threads hold, which is why Python no longer forks by default.
//! 2. A function is sent as its distance from the start of the executable. Both processes run the same file, so
//!    the function is at the same distance in the worker; a fingerprint of the file is checked once. Arguments and
//!    results are serde values in postcard.
//! 3. Two pipes lead to each worker. The thread that calls `map` or `apply` writes and reads them itself,
//!    polls for the answer for a moment before it sleeps, and holds no lock meanwhile. Only for streams and
//!    `apply_async`, whose caller may be elsewhere, a thread of the pool reads.
//! 4. When the pipe ends, the worker has ended: its task is reported as lost, and a new worker is started. A
//!    time limit, and the first result of several, end a worker by killing it.
//! 5. Workers die with their parent, however it dies: the kernel kills them (`PR_SET_PDEATHSIG`),
//!    and idle ones also see the end of their pipe.
//!
//! # Why not procspawn
//!
//! [procspawn](https://docs.rs/procspawn) 1.0 also sends a function as an offset, and is the crate to take where
//! macOS matters. This crate is built on `std::process` and postcard instead, because procspawn's pool has a
//! thread for each worker between caller and pipe and opens two channels for every call, which costs latency;
//! it has no `map`, chunks, initialiser or time limit; and nothing ends its workers when the parent is killed
//! while they work.
//!
//! # Limits
//!
//! Linux only. Functions must be code of the executable, not of a shared library. The test harness of `cargo
//! test` owns `main`, so tests of programs with a pool are separate binaries or have `harness = false`. A
//! panic comes back only if panics unwind; with `panic = "abort"` the task is lost.

#[cfg(not(target_os = "linux"))]
compile_error!("parallax-processes needs Linux: /proc, memfd_create, futexes and PR_SET_PDEATHSIG");

mod error;
mod pool;
pub mod remote;
pub mod shared;
pub mod technique;
mod worker;

pub use error::{Death, Error, Panic};
pub use pool::{Builder, CallOptions, Handle, Ordered, Pool, Unordered};
#[cfg(feature = "worker")]
pub use technique::cells;
pub use worker::init;
