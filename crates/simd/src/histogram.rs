//! Conflicts: two lanes that want the same word cannot both add to it at once.
//!
//! The keys are made in lanes. Counting them is not for lanes: a gather, an addition and a scatter lose a hit
//! where two lanes have the same bin (AVX-512 can find such lanes, and then goes through them one by one).
//! So each lane's bin is taken out of the vector and counted by a plain increment, in a table of its own where
//! the tables are small: an increment of the word that was just incremented waits for it, and neighbouring
//! lanes never share one. The plain increments are then all of the time.

use crate::lanes::{Job, Lanes, MOST_LANES, Machine, Words};
use crate::montecarlo::mix;
use parallax_pattern::Reduce;
use parallax_pattern::random::GAMMA;
use parallax_suite::workload::Histogram;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Counts of keys that are made a vector at a time.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Counts<M: Machine> {
    machine: M,
    work: Arc<Histogram>,
}

impl<M: Machine> Counts<M> {
    /// The counts of `work`, by the vectors of `machine`.
    pub fn new(machine: M, work: &Arc<Histogram>) -> Self {
        Counts { machine, work: work.clone() }
    }
}

impl<M: Machine> Reduce for Counts<M> {
    type Acc = Vec<u64>;
    fn len(&self) -> usize {
        Reduce::len(&*self.work)
    }
    fn grain(&self) -> usize {
        Reduce::grain(&*self.work)
    }
    fn empty(&self) -> Vec<u64> {
        self.work.empty()
    }
    fn fold(&self, counts: &mut Vec<u64>, items: Range<usize>) {
        let done = self.machine.run(Keys { work: &self.work, items: items.clone(), counts });
        self.work.fold(counts, items.start + done..items.end); // fewer than a vector has
    }
    fn merge(&self, counts: &mut Vec<u64>, other: Vec<u64>) {
        self.work.merge(counts, other);
    }
}

/// Counts whole vectors of keys; gives how many keys those were.
struct Keys<'a> {
    work: &'a Histogram,
    items: Range<usize>,
    counts: &'a mut [u64],
}

/// Tables of at most so many words are made for each of [`TABLES`] lanes: together they fit in the first cache.
const SMALL: usize = 256;
const TABLES: usize = 4;

impl Job for Keys<'_> {
    type Out = usize;
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) -> usize {
        let counts = &mut self.counts[..self.work.bins()];
        if counts.len() > SMALL {
            let last = counts.len() - 1;
            return each_bin(lanes, self.work, self.items, |_, bin| counts[bin & last] += 1);
        }
        let mut tables = [[0; SMALL]; TABLES];
        let done =
            each_bin(lanes, self.work, self.items, |lane, bin| tables[lane % TABLES][bin % SMALL] += 1);
        for table in tables {
            counts.iter_mut().zip(table).for_each(|(count, more)| *count += more);
        }
        done
    }
}

/// Calls `hit` with lane and bin of each key that is in a whole vector; gives how many those are.
#[inline(always)]
fn each_bin<L: Lanes>(
    lanes: L,
    work: &Histogram,
    items: Range<usize>,
    mut hit: impl FnMut(usize, usize),
) -> usize {
    let vectors = items.len() / L::LEN;
    let start = work.seed().wrapping_add((items.start as u64 + 1).wrapping_mul(GAMMA));
    let mut state = Words::count_up(lanes, start, GAMMA);
    let skewed = work.skewed();
    let mask = work.bins() as u64 - 1;
    for _ in 0..vectors {
        let key = mix(state);
        let bin = if skewed {
            let bit = ((key >> 48) & 7).power_of_two();
            bit + (key & (bit - 1))
        } else {
            key & mask
        };
        let mut bins = [0; MOST_LANES];
        bin.store(&mut bins);
        (0..L::LEN).for_each(|lane| hit(lane, bins[lane] as usize));
        state = state + (L::LEN as u64).wrapping_mul(GAMMA);
    }
    vectors * L::LEN
}
