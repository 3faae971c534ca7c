//! One operation over a run of elements, in the widest vectors that the processor has.
//!
//! The loops are plain and the compiler vectorises them: [`compiled_for`] has each for every instruction set.
//! Only the functions of [`parallax_simd::math`] are written in lanes, since a call cannot be vectorised.

use parallax_simd::lanes::{Job, Lanes, Machine, portable::Portable};
use parallax_simd::math;

use crate::Isa;
use crate::meaning::{Binary, Comparison, Logic, Unary, raised};

/// The operand of a kernel.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Many(&'a [f64]),
    /// One number for all elements: it stays in a register.
    One(f64),
}

pub(crate) fn unary(isa: Isa, op: Unary, x: &[f64], out: &mut [f64]) {
    match op {
        Unary::Negate => map(isa, x, out, |x| Unary::Negate.apply(x)),
        Unary::Absolute => map(isa, x, out, |x| Unary::Absolute.apply(x)),
        Unary::Root => map(isa, x, out, |x| Unary::Root.apply(x)),
        Unary::Sine => math::sin(isa, x, out),
        Unary::Cosine => math::cos(isa, x, out),
        Unary::Logarithm => math::log(isa, x, out),
        Unary::Exponential => math::exp(isa, x, out),
    }
}

pub(crate) fn raise(isa: Isa, x: &[f64], n: i32, out: &mut [f64]) {
    match n {
        2 => map(isa, x, out, |x| x * x),
        _ => map(isa, x, out, |x| raised(x, n)),
    }
}

pub(crate) fn binary(isa: Isa, op: Binary, x: Source<'_>, y: Source<'_>, out: &mut [f64]) {
    match op {
        Binary::Add => zip(isa, x, y, out, |_, x, y| Binary::Add.apply(x, y)),
        Binary::Subtract => zip(isa, x, y, out, |_, x, y| Binary::Subtract.apply(x, y)),
        Binary::Multiply => zip(isa, x, y, out, |_, x, y| Binary::Multiply.apply(x, y)),
        Binary::Divide => zip(isa, x, y, out, |_, x, y| Binary::Divide.apply(x, y)),
        Binary::Minimum => zip(isa, x, y, out, |_, x, y| Binary::Minimum.apply(x, y)),
        Binary::Maximum => zip(isa, x, y, out, |_, x, y| Binary::Maximum.apply(x, y)),
        Binary::Power => {
            // A call for each element: wider vectors would not help.
            each(x, y, out, |_, x, y| Binary::Power.apply(x, y));
        }
    }
}

/// Writes 1 where the comparison holds and 0 elsewhere.
pub(crate) fn compare(isa: Isa, op: Comparison, x: Source<'_>, y: Source<'_>, out: &mut [u8]) {
    match op {
        Comparison::Less => zip(isa, x, y, out, |_, x, y| u8::from(Comparison::Less.apply(x, y))),
        Comparison::LessEqual => zip(isa, x, y, out, |_, x, y| u8::from(Comparison::LessEqual.apply(x, y))),
        Comparison::Greater => zip(isa, x, y, out, |_, x, y| u8::from(Comparison::Greater.apply(x, y))),
        Comparison::GreaterEqual => {
            zip(isa, x, y, out, |_, x, y| u8::from(Comparison::GreaterEqual.apply(x, y)))
        }
        Comparison::Equal => zip(isa, x, y, out, |_, x, y| u8::from(Comparison::Equal.apply(x, y))),
        Comparison::NotEqual => zip(isa, x, y, out, |_, x, y| u8::from(Comparison::NotEqual.apply(x, y))),
    }
}

/// Combines booleans, which must be 1 or 0.
pub(crate) fn logic(isa: Isa, op: Logic, x: &[u8], y: &[u8], out: &mut [u8]) {
    match op {
        Logic::And => truths(isa, x, y, out, |x, y| x & y),
        Logic::Or => truths(isa, x, y, out, |x, y| x | y),
    }
}

/// Negates booleans.
pub(crate) fn not(isa: Isa, x: &[u8], out: &mut [u8]) {
    truths(isa, x, x, out, |x, _| x ^ 1);
}

fn truths(isa: Isa, x: &[u8], y: &[u8], out: &mut [u8], f: impl Fn(u8, u8) -> u8) {
    let (x, y) = (&x[..out.len()], &y[..out.len()]);
    compiled_for(
        isa,
        #[inline(always)]
        || out.iter_mut().zip(x).zip(y).for_each(|((out, x), y)| *out = f(*x, *y)),
    );
}

pub(crate) fn select(isa: Isa, condition: &[u8], x: Source<'_>, y: Source<'_>, out: &mut [f64]) {
    let condition = &condition[..out.len()];
    zip(isa, x, y, out, |i, x, y| if condition[i] != 0 { x } else { y });
}

fn map(isa: Isa, x: &[f64], out: &mut [f64], f: impl Fn(f64) -> f64) {
    compiled_for(
        isa,
        #[inline(always)]
        || out.iter_mut().zip(x).for_each(|(out, x)| *out = f(*x)),
    );
}

fn zip<T>(isa: Isa, x: Source<'_>, y: Source<'_>, out: &mut [T], f: impl Fn(usize, f64, f64) -> T) {
    compiled_for(
        isa,
        #[inline(always)]
        || each(x, y, out, f),
    );
}

/// Calls `f` with each position and its two operands.
#[inline(always)]
fn each<T>(x: Source<'_>, y: Source<'_>, out: &mut [T], f: impl Fn(usize, f64, f64) -> T) {
    let n = out.len();
    match (x, y) {
        (Source::Many(x), Source::Many(y)) => {
            let (x, y) = (&x[..n], &y[..n]);
            out.iter_mut().enumerate().for_each(|(i, out)| *out = f(i, x[i], y[i]));
        }
        (Source::Many(x), Source::One(y)) => {
            let x = &x[..n];
            out.iter_mut().enumerate().for_each(|(i, out)| *out = f(i, x[i], y));
        }
        (Source::One(x), Source::Many(y)) => {
            let y = &y[..n];
            out.iter_mut().enumerate().for_each(|(i, out)| *out = f(i, x, y[i]));
        }
        (Source::One(x), Source::One(y)) => {
            out.iter_mut().enumerate().for_each(|(i, out)| *out = f(i, x, y));
        }
    }
}

/// Runs loops in code that is compiled for `isa`. Mark `loops` as `#[inline(always)]`.
pub(crate) fn compiled_for(isa: Isa, loops: impl FnOnce()) {
    struct Loops<F>(F);
    impl<F: FnOnce()> Job for Loops<F> {
        type Out = ();
        #[inline(always)]
        fn on<L: Lanes>(self, _: L) {
            (self.0)();
        }
    }
    Portable::of(isa).run(Loops(loops));
}
