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
//! assert_eq!(QuickCache::start(4)?.recall(&sums)?.hits, 2); // four clients
//! # Ok::<(), parallax_pattern::No>(())
//! ```
//!
//! | technique | what it forgets | clients | take it when |
//! |---|---|---|---|
//! | [`Cached`] | nothing | many | you want one line for one function |
//! | [`CachedLru`] | the least recently used | one | the same, and memory has a limit |
//! | [`CachedTtl`] | values past their age | one | the same, and answers go stale |
//! | [`Disk`] | values of other code | one | values cost seconds, and the next start wants them too |
//! | [`Lru`] | the least recently used | one | keys come back soon, and memory has a limit |
//! | [`Moka`] | the least often used | many | memory has a limit, and you expect scans or costly misses |
//! | [`Papaya`] | nothing | many | most requests hit, on many cores |
//! | [`QuickCache`] | those not recently used | many | memory has a limit, and hits must be cheap |
//! | [`Sharded`] | nothing | many | you want the standard library only |
//! | [`ThreadLocal`] | the least recently used, by thread | many | values are cheap to make twice |
//! | [`Unbounded`] | nothing | one | the keys are few, or the program ends before they are many |
//!
//! Remembering pays when the value costs more than the look-up, divided by the share of requests that hit: a hash, a
//! cache miss or two, and some bookkeeping, from 10 to 200 ns. The example `lookup` prints both figures for each
//! cache. In a scan of keys that never come back, an LRU cache loses all that it had; the metric `hits_over_opt` says
//! which share of the best possible hits (Belady's) a cache keeps.
//!
//! When several clients want the same new value at the same time, either all compute it or one computes and the others
//! wait (single flight). All concurrent caches here wait, and the tests count the calls.
//!
//! All of them hash with foldhash, so that times differ only by what a cache does with a key. By default half of them
//! would use SipHash, which takes 10 ns more; keep it where keys come from outside.
//!
//! Each file opens with the technique alone, ready to copy.

#[cfg(feature = "worker")]
mod cells;
#[cfg(feature = "worker")]
mod gram_reuse;
// Private, as some are named like crates, which `use parallax_caching::*` must not hide.
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

// The guarantees of caches, named as in the other languages' peers: only techniques with the same one are rivals.
pub(crate) const KEEPS_ALL: &str = "unbounded";
pub(crate) const LRU: &str = "lru";
pub(crate) const BOUNDED: &str = "bounded";

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
