//! The ceiling: six expressions as a programmer who knows them beforehand would write them.
//!
//! Each is one loop that the compiler sees whole, for the instructions that are found at run time. An engine
//! that is told the expression at run time can come near these, not past them.

use crate::Isa;
use crate::formula::Written;
use crate::level::level;
use crate::math::{self, Cosine, Logarithm, Sine};
use fearless_simd::{Simd, dispatch, prelude::*};
use parallax_suite::pattern::Map;
use parallax_suite::question::{Answer, No};
use parallax_suite::workload::{Comparison, Expression};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
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
        let arrays: Vec<&[f64]> = self.work.arguments().iter().map(|(_, array)| &array[start..]).collect();
        match (self.work.source(), &arrays[..]) {
            (E2, &[x, y]) => e2(self.isa, x, y, out),
            (E3, &[x]) => e3(self.isa, x, out),
            (E4, &[a, b, c, d]) => e4(self.isa, [a, b, c, d], out),
            (E5, &[a, b]) => e5(self.isa, a, b, out),
            (E6, &[a, b, c]) => e6(self.isa, a, b, c, out),
            _ => unreachable!("a ceiling is made of known texts only"),
        }
    }
}

const E1: &str = "a*b - 4.125*a > 2.5*b";
const E2: &str = "cos(x**2 + y**2) / (1 + x**2 + y**2)";
const E3: &str = "((.25*x + .75)*x - 1.5)*x - 2";
const E4: &str = "a*b + c*d";
const E5: &str = "2*a + 3*b";
const E6: &str = "sin(a) + log(b*b + 1)*sqrt(c*c + 1)";

impl<W: Written> Ceiling<W> {
    pub(crate) fn new(work: Arc<W>, isa: Isa) -> Answer<Self> {
        match [E1, E2, E3, E4, E5, E6].contains(&work.text()) {
            true => Ok(Self { work, isa }),
            false => Err(No::Unfit("a loop by hand is for texts that somebody knew beforehand")),
        }
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
        Self::new(Arc::new(work), isa).map_err(D::Error::custom)
    }
}

/// `a*b - 4.125*a > 2.5*b`.
///
/// # Panics
///
/// As all functions here, if a slice is shorter than the output.
pub fn e1<T: From<bool>>(isa: Isa, a: &[f64], b: &[f64], out: &mut [T]) {
    let (a, b) = (&a[..out.len()], &b[..out.len()]);
    dispatch!(level(isa), _simd => for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = (a * b - 4.125 * a > 2.5 * b).into();
    });
}

/// `cos(x**2 + y**2) / (1 + x**2 + y**2)`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e2(isa: Isa, x: &[f64], y: &[f64], out: &mut [f64]) {
    dispatch!(level(isa), simd => {
        each(simd, out, #[inline(always)] |part| {
            let (x, y) = (part.of(simd, x), part.of(simd, y));
            let (x2, y2) = (x * x, y * y);
            math::lanes::<_, Cosine>(simd, x2 + y2) / (x2 + 1.0 + y2)
        });
    });
}

/// `((.25*x + .75)*x - 1.5)*x - 2`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e3(isa: Isa, x: &[f64], out: &mut [f64]) {
    let x = &x[..out.len()];
    dispatch!(level(isa), _simd => for (out, x) in out.iter_mut().zip(x) {
        *out = ((0.25 * x + 0.75) * x - 1.5) * x - 2.0;
    });
}

/// `a*b + c*d`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e4(isa: Isa, [a, b, c, d]: [&[f64]; 4], out: &mut [f64]) {
    let n = out.len();
    let (a, b, c, d) = (&a[..n], &b[..n], &c[..n], &d[..n]);
    dispatch!(level(isa), _simd => for (i, out) in out.iter_mut().enumerate() {
        *out = a[i] * b[i] + c[i] * d[i];
    });
}

/// `2*a + 3*b`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e5(isa: Isa, a: &[f64], b: &[f64], out: &mut [f64]) {
    let (a, b) = (&a[..out.len()], &b[..out.len()]);
    dispatch!(level(isa), _simd => for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = 2.0 * a + 3.0 * b;
    });
}

/// `sin(a) + log(b*b + 1)*sqrt(c*c + 1)`.
///
/// # Panics
///
/// If a slice is shorter than the output.
pub fn e6(isa: Isa, a: &[f64], b: &[f64], c: &[f64], out: &mut [f64]) {
    dispatch!(level(isa), simd => {
        each(simd, out, #[inline(always)] |part| {
            let (a, b, c) = (part.of(simd, a), part.of(simd, b), part.of(simd, c));
            let log = math::lanes::<_, Logarithm>(simd, b * b + 1.0);
            math::lanes::<_, Sine>(simd, a) + log * (c * c + 1.0).sqrt()
        });
    });
}

/// As many elements as fill a vector, or the fewer at the end.
struct Part {
    start: usize,
    length: usize,
}

impl Part {
    /// These elements of `input`, filled up with ones.
    #[inline(always)]
    fn of<S: Simd>(&self, simd: S, input: &[f64]) -> S::f64s {
        let input = &input[self.start..self.start + self.length];
        if self.length == S::f64s::LEN {
            return S::f64s::from_slice(simd, input);
        }
        let mut lanes = S::f64s::simd_from(simd, 1.0);
        lanes.as_mut_slice()[..self.length].copy_from_slice(input);
        lanes
    }
}

/// Calls `f` for each part of the output.
#[inline(always)]
fn each<S: Simd>(_: S, out: &mut [f64], f: impl Fn(Part) -> S::f64s) {
    let length = S::f64s::LEN;
    let whole = out.len() - out.len() % length;
    let (out, rest) = out.split_at_mut(whole);
    for (i, out) in out.chunks_exact_mut(length).enumerate() {
        f(Part { start: i * length, length }).store_slice(out);
    }
    if !rest.is_empty() {
        let lanes = f(Part { start: whole, length: rest.len() });
        rest.copy_from_slice(&lanes.as_slice()[..rest.len()]);
    }
}
