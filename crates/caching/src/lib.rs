//! Caching: the fastest call is the one that was made before.
//!
//! ```
//! use parallax_caching::{Lru, QuickCache};
//! use parallax_pattern::{Recall, Remember, Technique};
//! use std::sync::Arc;
//!
//! /// Requests for sums that cost something.
//! struct Sums { requests: Vec<u64> }
//!
//! impl Recall for Sums {
//!     fn len(&self) -> usize { self.requests.len() }
//!     fn key(&self, i: usize) -> u64 { self.requests[i] }
//!     fn compute(&self, key: u64) -> u64 { (0..key).sum() }
//!     fn capacity(&self) -> usize { 100 }
//! }
//!
//! let sums = Arc::new(Sums { requests: vec![100, 200, 100, 100] });
//! assert_eq!(Lru::start(1)?.recall(&sums)?.hits, 2); // one client
//! assert_eq!(QuickCache::start(4)?.recall(&sums)?.hits, 2); // four clients at once
//! # Ok::<(), parallax_pattern::No>(())
//! ```
//!
//! | technique | what it forgets | clients | take it when |
//! |---|---|---|---|
//! | [`Cached`] | nothing | many | one function is to be remembered, in one line |
//! | [`CachedLru`] | the least recently used | one | the same, and memory has a limit |
//! | [`CachedTtl`] | what is too old | one | the same, and answers go stale |
//! | [`Disk`] | what other code made | one | values cost seconds, and the next start wants them too |
//! | [`Lru`] | the least recently used | one | keys come again soon, and memory has a limit |
//! | [`Moka`] | the seldom used | many | memory has a limit, and scans or costly misses are to be feared |
//! | [`Papaya`] | nothing | many | hits are most of what happens, on many cores |
//! | [`QuickCache`] | the not recently used | many | memory has a limit, and hits must be cheap |
//! | [`Sharded`] | nothing | many | the standard library must do |
//! | [`ThreadLocal`] | the least recently used, by thread | many | values are cheap to make twice |
//! | [`Unbounded`] | nothing | one | the keys are few, or the program ends before they are many |
//!
//! Remembering pays when the value costs more than the look-up, divided by the share of requests
//! that hit: a hash, a cache miss or two, and some bookkeeping, from 10 to 200 ns. The example `lookup`
//! prints both figures for each cache. Against a scan of keys that never come again, an LRU cache loses
//! what it had; how much of the best possible (Belady's) a cache keeps is the metric `hits_over_opt`.
//!
//! Several clients that want the same new value at once either all compute it or wait for one of them
//! (single flight). All concurrent caches here wait, and the tests count the calls.
//!
//! All of them hash with foldhash, so that times differ by what a cache does with a key. By default half of them would
//! use SipHash, which alone takes 10 ns more, and is the one to keep where keys come from outside.
//!
//! Each file opens with the technique alone, ready to copy.

#[cfg(feature = "worker")]
mod cells;
#[cfg(feature = "worker")]
mod gram_reuse;
// Private, as some are named like crates: `use parallax_caching::*` must not hide those.
mod cached;
mod cached_lru;
mod cached_ttl;
mod clients;
mod disk;
mod hashing;
mod lru;
mod moka;
mod papaya;
mod quick_cache;
mod sharded;
mod thread_local;
mod unbounded;

pub use self::cached::Cached;
pub use self::cached_lru::CachedLru;
pub use self::cached_ttl::CachedTtl;
#[cfg(feature = "worker")]
pub use self::cells::cells;
pub use self::disk::{Disk, DiskCache};
pub use self::lru::Lru;
pub use self::moka::Moka;
pub use self::papaya::Papaya;
pub use self::quick_cache::QuickCache;
pub use self::sharded::Sharded;
pub use self::thread_local::ThreadLocal;
pub use self::unbounded::Unbounded;

// What caches promise, which their peers in other languages name alike: only equals are compared as rivals.
pub(crate) const KEEPS_ALL: &str = "unbounded";
pub(crate) const LRU: &str = "lru";
pub(crate) const BOUNDED: &str = "bounded";

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
