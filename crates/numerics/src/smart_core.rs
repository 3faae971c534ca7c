//! A model from a library: two calls instead of the steps that `gridsearch` writes out, and no control over them.
//!
//! ```
//! /// A library's model, which is fitted and then predicts.
//! struct Line {
//!     slope: f64,
//! }
//!
//! impl Line {
//!     fn fit(x: &[f64], y: &[f64], penalty: f64) -> Self {
//!         let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
//!         Line { slope: dot(x, y) / (dot(x, x) + penalty) }
//!     }
//!     fn predict(&self, x: &[f64]) -> Vec<f64> {
//!         x.iter().map(|x| self.slope * x).collect()
//!     }
//! }
//!
//! let line = Line::fit(&[1.0, 2.0], &[2.0, 4.0], 0.0);
//! assert_eq!(line.predict(&[3.0]), [6.0]);
//! ```
//!
//! Without its normalisation, smartcore's ridge regression has no intercept and matches the
//! definition: normal equations and Cholesky. Its matrix product is a plain one.

use parallax_pattern::{Answer, Card, Cores, Nest, No, Technique};
use parallax_suite::workload::{GridSearch, Scores};
use std::sync::Arc;

/// smartcore's ridge regression.
#[derive(Debug, Clone, Copy)]
pub struct SmartCore;

impl Technique for SmartCore {
    const CARD: Card = Card {
        name: "smartcore",
        idea: "a model of a machine-learning library: fit, then predict",
        gives: "a fit and a prediction in a line each",
        costs: "copies of the data, and no control over the library's steps",
        cores: Cores::One,
        libraries: &["smartcore"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        if cfg!(feature = "smartcore") {
            return Ok(SmartCore);
        }
        Err(No::Unavailable(
            "this was built without smartcore; build with `cargo build --release -p parallax-numerics \
             --features smartcore`, and name the program with --worker"
                .into(),
        ))
    }
}

impl SmartCore {
    /// A model for each fit, from rows that are copied out of the table.
    pub fn gridsearch(&self, work: &Arc<GridSearch>, out: &mut Scores) -> Answer<()> {
        let training = work.shape().1;
        for (outer, error) in out.errors_mut().iter_mut().enumerate() {
            let (lambda, fold) = work.fit(outer);
            let known = Samples::of(work, (0..training).map(|piece| work.training_index(fold, piece)));
            let held_out = Samples::of(work, (fold..work.rows()).step_by(GridSearch::FOLDS));
            let predicted = predict(&known, lambda, &held_out)?;
            let squares = predicted.iter().zip(&held_out.y).map(|(fit, y)| (y - fit) * (y - fit));
            *error = squares.sum::<f64>() / held_out.y.len() as f64;
        }
        Ok(())
    }
}

/// Some rows of the table: features, row after row, and targets.
struct Samples {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Samples {
    fn of(work: &GridSearch, rows: impl Iterator<Item = usize>) -> Self {
        let mut samples = Samples { x: Vec::new(), y: Vec::new() };
        for row in rows {
            let row = &work.table()[row * (work.features() + 1)..][..work.features() + 1];
            samples.x.extend(&row[..work.features()]);
            samples.y.push(row[work.features()]);
        }
        samples
    }
}

#[cfg(feature = "smartcore")]
fn predict(known: &Samples, lambda: f64, asked: &Samples) -> Answer<Vec<f64>> {
    use smartcore::linalg::basic::matrix::DenseMatrix;
    use smartcore::linear::ridge_regression::{RidgeRegression, RidgeRegressionParameters};
    let matrix = |samples: &Samples| {
        let rows = samples.y.len();
        DenseMatrix::new(rows, samples.x.len() / rows, samples.x.clone(), false)
    };
    let parameters = RidgeRegressionParameters::default().with_alpha(lambda).with_normalize(false);
    let fitted = || RidgeRegression::fit(&matrix(known)?, &known.y, parameters)?.predict(&matrix(asked)?);
    fitted().map_err(|error| No::Failed(error.into()))
}

#[cfg(not(feature = "smartcore"))]
fn predict(_: &Samples, _: f64, _: &Samples) -> Answer<Vec<f64>> {
    Err(No::Unfit("this technique needs the feature `smartcore`"))
}
