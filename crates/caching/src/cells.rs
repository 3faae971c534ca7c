//! What this family's worker measures: each cache on the suite's workloads.

use crate::gram_reuse::GramReuse;
use crate::*;
use parallax_pattern::Question;
use parallax_suite::cell::{self, Cell};

/// What this family measures, by name.
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
