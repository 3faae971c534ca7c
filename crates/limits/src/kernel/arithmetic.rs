//! Peaks of floating-point arithmetic: enough independent chains to keep every unit of one core busy.

#![expect(unsafe_code, reason = "registers are loaded from and stored to arrays of the right length")]

use crate::clock::now_ns;
use crate::team::{Task, Team};
use crate::vector::{Op, Vector, Vectors, dispatch, lanes, registers};
use crate::{Error, Limit};
use parallax_pattern::isa::Isa;
use parallax_suite::Rate;
use std::hint::black_box;

/// The most chains, and the most numbers in a register.
const MOST: usize = 16;

/// A row of numbers for each chain.
type Rows<T> = [[T; MOST]; MOST];

/// Square roots of f64 take so long that twelve chains are enough on any processor.
const ROOTS: usize = 12;

/// Measures multiply-add in f64 and f32, and the square root, of one vector set.
pub(crate) fn arithmetic(team: &Team, isa: Isa, limits: &mut Vec<Limit>) -> Result<(), Error> {
    let doubles = fastest::<f64>(isa);
    team.measure(|_| Chains::<f64>::new(isa, doubles), &[task(Rate::Fma, isa, multiply_add())], limits)?;
    let singles = fastest::<f32>(isa);
    team.measure(|_| Chains::<f32>::new(isa, singles), &[task(Rate::Fma32, isa, multiply_add())], limits)?;
    team.measure(|_| Chains::<f64>::new(isa, ROOTS), &[task(Rate::SquareRoot, isa, square_root())], limits)
}

fn task<T>(rate: Rate, isa: Isa, parts: Parts<T>) -> Task<Chains<T>> {
    let Parts { amount, reset, run, check } = parts;
    Task { rate, way: "", isa: isa.to_string(), set: None, amount, reset, run, check }
}

/// The numbers of chains to try. Two units with a latency of four cycles need 8, of five 10; four units need 16. The
/// constant takes a register as well, and a chain that spills to memory is slower than none.
fn counts(isa: Isa) -> [usize; 3] {
    [8, 12, if registers(isa) > MOST { 16 } else { 15 }]
}

/// The fastest number of chains on this processor, by a short race.
fn fastest<T: Number>(isa: Isa) -> usize {
    const ROUNDS: usize = 9;
    let mut rates = counts(isa).map(|count| (Chains::<T>::new(isa, count), 0.0f64));
    for _ in 0..ROUNDS {
        for (chains, best) in &mut rates {
            let began = now_ns();
            (multiply_add::<T>().run)(chains, 1);
            *best = best.max(chains.count as f64 / (now_ns() - began).max(1) as f64);
        }
    }
    rates.iter().max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(MOST / 2, |(chains, _)| chains.count)
}

/// The start values of the chains, and the sums of the results of all passes.
struct Chains<T> {
    isa: Isa,
    count: usize,
    starts: Rows<T>,
    sums: Rows<f64>,
}

impl<T: Number> Chains<T> {
    /// Chains that differ in every lane, or the compiler could compute one for all.
    fn new(isa: Isa, count: usize) -> Self {
        let start = |chain: usize| std::array::from_fn(|lane| T::from((MOST * chain + lane) as u16));
        Chains { isa, count, starts: std::array::from_fn(start), sums: [[0.0; MOST]; MOST] }
    }

    /// Compares each sum with the result that `right` returns for the start of its chain.
    fn check(&self, passes: u64, right: impl Fn(f64) -> f64, tolerance: f64) -> Result<(), String> {
        for (sums, starts) in self.sums.iter().zip(&self.starts).take(self.count) {
            for (sum, start) in sums.iter().zip(starts).take(lanes::<T>(self.isa)) {
                let (got, right) = (*sum / passes as f64, right((*start).into()));
                if (got / right - 1.0).abs() > tolerance {
                    return Err(format!("the result of a chain is {got}, not {right}"));
                }
            }
        }
        Ok(())
    }
}

/// The number type of a chain.
trait Number: Copy + Into<f64> + From<u16> + Send {
    /// Its vector in a set.
    type In<V: Vectors>: Vector<Lane = Self>;
}

impl Number for f64 {
    type In<V: Vectors> = V::Doubles;
}

impl Number for f32 {
    type In<V: Vectors> = V::Singles;
}

/// The four functions of a task.
struct Parts<T> {
    amount: fn(&Chains<T>) -> f64,
    reset: fn(&mut Chains<T>),
    run: fn(&mut Chains<T>, u64),
    check: fn(&Chains<T>, u64) -> Result<(), String>,
}

/// `x = x*1 + 1`, which counts the steps; f32 holds each count of a pass exactly.
fn multiply_add<T: Number>() -> Parts<T> {
    const STEPS: usize = 1 << 15;
    Parts {
        amount: |chains| 2.0 * (chains.count * lanes::<T>(chains.isa) * STEPS) as f64,
        reset: |chains| chains.sums = [[0.0; MOST]; MOST],
        run: |chains, passes| match chains.count {
            8 => dispatch(chains.isa, Run::<T, 8, STEPS, false> { chains, passes }),
            12 => dispatch(chains.isa, Run::<T, 12, STEPS, false> { chains, passes }),
            15 => dispatch(chains.isa, Run::<T, 15, STEPS, false> { chains, passes }),
            _ => dispatch(chains.isa, Run::<T, MOST, STEPS, false> { chains, passes }),
        },
        check: |chains, passes| chains.check(passes, |start| start + STEPS as f64, 0.0),
    }
}

/// `x = sqrt(x*x + 1)`, whose square counts the steps.
fn square_root() -> Parts<f64> {
    const STEPS: usize = 1 << 12;
    Parts {
        amount: |chains| (ROOTS * lanes::<f64>(chains.isa) * STEPS) as f64,
        reset: |chains| chains.sums = [[0.0; MOST]; MOST],
        run: |chains, passes| dispatch(chains.isa, Run::<f64, ROOTS, STEPS, true> { chains, passes }),
        check: |chains, passes| chains.check(passes, |start| (start * start + STEPS as f64).sqrt(), 1e-9),
    }
}

/// Passes of `STEPS` steps of `C` chains, each from the start; the results are added to the sums.
struct Run<'a, T, const C: usize, const STEPS: usize, const ROOT: bool> {
    chains: &'a mut Chains<T>,
    passes: u64,
}

impl<T: Number, const C: usize, const STEPS: usize, const ROOT: bool> Op for Run<'_, T, C, STEPS, ROOT> {
    // SAFETY: requires of its caller what `Op::run` requires, the instructions of `V`, and nothing more.
    #[inline(always)]
    unsafe fn run<V: Vectors>(self) {
        let Chains { starts, sums, .. } = self.chains;
        for _ in 0..self.passes {
            let starts = black_box(&*starts);
            // SAFETY: the processor has the set, says the caller, and each row has room for the widest vector.
            unsafe {
                let one = <T::In<V>>::splat(black_box(T::from(1))); // or the compiler would only add
                let mut x = [one; C];
                for (x, start) in x.iter_mut().zip(starts) {
                    *x = <T::In<V>>::load(start.as_ptr());
                }
                for _ in 0..STEPS {
                    for x in &mut x {
                        *x = if ROOT { x.mul_add(*x, one).sqrt() } else { x.mul_add(one, one) };
                    }
                }
                let mut row = [T::from(0); MOST];
                for (x, sums) in x.into_iter().zip(&mut *sums) {
                    x.store(row.as_mut_ptr());
                    sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x.into());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds<T: Number>(parts: &Parts<T>, mut chains: Chains<T>) {
        (parts.reset)(&mut chains);
        assert!((parts.check)(&chains, 5).is_err(), "the check passes before any run");
        (parts.run)(&mut chains, 2);
        (parts.run)(&mut chains, 3);
        (parts.check)(&chains, 5).unwrap();
        assert!((parts.check)(&chains, 6).is_err(), "a missing pass is not noticed");
        chains.sums[chains.count - 1][lanes::<T>(chains.isa) - 1] += 1.0;
        assert!((parts.check)(&chains, 5).is_err(), "a wrong chain passes");
    }

    #[test]
    fn each_kernel_of_each_set_does_what_its_check_wants_and_nothing_else_passes() {
        for isa in Isa::available() {
            for count in counts(isa) {
                holds(&multiply_add::<f64>(), Chains::new(isa, count));
                holds(&multiply_add::<f32>(), Chains::new(isa, count));
            }
            holds(&square_root(), Chains::new(isa, ROOTS));
        }
    }

    #[test]
    fn an_operation_of_a_longer_chain_counts_as_much_as_one_of_a_shorter() {
        for isa in Isa::available() {
            let [few, _, many] = counts(isa)
                .map(|count| (multiply_add::<f32>().amount)(&Chains::new(isa, count)) / count as f64);
            let double = (multiply_add::<f64>().amount)(&Chains::new(isa, 8)) / 8.0;
            assert_eq!((few, few), (many, 2.0 * double));
            assert!(counts(isa).contains(&fastest::<f64>(isa)) && counts(isa).contains(&fastest::<f32>(isa)));
        }
    }
}
