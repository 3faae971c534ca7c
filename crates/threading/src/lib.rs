//! Threads: one address space, many cores, and the ways to decide which thread does which piece.
//!
//! | technique | who gets which piece | threads | take it when |
//! |---|---|---|---|
//! | [`Scoped`] | one equal share each, fixed beforehand | per call | items cost the same, and no library is wanted |
//! | [`ScopedDynamic`] | the next piece from a locked queue | per call | items differ in cost, and no library is wanted |
//! | [`Chili`] | the older half, when a heartbeat comes | kept | recursion is cut very fine |
//! | [`Crossbeam`] | an equal share each, then what is stolen | per call | items differ, and neighbours should stay together |
//! | [`CrossbeamChannel`] | the next job from a channel, by value | kept | results are small, or the work comes as messages |
//! | [`Rayon`] | halves of halves, stolen by who is idle | kept | nearly always: the default choice (no lock may be held across its calls) |
//! | [`ThreadPerConnection`] | a client each, for as long as it stays | per client | a server has hundreds of clients, not thousands |
//! | [`Nested`] | a share outside, and a share of each sum inside | per sum | there are fewer items than cores |
//!
//! A static split is the cheapest and leaves workers idle when items differ (`julia`, and most of all
//! `treesearch`); a dynamic one pays a little for every piece and loses the cache between the passes
//! of a `stream`. Threads that are started per call cost some twenty microseconds each, which no longer
//! matters from some ten milliseconds of work on.
//!
//! Who hands what to whom? [`StdChannel`] and [`CrossbeamQueue`] pass messages on, in several capacities. Who waits?
//! [`ThreadPerWait`] and [`ThreadPool`] overlap waits.
//!
//! All of it is safe Rust: the output is split into disjoint `&mut` parts, and the parts are handed
//! out; where what one thread wrote all others read next, a
//! [`DoubleBuffer`](parallax_pattern::DoubleBuffer) keeps the two apart. Each file opens with the
//! technique alone, ready to copy.

#[cfg(feature = "worker")]
mod cells;
// Modules that are named like crates are private: `use parallax_threading::*` must not hide those.
mod chili;
mod crossbeam;
mod crossbeam_channel;
mod crossbeam_queue;
mod dataflow;
mod join;
pub mod nested;
mod pool;
mod post;
mod rayon;
pub mod scoped;
pub mod scoped_dynamic;
pub mod std_channel;
pub mod thread_per_connection;
pub mod thread_per_wait;
pub mod thread_pool;

#[cfg(feature = "worker")]
pub use self::cells::cells;
pub use self::chili::Chili;
pub use self::crossbeam::Crossbeam;
pub use self::crossbeam_channel::CrossbeamChannel;
pub use self::crossbeam_queue::CrossbeamQueue;
pub use self::nested::Nested;
pub use self::rayon::Rayon;
pub use self::scoped::Scoped;
pub use self::scoped_dynamic::ScopedDynamic;
pub use self::std_channel::{StdChannel, UNBOUNDED};
pub use self::thread_per_connection::ThreadPerConnection;
pub use self::thread_per_wait::ThreadPerWait;
pub use self::thread_pool::ThreadPool;
