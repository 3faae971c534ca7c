//! One triad in three notations: in one pass, in two, and with a new array for each operation.
//!
//! The difference is traffic: 32 bytes an item in one pass, 48 in two, and 112 with temporaries,
//! which must be fetched before they are written to, and cost page faults if they are large.

use ndarray::{ArrayView1, ArrayViewMut1, Zip};

/// `a += b + factor * c` in one pass over all three.
///
/// ```
/// use parallax_numerics::stream::triad;
///
/// let mut balances = [10.0, 20.0];
/// triad(&mut balances, &[1.0, -1.0], 0.5, &[2.0, 4.0]);
/// assert_eq!(balances, [12.0, 21.0]);
/// ```
///
/// # Panics
///
/// If the three differ in length.
pub fn triad(a: &mut [f64], b: &[f64], factor: f64, c: &[f64]) {
    let (a, b, c) = views(a, b, c);
    Zip::from(a).and(b).and(c).for_each(|a, b, c| *a += b + factor * c);
}

/// As [`triad`], with one pass for each array that is added. It rounds other intermediate sums.
///
/// # Panics
///
/// If the three differ in length.
pub fn triad_in_two_steps(a: &mut [f64], b: &[f64], factor: f64, c: &[f64]) {
    let (mut a, b, c) = views(a, b, c);
    a += &b;
    a.scaled_add(factor, &c);
}

/// As [`triad`], with operators, each of which makes an array.
///
/// # Panics
///
/// If the three differ in length.
pub fn triad_by_operators(a: &mut [f64], b: &[f64], factor: f64, c: &[f64]) {
    let (mut a, b, c) = views(a, b, c);
    let multiple = &c * factor;
    let added = &b + &multiple;
    let sum = &a + &added;
    a.assign(&sum);
}

fn views<'a>(
    a: &'a mut [f64],
    b: &'a [f64],
    c: &'a [f64],
) -> (ArrayViewMut1<'a, f64>, ArrayView1<'a, f64>, ArrayView1<'a, f64>) {
    assert!(a.len() == b.len() && a.len() == c.len(), "the three arrays must have the same length");
    (a.into(), b.into(), c.into())
}

#[cfg(feature = "worker")]
mod worker {
    use super::{triad, triad_by_operators};
    use crate::{NdArray, NdArrayTemporaries};
    use parallax_pattern::Pass;
    use parallax_suite::workload::Stream;

    impl Pass<Stream> for NdArray {
        const SOURCE: &'static str = file!();
        fn pass(&self, work: &Stream, start: usize, part: &mut [f64]) {
            let range = start..start + part.len();
            triad(part, &work.b()[range.clone()], 3.0, &work.c()[range]);
        }
    }

    impl Pass<Stream> for NdArrayTemporaries {
        const SOURCE: &'static str = file!();
        fn pass(&self, work: &Stream, start: usize, part: &mut [f64]) {
            let range = start..start + part.len();
            triad_by_operators(part, &work.b()[range.clone()], 3.0, &work.c()[range]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_notations_add_the_same() {
        for way in [triad, triad_in_two_steps, triad_by_operators] {
            let mut a = [1.0, 2.0, 3.0];
            way(&mut a, &[10.0, 20.0, 30.0], -2.0, &[1.0, 5.0, 9.0]);
            assert_eq!(a, [9.0, 12.0, 15.0]);
        }
    }

    #[test]
    fn a_shorter_array_is_noticed_and_not_repeated() {
        for way in [triad, triad_in_two_steps, triad_by_operators] {
            let result = std::panic::catch_unwind(|| way(&mut [0.0; 2], &[1.0], 1.0, &[1.0; 2]));
            assert!(result.is_err(), "ndarray would broadcast it");
        }
    }
}
