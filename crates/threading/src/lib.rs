//! Threads: one address space, many cores, and the ways to decide which thread does which piece.
//!
//! You write your work once, as a pattern of [`parallax_pattern`], and each technique runs it:
//!
//! ```
//! use parallax_pattern::{Execute, Map, Technique};
//! use parallax_threading::{Rayon, ScopedDynamic};
//! use std::sync::Arc;
//!
//! /// Names in capitals.
//! struct Capitals { names: Vec<String> }
//!
//! impl Map for Capitals {
//!     type Item = String;
//!     fn len(&self) -> usize { self.names.len() }
//!     fn fill(&self, start: usize, out: &mut [String]) {
//!         out.iter_mut().zip(&self.names[start..]).for_each(|(capital, name)| *capital = name.to_uppercase());
//!     }
//! }
//!
//! let work = Arc::new(Capitals { names: vec!["ada".into(), "alan".into()] });
//! let mut out = vec![String::new(); 2];
//! Rayon::start(2)?.map(&work, &mut out)?;
//! assert_eq!(out, ["ADA", "ALAN"]);
//! ScopedDynamic::start(2)?.map(&work, &mut out)?; // the same, without a library
//! # Ok::<(), parallax_pattern::No>(())
//! ```
//!
//! | technique | who gets which piece | threads | take it when |
//! |---|---|---|---|
//! | [`Scoped`] | one equal share each, fixed in advance | per call | items cost the same, and no library is wanted |
//! | [`ScopedDynamic`] | the next piece from a locked queue | per call | items differ in cost, and no library is wanted |
//! | [`Chili`] | the older half, when a heartbeat comes | kept | recursion is cut very fine |
//! | [`Crossbeam`] | an equal share each, then stolen pieces | per call | items differ, and neighbours should stay together |
//! | [`CrossbeamChannel`] | the next job from a channel, by value | kept | results are small, or the work comes as messages |
//! | [`Pinned`] | as [`Scoped`], each share on a core of its own | per call | passes repeat, and the machine is otherwise idle |
//! | [`Rayon`] | halves of halves, stolen by idle workers | kept | nearly always: the default choice (no lock may be held across its calls) |
//! | [`RayonBridge`] | the next item of a locked iterator | kept | there is no length to halve |
//! | [`RayonJoin`] | every half of every half can be stolen | kept | the algorithm itself divides and conquers |
//! | [`RayonMinLen`] | halves, down to one share each | kept | items cost the same, and are cheap |
//! | [`ThreadPerConnection`] | a client each, for as long as it stays | per client | a server has hundreds of clients, not thousands |
//! | [`radix_sort`] | a share of the keys, dealt out by their digits | kept | integers are sorted |
//! | [`Nested`] | a share outside, and a share of each sum inside | per sum | there are fewer items than cores |
//!
//! A static split is the cheapest, and leaves workers idle when items differ in cost, as the points of a fractal do,
//! and even more the branches of a tree. A dynamic one pays a little for every piece, and loses the cache between the
//! passes over an array. Threads that are started per call cost some twenty microseconds each, which no longer matters
//! from some ten milliseconds of work on.
//!
//! [`StdChannel`], [`CrossbeamQueue`] and [`Flume`] pass messages, in several capacities. [`ThreadPerWait`] and
//! [`ThreadPool`] overlap waits, and give up those that take too long.
//!
//! A program that has a pool already keeps it: [`Rayon::in_pool`], [`Rayon::in_current_pool`], [`Chili::in_pool`].
//!
//! All of it is safe Rust: the output is split into disjoint `&mut` parts, and the parts are handed
//! out; where all threads next read what one wrote, a
//! [`DoubleBuffer`](parallax_pattern::DoubleBuffer) keeps reads and writes apart. Each file opens
//! with the technique alone, ready to copy.

#[cfg(feature = "worker")]
mod cells;
// Modules that are named like crates are private: `use parallax_threading::*` must not hide those.
mod chili;
mod crossbeam;
mod crossbeam_channel;
mod crossbeam_queue;
mod dataflow;
mod flume;
mod forks;
mod join;
mod loops;
pub mod nested;
pub mod pinned;
mod pool;
mod post;
mod radix;
mod rayon;
pub mod rayon_bridge;
pub mod rayon_join;
pub mod rayon_min_len;
#[cfg(feature = "worker")]
mod rayon_par_sort;
#[cfg(feature = "worker")]
mod rdst;
pub mod scoped;
pub mod scoped_dynamic;
pub mod std_channel;
pub mod thread_per_connection;
pub mod thread_per_wait;
pub mod thread_pool;
mod timekeeper;

#[cfg(feature = "worker")]
pub use self::cells::cells;
pub use self::chili::Chili;
pub use self::crossbeam::Crossbeam;
pub use self::crossbeam_channel::CrossbeamChannel;
pub use self::crossbeam_queue::CrossbeamQueue;
pub use self::flume::Flume;
pub use self::nested::Nested;
pub use self::pinned::Pinned;
pub use self::radix::radix_sort;
pub use self::rayon::Rayon;
pub use self::rayon_bridge::RayonBridge;
pub use self::rayon_join::RayonJoin;
pub use self::rayon_min_len::RayonMinLen;
pub use self::scoped::Scoped;
pub use self::scoped_dynamic::ScopedDynamic;
pub use self::std_channel::{StdChannel, UNBOUNDED};
pub use self::thread_per_connection::ThreadPerConnection;
pub use self::thread_per_wait::ThreadPerWait;
pub use self::thread_pool::ThreadPool;

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
