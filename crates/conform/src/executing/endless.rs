//! A check that all workers take part in a search, however it hands out its nodes.

use parallax_pattern::Search;
use parallax_pattern::{Answer, Distribute};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Checks that as many threads search as there are workers, and no more.
///
/// The tree grows until all of them have arrived, so that there are always branches left for each.
///
/// # Errors
///
/// The technique's refusal.
///
/// # Panics
///
/// If another number of threads searches.
pub(super) fn searches_with_all<T: Distribute>(technique: &T, workers: usize) -> Answer<()> {
    let crew = technique.search(&Arc::new(Endless { until: workers, ..Endless::default() }))?;
    assert_eq!(crew.len(), workers, "{}, search", T::CARD.name);
    Ok(())
}

/// Branches that grow until enough threads have arrived.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Endless {
    until: usize,
    #[serde(skip)]
    crew: (Mutex<BTreeSet<String>>, AtomicUsize),
}

impl Search for Endless {
    type Node = u64;
    type Acc = BTreeSet<String>;
    fn roots(&self) -> Vec<u64> {
        (0..64).collect()
    }
    fn empty(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }
    fn visit(&self, node: u64, crew: &mut BTreeSet<String>, mut found: impl FnMut(u64)) {
        let me = format!("{:?}", thread::current().id());
        if crew.insert(me.clone()) && self.crew.0.lock().unwrap().insert(me) {
            self.crew.1.fetch_add(1, Relaxed); // counts; the crews themselves come back by merging
        }
        assert!(node < 64 * 10_000_000, "fewer than {} threads have come", self.until);
        if node.is_multiple_of(4096) {
            thread::sleep(Duration::from_micros(50)); // on one core the others need a chance to come
        }
        if self.crew.1.load(Relaxed) < self.until {
            found(node + 64);
        }
    }
    fn merge(&self, crew: &mut BTreeSet<String>, other: BTreeSet<String>) {
        crew.extend(other);
    }
}
