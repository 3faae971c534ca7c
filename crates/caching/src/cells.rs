//! The cells of this family's worker: each cache on the suite's workloads.

use crate::gram_reuse::GramReuse;
use crate::*;
use parallax_pattern::Question;
use parallax_suite::cell::{self, Cell};

/// All cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::remember::<Cached>(),
        cell::remember::<CachedLru>(),
        cell::remember::<CachedTtl>(),
        cell::remember::<Disk>(),
        cell::cells(Question::Remember, GramReuse::gridsearch),
        cell::remember::<Lru>(),
        cell::remember::<Moka>(),
        cell::remember::<Papaya>(),
        cell::remember::<QuickCache>(),
        cell::remember::<Sharded>(),
        cell::remember::<ThreadLocal>(),
        cell::remember::<Unbounded>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
