//! The ceiling: six expressions as a programmer who knows them beforehand would write them.
//!
//! Each is one loop that the compiler sees whole, for the instructions that are found at run time. An engine
//! that is told the expression at run time can come near these, not past them.

use crate::Isa;
use crate::formula::Written;
use crate::vectors::compiled_for;
use parallax_pattern::Map;
use parallax_simd::lanes::{Floats, Job, Lanes, Machine, Stores, portable::Portable, zip};
use parallax_simd::math::{self, Cosine, Logarithm, Sine};
use parallax_suite::workload::{Comparison, Expression, Formula as Known};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// A workload whose expression stands here as a loop.
pub struct Ceiling<W> {
    work: Arc<W>,
    isa: Isa,
}

impl Map for Ceiling<Comparison> {
    type Item = u8;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [u8]) {
        let arrays = self.work.arguments();
        e1(self.isa, &arrays[0].1[start..], &arrays[1].1[start..], out);
    }
}

impl Map for Ceiling<Expression> {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let arguments = self.work.arguments();
        let array = |q: usize| &arguments[q].1[start..];
        match self.work.formula() {
            Known::E2 => e2(self.isa, array(0), array(1), out),
            Known::E3 => e3(self.isa, array(0), out),
            Known::E4 => e4(self.isa, [0, 1, 2, 3].map(array), out),
            Known::E5 => e5(self.isa, array(0), array(1), out),
            Known::E6 => e6(self.isa, array(0), array(1), array(2), out),
        }
    }
}

impl<W: Written> Ceiling<W> {
    pub(crate) fn new(work: Arc<W>, isa: Isa) -> Self {
        Self { work, isa }
    }
}

impl<W: Written> Serialize for Ceiling<W> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.isa, &*self.work).serialize(to)
    }
}

impl<'de, W: Written> Deserialize<'de> for Ceiling<W> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (isa, work) = <(Isa, W)>::deserialize(from)?;
        Ok(Self::new(Arc::new(work), isa))
    }
}

/// `a*b - 4.125*a > 2.5*b`.
///
/// # Panics
///
/// As all functions here, if a slice is shorter than the output.
pub fn e1<T: From<bool>>(isa: Isa, a: &[f64], b: &[f64], out: &mut [T]) {
    let (a, b) = (&a[..out.len()], &b[..out.len()]);
    compiled_for(
        isa,
        #[inline(always)]
        || {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                *out = (a * b - 4.125 * a > 2.5 * b).into();
            }
        },
    );
}

/// `cos(x**2 + y**2) / (1 + x**2 + y**2)`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e2(isa: Isa, x: &[f64], y: &[f64], out: &mut [f64]) {
    struct E2;
    impl Formula<2> for E2 {
        #[inline(always)]
        fn of<L: Lanes>([x, y]: [Floats<L>; 2]) -> Floats<L> {
            let (x2, y2) = (x * x, y * y);
            math::lanes::<L, Cosine>(x2 + y2) / (x2 + 1.0 + y2)
        }
    }
    Portable::of(isa).run(Values(E2, [x, y], out));
}

/// `((.25*x + .75)*x - 1.5)*x - 2`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e3(isa: Isa, x: &[f64], out: &mut [f64]) {
    let x = &x[..out.len()];
    compiled_for(
        isa,
        #[inline(always)]
        || {
            for (out, x) in out.iter_mut().zip(x) {
                *out = ((0.25 * x + 0.75) * x - 1.5) * x - 2.0;
            }
        },
    );
}

/// `a*b + c*d`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e4(isa: Isa, [a, b, c, d]: [&[f64]; 4], out: &mut [f64]) {
    let n = out.len();
    let (a, b, c, d) = (&a[..n], &b[..n], &c[..n], &d[..n]);
    compiled_for(
        isa,
        #[inline(always)]
        || {
            for (i, out) in out.iter_mut().enumerate() {
                *out = a[i] * b[i] + c[i] * d[i];
            }
        },
    );
}

/// `2*a + 3*b`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e5(isa: Isa, a: &[f64], b: &[f64], out: &mut [f64]) {
    let (a, b) = (&a[..out.len()], &b[..out.len()]);
    compiled_for(
        isa,
        #[inline(always)]
        || {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                *out = 2.0 * a + 3.0 * b;
            }
        },
    );
}

/// `sin(a) + log(b*b + 1)*sqrt(c*c + 1)`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e6(isa: Isa, a: &[f64], b: &[f64], c: &[f64], out: &mut [f64]) {
    struct E6;
    impl Formula<3> for E6 {
        #[inline(always)]
        fn of<L: Lanes>([a, b, c]: [Floats<L>; 3]) -> Floats<L> {
            let log = math::lanes::<L, Logarithm>(b * b + 1.0);
            math::lanes::<L, Sine>(a) + log * (c * c + 1.0).sqrt()
        }
    }
    Portable::of(isa).run(Values(E6, [a, b, c], out));
}

/// A formula with functions that no processor has: the compiler makes no vectors of their calls.
trait Formula<const N: usize> {
    fn of<L: Lanes>(x: [Floats<L>; N]) -> Floats<L>;
}

/// The values of a formula, a vector at a time.
struct Values<'a, F, const N: usize>(F, [&'a [f64]; N], &'a mut [f64]);

impl<F: Formula<N>, const N: usize> Job for Values<'_, F, N> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        zip(
            lanes,
            Stores::Cached,
            self.1,
            self.2,
            #[inline(always)]
            |x| F::of(x),
        );
    }
}
