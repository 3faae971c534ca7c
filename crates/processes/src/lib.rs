//! Processes that work together: a pool of them, and memory that they share. The Rust answer to
//! `multiprocessing`.
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
//! But for `broadcast`, each can be given [chunks](Pool::chunked), a [time limit](Pool::time_limit) and a bound
//! on what is [in flight](Pool::in_flight) of its own. [`close`](Pool::close) finishes what is in flight and joins the
//! workers; dropping the pool ends them at once. Workers that leak are
//! [replaced after some tasks](Builder::tasks_per_worker).
//!
//! # How it works
//!
//! 1. A worker is the program itself, started again as `/proc/self/exe`; [`init`] finds that out by the name
//!    under which it was started, and serves until its parent hangs up. Forking instead would copy locks that
//!    other threads hold, which is why Python has given it up as the default.
//! 2. A function is sent as its distance from the start of the executable. Both run the same file, so it lies
//!    there in the worker, too; a fingerprint of the file is checked once. Arguments and results are serde
//!    values in postcard.
//! 3. Two pipes lead to each worker. The thread that calls `map` or `apply` writes and reads them itself,
//!    looks for the answer a moment before it sleeps, and holds no lock meanwhile. Only for streams and
//!    `apply_async`, whose caller may be elsewhere, a thread of the pool reads.
//! 4. The end of a pipe is the end of the worker: its task is reported as lost, and a new worker started. A
//!    time limit, and the first result of several, end a worker by killing it.
//! 5. Workers die with their parent, however it dies: the kernel is asked to kill them (`PR_SET_PDEATHSIG`),
//!    and idle ones also see the end of their pipe.
//!
//! # Why not procspawn
//!
//! [procspawn](https://docs.rs/procspawn) 1.0 has the same idea of a function as an offset, and is the crate
//! to take where macOS matters. Here own code on `std::process` and postcard was taken because its pool has a
//! thread for each worker between caller and pipe and opens two channels for every call, which costs latency;
//! it has no `map`, chunks, initialiser or time limit; and nothing ends its workers when the parent is killed
//! while they work.
//!
//! # Limits
//!
//! Linux only. Functions must be code of the executable, not of a shared library. The test harness of `cargo
//! test` owns `main`, so tests of programs with a pool are binaries of their own or have `harness = false`. A
//! panic crosses only if panics unwind; with `panic = "abort"` the task is lost.

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
