//! The peak rate of random words: counters are scrambled independently, in vectors and some in single registers.
//!
//! A word costs two products, and between them shifts and exclusive ors, which take as many of the same units.

#![expect(unsafe_code, reason = "registers are loaded from and stored to arrays of the right length")]

use crate::team::{Task, Team};
use crate::vector::{Op, Vectors, Words, dispatch, word_lanes};
use crate::{Error, Limit};
use parallax_pattern::isa::Isa;
use parallax_pattern::random::{GAMMA, mix};
use parallax_suite::Rate;
use std::hint::black_box;

/// Turns of a pass.
const TURNS: usize = 256;

/// How many words a turn draws in vectors: twice the lanes of the widest.
const TOGETHER: usize = 16;

/// How many it draws in single registers in addition, where it does.
const BESIDE: usize = 2;

/// The factors of [`mix`].
const FACTORS: [u64; 2] = [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB];

/// Measures draws with the vectors of a set, and with some single words in addition: their multiplier would be idle
/// otherwise, but not every decoder keeps up with both.
pub(crate) fn draws(team: &Team, isa: Isa, limits: &mut Vec<Limit>) -> Result<(), Error> {
    let mut ways = vec![draw::<0>(isa, "")];
    if word_lanes(isa) > 1 {
        ways.push(draw::<BESIDE>(isa, "beside single words"));
    }
    team.measure(|_| Sum { isa, words: 0 }, &ways, limits)
}

/// The sum of the words drawn.
struct Sum {
    isa: Isa,
    words: u64,
}

fn draw<const SINGLE: usize>(isa: Isa, way: &'static str) -> Task<Sum> {
    Task {
        rate: Rate::Draw,
        way,
        isa: if word_lanes(isa) == 1 { String::new() } else { isa.to_string() }, // one has no vectors in it
        set: None,
        amount: |_| (TURNS * (TOGETHER + SINGLE)) as f64,
        reset: |sum| sum.words = 0,
        run: |sum, passes| dispatch(sum.isa, Draws::<SINGLE> { sum: &mut sum.words, passes }),
        check: |sum, passes| {
            let words =
                (1..=(TURNS * (TOGETHER + SINGLE)) as u64).map(|i| before(mix(i.wrapping_mul(GAMMA))));
            let right = words.fold(0, u64::wrapping_add).wrapping_mul(passes);
            if sum.words == right {
                Ok(())
            } else {
                Err(format!("words add up to {}, not {right}", sum.words))
            }
        },
    }
}

/// A word before its last shift: it undoes that shift, which the kernel leaves out.
const fn before(word: u64) -> u64 {
    word ^ (word >> 31) ^ (word >> 62)
}

/// Passes of the same words.
struct Draws<'a, const SINGLE: usize> {
    sum: &'a mut u64,
    passes: u64,
}

impl<const SINGLE: usize> Op for Draws<'_, SINGLE> {
    // SAFETY: requires of its caller what `Op::run` requires, the instructions of `V`, and nothing more.
    #[inline(always)]
    unsafe fn run<V: Vectors>(self) {
        let firsts: [u64; 8] = std::array::from_fn(|lane| GAMMA.wrapping_mul(lane as u64 + 1));
        for _ in 0..self.passes {
            let firsts = black_box(firsts); // or the compiler could compute one pass for all
            let mut single = firsts[0].wrapping_mul((TURNS * TOGETHER) as u64 + 1);
            // SAFETY: the processor has the set, says the caller, and the arrays have room for the widest vector.
            unsafe {
                let factors = [V::Integers::splat(FACTORS[0]), V::Integers::splat(FACTORS[1])];
                let step = V::Integers::splat(GAMMA.wrapping_mul(V::Integers::LANES as u64));
                let (mut counter, mut sums) = (V::Integers::load(firsts.as_ptr()), V::Integers::splat(0));
                for _ in 0..TURNS {
                    for _ in 0..TOGETHER / V::Integers::LANES {
                        sums = sums.add(scrambled(counter, factors));
                        counter = counter.add(step);
                    }
                    for _ in 0..SINGLE {
                        *self.sum = self.sum.wrapping_add(scrambled(single, FACTORS));
                        single = single.wrapping_add(GAMMA);
                    }
                }
                let mut all = [0; 8];
                sums.store(all.as_mut_ptr());
                *self.sum = all.into_iter().fold(*self.sum, u64::wrapping_add);
            }
        }
    }
}

/// [`mix`] without its last shift, in every lane.
///
/// # Safety
///
/// The processor has the set.
#[inline(always)]
unsafe fn scrambled<W: Words>(z: W, factors: [W; 2]) -> W {
    // SAFETY: the caller's promise.
    unsafe {
        let z = z.xor(z.shift(30)).mul(factors[0]);
        z.xor(z.shift(27)).mul(factors[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kernel_of_each_set_does_what_its_check_wants_and_nothing_else_passes() {
        for isa in Isa::available() {
            for task in [draw::<0>(isa, ""), draw::<BESIDE>(isa, "")] {
                let mut sum = Sum { isa, words: 0 };
                assert!((task.check)(&sum, 5).is_err(), "the check passes before any run");
                (task.run)(&mut sum, 2);
                (task.run)(&mut sum, 3);
                (task.check)(&sum, 5).unwrap();
                assert!((task.check)(&sum, 6).is_err(), "a missing pass is not noticed");
            }
        }
    }

    #[test]
    fn a_last_shift_is_undone() {
        for word in [0, 1, u64::MAX, 1 << 63, GAMMA] {
            assert_eq!(before(word ^ (word >> 31)), word);
        }
    }
}
