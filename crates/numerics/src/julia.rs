//! Points that escape, as arrays: every pass updates all points, and a mask says which have not escaped.
//!
//! An array operation works on all elements or none: a pass costs the same for one point as for a million. This row
//! shows the loss compared with a plain loop.

use ndarray::{Array1, ArrayViewMut1, Zip};

/// The number of steps of `z = z * z + c` in which each point of a picture leaves the circle of radius 2, at most
/// `limit`. Pixel `p` begins at `xs[p % xs.len()]` and `ys[p / xs.len()]`; `counts` are the pixels from number `start`
/// on.
///
/// It takes as many passes over the counts as its slowest point takes steps, and two arrays of their length. Pieces
/// whose points are alike take fewer.
///
/// ```
/// use parallax_numerics::julia::escape_counts;
///
/// let mut counts = [0; 4];
/// escape_counts(&[0.0, 1.5], &[0.0, 1.0], (0.0, 1.0), 9, 0, &mut counts); // c = i
/// assert_eq!(counts, [9, 1, 9, 1]);
/// ```
///
/// # Panics
///
/// If a pixel lies beyond the picture.
pub fn escape_counts(xs: &[f64], ys: &[f64], c: (f64, f64), limit: u32, start: usize, counts: &mut [u32]) {
    let width = xs.len();
    let mut x = Array1::from_shape_fn(counts.len(), |p| xs[(start + p) % width]);
    let mut y = Array1::from_shape_fn(counts.len(), |p| ys[(start + p) / width]);
    let mut counts = ArrayViewMut1::from(counts);
    counts.fill(0);
    for _ in 0..limit {
        let mut left = 0_u32;
        Zip::from(&mut x).and(&mut y).and(&mut counts).for_each(|x, y, count| {
            let inside = *x * *x + *y * *y < 4.0;
            let step = (*x * *x - *y * *y + c.0, 2.0 * *x * *y + c.1);
            (*x, *y) = if inside { step } else { (*x, *y) };
            *count += u32::from(inside);
            left += u32::from(inside);
        });
        if left == 0 {
            break;
        }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use super::escape_counts;
    use crate::NdArray;
    use parallax_pattern::Fill;
    use parallax_suite::workload::Julia;

    impl Fill<Julia> for NdArray {
        const SOURCE: &'static str = file!();
        fn fill(&self, work: &Julia, start: usize, out: &mut [u32]) {
            escape_counts(work.xs(), work.ys(), Julia::C, work.limit(), start, out);
        }
    }
}
