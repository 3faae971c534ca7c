//! Peaks of arithmetic: as many independent chains as it takes to keep every unit of one core busy.

#![expect(unsafe_code, reason = "registers are loaded from and stored to arrays of the right length")]

use crate::team::{Task, Team};
use crate::vector::{Op, Vector, Words, dispatch, lanes, word_lanes};
use crate::{Error, Limit};
use parallax_pattern::isa::{Isa, Set};
use parallax_suite::Rate;
use std::hint::black_box;

/// Steps of each chain in a pass.
const STEPS: u64 = 256;

/// Chains of f64: two units that answer after four or five cycles want ten, and two constants need
/// registers beside them where there are sixteen.
const CHAINS: usize = 12;

/// Chains of products: more where there are more registers, because a product may take fifteen cycles.
const PAIRS: usize = 6;
const MANY_PAIRS: usize = 12;

/// Measures multiply-add, product and square root of one vector set.
pub(crate) fn arithmetic(team: &Team, isa: Isa, limits: &mut Vec<Limit>) -> Result<(), Error> {
    let task = |rate, parts: Parts| {
        let Parts { amount, reset, run, check } = parts;
        let isa = match rate {
            Rate::Multiply if word_lanes(isa) == 1 => String::new(), // no vectors in it
            _ => isa.to_string(),
        };
        Task { rate, way: "", isa, set: None, amount, reset, run, check }
    };
    let tasks = [
        task(Rate::Fma, multiply_add()),
        task(Rate::Multiply, multiply()),
        task(Rate::SquareRoot, square_root()),
    ];
    team.measure(|_| Registers::new(isa), &tasks, limits)
}

/// What the chains have come to.
struct Registers {
    isa: Isa,
    floats: [[f64; 8]; CHAINS],
    words: [[[u64; 8]; 2]; MANY_PAIRS],
}

impl Registers {
    fn new(isa: Isa) -> Self {
        let mut registers = Registers { isa, floats: [[0.0; 8]; CHAINS], words: [[[0; 8]; 2]; MANY_PAIRS] };
        registers.reset();
        registers
    }

    /// Chains that differ, or one would do for all.
    fn reset(&mut self) {
        for (chain, lanes) in self.floats.iter_mut().enumerate() {
            lanes.iter_mut().enumerate().for_each(|(lane, x)| *x = (8 * chain + lane) as f64);
        }
        for (pair, words) in self.words.iter_mut().enumerate() {
            for (side, lanes) in words.iter_mut().enumerate() {
                lanes.iter_mut().enumerate().for_each(|(lane, x)| *x = factor(pair, side, lane));
            }
        }
    }

    fn pairs(&self) -> usize {
        if self.isa.set() == Set::Avx512 { MANY_PAIRS } else { PAIRS }
    }

    /// Holds each chain against what `right` says of where it started.
    fn check_floats(&self, right: impl Fn(f64) -> f64, tolerance: f64) -> Result<(), String> {
        let lanes = lanes(self.isa);
        for (chain, got) in self.floats.iter().enumerate() {
            for (lane, got) in got[..lanes].iter().enumerate() {
                let right = right((8 * chain + lane) as f64);
                if (got / right - 1.0).abs() > tolerance {
                    return Err(format!("chain {chain} came to {got}, not {right}"));
                }
            }
        }
        Ok(())
    }
}

/// Where a chain of products starts: an odd number, or products soon are zero.
const fn factor(pair: usize, side: usize, lane: usize) -> u64 {
    ((pair * 2 + side) * 8 + lane) as u64 * 2 + 3
}

/// The four functions of a task.
struct Parts {
    amount: fn(&Registers) -> f64,
    reset: fn(&mut Registers),
    run: fn(&mut Registers, u64),
    check: fn(&Registers, u64) -> Result<(), String>,
}

/// `x = x*1 + 1`, which counts the steps.
fn multiply_add() -> Parts {
    Parts {
        amount: |registers| 2.0 * (CHAINS * lanes(registers.isa)) as f64 * STEPS as f64,
        reset: Registers::reset,
        run: |registers, passes| {
            dispatch(registers.isa, Floats::<false> { chains: &mut registers.floats, steps: passes * STEPS });
        },
        check: |registers, passes| registers.check_floats(|start| start + (passes * STEPS) as f64, 0.0),
    }
}

/// `x = sqrt(x*x + 1)`, whose square counts the steps.
fn square_root() -> Parts {
    Parts {
        amount: |registers| (CHAINS * lanes(registers.isa)) as f64 * STEPS as f64,
        reset: Registers::reset,
        run: |registers, passes| {
            dispatch(registers.isa, Floats::<true> { chains: &mut registers.floats, steps: passes * STEPS });
        },
        check: |registers, passes| {
            registers.check_floats(|start| (start * start + (passes * STEPS) as f64).sqrt(), 1e-6)
        },
    }
}

struct Floats<'a, const ROOT: bool> {
    chains: &'a mut [[f64; 8]; CHAINS],
    steps: u64,
}

impl<const ROOT: bool> Op for Floats<'_, ROOT> {
    // SAFETY: asks of its caller what `Op::run` asks, the instructions of `V` and `W`, and nothing more.
    #[inline(always)]
    unsafe fn run<V: Vector, W: Words>(self) {
        // SAFETY: the processor has the set, says the caller, and each chain has room for eight lanes,
        // which is the widest vector.
        unsafe {
            let one = V::splat(black_box(1.0)); // known only here, or the compiler would add alone
            let mut x = [one; CHAINS];
            for (x, chain) in x.iter_mut().zip(&*self.chains) {
                *x = V::load(chain.as_ptr());
            }
            for _ in 0..self.steps {
                for x in &mut x {
                    *x = if ROOT { x.mul_add(*x, one).sqrt() } else { x.mul_add(one, one) };
                }
            }
            for (x, chain) in x.into_iter().zip(self.chains) {
                x.store(chain.as_mut_ptr());
            }
        }
    }
}

/// `x *= y; y *= x`: exponents that grow as Fibonacci's numbers have no shortcut for a compiler.
fn multiply() -> Parts {
    Parts {
        amount: |registers| 2.0 * (registers.pairs() * word_lanes(registers.isa)) as f64 * STEPS as f64,
        reset: Registers::reset,
        run: |registers, passes| {
            let (isa, words, steps) = (registers.isa, &mut registers.words, passes * STEPS);
            match isa.set() {
                Set::Avx512 => dispatch(isa, Products::<MANY_PAIRS> { words, steps }),
                _ => dispatch(isa, Products::<PAIRS> { words, steps }),
            }
        },
        check: |registers, passes| {
            let (mut x, mut y) = ([1u64, 0], [0u64, 1]); // exponents; odd numbers return after 2^62 powers
            for _ in 0..passes * STEPS {
                x = [0, 1].map(|k| x[k].wrapping_add(y[k]));
                y = [0, 1].map(|k| y[k].wrapping_add(x[k]));
            }
            for (pair, got) in registers.words[..registers.pairs()].iter().enumerate() {
                let lanes = got[0].iter().zip(&got[1]).take(word_lanes(registers.isa));
                for (lane, (left, right)) in lanes.enumerate() {
                    let starts = [factor(pair, 0, lane), factor(pair, 1, lane)];
                    let true_ones =
                        [x, y].map(|e| power(starts[0], e[0]).wrapping_mul(power(starts[1], e[1])));
                    if [*left, *right] != true_ones {
                        return Err(format!("pair {pair} came to {left} and {right}, not {true_ones:?}"));
                    }
                }
            }
            Ok(())
        },
    }
}

/// By squaring.
fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut product = 1u64;
    while exponent > 0 {
        if exponent & 1 == 1 {
            product = product.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    product
}

struct Products<'a, const P: usize> {
    words: &'a mut [[[u64; 8]; 2]; MANY_PAIRS],
    steps: u64,
}

impl<const P: usize> Op for Products<'_, P> {
    // SAFETY: asks of its caller what `Op::run` asks, the instructions of `V` and `W`, and nothing more.
    #[inline(always)]
    unsafe fn run<V: Vector, W: Words>(self) {
        // SAFETY: as for `Floats`.
        unsafe {
            let start = W::load(self.words[0][0].as_ptr());
            let mut pairs = [[start; 2]; P];
            for (pair, words) in pairs.iter_mut().zip(&*self.words) {
                *pair = [W::load(words[0].as_ptr()), W::load(words[1].as_ptr())];
            }
            for _ in 0..self.steps {
                for [x, y] in &mut pairs {
                    *x = x.mul(*y);
                    *y = y.mul(*x);
                }
            }
            for (pair, words) in pairs.into_iter().zip(self.words) {
                pair[0].store(words[0].as_mut_ptr());
                pair[1].store(words[1].as_mut_ptr());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kernel_of_each_set_does_what_its_check_wants_and_nothing_else_passes() {
        for isa in Isa::available() {
            for parts in [multiply_add(), multiply(), square_root()] {
                let mut registers = Registers::new(isa);
                assert!((parts.check)(&registers, 5).is_err(), "what was never run passes");
                (parts.run)(&mut registers, 2);
                (parts.run)(&mut registers, 3);
                (parts.check)(&registers, 5).unwrap();
                assert!((parts.check)(&registers, 6).is_err(), "a missing pass is not noticed");
            }
        }
    }

    #[test]
    fn powers_are_powers() {
        assert_eq!([power(3, 0), power(3, 1), power(3, 5), power(2, 64)], [1, 3, 243, 0]);
    }
}
