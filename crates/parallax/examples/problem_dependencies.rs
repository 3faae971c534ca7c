//! Jobs with dependencies, some of them shared: a search that counts how many needs of each job are still open.
//!
//! The last of a job's needs finds it, so each job is done once. No job finds those on a cycle: the search ends without
//! them, and shows which they are. A search begins with `roots`, so the counts are reset there. Other processes would
//! have their own counts, so this is for threads.

use own::NEEDS;
use parallax::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel, Ordering::Relaxed};

/// For each job, how many of its needs are not done yet.
struct Jobs([AtomicUsize; NEEDS.len()]);

impl Search for Jobs {
    type Node = usize;
    type Acc = Vec<usize>; // the jobs that are done
    fn roots(&self) -> Vec<usize> {
        self.0.iter().zip(NEEDS).for_each(|(open, needs)| open.store(needs.len(), Relaxed));
        (0..NEEDS.len()).filter(|&job| NEEDS[job].is_empty()).collect()
    }
    fn empty(&self) -> Vec<usize> {
        Vec::new()
    }
    fn visit(&self, done: usize, jobs: &mut Vec<usize>, found: impl FnMut(usize)) {
        own::job(done);
        jobs.push(done);
        own::needing(done).filter(|&job| self.0[job].fetch_sub(1, AcqRel) == 1).for_each(found);
    }
    fn merge(&self, jobs: &mut Vec<usize>, other: Vec<usize>) {
        jobs.extend(other);
    }
}

fn main() -> ExitCode {
    let right = |done: &Vec<usize>| {
        let on_a_cycle: Vec<usize> = (0..NEEDS.len()).filter(|job| !done.contains(job)).collect();
        done.len() == 5 && on_a_cycle == [5, 6, 7]
    };
    parallax::bench("dependencies", || Jobs(Default::default())).expect(right).main()
}

/// The program as it was.
mod own {
    /// Which jobs each job needs: a diamond of 0 to 3 with 4 below it, and a cycle.
    pub(super) const NEEDS: [&[usize]; 8] = [&[], &[0], &[0], &[1, 2], &[3], &[7], &[5], &[6]];

    pub(super) fn needing(needed: usize) -> impl Iterator<Item = usize> {
        (0..NEEDS.len()).filter(move |&job| NEEDS[job].contains(&needed))
    }

    pub(super) fn job(number: usize) {
        std::hint::black_box(
            (0..100_000).fold(number as u64, |sum, turn| sum.wrapping_mul(31).wrapping_add(turn)),
        );
    }
}
