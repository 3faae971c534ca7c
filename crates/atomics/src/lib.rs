//! Shared words: what it costs when several threads want the same few bytes, and how to avoid it.
//!
//! Who may touch the state? Counts in a table, from one lock for all workers to no sharing at all:
//!
//! | technique | one hit is | it shows |
//! |---|---|---|
//! | [`Mutex`] | lock, add, unlock | the lock as the bottleneck: slower than one thread |
//! | [`FlatCombining`] | a request, applied by the thread with the lock | batches under one lock, worth it for more expensive hits |
//! | [`MutexSharded`] | lock, add, unlock, on the lock of the word's block | less contention, the same cost per hit |
//! | [`CompareExchange`] | load, add, exchange if unchanged, else again | work thrown away under contention |
//! | [`FetchAdd`] | one atomic addition | the cheapest way to share a word |
//! | [`FetchAddSeqCst`] | the same, in one order that all threads agree on | what the strongest ordering adds |
//! | [`FetchAddPadded`] | the same, each word on its own cache line | false sharing, by its absence |
//! | [`ThreadLocal`] | a plain addition to the thread's own table | privatisation: the one that scales |
//!
//! Share nothing where you can merge at the end ([`ThreadLocal`]). Where all must see a count at any
//! time and hits are rare, [`FetchAdd`] is enough. A lock is for changes of more than one word.
//!
//! The same question for a table that all threads read and some change, entry by entry:
//!
//! | technique | a read is | it suits |
//! |---|---|---|
//! | [`SeqLock`] | two reads of a count, and no write | a few plain words an entry |
//! | [`CopyOnWrite`] | a look at a pointer | data that changes once a minute, read as a whole |
//! | [`ArcSwap`] | a pointer, recorded while it is used | values of any kind, changed now and then |
//! | [`LeftRight`] | two writes to the thread's own count | any kind, and readers that may never wait |
//! | [`PapayaMap`] | a hash, and a pin | any keys, mostly read |
//! | [`DashMap`], [`Scc`] | a hash, and a lock shared with the shard or bucket | any keys, changed now and then |
//! | [`RwLockSharded`] | a lock shared with the block's other readers | plain code, many entries |
//! | [`RwLock`], [`ParkingLot`] | a lock shared with all readers | reads of a microsecond or more |
//! | [`Mutex`] | an exclusive lock for that moment | few readers, or changes as often as reads |
//! | [`OwnerThread`] | a message, 64 operations at a time | state that is changed by rules |
//!
//! Both questions meet where words are counted in one table that all threads write (`wordcount`): by [`Mutex`],
//! [`MutexSharded`], [`DashMap`], [`PapayaMap`] and [`Scc`], for comparison with a table for each thread.
//!
//! Who does the work? Here a shared word pays, because it is touched once per piece, step or task:
//!
//! | technique | the shared word says | it suits |
//! |---|---|---|
//! | [`PointToPoint`] | this task is done, for the tasks that depend on it | graphs of tasks below a microsecond |
//! | [`SelfScheduling`] | which piece is next | uneven pieces |
//! | [`SpinBarrier`] | which step all are in | many short, even steps |
//!
//! Who hands messages to whom? [`SpscRing`] and [`MpmcRing`] hand them over without a lock and without sleep; [`Rtrb`]
//! is a library's ring for one sender and one receiver.
//!
//! Their building blocks, and more, are in [`blocks`], each a file to read by itself.
//!
//! ```
//! use parallax_atomics::{FetchAdd, ThreadLocal};
//! use parallax_pattern::{Share, Technique, Touch};
//! use std::{ops::Range, sync::Arc};
//!
//! /// How many words have how many letters.
//! struct Lengths { words: Vec<String> }
//!
//! impl Touch for Lengths {
//!     fn len(&self) -> usize { self.words.len() }
//!     fn words(&self) -> usize { 10 }
//!     fn hits(&self, items: Range<usize>, hit: impl FnMut(usize)) {
//!         self.words[items].iter().map(|word| word.len().min(9)).for_each(hit);
//!     }
//! }
//!
//! let work = Arc::new(Lengths { words: ["to", "be", "or", "not"].map(String::from).into() });
//! let (mut shared, mut private) = ([0; 10], [0; 10]);
//! FetchAdd::start(2)?.touch(&work, &mut shared)?; // one table for all threads
//! ThreadLocal::start(2)?.touch(&work, &mut private)?; // a table for each
//! assert_eq!((shared[2], shared[3], shared), (3, 1, private));
//! # Ok::<(), parallax_pattern::No>(())
//! ```
//!
//! Orderings: a count that is read after the threads have ended needs `Relaxed` only, because the
//! end of a scope synchronises.

pub mod blocks;
#[cfg(feature = "worker")]
mod cells;
mod crew;
pub mod guard;
pub mod mpmc_ring;
pub mod point_to_point;
mod rings;
mod rtrb; // private, as it is named like its crate
pub mod self_scheduling;
pub mod share;
mod slots;
pub mod spin_barrier;
pub mod spsc_ring;
#[cfg(feature = "worker")]
mod tally;

pub use self::rtrb::Rtrb;
#[cfg(feature = "worker")]
pub use cells::cells;
pub use guard::arc_swap::ArcSwap;
pub use guard::copy_on_write::CopyOnWrite;
pub use guard::dash_map::DashMap;
pub use guard::left_right::LeftRight;
pub use guard::owner_thread::OwnerThread;
pub use guard::papaya_map::PapayaMap;
pub use guard::parking_lot::ParkingLot;
pub use guard::rw_lock::RwLock;
pub use guard::rw_lock_sharded::RwLockSharded;
pub use guard::scc::Scc;
pub use guard::seq_lock::SeqLock;
pub use mpmc_ring::MpmcRing;
pub use point_to_point::PointToPoint;
pub use self_scheduling::SelfScheduling;
pub use share::compare_exchange::CompareExchange;
pub use share::fetch_add::FetchAdd;
pub use share::fetch_add_padded::FetchAddPadded;
pub use share::fetch_add_seqcst::FetchAddSeqCst;
pub use share::flat_combining::FlatCombining;
pub use share::mutex::Mutex;
pub use share::mutex_sharded::MutexSharded;
pub use share::thread_local::ThreadLocal;
pub use spin_barrier::SpinBarrier;
pub use spsc_ring::SpscRing;

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
