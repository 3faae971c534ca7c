//! A cache for each thread: no look-up ever waits, but each thread computes values that others already have.
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
//!         let value = costly(key); // nothing is borrowed meanwhile, so it may look up others
//!         KNOWN.with_borrow_mut(|known| known.insert(key, value));
//!         value
//!     })
//! }
//!
//! assert_eq!(ask(100), 4950);
//! std::thread::spawn(|| assert_eq!(ask(100), 4950)).join().unwrap(); // computed again
//! ```
//!
//! The memory is divided among the threads, and a value that two of them use is stored twice. With one
//! thread this is the LRU cache.

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
        idea: "each thread has a cache of its own, in its share of the memory",
        gives: "look-ups without any lock, and nothing shared between the threads",
        costs: "each thread computes values that others have, and has only its share of the memory",
        cores: Cores::Workers,
        libraries: &["lru", "foldhash"],
        source: file!(),
    };
    const ALGORITHM: &'static str = crate::BOUNDED;
    fn start(workers: usize) -> Answer<Self> {
        Ok(ThreadLocal { clients: workers.max(1) })
    }
}

/// The values that a thread remembers.
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
        // clients are new threads, whose caches start at the smallest size, or this thread
        let _outer = Outer::put_aside(recent(room));
        ask(&**work, self.clients, policy, |key, compute| {
            let known = RECENT.with_borrow_mut(|recent| {
                if recent.cap() != room {
                    recent.resize(room);
                }
                recent.get(&key).copied()
            });
            known.unwrap_or_else(|| {
                let value = compute(key); // nothing is borrowed meanwhile, so it may use such a cache itself
                RECENT.with_borrow_mut(|recent| recent.put(key, value));
                value
            })
        })
    }
}

/// This thread's cache for the outer run; it is restored when the inner run ends.
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
