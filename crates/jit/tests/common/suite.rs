//! The six expressions of the suite, their arrays, and the known sums of their results.

use parallax_suite::workload::{Comparison, Expression, Params, Size, Workload};

/// An expression and the arrays that it reads.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) text: String,
    pub(crate) arrays: Vec<(String, Vec<f64>)>,
    /// The sum of the results, or the count of true ones; known at some sizes.
    pub(crate) sum: Option<f64>,
}

impl Case {
    pub(crate) fn arrays(&self) -> Vec<(&str, &[f64])> {
        self.arrays.iter().map(|(name, array)| (&name[..], &array[..])).collect()
    }

    pub(crate) fn length(&self) -> usize {
        self.arrays[0].1.len()
    }
}

/// The published sums of E1 to E6, at the sizes that have one.
const SUMS: [[Option<f64>; 3]; 6] = [
    [Some(367.0), Some(38882.0), Some(1_557_252.0)],
    [None, Some(2624.666583685), Some(117_330.109144735)],
    [None, None, Some(-6_999_999.5)],
    [None, None, Some(-62_016.581447)],
    [None, None, Some(38_198.926758)],
    [None, None, Some(60_250_426.378732)],
];

/// E1 to E6.
pub(crate) fn cases(size: Size) -> Vec<Case> {
    let case = |place: usize, name, text: &str, arrays: Vec<(&str, &[f64])>| Case {
        name,
        text: text.to_owned(),
        arrays: arrays.into_iter().map(|(name, array)| (name.to_owned(), array.to_vec())).collect(),
        sum: SUMS[place].get(size as usize).copied().flatten(),
    };
    let comparison = Comparison::make(Params::of(size));
    let mut cases = vec![case(0, Comparison::CASES[0], comparison.source(), comparison.arguments())];
    for (place, name) in Expression::CASES.iter().enumerate() {
        let work = Expression::make(Params { case: place, ..Params::of(size) });
        cases.push(case(place + 1, name, work.source(), work.arguments()));
    }
    cases
}
