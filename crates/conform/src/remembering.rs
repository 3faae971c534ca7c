//! The rules of a technique that caches: values, hits and calls.

use parallax_pattern::Recall;
use parallax_pattern::Remember;
use parallax_pattern::random::mix;
use parallax_suite::workload::Hits;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// Checks that every request gets its value, that the hits are those of the policy, and that hits and calls
/// add up, for `keys` requested in turn with room for `capacity` values. A few keys are also requested with room
/// for none and for more than any machine holds.
///
/// # Panics
///
/// If that does not hold.
pub fn answers_requests<T: Remember<Asked>>(technique: &T, keys: Vec<u64>, capacity: usize) {
    if keys.len() <= 10 {
        [0, 1 << 40, usize::MAX].into_iter().for_each(|extreme| answers(technique, keys.clone(), extreme));
    }
    answers(technique, keys, capacity);
}

fn answers<T: Remember<Asked>>(technique: &T, keys: Vec<u64>, capacity: usize) {
    let right = keys.iter().map(|&key| mix(key)).fold(0, u64::wrapping_add);
    let (hits, requests) = (Hits::of(&keys, capacity.min(keys.len()).max(1)), keys.len() as u64);
    let work = Arc::new(Asked { keys, capacity, calls: AtomicU64::new(0) });
    let recalled = technique.recall(&work).unwrap_or_else(|no| panic!("{no}"));
    let calls = work.calls.load(SeqCst);
    assert_eq!(recalled.sum, right, "a request has another's value");
    assert_eq!(recalled.hits + calls, requests, "hits and calls do not make the requests");
    hits.judge(&recalled).unwrap_or_else(|why| panic!("{why}"));
}

#[derive(Serialize, Deserialize)]
/// Keys that are requested in turn, and a count of the values computed.
pub struct Asked {
    keys: Vec<u64>,
    capacity: usize,
    calls: AtomicU64,
}

impl Recall for Asked {
    fn len(&self) -> usize {
        self.keys.len()
    }
    fn key(&self, i: usize) -> u64 {
        self.keys[i]
    }
    fn compute(&self, key: u64) -> u64 {
        self.calls.fetch_add(1, SeqCst);
        mix(key)
    }
    fn capacity(&self) -> usize {
        self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::Sequential;
    use parallax_pattern::{Answer, Card, Policy, Recalled, Technique};

    /// Caches the last key only, and claims to be an LRU cache.
    struct LastOnly;

    impl Technique for LastOnly {
        const CARD: Card = Sequential::CARD;
        fn start(_: usize) -> Answer<Self> {
            Ok(LastOnly)
        }
    }

    impl<R: Recall> Remember<R> for LastOnly {
        fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
            let (mut last, mut recalled) = (None, Recalled { sum: 0, hits: 0, policy: Policy::Lru });
            for key in (0..work.len()).map(|i| work.key(i)) {
                let value = match last {
                    Some((known, value)) if known == key => {
                        recalled.hits += 1;
                        value
                    }
                    _ => work.compute(key),
                };
                last = Some((key, value));
                recalled.sum = recalled.sum.wrapping_add(value);
            }
            Ok(recalled)
        }
    }

    #[test]
    fn the_baseline_answers() {
        answers_requests(&Sequential, vec![], 1);
        answers_requests(&Sequential, vec![1, 2, 1], 1);
    }

    #[test]
    #[should_panic(expected = "0 hits, but Lru has 1")]
    fn hits_that_are_not_the_policys_are_found() {
        answers_requests(&LastOnly, vec![1, 1, 2], 1); // room for one is what it has
        answers_requests(&LastOnly, vec![1, 2, 1], 2);
    }
}
