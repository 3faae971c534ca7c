//! How well a median is known, without asking how the samples are distributed.
//!
//! The number of samples below the true median is binomial with p = 1/2, whatever the distribution, so
//! two order statistics enclose it with a known probability (Thompson, "On confidence ranges for the
//! median and other expectation distributions", 1936).

/// With fewer samples even the smallest and the largest enclose the median less than 95 % of the time.
pub const FEWEST: usize = 6;

/// The median and the ends of its 95 % interval; none of fewer than [`FEWEST`] samples.
///
/// ```
/// let eleven = [11.0, 1.0, 10.0, 2.0, 9.0, 3.0, 8.0, 4.0, 7.0, 5.0, 6.0];
/// assert_eq!(parallax_limits::interval(&eleven), Some((6.0, 2.0, 10.0)));
/// assert_eq!(parallax_limits::interval(&eleven[..5]), None);
/// ```
pub fn interval(samples: &[f64]) -> Option<(f64, f64, f64)> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let from = first(n)?;
    let median = f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]);
    Some((median, sorted[from], sorted[n - 1 - from]))
}

/// The largest index whose order statistic, with its mirror image, misses the median at most 5 % of the time.
fn first(n: usize) -> Option<usize> {
    let mut chance = 0.5f64.powi(i32::try_from(n).ok()?); // that exactly k samples lie below
    let (mut missed, mut found) = (0.0, None);
    for k in 0..n / 2 {
        missed += 2.0 * chance;
        if missed > 0.05 {
            break;
        }
        found = Some(k);
        chance *= (n - k) as f64 / (k + 1) as f64;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_suite::random::at;

    #[test]
    fn the_ranks_are_those_of_the_published_table() {
        let ranks = [5, 6, 8, 9, 11, 12, 15, 20, 25].map(|n| first(n).map(|index| index + 1));
        let table = [None, Some(1), Some(1), Some(2), Some(2), Some(3), Some(4), Some(6), Some(8)];
        assert_eq!(ranks, table);
    }

    #[test]
    fn the_interval_holds_the_median_as_often_as_it_says() {
        for n in [6, 11, 20] {
            let draws = 20_000;
            let holds = |experiment: u64| {
                // skewed: the cube of a uniform number has its median at 1/8
                let draw = |i: u64| ((at(experiment, i) >> 11) as f64 / (1u64 << 53) as f64).powi(3);
                let samples: Vec<f64> = (0..n).map(draw).collect();
                let (median, low, high) = interval(&samples).unwrap();
                assert!(low <= median && median <= high);
                low <= 0.125 && 0.125 <= high
            };
            let held = (0..draws).filter(|&experiment| holds(experiment)).count() as f64 / draws as f64;
            assert!((0.948..0.995).contains(&held), "{n}: {held}");
        }
    }
}
