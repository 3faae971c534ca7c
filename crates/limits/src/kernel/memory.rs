//! Bandwidth: loops that do little except load and store, over data that fit in a cache or only in memory.

mod loops;

use self::loops::{Duplicate, Fill, Read, Sweep, UNROLL};
use crate::caches::{WorkingSet, working_sets};
use crate::team::{Task, Team};
use crate::vector::dispatch;
use crate::{Error, Limit};
use parallax_pattern::isa::Isa;
use parallax_suite::{Buffer, Rate};

/// Lengths are multiples of this: [`UNROLL`] of the widest vectors.
const ROUND: usize = 8 * UNROLL;

/// The gap between the arrays, so that their elements do not fall into the same sets of a cache or look alike
/// to a processor that compares the last 12 bits of addresses.
const SKEW: usize = 136;

/// The poison value that fills a target before it is written.
const UNTOUCHED: f64 = -1.0;

/// Measures update, triad, copy, reading and store in every cache and in memory.
pub(crate) fn memory(team: &Team, isa: Isa, limits: &mut Vec<Limit>) -> Result<(), Error> {
    for set in working_sets(team.workers) {
        let bytes = set.bytes as usize / team.workers;
        let mut tasks = vec![
            task(Rate::Update, "", isa, &set, update()),
            task(Rate::Triad, "", isa, &set, triad::<false>()),
            task(Rate::Copy, "", isa, &set, copy::<false>()),
            task(Rate::Read, "", isa, &set, read::<false>()),
            task(Rate::Read, "asked for ahead", isa, &set, read::<true>()),
            task(Rate::Store, "", isa, &set, store::<false>()),
        ];
        if set.holds.is_none() {
            tasks.push(task(Rate::Triad, "streaming", isa, &set, triad::<true>()));
            tasks.push(task(Rate::Copy, "streaming", isa, &set, copy::<true>()));
            tasks.push(task(Rate::Store, "streaming", isa, &set, store::<true>()));
        }
        team.measure(|_| Arrays::new(isa, bytes), &tasks, limits)?;
    }
    Ok(())
}

/// A worker's data: all of it, or three arrays in it.
struct Arrays {
    isa: Isa,
    data: Buffer<f64>,
    /// The first index that is aligned to a cache line.
    start: usize,
    /// The length of each of the three arrays.
    len: usize,
    /// The last value that `store` wrote.
    stored: f64,
    /// The sum that `read` has computed.
    sum: f64,
}

impl Arrays {
    fn new(isa: Isa, bytes: usize) -> Self {
        let len = (bytes / 24 / ROUND).max(1) * ROUND;
        let data = Buffer::<f64>::new(3 * len + 2 * SKEW + 8);
        let start = data.as_ptr().align_offset(64).min(8);
        Arrays { isa, data, start, len, stored: 0.0, sum: 0.0 }
    }

    /// `a`, `b` and `c`.
    fn arrays(&mut self) -> [&mut [f64]; 3] {
        let (a, rest) = self.data[self.start..].split_at_mut(self.len + SKEW);
        let (b, c) = rest.split_at_mut(self.len + SKEW);
        [a, b, c].map(|array| &mut array[..self.len])
    }

    /// Two halves of the same size: the one written, and the one read.
    fn halves(&mut self) -> [&mut [f64]; 2] {
        let half = self.half();
        let (to, from) = self.data[self.start..].split_at_mut(half + SKEW);
        [to, from].map(|array| &mut array[..half])
    }

    /// The length of a half.
    fn half(&self) -> usize {
        3 * self.len / 2 / ROUND * ROUND
    }

    /// All of it in one piece.
    fn whole(&mut self) -> &mut [f64] {
        &mut self.data[self.start..][..3 * self.len]
    }

    /// The same three arrays, to look at.
    fn seen(&self) -> [&[f64]; 3] {
        [0, 1, 2].map(|k| &self.data[self.start + k * (self.len + SKEW)..][..self.len])
    }

    /// Small integers, as in `stream`, so that sums are exact.
    fn refill(&mut self, target: f64) {
        let [a, b, c] = self.arrays();
        a.fill(target);
        b.iter_mut().enumerate().for_each(|(i, b)| *b = (i % 1024) as f64);
        c.iter_mut().enumerate().for_each(|(i, c)| *c = (i % 1021) as f64);
    }
}

/// The four functions of a task.
struct Parts {
    amount: fn(&Arrays) -> f64,
    reset: fn(&mut Arrays),
    run: fn(&mut Arrays, u64),
    check: fn(&Arrays, u64) -> Result<(), String>,
}

fn task(rate: Rate, way: &'static str, isa: Isa, set: &WorkingSet, parts: Parts) -> Task<Arrays> {
    let Parts { amount, reset, run, check } = parts;
    Task { rate, way, isa: isa.to_string(), set: Some(set.clone()), amount, reset, run, check }
}

/// `a[i] += b[i] + 3*c[i]`.
fn update() -> Parts {
    Parts {
        amount: |arrays| 32.0 * arrays.len as f64,
        reset: |arrays| arrays.refill(0.0),
        run: |arrays, passes| {
            let isa = arrays.isa;
            let [a, b, c] = arrays.arrays();
            dispatch(isa, Sweep::<true, false> { a, b, c, passes });
        },
        check: |arrays, passes| {
            let [a, b, c] = arrays.seen();
            all(a, |i| passes as f64 * (b[i] + 3.0 * c[i]))
        },
    }
}

/// `a[i] = b[i] + 3*c[i]`.
fn triad<const STREAM: bool>() -> Parts {
    Parts {
        amount: |arrays| 24.0 * arrays.len as f64,
        reset: |arrays| arrays.refill(UNTOUCHED),
        run: |arrays, passes| {
            let isa = arrays.isa;
            let [a, b, c] = arrays.arrays();
            dispatch(isa, Sweep::<false, STREAM> { a, b, c, passes });
        },
        check: |arrays, _| {
            let [a, b, c] = arrays.seen();
            all(a, |i| b[i] + 3.0 * c[i])
        },
    }
}

/// `a[i] = b[i]`.
fn copy<const STREAM: bool>() -> Parts {
    Parts {
        amount: |arrays| 16.0 * arrays.half() as f64,
        reset: |arrays| {
            let [to, from] = arrays.halves();
            to.fill(UNTOUCHED);
            from.iter_mut().enumerate().for_each(|(i, x)| *x = i as f64);
        },
        run: |arrays, passes| {
            let isa = arrays.isa;
            let [to, from] = arrays.halves();
            dispatch(isa, Duplicate::<STREAM> { to, from, passes });
        },
        check: |arrays, _| all(&arrays.data[arrays.start..][..arrays.half()], |i| i as f64),
    }
}

/// The sum of both halves.
fn read<const AHEAD: bool>() -> Parts {
    Parts {
        amount: |arrays| 16.0 * arrays.half() as f64,
        reset: |arrays| {
            arrays.sum = 0.0;
            arrays.halves().into_iter().for_each(|half| {
                half.iter_mut().enumerate().for_each(|(i, x)| *x = (i % 1024) as f64); // so that sums are exact
            });
        },
        run: |arrays, passes| {
            let (isa, mut sum) = (arrays.isa, arrays.sum);
            let [a, b] = arrays.halves();
            dispatch(isa, Read::<AHEAD> { a, b, sum: &mut sum, passes });
            arrays.sum = sum;
        },
        check: |arrays, passes| {
            let half = arrays.half();
            let halves = [0, half + SKEW].map(|from| &arrays.data[arrays.start + from..][..half]);
            let right = passes as f64 * halves.into_iter().flatten().sum::<f64>();
            if arrays.sum == right { Ok(()) } else { Err(format!("{} instead of {right}", arrays.sum)) }
        },
    }
}

/// Writes the number of the pass everywhere.
fn store<const STREAM: bool>() -> Parts {
    Parts {
        amount: |arrays| 8.0 * (3 * arrays.len) as f64,
        reset: |arrays| {
            arrays.stored = 0.0;
            arrays.whole().fill(UNTOUCHED);
        },
        run: |arrays, passes| {
            let (isa, from) = (arrays.isa, arrays.stored);
            arrays.stored += passes as f64;
            dispatch(isa, Fill::<STREAM> { to: arrays.whole(), from, passes });
        },
        check: |arrays, passes| all(&arrays.data[arrays.start..][..3 * arrays.len], |_| passes as f64),
    }
}

/// Whether each element is the right one.
fn all(got: &[f64], right: impl Fn(usize) -> f64) -> Result<(), String> {
    match got.iter().enumerate().find(|(i, x)| **x != right(*i)) {
        Some((i, x)) => Err(format!("element {i} is {x}, not {}", right(i))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kernel_of_each_set_does_what_its_check_wants_and_nothing_else_passes() {
        for isa in Isa::available() {
            let mut arrays = Arrays::new(isa, 20_000);
            let written = [update(), triad::<false>(), triad::<true>(), copy::<false>(), copy::<true>()];
            let others = [read::<false>(), read::<true>(), store::<false>(), store::<true>()];
            for parts in written.into_iter().chain(others) {
                (parts.reset)(&mut arrays);
                assert!((parts.check)(&arrays, 5).is_err(), "the check passes before any run");
                (parts.run)(&mut arrays, 2);
                (parts.run)(&mut arrays, 3);
                (parts.check)(&arrays, 5).unwrap();
                assert!((parts.amount)(&arrays) > 5000.0);
                let end = arrays.start + 100;
                arrays.data[end] += 1.0;
                assert!((parts.check)(&arrays, 5).is_err(), "a wrong element passes");
            }
        }
    }
}
