//! Fused expressions in vectors, with functions that have no branches: no temporary, no call per element.
//!
//! A loop that calls `cos` computes one number at a time however wide the vectors are, because a library function takes
//! one. With functions of vectors ([`math`](crate::math)) the whole loop is vectorised.

use crate::best;
use crate::lanes::{Floats, Job, Lanes, Stores, zip};

/// A formula of `N` numbers, for vectors of any width.
pub trait Formula<const N: usize> {
    /// Its values. Mark it `#[inline(always)]`, or the compiler may not compile it for the vectors.
    fn value<L: Lanes>(&self, columns: [Floats<L>; N]) -> Floats<L>;
}

/// Writes the value of a formula of the items of some columns, item by item.
///
/// There are no arrays between the operations: each column is read once and `out` is written once. An output larger
/// than the caches is stored past them.
///
/// ```
/// use parallax_simd::lanes::{Floats, Lanes};
/// use parallax_simd::{Formula, evaluate};
///
/// /// A swing that fades.
/// struct Swing { fade: f64 }
/// impl Formula<2> for Swing {
///     #[inline(always)]
///     fn value<L: Lanes>(&self, [time, height]: [Floats<L>; 2]) -> Floats<L> {
///         height * (time * -self.fade).exp() * time.cos()
///     }
/// }
///
/// let (times, heights) = ([0.0, 1.0, 2.0], [1.0, 1.0, 3.0]);
/// let mut out = [0.0; 3];
/// evaluate(Swing { fade: 0.5 }, [&times, &heights], &mut out);
/// assert_eq!(out[0], 1.0);
/// assert!((out[2] - 3.0 * (-1.0f64).exp() * 2f64.cos()).abs() < 1e-15);
/// ```
///
/// # Panics
///
/// If a column is shorter than `out`.
pub fn evaluate<const N: usize>(formula: impl Formula<N>, columns: [&[f64]; N], out: &mut [f64]) {
    let stores = Stores::for_output(out.len());
    best::run(Values { formula, stores, columns, out });
}

/// The evaluation for the vectors of any machine.
struct Values<'a, F, const N: usize> {
    formula: F,
    stores: Stores,
    columns: [&'a [f64]; N],
    out: &'a mut [f64],
}

impl<F: Formula<N>, const N: usize> Job for Values<'_, F, N> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let formula = self.formula;
        zip(
            lanes,
            self.stores,
            self.columns,
            self.out,
            #[inline(always)]
            |columns| formula.value(columns),
        );
    }
}

/// The suite's formulas. `E2` and `E3` round where they are written, because a fused multiply-add would compute other
/// bits there; in `E4` and `E5` products are exact.
#[cfg(feature = "worker")]
mod suite {
    use super::{Formula, Values};
    use crate::Packed;
    use crate::lanes::{Floats, Lanes, Machine, Stores};
    use parallax_pattern::{Fill, Map};
    use parallax_suite::workload::{Expression, Formula as Case};

    struct E2;
    impl Formula<2> for E2 {
        #[inline(always)]
        fn value<L: Lanes>(&self, [x, y]: [Floats<L>; 2]) -> Floats<L> {
            let square = x * x + y * y;
            square.cos() / (square + 1.0)
        }
    }

    struct E3;
    impl Formula<1> for E3 {
        #[inline(always)]
        fn value<L: Lanes>(&self, [x]: [Floats<L>; 1]) -> Floats<L> {
            ((x * 0.25 + 0.75) * x - 1.5) * x - 2.0
        }
    }

    struct E4;
    impl Formula<4> for E4 {
        #[inline(always)]
        fn value<L: Lanes>(&self, [a, b, c, d]: [Floats<L>; 4]) -> Floats<L> {
            a.mul_add(b, c * d)
        }
    }

    struct E5;
    impl Formula<2> for E5 {
        #[inline(always)]
        fn value<L: Lanes>(&self, [a, b]: [Floats<L>; 2]) -> Floats<L> {
            a.mul_add(a.all(2.0), b * 3.0)
        }
    }

    struct E6;
    impl Formula<3> for E6 {
        /// `sin(a) + log(b*b + 1)*sqrt(c*c + 1)`.
        #[inline(always)]
        fn value<L: Lanes>(&self, [a, b, c]: [Floats<L>; 3]) -> Floats<L> {
            let one = a.all(1.0);
            b.mul_add(b, one).ln().mul_add(c.mul_add(c, one).sqrt(), a.sin())
        }
    }

    impl<M: Machine> Fill<Expression> for Packed<M> {
        const SOURCE: &'static str = file!();
        /// The case is chosen once, outside the loops.
        fn fill(&self, work: &Expression, start: usize, out: &mut [f64]) {
            match work.formula() {
                Case::E2 => self.values(E2, work, start, out),
                Case::E3 => self.values(E3, work, start, out),
                Case::E4 => self.values(E4, work, start, out),
                Case::E5 => self.values(E5, work, start, out),
                Case::E6 => self.values(E6, work, start, out),
            }
        }
    }

    impl<M: Machine> Packed<M> {
        fn values<const N: usize>(
            &self,
            formula: impl Formula<N>,
            work: &Expression,
            start: usize,
            out: &mut [f64],
        ) {
            let (arguments, stores) = (work.arguments(), Stores::for_output(work.len()));
            let columns = std::array::from_fn(|q| &arguments[q].1[start..start + out.len()]);
            self.machine.run(Values { formula, stores, columns, out });
        }
    }
}
