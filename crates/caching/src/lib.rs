//! Caching: the fastest call is the one that was made before.
//!
//! | technique | what it forgets | take it when |
//! |---|---|---|
//! | [`Lru`] | the least recently used | keys come again soon, and memory has a limit |
//! | [`Unbounded`] | nothing | the keys are few, or the program ends before they are many |
//!
//! Remembering pays when the value costs more than the look-up, divided by the share of requests
//! that hit: a hash, a cache miss or two, and some bookkeeping, from 20 to 200 ns. Against a scan of
//! keys that never come again, an LRU cache loses what it had; how much of the best possible
//! (Belady's) it keeps is the metric `hits_over_opt`.
//!
//! Each file opens with the technique alone, ready to copy.

pub mod lru;
pub mod unbounded;

pub use self::lru::Lru;
pub use self::unbounded::Unbounded;

use parallax_suite::cell::{self, Cell};

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [cell::remember::<Lru>(), cell::remember::<Unbounded>()].into_iter().flatten().collect()
}
