//! A cache for each thread: no look-up ever waits, and each thread computes for itself what others know.
//!
//! ```
//! use std::cell::RefCell;
//! use std::collections::HashMap;
//!
//! thread_local! {
//!     static KNOWN: RefCell<HashMap<u64, u64>> = RefCell::default();
//! }
//!
//! fn costly(key: u64) -> u64 {
//!     (0..key).sum()
//! }
//!
//! fn ask(key: u64) -> u64 {
//!     KNOWN.with_borrow(|known| known.get(&key).copied()).unwrap_or_else(|| {
//!         let value = costly(key); // nothing is borrowed meanwhile, so it may ask for others
//!         KNOWN.with_borrow_mut(|known| known.insert(key, value));
//!         value
//!     })
//! }
//!
//! assert_eq!(ask(100), 4950);
//! std::thread::spawn(|| assert_eq!(ask(100), 4950)).join().unwrap(); // computed again
//! ```
//!
//! The memory that there is is divided among the threads, and what two of them ask for is in it twice. With
//! one thread it is the LRU cache.

use crate::clients::ask;
use crate::hashing::Hashing;
use ::lru::LruCache;
use parallax_pattern::{Answer, Card, Cores, Policy, Recall, Recalled, Remember, Technique};
use std::cell::RefCell;
use std::mem;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// An LRU cache for each thread.
#[derive(Debug, Clone, Copy)]
pub struct ThreadLocal {
    clients: usize,
}

impl Technique for ThreadLocal {
    const CARD: Card = Card {
        name: "thread-local",
        idea: "each thread remembers for itself, in its share of the memory",
        gives: "look-ups without any lock, and nothing between the threads",
        costs: "each thread computes what others know; each has a part of the room",
        cores: Cores::Workers,
        libraries: &["lru", "foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::BOUNDED;
    fn start(workers: usize) -> Answer<Self> {
        Ok(ThreadLocal { clients: workers.max(1) })
    }
}

/// What a thread remembers.
type Recent = LruCache<u64, u64, Hashing>;

fn recent(room: NonZeroUsize) -> Recent {
    LruCache::with_hasher(room, Hashing::default())
}

thread_local! {
    static RECENT: RefCell<Recent> = RefCell::new(recent(NonZeroUsize::MIN));
}

impl<R: Recall> Remember<R> for ThreadLocal {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        let room =
            NonZeroUsize::new((work.capacity() / self.clients).min(work.len())).unwrap_or(NonZeroUsize::MIN);
        let policy = if self.clients == 1 { Policy::Lru } else { Policy::Bounded };
        // clients are new threads, with caches as small as can be, or this one
        let _outer = Outer::put_aside(recent(room));
        ask(&**work, self.clients, policy, |key, compute| {
            let known = RECENT.with_borrow_mut(|recent| {
                if recent.cap() != room {
                    recent.resize(room);
                }
                recent.get(&key).copied()
            });
            known.unwrap_or_else(|| {
                let value = compute(key); // it may ask a cache of threads itself: nothing is borrowed meanwhile
                RECENT.with_borrow_mut(|recent| recent.put(key, value));
                value
            })
        })
    }
}

/// What this thread remembers for the run that this one is part of; it comes back when this one ends.
struct Outer(Recent);

impl Outer {
    fn put_aside(inner: Recent) -> Self {
        Outer(RECENT.replace(inner))
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        RECENT.with_borrow_mut(|recent| mem::swap(recent, &mut self.0));
    }
}
