//! A confidence interval of a quantile, without assumptions about the distribution of the samples.
//!
//! The number of samples below the true quantile is binomial for any distribution, so two order statistics
//! enclose it with a known probability (Thompson, "On confidence ranges for the median and other expectation
//! distributions", 1936).

/// The quantile of the samples that is the limit: other programs on the machine can only slow a sample down, so the
/// middle of the faster half is closer to the machine's limit than the middle of all. Not the fastest: that depends
/// on luck with the clock.
const QUANTILE: f64 = 0.75;

/// With fewer samples even the largest lies below the quantile more than 2.5 % of the time.
pub const FEWEST: usize = 13;

/// The upper quartile and the ends of its 95 % interval; `None` for fewer than [`FEWEST`] samples.
///
/// ```
/// let thirteen = [11.0, 1.0, 10.0, 2.0, 9.0, 3.0, 8.0, 4.0, 7.0, 5.0, 6.0, 12.0, 13.0];
/// assert_eq!(parallax_limits::interval(&thirteen), Some((10.0, 7.0, 13.0)));
/// assert_eq!(parallax_limits::interval(&thirteen[..12]), None);
/// ```
pub fn interval(samples: &[f64]) -> Option<(f64, f64, f64)> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (from, to) = ranks(sorted.len())?;
    let place = (sorted.len() - 1) as f64 * QUANTILE;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some((below + (above - below) * place.fract(), sorted[from], sorted[to]))
}

/// The indices of the order statistics that enclose the quantile, except for 2.5 % of the time on either side.
fn ranks(n: usize) -> Option<(usize, usize)> {
    // The logarithm of the chance that exactly k samples lie below: the chance itself underflows for many samples.
    let mut log_chance = n as f64 * (1.0 - QUANTILE).ln();
    let (mut below, mut from, mut to) = (0.0, 0, None);
    for k in 0..n {
        below += log_chance.exp(); // the chance that at most k do, so that sorted sample k + 1 lies above
        if below <= 0.025 {
            from = k;
        }
        if below >= 0.975 && to.is_none() {
            to = Some(k);
        }
        log_chance += ((n - k) as f64 / (k + 1) as f64 * QUANTILE / (1.0 - QUANTILE)).ln();
    }
    Some((from, to?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::random::at;

    #[test]
    fn the_ranks_are_those_of_the_binomial_distribution() {
        // by scipy.stats.binom(n, 0.75).cdf
        let table = [(12, None), (13, Some((6, 12))), (22, Some((11, 20))), (40, Some((23, 35)))];
        for (n, expected) in table {
            assert_eq!(ranks(n), expected, "{n}");
        }
        // so large that the chance of none below underflows an f64
        let (from, to) = ranks(2000).unwrap();
        assert!((1455..1470).contains(&from) && (1530..1545).contains(&to), "{from} {to}");
    }

    #[test]
    fn the_interval_holds_the_quartile_as_often_as_it_says() {
        for n in [13, 22, 40] {
            let draws = 20_000;
            let holds = |experiment: u64| {
                // skewed: the cube of a uniform number has its upper quartile at 27/64
                let draw = |i: u64| ((at(experiment, i) >> 11) as f64 / (1u64 << 53) as f64).powi(3);
                let samples: Vec<f64> = (0..n).map(draw).collect();
                let (quartile, low, high) = interval(&samples).unwrap();
                assert!(low <= quartile && quartile <= high);
                low <= 0.421_875 && 0.421_875 <= high
            };
            let held = (0..draws).filter(|&experiment| holds(experiment)).count() as f64 / draws as f64;
            assert!((0.948..0.995).contains(&held), "{n}: {held}");
        }
    }

    #[test]
    fn a_half_that_others_slowed_down_does_not_move_it() {
        let mut samples: Vec<f64> = (0..11).map(|n| 100.0 + f64::from(n) / 10.0).collect();
        samples.extend((0..11).map(|n| 50.0 + f64::from(n)));
        let (quartile, low, high) = interval(&samples).unwrap();
        assert!(quartile > 100.0 && (high - low) / quartile < 0.1, "{quartile} {low} {high}");
    }
}
