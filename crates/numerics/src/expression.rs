//! Expressions fused by `Zip`, or one array for each operation, as NumPy and ndarray's operators do.
//!
//! Operators are the easiest notation, and each is a pass over memory. ndarray saves some arrays: an
//! operator that receives a temporary by value writes its result there.

use ndarray::{ArrayView1, ArrayViewMut1, Zip};

/// `out[i] = formula(a[i])`, in one pass.
///
/// # Panics
///
/// If the arrays differ in length.
#[inline]
pub fn fuse1<T>([a]: [&[f64]; 1], out: &mut [T], formula: impl Fn(f64) -> T) {
    Zip::from(ArrayViewMut1::from(out)).and(ArrayView1::from(a)).for_each(|z, &a| *z = formula(a));
}

/// `out[i] = formula(a[i], b[i])`, in one pass.
///
/// ```
/// use parallax_numerics::expression::fuse2;
///
/// let mut fits = [false; 3];
/// fuse2([&[3.0, 6.0, 1.0], &[4.0, 8.0, 0.0]], &mut fits, |width, height| width.hypot(height) <= 5.0);
/// assert_eq!(fits, [true, false, true]);
/// ```
///
/// # Panics
///
/// If the arrays differ in length.
#[inline]
pub fn fuse2<T>(arrays: [&[f64]; 2], out: &mut [T], formula: impl Fn(f64, f64) -> T) {
    let [a, b] = arrays.map(ArrayView1::from);
    Zip::from(ArrayViewMut1::from(out)).and(a).and(b).for_each(|z, &a, &b| *z = formula(a, b));
}

/// `out[i] = formula(a[i], b[i], c[i])`, in one pass.
///
/// # Panics
///
/// If the arrays differ in length.
#[inline]
pub fn fuse3<T>(arrays: [&[f64]; 3], out: &mut [T], formula: impl Fn(f64, f64, f64) -> T) {
    let [a, b, c] = arrays.map(ArrayView1::from);
    Zip::from(ArrayViewMut1::from(out)).and(a).and(b).and(c).for_each(|z, &a, &b, &c| *z = formula(a, b, c));
}

/// `out[i] = formula(a[i], b[i], c[i], d[i])`, in one pass.
///
/// # Panics
///
/// If the arrays differ in length.
#[inline]
pub fn fuse4<T>(arrays: [&[f64]; 4], out: &mut [T], formula: impl Fn(f64, f64, f64, f64) -> T) {
    let [a, b, c, d] = arrays.map(ArrayView1::from);
    let walk = Zip::from(ArrayViewMut1::from(out)).and(a).and(b).and(c).and(d);
    walk.for_each(|z, &a, &b, &c, &d| *z = formula(a, b, c, d));
}

#[cfg(feature = "worker")]
mod worker {
    use super::{fuse1, fuse2, fuse3, fuse4};
    use crate::{NdArray, NdArrayTemporaries};
    use ndarray::{Array1, ArrayView1, ArrayViewMut1, Zip};
    use parallax_pattern::Fill;
    use parallax_suite::workload::{Comparison, Expression, Formula};

    /// The arrays of a piece.
    fn columns<'a, const N: usize>(
        arguments: &[(&str, &'a [f64])],
        start: usize,
        len: usize,
    ) -> [&'a [f64]; N] {
        std::array::from_fn(|q| &arguments[q].1[start..start + len])
    }

    impl Fill<Comparison> for NdArray {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Comparison, start: usize, out: &mut [u8]) {
            let arrays = columns(&work.arguments(), start, out.len());
            fuse2(arrays, out, |a, b| (a * b - 4.125 * a > 2.5 * b).into());
        }
    }

    impl Fill<Expression> for NdArray {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Expression, start: usize, z: &mut [f64]) {
            let (arguments, len) = (work.arguments(), z.len());
            match work.formula() {
                Formula::E2 => fuse2(columns(&arguments, start, len), z, |x, y| {
                    (x * x + y * y).cos() / (1.0 + x * x + y * y)
                }),
                Formula::E3 => {
                    fuse1(columns(&arguments, start, len), z, |x| ((0.25 * x + 0.75) * x - 1.5) * x - 2.0)
                }
                Formula::E4 => fuse4(columns(&arguments, start, len), z, |a, b, c, d| a * b + c * d),
                Formula::E5 => fuse2(columns(&arguments, start, len), z, |a, b| 2.0 * a + 3.0 * b),
                Formula::E6 => fuse3(columns(&arguments, start, len), z, |a, b, c| {
                    a.sin() + (b * b + 1.0).ln() * (c * c + 1.0).sqrt()
                }),
            }
        }
    }

    impl Fill<Comparison> for NdArrayTemporaries {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Comparison, start: usize, out: &mut [u8]) {
            let [a, b] = columns(&work.arguments(), start, out.len()).map(ArrayView1::from);
            let left = &a * &b - &a * 4.125;
            let right = &b * 2.5;
            let out = ArrayViewMut1::from(out);
            Zip::from(out)
                .and(&left)
                .and(&right)
                .for_each(|truth, left, right| *truth = (left > right).into());
        }
    }

    impl Fill<Expression> for NdArrayTemporaries {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Expression, start: usize, out: &mut [f64]) {
            let (arguments, len) = (work.arguments(), out.len());
            let value: Array1<f64> = match work.formula() {
                Formula::E2 => {
                    let [x, y] = columns(&arguments, start, len).map(ArrayView1::from);
                    (&x * &x + &y * &y).cos() / (1.0 + &x * &x + &y * &y)
                }
                Formula::E3 => {
                    let [x] = columns(&arguments, start, len).map(ArrayView1::from);
                    ((0.25 * &x + 0.75) * x - 1.5) * x - 2.0
                }
                Formula::E4 => {
                    let [a, b, c, d] = columns(&arguments, start, len).map(ArrayView1::from);
                    &a * &b + &c * &d
                }
                Formula::E5 => {
                    let [a, b] = columns(&arguments, start, len).map(ArrayView1::from);
                    2.0 * &a + 3.0 * &b
                }
                Formula::E6 => {
                    let [a, b, c] = columns(&arguments, start, len).map(ArrayView1::from);
                    a.sin() + (&b * &b + 1.0).ln() * (&c * &c + 1.0).sqrt()
                }
            };
            ArrayViewMut1::from(out).assign(&value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_formula_sees_the_arguments_of_its_element() {
        let [a, b, c, d] = [[1.0, 2.0], [10.0, 20.0], [100.0, 200.0], [1000.0, 2000.0]];
        let mut out = [0.0; 2];
        fuse1([&a], &mut out, |a| -a);
        assert_eq!(out, [-1.0, -2.0]);
        fuse2([&a, &b], &mut out, |a, b| b - a);
        assert_eq!(out, [9.0, 18.0]);
        fuse3([&a, &b, &c], &mut out, |a, b, c| c - b + a);
        assert_eq!(out, [91.0, 182.0]);
        fuse4([&a, &b, &c, &d], &mut out, |a, b, c, d| d - c + b - a);
        assert_eq!(out, [909.0, 1818.0]);
    }

    #[test]
    #[should_panic]
    fn arrays_of_another_length_are_noticed() {
        fuse2([&[1.0], &[1.0, 2.0]], &mut [0.0; 2], |a, b| a + b);
    }
}
