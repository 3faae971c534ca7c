//! How many requests a cache can answer: by the best policy there is, by LRU, and without a limit.
//!
//! The best policy forgets what is wanted again last, or never. It needs the future, so no program
//! can run it, but every program can be held against it (L. Belady, "A study of replacement
//! algorithms for a virtual-storage computer", 1966; with bypass: what is never wanted again does
//! not enter).

use crate::workload::Mismatch;
use parallax_pattern::{Policy, Recalled};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many of a sequence of requests a cache answers from memory, by what it forgets.
///
/// ```
/// use parallax_suite::workload::Hits;
/// let keys = [1, 2, 3, 1, 2, 3]; // one key more than there is room for
/// assert_eq!(Hits::of(&keys, 2), Hits { unbounded: 3, lru: 0, best: 2 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hits {
    /// It forgets nothing.
    pub unbounded: u64,
    /// It forgets the least recently used.
    pub lru: u64,
    /// It forgets what is wanted again last: no policy has more.
    pub best: u64,
}

impl Hits {
    /// Plays `keys` through caches of `capacity` values; `O(n log capacity)`.
    pub fn of(keys: &[u64], capacity: usize) -> Self {
        let next = next_uses(keys);
        let distinct = next.iter().filter(|next| next.is_none()).count();
        Hits {
            unbounded: (keys.len() - distinct) as u64,
            lru: lru(keys, capacity),
            best: best(&next, capacity),
        }
    }

    /// Whether a technique has exactly the hits that its policy gives, or as many as any may have.
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
        Err(Mismatch(format!("{} hits where {:?} has {right}", recalled.hits, recalled.policy)))
    }
}

/// For each request, when the same key is wanted next.
fn next_uses(keys: &[u64]) -> Vec<Option<usize>> {
    let mut seen = HashMap::new();
    let mut next: Vec<_> = keys.iter().enumerate().rev().map(|(i, key)| seen.insert(key, i)).collect();
    next.reverse();
    next
}

/// Keeps the times at which what is remembered is wanted next: a hit is a time that has come.
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

/// By the time of the last use of each key: slower than a linked list, and other code than one.
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
        // Its best has 9 faults, since a page must be loaded; a cache need not keep 4, wanted only once.
        assert_eq!(Hits::of(&trace, 3), Hits { unbounded: 14, lru: 20 - 12, best: 20 - 8 });
    }

    /// The best that any policy with bypass can do from request `i` on, by trying all.
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
