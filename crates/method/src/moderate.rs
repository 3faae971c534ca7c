//! Moderated variances: two blocks show little of how much blocks deviate, so hundreds of other cells help.
//!
//! A variance from one degree of freedom is nearly worthless: Student's t needs 25 standard errors to each side. Other
//! cells of the run have variances too, and these lie around a common value. So each cell's variance is shrunk towards
//! that value, the more the variances agree with each other, and the interval has the degrees of freedom of both. That
//! is the empirical Bayes method of Smyth (*Linear models and empirical Bayes methods for assessing differential
//! expression in microarray experiments*, 2004), made for experiments with thousands of genes and three samples of
//! each.
//!
//! ```
//! use parallax_method::{Prior, Spread};
//!
//! let cell = |variance| Spread { variance, freedom: 3.0 };
//! let run = [0.8, 1.1, 0.9, 1.3, 1.0, 0.7, 1.2, 1.0].map(|v| cell(v * 1e-4));
//! let prior = Prior::fit(&run);
//! let lucky = Spread { variance: 1e-8, freedom: 1.0 }; // two blocks that agree by chance
//! let moderated = prior.moderate(lucky);
//! assert!(moderated.variance > 0.5e-4); // it is not believed
//! ```

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::gamma::digamma;

/// Fewer cells than this do not show how variances differ.
const FEWEST_CELLS: usize = 5;

/// A variance and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The variance of one block's value.
    pub variance: f64,
    /// Its degrees of freedom: infinite where it is known exactly, 0 where nothing is known.
    pub freedom: f64,
}

impl Spread {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { variance: 0.0, freedom: 0.0 };

    /// The sample variance of `values`; unknown for fewer than two. O(values).
    pub fn of(values: &[f64]) -> Self {
        let blocks = values.len() as f64;
        let mean = values.iter().sum::<f64>() / blocks;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        match values.len() {
            0 | 1 => Self::UNKNOWN,
            _ => Self { variance: squares / (blocks - 1.0), freedom: blocks - 1.0 },
        }
    }
}

/// The quantile of all means at the share `below`, in standard errors; none where nothing is known of the spread.
pub(crate) fn quantile(below: f64, freedom: f64) -> Option<f64> {
    match freedom {
        freedom if freedom >= LIKE_NORMAL => Some(Normal::standard().inverse_cdf(below)),
        freedom => StudentsT::new(0.0, 1.0, freedom).ok().map(|student| student.inverse_cdf(below)),
    }
}

/// The chance of a mean at least `errors` standard errors above the truth; none where nothing is known of the spread.
pub(crate) fn tail(errors: f64, freedom: f64) -> Option<f64> {
    match freedom {
        _ if errors.is_nan() => None,
        freedom if freedom >= LIKE_NORMAL => Some(Normal::standard().sf(errors)),
        freedom => StudentsT::new(0.0, 1.0, freedom).ok().map(|student| student.sf(errors)),
    }
}

/// From this many degrees of freedom on, Student's t equals the normal distribution to four digits.
const LIKE_NORMAL: f64 = 1e4;

/// The share of the square of the mean deviation of a run's cells that is added to each cell's variance.
///
/// Blocks of real machines are not normal: most lie close together, and now and then one lies far off, when a neighbour
/// took a core. A cell whose few blocks were all spared looks ten times better known than it is, and the cells that
/// were hit show how bad it is. Replayed on the journal of a noisy machine (`tests/replay.rs`), intervals over 2 to 8
/// blocks held 77 to 85 % without this share and hold 97 % and more with it, for a tenth of their width. It uses the
/// mean deviation, not the mean variance, nearly half of which came from the two cells that were hit hardest; the cells
/// of one group are too few (their own share held 91 %).
const UNSEEN: f64 = 0.5;

/// The prior of a cell's variance, before it has run, from the variances of many other cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// The value around which the variances lie, and how closely they do, as its degrees of freedom.
    pub spread: Spread,
    /// The variance that a cell's blocks may not have shown yet.
    pub unseen: f64,
}

impl Prior {
    /// Nothing is known of other cells: each cell's variance is its own.
    pub const NONE: Self = Self { spread: Spread::UNKNOWN, unseen: 0.0 };

    /// Fits the prior to the cells of a run by the moments of their log variances (Smyth 2004, section 6.2);
    /// [`NONE`](Self::NONE) where too few cells have two blocks. O(cells).
    ///
    /// Variances of zero are left out: they are ties of the clock, and have no logarithm.
    pub fn fit(cells: &[Spread]) -> Self {
        let usable = |cell: &&Spread| cell.variance > 0.0 && cell.variance.is_finite() && cell.freedom >= 1.0;
        let cells: Vec<&Spread> = cells.iter().filter(usable).collect();
        if cells.len() < FEWEST_CELLS {
            return Self::NONE;
        }
        // A log variance of d degrees lies digamma(d/2) - ln(d/2) off the true one, with variance trigamma(d/2).
        let centred: Vec<f64> = cells.iter().map(|cell| cell.variance.ln() - offset(cell.freedom)).collect();
        let count = centred.len() as f64;
        let mean = centred.iter().sum::<f64>() / count;
        let scatter = centred.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let by_chance = cells.iter().map(|cell| trigamma(cell.freedom / 2.0)).sum::<f64>() / count;
        // The scatter beyond chance is how much the true variances differ.
        let freedom = match scatter - by_chance {
            excess if excess > 0.0 => 2.0 * inverse_trigamma(excess),
            _ => f64::INFINITY,
        };
        let spread = Spread { variance: (mean + offset(freedom)).exp(), freedom };
        let deviation = cells.iter().map(|cell| cell.variance.sqrt()).sum::<f64>() / count;
        Self { spread, unseen: UNSEEN * deviation.powi(2) }
    }

    /// The moderated variance of a cell, from its own blocks and from the other cells.
    pub fn moderate(&self, cell: Spread) -> Spread {
        let (prior, freedom) = (self.spread, self.spread.freedom + cell.freedom);
        let variance = match prior.freedom {
            all if all.is_infinite() => prior.variance,
            none if none <= 0.0 => cell.variance,
            some => (some * prior.variance + cell.freedom * cell.variance) / freedom,
        };
        Spread { variance: variance + self.unseen, freedom }
    }
}

/// By how much the mean of a log variance with `freedom` degrees of freedom is off the logarithm of the truth.
fn offset(freedom: f64) -> f64 {
    if freedom.is_infinite() { 0.0 } else { digamma(freedom / 2.0) - (freedom / 2.0).ln() }
}

/// The derivative of digamma, for x > 0: by its recurrence up to 10, then by its asymptotic series (Abramowitz and
/// Stegun, 6.4.12).
fn trigamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < 10.0 {
        sum += x.powi(-2);
        x += 1.0;
    }
    let (one, two) = (1.0 / x, 1.0 / (x * x));
    sum + one + two / 2.0 + one * two * (1.0 / 6.0 - two * (1.0 / 30.0 - two * (1.0 / 42.0 - two / 30.0)))
}

/// The argument at which trigamma has the value `y` > 0. Trigamma is convex and falls, so Newton's steps on 1/trigamma,
/// which is nearly straight, cannot leave its domain (Smyth 2004, appendix).
fn inverse_trigamma(y: f64) -> f64 {
    if y > 1e7 {
        return y.powf(-0.5);
    }
    if y < 1e-6 {
        return 1.0 / y;
    }
    let slope = |x: f64| (trigamma(x * (1.0 + 1e-5)) - trigamma(x * (1.0 - 1e-5))) / (2e-5 * x);
    let mut x = 0.5 + 1.0 / y;
    for _ in 0..50 {
        let value = trigamma(x);
        let step = value * (1.0 - value / y) / slope(x);
        x += step;
        if step.abs() < 1e-8 * x {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trigamma_is_that_of_the_tables() {
        let known =
            [(0.5, 4.934_802_200_5), (1.0, 1.644_934_066_8), (2.0, 0.644_934_066_8), (10.0, 0.105_166_335_7)];
        for (x, y) in known {
            assert!((trigamma(x) - y).abs() < 1e-8, "{x}: {}", trigamma(x));
            assert!((inverse_trigamma(y) - x).abs() < 1e-6, "{y}: {}", inverse_trigamma(y));
        }
        for y in [1e-8, 1e-3, 1.0, 1e3, 1e9] {
            assert!((trigamma(inverse_trigamma(y)) / y - 1.0).abs() < 1e-3, "{y}");
        }
    }

    #[test]
    fn cells_that_agree_are_pooled_and_cells_that_do_not_stay_apart() {
        // The same variance for all: the scatter comes from chance, and the prior is certain.
        let alike: Vec<Spread> =
            [0.5, 0.9, 1.0, 1.1, 1.4, 1.6].map(|variance| Spread { variance, freedom: 3.0 }).to_vec();
        let prior = Prior::fit(&alike).spread;
        assert!(prior.freedom.is_infinite() && (0.9..1.6).contains(&prior.variance), "{prior:?}");
        // Variances that differ by factors of a hundred, each well known: the prior has almost no weight.
        let apart: Vec<Spread> =
            [0.01, 1.0, 0.1, 10.0, 100.0, 0.001].map(|variance| Spread { variance, freedom: 50.0 }).to_vec();
        let prior = Prior::fit(&apart);
        assert!(prior.spread.freedom < 1.0, "{prior:?}");
        let known = prior.moderate(apart[3]);
        let own = known.variance - prior.unseen;
        assert!((own / 10.0 - 1.0).abs() < 0.02 && known.freedom > 50.0, "{known:?}");
        // the deviation that one cell in six shows adds its share to the others
        let deviation = [0.01_f64, 1.0, 0.1, 10.0, 100.0, 0.001].map(f64::sqrt).iter().sum::<f64>() / 6.0;
        assert!((prior.unseen - UNSEEN * deviation.powi(2)).abs() < 1e-9, "{prior:?}");
    }

    #[test]
    fn too_little_is_no_prior() {
        let cell = Spread { variance: 1.0, freedom: 1.0 };
        assert_eq!(Prior::fit(&[cell; FEWEST_CELLS - 1]), Prior::NONE);
        let tied = Spread { variance: 0.0, ..cell };
        assert_eq!(Prior::fit(&[tied; 100]), Prior::NONE);
        assert_eq!(Prior::fit(&[Spread { variance: f64::NAN, ..cell }; 100]), Prior::NONE);
        assert_eq!((Spread::of(&[]), Spread::of(&[1.0])), (Spread::UNKNOWN, Spread::UNKNOWN));
        assert_eq!(
            (Prior::NONE.moderate(cell), Prior::NONE.moderate(Spread::UNKNOWN)),
            (cell, Spread::UNKNOWN)
        );
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        let known = [(0.975, 1.0, 12.7062), (0.975, 7.0, 2.3646), (0.995, 3.0, 5.8409), (0.999, 7.0, 4.7853)];
        for (below, freedom, t) in known {
            assert!((quantile(below, freedom).unwrap() - t).abs() < 1e-4, "{below} {freedom}");
            assert!((tail(t, freedom).unwrap() - (1.0 - below)).abs() < 1e-5, "{below} {freedom}");
        }
        assert!((quantile(0.975, f64::INFINITY).unwrap() - 1.959_964).abs() < 1e-5);
        assert!((tail(1.959_964, f64::INFINITY).unwrap() - 0.025).abs() < 1e-6);
        assert_eq!((quantile(0.975, 0.0), tail(1.0, 0.0), quantile(0.9, f64::NAN)), (None, None, None));
    }
}
