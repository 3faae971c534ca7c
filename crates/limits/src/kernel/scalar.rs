//! Rates without vectors: a chain of dependent work, and counting in memory.

use crate::team::{Task, Team};
use crate::{Error, Limit};
use parallax_pattern::random::{GAMMA, mix, spin};
use parallax_suite::Rate;
use std::hint::black_box;

/// Turns of the suite's opaque work in a pass.
const TURNS: u64 = 1000;

/// Keys that are counted in a pass.
const KEYS: usize = 4096;

/// Measures spin and increment.
pub(crate) fn scalar(team: &Team, limits: &mut Vec<Limit>) -> Result<(), Error> {
    team.measure(|_| 1, &[spinning()], limits)?;
    team.measure(|_| Counters::new(), &[counting()], limits)
}

fn spinning() -> Task<u64> {
    Task {
        rate: Rate::Spin,
        way: "",
        isa: String::new(),
        set: None,
        amount: |_| TURNS as f64,
        reset: |h| *h = 1,
        run: |h, passes| *h = spin(black_box(*h), passes * TURNS),
        check: |h, passes| {
            let right = (0..passes * TURNS).fold(1, |h: u64, _| mix(h.wrapping_add(GAMMA)));
            same(*h, right)
        },
    }
}

/// Counters that fit in the innermost cache, in an order that does not return to one immediately. Each worker has its
/// own, in cache lines that no other worker touches.
#[repr(align(128))]
struct Counters {
    keys: Vec<u8>,
    counts: [u64; 256],
}

impl Counters {
    fn new() -> Self {
        Counters { keys: (0..KEYS).map(|i| (i * 167 % 256) as u8).collect(), counts: [0; 256] }
    }
}

fn counting() -> Task<Counters> {
    Task {
        rate: Rate::Increment,
        way: "",
        isa: String::new(),
        set: None,
        amount: |_| KEYS as f64,
        reset: |counters| counters.counts = [0; 256],
        run: |counters, passes| {
            for _ in 0..passes {
                for eight in black_box(&counters.keys).chunks_exact(8) {
                    eight.iter().for_each(|&key| counters.counts[usize::from(key)] += 1);
                }
            }
        },
        check: |counters, passes| {
            let right = passes * KEYS as u64 / 256;
            counters.counts.iter().try_for_each(|&count| same(count, right))
        },
    }
}

fn same(got: u64, right: u64) -> Result<(), String> {
    if got == right { Ok(()) } else { Err(format!("{got} instead of {right}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds<S>(task: &Task<S>, mut state: S) {
        (task.reset)(&mut state);
        assert!((task.check)(&state, 5).is_err(), "the check passes before any run");
        (task.run)(&mut state, 2);
        (task.run)(&mut state, 3);
        (task.check)(&state, 5).unwrap();
        assert!((task.check)(&state, 6).is_err(), "a missing pass is not noticed");
    }

    #[test]
    fn each_kernel_does_what_its_check_wants_and_nothing_else_passes() {
        holds(&spinning(), 1);
        holds(&counting(), Counters::new());
    }

    #[test]
    fn no_counter_of_another_worker_lies_in_the_same_line() {
        let both = [Counters::new(), Counters::new()];
        let line = |counter: &u64| std::ptr::from_ref(counter).addr() / 128;
        let [first, second] = both.each_ref().map(|counters| counters.counts.each_ref().map(line));
        assert!(first.iter().all(|line| !second.contains(line)));
    }
}
