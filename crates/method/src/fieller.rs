//! Fieller's interval: the quotient of two means of paired values, which at times has no interval.

use crate::estimate::{MISSES, mean};
use crate::moderate::quantile;

/// The mean of `over` divided by the mean of `under`, with its 95 % interval (Fieller, *Some problems in interval
/// estimation*, 1954); none if the values are not paired or fewer than two, or if the mean of `under` may be 0 or less.
///
/// ```
/// use parallax_method::fieller;
///
/// let (ratio, low, high) = fieller(&[20.0, 21.0, 19.0, 20.0], &[4.0, 4.1, 3.9, 4.0]).unwrap();
/// assert_eq!(ratio, 5.0);
/// assert!(low < 5.0 && 5.0 < high);
/// assert_eq!(fieller(&[20.0, 21.0], &[4.0, -3.0]), None);
/// ```
pub fn fieller(over: &[f64], under: &[f64]) -> Option<(f64, f64, f64)> {
    let blocks = over.len();
    let all_finite = over.iter().chain(under).all(|value| value.is_finite());
    if blocks != under.len() || !all_finite {
        return None;
    }
    let (top, bottom) = (mean(over)?, mean(under)?);
    let reach =
        quantile(1.0 - MISSES / 2.0, blocks as f64 - 1.0)?.powi(2) / (blocks as f64 * (blocks as f64 - 1.0));
    let spread = |a: &[f64], a_mean: f64, b: &[f64], b_mean: f64| -> f64 {
        reach * a.iter().zip(b).map(|(x, y)| (x - a_mean) * (y - b_mean)).sum::<f64>()
    };
    // The quotients q for which `over - q * under` may have a mean of 0: a q² - 2 b q + c <= 0.
    let a = bottom * bottom - spread(under, bottom, under, bottom);
    let b = top * bottom - spread(over, top, under, bottom);
    let c = top * top - spread(over, top, over, top);
    if bottom <= 0.0 || a <= 0.0 {
        return None;
    }
    let half = (b * b - a * c).max(0.0).sqrt();
    Some((top / bottom, (b - half) / a, (b + half) / a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Estimate, Prior};

    #[test]
    fn over_a_constant_it_is_the_t_interval() {
        let values = [3.0, 5.0, 4.0, 4.5];
        let (ratio, low, high) = fieller(&values, &[2.0; 4]).unwrap();
        let estimate = Estimate::of(&values, &Prior::NONE).unwrap();
        let half = estimate.half_width.unwrap();
        assert!((ratio - estimate.log_mean / 2.0).abs() < 1e-12);
        assert!((low - (estimate.log_mean - half) / 2.0).abs() < 1e-9);
        assert!((high - (estimate.log_mean + half) / 2.0).abs() < 1e-9);
    }

    #[test]
    fn what_both_share_cancels() {
        let steady = [10.5, 11.0, 9.5, 9.0];
        let (ratio, low, high) = fieller(&steady.map(|noise| 7.0 * noise), &steady).unwrap();
        assert!((high - low).abs() < 1e-6 && (ratio - 7.0).abs() < 1e-9);
    }

    #[test]
    fn what_has_no_interval_has_none() {
        assert_eq!(fieller(&[1.0], &[1.0]), None);
        assert_eq!(fieller(&[], &[]), None);
        assert_eq!(fieller(&[1.0, 2.0], &[1.0]), None);
        assert_eq!(fieller(&[1.0, 2.0, 1.0], &[-1.0, -1.1, -0.9]), None);
        assert_eq!(fieller(&[1.0, f64::NAN], &[1.0, 1.0]), None);
        assert_eq!(fieller(&[1.0, 2.0, 1.0], &[9.0, 0.1, -5.0]), None);
    }
}
