//! Measures a cluster of processes on this machine: its start, an empty call, a task among many, and a step that sends
//! a border.

#![expect(clippy::disallowed_methods, reason = "an example that measures")]
#![expect(clippy::print_stdout, reason = "an example that measures")]

use parallax_distributed::Timely;
use parallax_pattern::random::mix;
use parallax_pattern::{Distribute, Map, No, Reduce, Stencil, Technique};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A number of small tasks.
#[derive(Serialize, Deserialize)]
struct Tasks(usize);

impl Map for Tasks {
    type Item = u64;
    fn len(&self) -> usize {
        self.0
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        out.iter_mut().zip(start..).for_each(|(item, i)| *item = mix(i as u64));
    }
}

impl Reduce for Tasks {
    type Acc = u64;
    fn len(&self) -> usize {
        self.0
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, acc: &mut u64, items: Range<usize>) {
        *acc = items.fold(*acc, |acc, i| acc.wrapping_add(mix(i as u64)));
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc = acc.wrapping_add(other);
    }
}

/// Steps over a tiny array.
#[derive(Serialize, Deserialize)]
struct Steps(usize);

impl Stencil for Steps {
    type Item = u64;
    fn len(&self) -> usize {
        64
    }
    fn steps(&self) -> usize {
        self.0
    }
    fn reach(&self) -> usize {
        1
    }
    fn step(&self, old: &[u64], start: usize, new: &mut [u64]) {
        new.copy_from_slice(&old[start..start + new.len()]);
    }
}

/// The least of several times, as the machine may be busy.
fn least(times: usize, mut run: impl FnMut() -> Result<(), No>) -> Result<Duration, No> {
    let mut least = Duration::MAX;
    for _ in 0..times {
        let start = Instant::now();
        run()?;
        least = least.min(start.elapsed());
    }
    Ok(least)
}

fn main() -> Result<(), No> {
    parallax_distributed::init();
    for workers in [1, 2, 3] {
        let started = least(5, || Timely::start(workers).map(drop))?;
        let timely = Timely::start(workers)?;
        let (few, many, steps) =
            (Arc::new(Tasks(workers)), Arc::new(Tasks(1_000_000)), Arc::new(Steps(1000)));
        let empty = least(1000, || timely.reduce(&few).map(drop))?;
        let mut out = vec![0; 1_000_000];
        let tasks = least(50, || timely.map(&many, &mut out))?;
        let stepping = least(10, || timely.stencil(&steps, [&mut [0; 64], &mut [0; 64]]))?;
        println!(
            "{workers} workers: start and end {started:.1?}, a call {empty:.1?}, a task of a million {:.1} ns, a step {:.1?}",
            tasks.as_nanos() as f64 / 1e6,
            stepping / 1000,
        );
    }
    Ok(())
}
