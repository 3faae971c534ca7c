//! Expressions fused by `Zip`, or one array for each operation, as NumPy and ndarray's operators do.
//!
//! Operators are the notation that people want, and each is a pass over memory. ndarray spares some
//! arrays: an operator that is given a temporary by value writes its result there.

use ndarray::{Array1, ArrayView1, ArrayViewMut1, Zip};
use parallax_pattern::Map;
use parallax_suite::workload::{Comparison, Expression, Formula};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The expression of [`Comparison`] in one pass.
#[derive(Serialize, Deserialize)]
pub struct FusedTruths(pub(crate) Arc<Comparison>);

/// The expression of [`Comparison`] with an array for each operation.
#[derive(Serialize, Deserialize)]
pub struct UnfusedTruths(pub(crate) Arc<Comparison>);

/// An expression of [`Expression`] in one pass.
#[derive(Serialize, Deserialize)]
pub struct Fused(pub(crate) Arc<Expression>);

/// An expression of [`Expression`] with an array for each operation.
#[derive(Serialize, Deserialize)]
pub struct Unfused(pub(crate) Arc<Expression>);

impl Map for FusedTruths {
    type Item = u8;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn fill(&self, start: usize, out: &mut [u8]) {
        let [a, b] = columns(&self.0.arguments(), start, out.len());
        let out = ArrayViewMut1::from(out);
        Zip::from(out).and(a).and(b).for_each(|truth, a, b| *truth = (a * b - 4.125 * a > 2.5 * b).into());
    }
}

impl Map for UnfusedTruths {
    type Item = u8;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn fill(&self, start: usize, out: &mut [u8]) {
        let [a, b] = columns(&self.0.arguments(), start, out.len());
        let left = &a * &b - &a * 4.125;
        let right = &b * 2.5;
        let out = ArrayViewMut1::from(out);
        Zip::from(out).and(&left).and(&right).for_each(|truth, left, right| *truth = (left > right).into());
    }
}

impl Map for Fused {
    type Item = f64;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let len = out.len();
        let arguments = self.0.arguments();
        let z = Zip::from(ArrayViewMut1::from(out));
        match self.0.formula() {
            Formula::E2 => {
                let [x, y] = columns(&arguments, start, len);
                z.and(x).and(y).for_each(|z, x, y| *z = (x * x + y * y).cos() / (1.0 + x * x + y * y));
            }
            Formula::E3 => {
                let [x] = columns(&arguments, start, len);
                z.and(x).for_each(|z, x| *z = ((0.25 * x + 0.75) * x - 1.5) * x - 2.0);
            }
            Formula::E4 => {
                let [a, b, c, d] = columns(&arguments, start, len);
                z.and(a).and(b).and(c).and(d).for_each(|z, a, b, c, d| *z = a * b + c * d);
            }
            Formula::E5 => {
                let [a, b] = columns(&arguments, start, len);
                z.and(a).and(b).for_each(|z, a, b| *z = 2.0 * a + 3.0 * b);
            }
            Formula::E6 => {
                let [a, b, c] = columns(&arguments, start, len);
                let value = |a: &f64, b: &f64, c: &f64| a.sin() + (b * b + 1.0).ln() * (c * c + 1.0).sqrt();
                z.and(a).and(b).and(c).for_each(|z, a, b, c| *z = value(a, b, c));
            }
        }
    }
}

impl Map for Unfused {
    type Item = f64;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn grain(&self) -> usize {
        self.0.grain()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let len = out.len();
        let arguments = self.0.arguments();
        let value: Array1<f64> = match self.0.formula() {
            Formula::E2 => {
                let [x, y] = columns(&arguments, start, len);
                (&x * &x + &y * &y).cos() / (1.0 + &x * &x + &y * &y)
            }
            Formula::E3 => {
                let [x] = columns(&arguments, start, len);
                ((0.25 * &x + 0.75) * x - 1.5) * x - 2.0
            }
            Formula::E4 => {
                let [a, b, c, d] = columns(&arguments, start, len);
                &a * &b + &c * &d
            }
            Formula::E5 => {
                let [a, b] = columns(&arguments, start, len);
                2.0 * &a + 3.0 * &b
            }
            Formula::E6 => {
                let [a, b, c] = columns(&arguments, start, len);
                a.sin() + (&b * &b + 1.0).ln() * (&c * &c + 1.0).sqrt()
            }
        };
        ArrayViewMut1::from(out).assign(&value);
    }
}

/// The arrays of a piece.
fn columns<'a, const N: usize>(
    arguments: &[(&str, &'a [f64])],
    start: usize,
    len: usize,
) -> [ArrayView1<'a, f64>; N] {
    std::array::from_fn(|q| ArrayView1::from(&arguments[q].1[start..start + len]))
}
