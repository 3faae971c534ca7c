//! Tables with an owner for each key: each count is in exactly one of them, the right one.

use super::shapes::hosts;
use parallax_distributed::{Keyed, Timely};
use parallax_pattern::{No, Reduce, Technique};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Squares by their remainders.
#[derive(Clone, Serialize, Deserialize)]
struct Remainders {
    len: usize,
    grain: usize,
    of: u64,
    fails_at: Option<usize>,
}

impl Remainders {
    fn keys(&self, items: Range<usize>) -> impl Iterator<Item = u64> {
        assert!(self.fails_at.is_none_or(|item| !items.contains(&item)), "unlucky");
        items.map(|i| (i * i) as u64 % self.of)
    }
}

impl Reduce for Remainders {
    type Acc = BTreeMap<u64, u64>;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn empty(&self) -> Self::Acc {
        BTreeMap::new()
    }
    fn fold(&self, counts: &mut Self::Acc, items: Range<usize>) {
        self.keys(items).for_each(|key| *counts.entry(key).or_default() += 1);
    }
    fn merge(&self, counts: &mut Self::Acc, other: Self::Acc) {
        other.into_iter().for_each(|(key, count)| *counts.entry(key).or_default() += count);
    }
}

impl Keyed for Remainders {
    fn deal(&self, items: Range<usize>, owners: &mut [Self::Acc]) {
        for key in self.keys(items) {
            let owner = key as usize % owners.len();
            *owners[owner].entry(key).or_default() += 1;
        }
    }
}

/// Checks that the owners' tables together equal a single table, each with its own keys.
fn agrees(timely: &Timely, work: Remainders, workers: usize) {
    let mut right = work.empty();
    work.fold(&mut right, 0..work.len);
    let tables = timely.exchange(&Arc::new(work)).unwrap();
    assert_eq!(tables.len(), workers);
    for (owner, table) in tables.iter().enumerate() {
        assert!(table.keys().all(|&key| key as usize % workers == owner), "{owner} has {table:?}");
    }
    assert_eq!(
        tables.iter().map(BTreeMap::len).sum::<usize>(),
        right.len(),
        "a key is in two tables, or in none"
    );
    assert_eq!(tables.into_iter().flatten().collect::<BTreeMap<_, _>>(), right);
}

pub(crate) fn a_key_is_in_the_table_of_its_owner_alone() {
    let clusters = [
        (Timely::start(1).unwrap(), 1),
        (Timely::start(2).unwrap(), 2),
        (Timely::start(3).unwrap(), 3),
        (Timely::on(&hosts([2, 2])).unwrap(), 4),
    ];
    for (timely, workers) in &clusters {
        // nothing, one item, fewer pieces than workers, few keys, nearly all keys new
        for (len, grain, of) in [(0, 4, 9), (1, 4, 9), (9, 4, 5), (50_000, 7, 97), (50_000, 100, u64::MAX)] {
            for _ in 0..2 {
                agrees(timely, Remainders { len, grain, of, fails_at: None }, *workers);
            }
        }
    }
}

pub(crate) fn a_failed_exchange_ends_for_all() {
    let timely = Timely::start(2).unwrap();
    let work = Remainders { len: 1000, grain: 10, of: 9, fails_at: None };
    for item in [0, 500, 999] {
        let failing = Arc::new(Remainders { fails_at: Some(item), ..work.clone() });
        let no = timely.exchange(&failing).unwrap_err();
        assert!(matches!(&no, No::Failed(why) if why.to_string().contains("unlucky")), "{no}");
        agrees(&timely, work.clone(), 2);
    }
}
