//! A fixture for profilers: four functions whose shares of the time are known in advance.
//!
//! ```text
//! in each of 1000 rounds:
//!     1000 times: call a function that spins 55 % of the turns / 1,000,000
//!      100 times: call one that spins 25 % / 100,000
//!       10 times: call one that spins 15 % / 10,000
//!        1 time:  call one that spins  5 % / 1,000
//! ```
//!
//! None of them is inlined, so a profile can name them. A profiler that counts calls, or makes a call more expensive,
//! overestimates the first, which is called a thousand times as often as the last. The fixture is not a workload, and
//! is not ranked.

use parallax_pattern::random::spin;
use parallax_pattern::{Answer, Card, Cores, Question};
use parallax_suite::Size;
use parallax_suite::cell::{Cell, OwnCell, Run, Started};
use parallax_suite::workload::{Evenness, Facts, Mismatch, Params};
use std::hint::black_box;

/// Its name in cells.
pub const NAME: &str = "hotspots";

/// Each function with the share of the turns that it spins, in percent.
pub const SHARES: [(&str, f64); 4] = [
    ("spins_55_percent", 55.0),
    ("spins_25_percent", 25.0),
    ("spins_15_percent", 15.0),
    ("spins_5_percent", 5.0),
];

/// The family of the worker that has the fixtures, and the first word of its command line.
pub const FAMILY: &str = "fixtures";

const CARD: Card = Card {
    name: "sequential",
    idea: "four functions spin shares of the turns that are known in advance",
    gives: "a measure of how well a profiler tells where the time goes",
    costs: "only its time",
    cores: Cores::One,
    libraries: &[],
    source: file!(),
};

const NESTED: Card = Card {
    name: "nested",
    idea: "each of the workers starts as many threads again, which all do the same",
    gives: "a picture of two pools that are not coordinated",
    costs: "threads that wait for a core",
    cores: Cores::Workers,
    ..CARD
};

/// The cells of the fixture.
pub fn cells() -> Vec<Cell> {
    vec![cell(CARD, |_| 1), cell(NESTED, |workers| workers)]
}

/// A cell that starts `pool(workers)` threads, each of which starts as many again.
fn cell(card: Card, pool: fn(usize) -> usize) -> Cell {
    Cell::own(OwnCell {
        workload: NAME,
        question: Question::Execute,
        pattern: "reduce",
        card,
        implementor: "",
        kernel: file!(),
        input: "",
        start: Box::new(move |workers| Ok(Box::new(Ready { pool: pool(workers) }))),
    })
}

struct Ready {
    pool: usize,
}

impl Started for Ready {
    fn load(self: Box<Self>, params: Params) -> Answer<Box<dyn Run>> {
        let turns = turns(params.size);
        Ok(Box::new(Hotspots { turns, pool: self.pool, expected: expected(turns), out: 0 }))
    }
    fn isa(&self) -> String {
        parallax_pattern::isa::compiled().to_owned()
    }
}

/// The turns of a run: multiples of 20 million, so that each call spins a whole number of them.
const fn turns(size: Size) -> u64 {
    match size {
        Size::Tiny => 20_000_000,
        Size::Small | Size::Headline => 100_000_000,
        Size::Medium => 400_000_000,
        Size::Large => 2_000_000_000,
    }
}

/// A run of the fixture: all results go into one word, so that no call can be left out.
struct Hotspots {
    turns: u64,
    /// How many threads it starts, each of which starts as many again; with 1 it does all itself.
    pool: usize,
    expected: u64,
    out: u64,
}

impl Run for Hotspots {
    fn spoil(&mut self) {
        self.out = !self.expected;
    }
    fn run(&mut self, times: u64) -> Answer<()> {
        for _ in 0..times {
            self.out = match self.pool {
                1 => rounds(black_box(self.turns)),
                pool => in_threads(pool, &|| in_threads(pool, &|| rounds(black_box(self.turns)))),
            };
        }
        Ok(())
    }
    fn check(&self) -> Result<u64, Mismatch> {
        if self.out == self.expected {
            Ok(self.out)
        } else {
            Err(Mismatch(format!("{:016x}, not {:016x}", self.out, self.expected)))
        }
    }
    fn facts(&self) -> Facts {
        Facts {
            items: self.turns as f64,
            unit: "turns".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Even,
            limits: Vec::new(),
            spread: None,
        }
    }
    fn is_exact(&self) -> bool {
        true
    }
}

/// The result that all of `pool` threads found; 0 if they do not agree.
fn in_threads(pool: usize, work: &(dyn Fn() -> u64 + Sync)) -> u64 {
    let found: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..pool).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).collect()
    });
    if found.iter().all(|one| *one == found[0]) { found[0] } else { 0 }
}

/// The rounds of a run. A chain runs through all calls, so that none can be moved or left out.
#[inline(never)]
fn rounds(turns: u64) -> u64 {
    let mut h = 0;
    for _ in 0..1000 {
        h = times(h, 1000, spins_55_percent, turns * 55 / 100_000_000);
        h = times(h, 100, spins_25_percent, turns * 25 / 10_000_000);
        h = times(h, 10, spins_15_percent, turns * 15 / 1_000_000);
        h = times(h, 1, spins_5_percent, turns * 5 / 100_000);
    }
    h
}

#[inline(always)]
fn times(mut h: u64, calls: u64, function: fn(u64, u64) -> u64, turns: u64) -> u64 {
    for _ in 0..calls {
        h = function(h, turns);
    }
    h
}

// Each adds a different number: equal functions would be merged into one.

#[inline(never)]
fn spins_55_percent(h: u64, turns: u64) -> u64 {
    spin(h.wrapping_add(55), turns)
}

#[inline(never)]
fn spins_25_percent(h: u64, turns: u64) -> u64 {
    spin(h.wrapping_add(25), turns)
}

#[inline(never)]
fn spins_15_percent(h: u64, turns: u64) -> u64 {
    spin(h.wrapping_add(15), turns)
}

#[inline(never)]
fn spins_5_percent(h: u64, turns: u64) -> u64 {
    spin(h.wrapping_add(5), turns)
}

/// The result of a run, without its functions: the turns of each call one after the other.
fn expected(turns: u64) -> u64 {
    let calls = [(1000_u64, 55, turns * 55 / 100_000_000), (100, 25, turns * 25 / 10_000_000)];
    let calls = calls.into_iter().chain([(10, 15, turns * 15 / 1_000_000), (1, 5, turns * 5 / 100_000)]);
    let round: Vec<(u64, u64)> =
        calls.flat_map(|(calls, own, turns)| (0..calls).map(move |_| (own, turns))).collect();
    (0..1000).fold(0, |h, _| round.iter().fold(h, |h: u64, (own, turns)| spin(h.wrapping_add(*own), *turns)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_of_all_turns_at_each_size() {
        for size in [Size::Tiny, Size::Small, Size::Headline, Size::Medium, Size::Large] {
            let turns = turns(size);
            let calls = [1_000_000, 100_000, 10_000, 1_000];
            let mut sum = 0;
            for ((_, percent), calls) in SHARES.into_iter().zip(calls) {
                let all = turns * percent as u64 / 100;
                assert_eq!(all % calls, 0, "{size:?}: each call spins a whole number");
                sum += all;
            }
            assert_eq!(sum, turns);
        }
    }

    #[test]
    fn a_run_that_does_nothing_or_leaves_out_a_call_is_wrong() {
        let turns = turns(Size::Tiny);
        let mut run = Hotspots { turns, pool: 1, expected: expected(turns), out: 0 };
        run.spoil();
        assert!(run.check().is_err());
        run.run(1).unwrap();
        assert!(run.check().is_ok());
        run.out = rounds(turns - 100_000);
        assert!(run.check().is_err());
        run.pool = 2;
        run.run(1).unwrap();
        assert!(run.check().is_ok(), "four threads find the same");
    }
}
