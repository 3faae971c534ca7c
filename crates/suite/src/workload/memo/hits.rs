//! How many requests a cache can answer: with the best possible policy, with LRU, and without a limit.
//!
//! The best policy forgets the value that is requested again last, or never. It needs to know the
//! future, so no program can run it, but every program can be compared with it (L. Belady, "A study
//! of replacement algorithms for a virtual-storage computer", 1966; with bypass: a value that is
//! never requested again is not stored).

use crate::workload::Mismatch;
use parallax_pattern::{Policy, Recalled};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The hits of a cache on a sequence of requests, by its eviction policy.
///
/// ```
/// use parallax_suite::workload::Hits;
/// let keys = [1, 2, 3, 1, 2, 3]; // one key more than there is room for
/// assert_eq!(Hits::of(&keys, 2), Hits { unbounded: 3, lru: 0, best: 2 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hits {
    /// If it forgets nothing.
    pub unbounded: u64,
    /// If it forgets the least recently used value.
    pub lru: u64,
    /// If it forgets the value that is requested again last: no policy has more hits.
    pub best: u64,
}

impl Hits {
    /// Simulates caches of `capacity` values on `keys`; `O(n log capacity)`.
    pub fn of(keys: &[u64], capacity: usize) -> Self {
        let next = next_uses(keys);
        let distinct = next.iter().filter(|next| next.is_none()).count();
        Hits {
            unbounded: (keys.len() - distinct) as u64,
            lru: lru(keys, capacity),
            best: best(&next, capacity),
        }
    }

    /// Checks that a technique has exactly the hits of its policy, or no more than are possible.
    ///
    /// # Errors
    ///
    /// With the hits that it should have.
    pub fn judge(&self, recalled: &Recalled) -> Result<(), Mismatch> {
        let right = match recalled.policy {
            Policy::Nothing => 0,
            Policy::Unbounded => self.unbounded,
            Policy::Lru => self.lru,
            Policy::Bounded => recalled.hits.min(self.best),
            Policy::Loose { .. } => recalled.hits.min(self.unbounded),
        };
        if recalled.hits == right {
            return Ok(());
        }
        Err(Mismatch(format!("{} hits, but {:?} has {right}", recalled.hits, recalled.policy)))
    }
}

/// For each request, the index of the next request with the same key.
fn next_uses(keys: &[u64]) -> Vec<Option<usize>> {
    let mut seen = HashMap::new();
    let mut next: Vec<_> = keys.iter().enumerate().rev().map(|(i, key)| seen.insert(key, i)).collect();
    next.reverse();
    next
}

/// Keeps the times at which the cached values are requested next: a hit is a time that has come.
fn best(next: &[Option<usize>], capacity: usize) -> u64 {
    let (mut wanted, mut hits) = (BTreeSet::<usize>::new(), 0);
    for (now, next) in next.iter().enumerate() {
        hits += u64::from(wanted.remove(&now));
        wanted.extend(next);
        if wanted.len() > capacity {
            wanted.pop_last();
        }
    }
    hits
}

/// By the time of the last use of each key: slower than a linked list, but independent of one.
fn lru(keys: &[u64], capacity: usize) -> u64 {
    let (mut used, mut by_time, mut hits) = (HashMap::new(), BTreeMap::new(), 0);
    for (now, key) in keys.iter().enumerate() {
        if let Some(last) = used.insert(key, now) {
            by_time.remove(&last);
            hits += 1;
        }
        by_time.insert(now, key);
        if by_time.len() > capacity
            && let Some((_, oldest)) = by_time.pop_first()
        {
            used.remove(oldest);
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_textbook_trace_has_its_textbook_faults() {
        // Silberschatz, Galvin and Gagne, "Operating System Concepts": three frames.
        let trace = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
        // Its best has 9 faults, since a page must be loaded; a cache does not need to keep 4, requested only once.
        assert_eq!(Hits::of(&trace, 3), Hits { unbounded: 14, lru: 20 - 12, best: 20 - 8 });
    }

    /// The most hits that any policy with bypass can have, by trying all choices.
    fn exhaustive(keys: &[u64], capacity: usize, kept: &[u64]) -> u64 {
        let Some((key, rest)) = keys.split_first() else { return 0 };
        if kept.contains(key) {
            return 1 + exhaustive(rest, capacity, kept);
        }
        let bypassed = exhaustive(rest, capacity, kept);
        let with = [kept, &[*key]].concat();
        let keeping = |kept: &[u64]| exhaustive(rest, capacity, kept);
        if with.len() <= capacity {
            return keeping(&with).max(bypassed);
        }
        let without = |k| [&kept[..k], &kept[k + 1..], &[*key]].concat();
        (0..kept.len()).map(|k| keeping(&without(k))).fold(bypassed, u64::max)
    }

    proptest! {
        #[test]
        fn no_policy_beats_the_best(keys in prop::collection::vec(0..5u64, 0..9), capacity in 1..4usize) {
            let hits = Hits::of(&keys, capacity);
            prop_assert_eq!(hits.best, exhaustive(&keys, capacity, &[]));
            prop_assert!(hits.lru <= hits.best && hits.best <= hits.unbounded);
        }

        #[test]
        fn room_for_all_is_no_limit(keys in prop::collection::vec(0..50u64, 0..200)) {
            let hits = Hits::of(&keys, 50);
            prop_assert_eq!([hits.lru, hits.best], [hits.unbounded; 2]);
        }
    }
}
