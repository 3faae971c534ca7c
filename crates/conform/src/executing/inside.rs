//! A check that work may use the technique that runs it: it is answered or refused, and never waits for itself.

use crate::Deadline;
use parallax_pattern::Distribute;
use parallax_pattern::{Map, Reduce};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Checks that each item of a map may call map and reduce of the same technique that runs it; a technique that does no
/// maps passes.
///
/// # Panics
///
/// If one of them returns anything other than the right answer or a refusal; it ends the process if one hangs.
pub fn answers_from_inside<T: Distribute + Sync>(technique: T) {
    let _deadline = Deadline::of("a call from inside its own call");
    let technique = Arc::new(technique);
    let outer = Arc::new(Outer { technique: Some(technique.clone()) });
    let mut out = [0; 8];
    if super::answered(technique.map(&outer, &mut out)).is_none() {
        return; // it does no maps at all
    }
    let right: [u64; 8] = std::array::from_fn(|i| (0..i as u64 + 10).sum::<u64>() * 2);
    assert!(out == right || out == [REFUSED; 8], "{}: {out:?} from inside", T::CARD.name);
}

/// The value for a refusal.
const REFUSED: u64 = u64::MAX;

/// Items that call the technique itself for the sum of some numbers.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Outer<T> {
    #[serde(skip)]
    technique: Option<Arc<T>>,
}

impl<T: Distribute + Sync> Map for Outer<T> {
    type Item = u64;
    fn len(&self) -> usize {
        8
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        let technique = self.technique.as_ref().expect("it is in this process");
        for (item, i) in out.iter_mut().zip(start..) {
            let (inner, mut numbers) = (Arc::new(Inner { len: i + 10 }), vec![0; i + 10]);
            let both = technique.map(&inner, &mut numbers).and_then(|()| technique.reduce(&inner));
            *item = both.map_or(REFUSED, |sum| sum + numbers.iter().sum::<u64>());
        }
    }
}

/// The numbers from 0 on, and their sum.
#[derive(Serialize, Deserialize)]
struct Inner {
    len: usize,
}

impl Map for Inner {
    type Item = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        3
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        out.iter_mut().zip(start as u64..).for_each(|(item, i)| *item = i);
    }
}

impl Reduce for Inner {
    type Acc = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        3
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, acc: &mut u64, items: Range<usize>) {
        *acc += items.map(|i| i as u64).sum::<u64>();
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc += other;
    }
}
