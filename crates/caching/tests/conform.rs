//! Every technique at every workload, at requests that are none, few, equal or all different, and at clients
//! that ask at once.

use parallax_caching::{
    Cached, CachedLru, CachedTtl, Disk, Lru, Moka, Papaya, QuickCache, Sharded, ThreadLocal, Unbounded, cells,
};
use parallax_suite::conform;
use parallax_suite::pattern::Recall;
use parallax_suite::question::{Recalled, Remember, Technique};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread::sleep;
use std::time::Duration;

#[test]
fn every_cell_is_right() {
    let ran = conform::cells(cells());
    let caches = [
        "cached",
        "cached-lru",
        "cached-ttl",
        "disk",
        "lru",
        "moka",
        "papaya",
        "quick-cache",
        "sharded",
        "thread-local",
        "unbounded",
    ];
    let mut right: Vec<String> =
        caches.iter().flat_map(|cache| ["128", "16"].map(|case| format!("memo:{case}/{cache}"))).collect();
    right.insert(8, "gridsearch:/gram-reuse".to_owned());
    assert_eq!(ran, right);
}

#[test]
fn names_rise() {
    let names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
}

fn answers<T: Remember>(workers: usize, keys: &[u64], capacity: usize) {
    conform::answers_requests(&T::start(workers).unwrap(), keys.to_vec(), capacity);
}

fn all_answer(keys: &[u64], capacity: usize) {
    answers::<CachedLru>(1, keys, capacity);
    answers::<CachedTtl>(1, keys, capacity);
    answers::<Disk>(1, keys, capacity);
    answers::<Lru>(1, keys, capacity);
    answers::<Unbounded>(1, keys, capacity);
    for workers in [1, 3] {
        answers::<Cached>(workers, keys, capacity);
        answers::<Moka>(workers, keys, capacity);
        answers::<Papaya>(workers, keys, capacity);
        answers::<QuickCache>(workers, keys, capacity);
        answers::<Sharded>(workers, keys, capacity);
        answers::<ThreadLocal>(workers, keys, capacity);
    }
}

#[test]
fn edges_are_answered() {
    all_answer(&[], 1);
    all_answer(&[0], 1);
    all_answer(&[u64::MAX, 0, u64::MAX, 0], 1);
    all_answer(&[7; 100], 3);
    all_answer(&Vec::from_iter(0..100), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_requests_are_answered(keys in prop::collection::vec(0..40u64, 0..300), capacity in 1..50usize) {
        all_answer(&keys, capacity);
    }
}

/// One key that all clients want at once, and that takes long.
#[derive(Serialize, Deserialize, Default)]
struct Wanted {
    calls: AtomicU64,
}

const REQUESTS: u64 = 12;

impl Recall for Wanted {
    fn len(&self) -> usize {
        REQUESTS as usize
    }
    fn key(&self, _: usize) -> u64 {
        42
    }
    fn compute(&self, key: u64) -> u64 {
        self.calls.fetch_add(1, SeqCst);
        sleep(Duration::from_millis(50)); // the others come meanwhile
        key + 1
    }
    fn capacity(&self) -> usize {
        16
    }
}

/// How often four clients make a technique compute the one value that they want.
fn calls<T: Remember>() -> u64 {
    let work = Arc::new(Wanted::default());
    let Recalled { sum, hits, .. } = T::start(4).unwrap().recall(&work).unwrap();
    let calls = work.calls.load(SeqCst);
    assert_eq!((sum, hits + calls), (43 * REQUESTS, REQUESTS), "{}", T::CARD.name);
    calls
}

#[test]
fn clients_that_want_the_same_value_let_one_compute_it() {
    assert_eq!(calls::<Cached>(), 1);
    assert_eq!(calls::<Moka>(), 1);
    assert_eq!(calls::<Papaya>(), 1);
    assert_eq!(calls::<QuickCache>(), 1);
    assert_eq!(calls::<Sharded>(), 1);
    assert_eq!(calls::<ThreadLocal>(), 4, "each thread for itself: so clients do come at once here");
}
