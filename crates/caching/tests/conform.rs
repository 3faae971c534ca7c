//! Every technique at every workload: with no requests, few, equal or all different ones, and with several clients.

use parallax_caching::{
    Cached, CachedLru, CachedTtl, Disk, Lru, Moka, Papaya, QuickCache, Sharded, ThreadLocal, Unbounded, cells,
};
use parallax_conform::{self as conform, Asked};
use parallax_pattern::{Answer, Card, Policy, Recall, Recalled, Remember, Technique};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::{scope, sleep, yield_now};
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

fn answers<T: Remember<Asked>>(workers: usize, keys: &[u64], capacity: usize) {
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

#[test]
fn room_for_more_than_all_is_room_for_all() {
    for capacity in [1 << 40, usize::MAX] {
        all_answer(&[], capacity);
        all_answer(&[3, 1, 3, 2, 1], capacity);
    }
}

#[test]
fn no_room_is_room_for_one() {
    let one = |technique: Recalled| (technique.hits, technique.sum);
    let work = Arc::new(Roomless);
    assert_eq!(one(CachedLru::start(1).unwrap().recall(&work).unwrap()), (2, 13));
    assert_eq!(one(Lru::start(1).unwrap().recall(&work).unwrap()), (2, 13));
    assert_eq!(one(ThreadLocal::start(1).unwrap().recall(&work).unwrap()), (2, 13));
    for recalled in [1, 3].map(|workers| Moka::start(workers).unwrap().recall(&work).unwrap()) {
        assert_eq!(recalled.sum, 13);
    }
    for recalled in [1, 3].map(|workers| QuickCache::start(workers).unwrap().recall(&work).unwrap()) {
        assert_eq!(recalled.sum, 13);
    }
}

/// The same key three times, and then another, with no room.
struct Roomless;

impl Recall for Roomless {
    fn len(&self) -> usize {
        4
    }
    fn key(&self, i: usize) -> u64 {
        (i / 3) as u64
    }
    fn compute(&self, key: u64) -> u64 {
        key * 9 + 1
    }
    fn capacity(&self) -> usize {
        0
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_requests_are_answered(keys in prop::collection::vec(0..40u64, 0..300), capacity in 3..50usize) {
        all_answer(&keys, capacity);
    }
}

/// One key that all clients want at the same time. If `patient`, a call waits until a second one has begun.
#[derive(Default)]
struct Wanted {
    calls: AtomicU64,
    patient: bool,
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
        match self.patient {
            true => {
                while self.calls.load(SeqCst) < 2 {
                    yield_now();
                }
            }
            false => sleep(Duration::from_millis(50)), // the others arrive meanwhile
        }
        key + 1
    }
    fn capacity(&self) -> usize {
        16
    }
}

/// Looks up, computes, and inserts: wrong only when there are two clients.
struct Naive;

impl Technique for Naive {
    const CARD: Card = Card { name: "naive", ..Unbounded::CARD };
    fn start(_: usize) -> Answer<Self> {
        Ok(Naive)
    }
}

impl<R: Recall> Remember<R> for Naive {
    fn recall(&self, work: &Arc<R>) -> Answer<Recalled> {
        let (known, calls, sum) = (Mutex::new(HashMap::new()), AtomicU64::new(0), AtomicU64::new(0));
        let ask = &|key| {
            let found = known.lock().unwrap().get(&key).copied();
            let value = found.unwrap_or_else(|| {
                calls.fetch_add(1, SeqCst);
                work.compute(key)
            });
            known.lock().unwrap().insert(key, value);
            sum.fetch_add(value, SeqCst);
        };
        scope(|s| {
            (0..4).for_each(|k| {
                drop(s.spawn(move || (k..work.len()).step_by(4).map(|i| work.key(i)).for_each(ask)))
            })
        });
        let hits = work.len() as u64 - calls.into_inner();
        Ok(Recalled { sum: sum.into_inner(), hits, policy: Policy::Unbounded })
    }
}

/// How often four clients make a technique compute the one value that they want.
fn calls<T: Remember<Wanted>>(patient: bool) -> u64 {
    let work = Arc::new(Wanted { patient, ..Wanted::default() });
    let Recalled { sum, hits, .. } = T::start(4).unwrap().recall(&work).unwrap();
    let calls = work.calls.load(SeqCst);
    assert_eq!((sum, hits + calls), (43 * REQUESTS, REQUESTS), "{}", T::CARD.name);
    calls
}

#[test]
fn clients_that_want_the_same_value_let_one_compute_it() {
    assert_eq!(calls::<Cached>(false), 1);
    assert_eq!(calls::<Moka>(false), 1);
    assert_eq!(calls::<Papaya>(false), 1);
    assert_eq!(calls::<QuickCache>(false), 1);
    assert_eq!(calls::<Sharded>(false), 1);
}

#[test]
fn without_single_flight_more_than_one_computes_it() {
    assert!(calls::<Naive>(true) > 1);
    assert_eq!(calls::<ThreadLocal>(true), 4, "each thread for itself");
}
