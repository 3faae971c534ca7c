//! The peak of integer multiplication: pairs of chains, each of which multiplies the other.

#![expect(unsafe_code, reason = "registers are loaded from and stored to arrays of the right length")]

use crate::team::{Task, Team};
use crate::vector::{Op, Vectors, Words, dispatch, word_lanes};
use crate::{Error, Limit};
use parallax_pattern::isa::{Isa, Set};
use parallax_suite::Rate;

/// Steps of each chain in a pass.
const STEPS: u64 = 256;

/// Pairs of chains: more where there are more registers, because a product may take fifteen cycles.
const PAIRS: usize = 6;
const MANY_PAIRS: usize = 12;

/// Measures products of 64-bit integers of one vector set.
pub(crate) fn products(team: &Team, isa: Isa, limits: &mut Vec<Limit>) -> Result<(), Error> {
    team.measure(|_| Pairs::new(isa), &[multiply(isa)], limits)
}

/// The current values of the chains.
struct Pairs {
    isa: Isa,
    words: [[[u64; 8]; 2]; MANY_PAIRS],
}

impl Pairs {
    fn new(isa: Isa) -> Self {
        let mut pairs = Pairs { isa, words: [[[0; 8]; 2]; MANY_PAIRS] };
        pairs.reset();
        pairs
    }

    /// Chains that differ, or the compiler could compute one for all.
    fn reset(&mut self) {
        for (pair, words) in self.words.iter_mut().enumerate() {
            for (side, lanes) in words.iter_mut().enumerate() {
                lanes.iter_mut().enumerate().for_each(|(lane, x)| *x = factor(pair, side, lane));
            }
        }
    }

    fn count(&self) -> usize {
        if self.isa.set() == Set::Avx512 { MANY_PAIRS } else { PAIRS }
    }

    fn check(&self, passes: u64) -> Result<(), String> {
        let (mut x, mut y) = ([1u64, 0], [0u64, 1]); // exponents; odd numbers return after 2^62 powers
        for _ in 0..passes * STEPS {
            x = [0, 1].map(|k| x[k].wrapping_add(y[k]));
            y = [0, 1].map(|k| y[k].wrapping_add(x[k]));
        }
        for (pair, got) in self.words[..self.count()].iter().enumerate() {
            let lanes = got[0].iter().zip(&got[1]).take(word_lanes(self.isa));
            for (lane, (left, right)) in lanes.enumerate() {
                let starts = [factor(pair, 0, lane), factor(pair, 1, lane)];
                let true_ones = [x, y].map(|e| power(starts[0], e[0]).wrapping_mul(power(starts[1], e[1])));
                if [*left, *right] != true_ones {
                    return Err(format!(
                        "the result of pair {pair} is {left} and {right}, not {true_ones:?}"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The start of a chain: an odd number, or the products would soon be zero.
const fn factor(pair: usize, side: usize, lane: usize) -> u64 {
    ((pair * 2 + side) * 8 + lane) as u64 * 2 + 3
}

/// `x *= y; y *= x`: exponents grow like Fibonacci numbers, for which a compiler has no shortcut.
fn multiply(isa: Isa) -> Task<Pairs> {
    Task {
        rate: Rate::Multiply,
        way: "",
        isa: if word_lanes(isa) == 1 { String::new() } else { isa.to_string() }, // one has no vectors in it
        set: None,
        amount: |pairs| 2.0 * (pairs.count() * word_lanes(pairs.isa)) as f64 * STEPS as f64,
        reset: Pairs::reset,
        run: |pairs, passes| {
            let (isa, words, steps) = (pairs.isa, &mut pairs.words, passes * STEPS);
            match isa.set() {
                Set::Avx512 => dispatch(isa, Products::<MANY_PAIRS> { words, steps }),
                _ => dispatch(isa, Products::<PAIRS> { words, steps }),
            }
        },
        check: Pairs::check,
    }
}

/// A power, by repeated squaring.
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
    // SAFETY: requires of its caller what `Op::run` requires, the instructions of `V`, and nothing more.
    #[inline(always)]
    unsafe fn run<V: Vectors>(self) {
        // SAFETY: the processor has the set, says the caller, and each chain has room for eight words, which is the
        // widest vector.
        unsafe {
            let start = V::Integers::load(self.words[0][0].as_ptr());
            let mut pairs = [[start; 2]; P];
            for (pair, words) in pairs.iter_mut().zip(&*self.words) {
                *pair = [V::Integers::load(words[0].as_ptr()), V::Integers::load(words[1].as_ptr())];
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
    fn the_kernel_of_each_set_does_what_its_check_wants_and_nothing_else_passes() {
        for isa in Isa::available() {
            let (task, mut pairs) = (multiply(isa), Pairs::new(isa));
            assert!((task.check)(&pairs, 5).is_err(), "the check passes before any run");
            (task.run)(&mut pairs, 2);
            (task.run)(&mut pairs, 3);
            (task.check)(&pairs, 5).unwrap();
            assert!((task.check)(&pairs, 6).is_err(), "a missing pass is not noticed");
        }
    }

    #[test]
    fn powers_are_powers() {
        assert_eq!([power(3, 0), power(3, 1), power(3, 5), power(2, 64)], [1, 3, 243, 0]);
    }
}
