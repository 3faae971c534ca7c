//! One operation over a run of elements, in the widest vectors that the processor has.
//!
//! The loops are plain and the compiler vectorises them: `dispatch!` compiles each for every instruction set.
//! Only the functions of [`crate::math`] are written in lanes, since a call cannot be vectorised.

use fearless_simd::{Level, dispatch};

use crate::math::{self, Cosine, Exponential, Logarithm, Sine};
use crate::meaning::{Binary, Comparison, Unary, raised};

/// What a kernel reads.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Many(&'a [f64]),
    /// One number for all elements: it stays in a register.
    One(f64),
}

pub(crate) fn unary(level: Level, op: Unary, x: &[f64], out: &mut [f64]) {
    match op {
        Unary::Negate => map(level, x, out, |x| Unary::Negate.apply(x)),
        Unary::Absolute => map(level, x, out, |x| Unary::Absolute.apply(x)),
        Unary::Root => map(level, x, out, |x| Unary::Root.apply(x)),
        Unary::Sine => math::over::<Sine>(level, x, out),
        Unary::Cosine => math::over::<Cosine>(level, x, out),
        Unary::Logarithm => math::over::<Logarithm>(level, x, out),
        Unary::Exponential => math::over::<Exponential>(level, x, out),
    }
}

pub(crate) fn raise(level: Level, x: &[f64], n: i32, out: &mut [f64]) {
    match n {
        2 => map(level, x, out, |x| x * x),
        _ => map(level, x, out, |x| raised(x, n)),
    }
}

pub(crate) fn binary(level: Level, op: Binary, x: Source<'_>, y: Source<'_>, out: &mut [f64]) {
    match op {
        Binary::Add => zip(level, x, y, out, |_, x, y| Binary::Add.apply(x, y)),
        Binary::Subtract => zip(level, x, y, out, |_, x, y| Binary::Subtract.apply(x, y)),
        Binary::Multiply => zip(level, x, y, out, |_, x, y| Binary::Multiply.apply(x, y)),
        Binary::Divide => zip(level, x, y, out, |_, x, y| Binary::Divide.apply(x, y)),
        Binary::Minimum => zip(level, x, y, out, |_, x, y| Binary::Minimum.apply(x, y)),
        Binary::Maximum => zip(level, x, y, out, |_, x, y| Binary::Maximum.apply(x, y)),
        Binary::Power => {
            // A call for each element: wider vectors would not help.
            each(x, y, out, |_, x, y| Binary::Power.apply(x, y));
        }
    }
}

/// Writes 1 where it holds and 0 elsewhere.
pub(crate) fn compare(level: Level, op: Comparison, x: Source<'_>, y: Source<'_>, out: &mut [u8]) {
    match op {
        Comparison::Less => zip(level, x, y, out, |_, x, y| u8::from(Comparison::Less.apply(x, y))),
        Comparison::LessEqual => zip(level, x, y, out, |_, x, y| u8::from(Comparison::LessEqual.apply(x, y))),
        Comparison::Greater => zip(level, x, y, out, |_, x, y| u8::from(Comparison::Greater.apply(x, y))),
        Comparison::GreaterEqual => {
            zip(level, x, y, out, |_, x, y| u8::from(Comparison::GreaterEqual.apply(x, y)))
        }
        Comparison::Equal => zip(level, x, y, out, |_, x, y| u8::from(Comparison::Equal.apply(x, y))),
        Comparison::NotEqual => zip(level, x, y, out, |_, x, y| u8::from(Comparison::NotEqual.apply(x, y))),
    }
}

pub(crate) fn select(level: Level, condition: &[u8], x: Source<'_>, y: Source<'_>, out: &mut [f64]) {
    let condition = &condition[..out.len()];
    zip(level, x, y, out, |i, x, y| if condition[i] != 0 { x } else { y });
}

fn map(level: Level, x: &[f64], out: &mut [f64], f: impl Fn(f64) -> f64) {
    dispatch!(level, _simd => for (out, x) in out.iter_mut().zip(x) {
        *out = f(*x);
    });
}

fn zip<T>(level: Level, x: Source<'_>, y: Source<'_>, out: &mut [T], f: impl Fn(usize, f64, f64) -> T) {
    dispatch!(level, _simd => each(x, y, out, f));
}

/// Calls `f` with each place and its two operands.
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
