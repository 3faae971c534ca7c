//! The comparison of two runs: they differ by more than their blocks show, because machines change from day to day.

use crate::bisect::falls_to;
use crate::estimate::{Estimate, median};

/// Fewer cells than this do not show how much two runs differ.
const FEWEST_CELLS: usize = 5;

/// The median of the square of a standard normal number.
const MIDDLE_SQUARE: f64 = 0.454_936;

/// The standard error, times √n, of a deviation that is estimated from the median of `n` cells (Hampel, *The influence
/// curve and its role in robust estimation*, 1974).
const UNCERTAIN: f64 = 1.167;

/// How many times as fast each cell is in the one run as in the other: the ratio of its speedups over each run's own
/// baseline. Two runs share no blocks, so the intervals are Welch's, by moderated spreads, widened by how much the two
/// runs differ beyond that. O(cells log cells).
///
/// The cells themselves show that excess: most code is the same in both runs, and where even the median cell differs by
/// more than its blocks account for, the machine has changed. The median is used so that a change in less than half of
/// the cells is not taken for noise. Fewer than five cells do not show it.
///
/// ```
/// use parallax_method::{Estimate, Prior, between_runs};
///
/// let before = Estimate::of(&[0.68, 0.70, 0.69, 0.71], &Prior::NONE)?;
/// let after = Estimate::of(&[0.48, 0.50, 0.49, 0.51], &Prior::NONE)?;
/// let slower = between_runs(&[(after, before)])[0];
/// assert!(slower.high().unwrap() < 0.9);
/// # Ok::<(), parallax_method::Unusable>(())
/// ```
pub fn between_runs(cells: &[(Estimate, Estimate)]) -> Vec<Estimate> {
    let apart: Vec<Estimate> = cells.iter().map(|(one, other)| one.over(other)).collect();
    let variance = if apart.len() < FEWEST_CELLS { 0.0 } else { excess(&apart) };
    // The deviation may be larger than it seems, by its uncertainty.
    let allowed = variance * (1.0 + UNCERTAIN / (apart.len() as f64).sqrt()).powi(2);
    let widened = |of: &Estimate| {
        Estimate::with(of.blocks, of.log_mean, (of.error.powi(2) + allowed).sqrt(), of.freedom)
    };
    apart.iter().map(widened).collect()
}

/// The variance that has to be added to that of the blocks for the median cell to differ as chance would have it.
fn excess(apart: &[Estimate]) -> f64 {
    let middle = |variance: f64| {
        let square =
            |of: &Estimate| of.log_mean.powi(2) / (of.error.powi(2) + variance).max(f64::MIN_POSITIVE);
        median(&apart.iter().map(square).collect::<Vec<_>>()).unwrap_or(0.0)
    };
    let far = apart.iter().map(|of| of.log_mean.powi(2)).fold(0.0, f64::max);
    falls_to(middle, MIDDLE_SQUARE, far / MIDDLE_SQUARE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(log_mean: f64) -> Estimate {
        Estimate::with(8, log_mean, 0.01, 12.0)
    }

    #[test]
    fn a_run_and_itself_differ_by_nothing() {
        let same = [0.1, 0.5, -0.3, 0.9, 2.0, 0.0].map(|log_mean| (cell(log_mean), cell(log_mean)));
        let one_by_one = same.map(|(one, other)| one.over(&other));
        assert_eq!(between_runs(&same), one_by_one);
        assert_eq!(between_runs(&[]), []);
    }

    #[test]
    fn what_moves_all_cells_widens_all_and_what_moves_one_stands_out() {
        let moved = |by: [f64; 7]| between_runs(&by.map(|by| (cell(0.3 + by), cell(0.3))));
        let plain = cell(0.0).over(&cell(0.0)).half_width.unwrap();
        let machine = moved([0.2, -0.15, 0.1, -0.2, 0.15, -0.1, 0.2]);
        assert!(machine.iter().all(|of| of.half_width.unwrap() > 5.0 * plain && of.low().unwrap() < 1.0));
        let code = moved([0.2, 0.0, 0.005, -0.005, 0.003, 0.0, -0.004]);
        assert!(code[0].half_width == Some(plain) && code[0].low().unwrap() > 1.1);
    }
}
