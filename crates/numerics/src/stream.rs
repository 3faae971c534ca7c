//! One triad in three notations: in one pass, in two, and with a new array for each operation.
//!
//! What differs is traffic: 32 bytes an item in one pass, 48 in two, and 112 with temporaries, which
//! must be fetched before they are written to, and cost page faults if they are large.

use ndarray::{ArrayView1, ArrayViewMut1, Zip};
use parallax_pattern::Sweep;
use parallax_suite::workload::Stream;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How `a += b + 3c` is written.
pub trait Notation: Send + Sync + 'static {
    /// Does it.
    fn add(a: ArrayViewMut1<f64>, b: ArrayView1<f64>, c: ArrayView1<f64>);
}

/// One pass over all three.
#[derive(Serialize, Deserialize)]
pub struct InPlace;

/// One pass for each array that is added.
#[derive(Serialize, Deserialize)]
pub struct TwoSteps;

/// Operators, each of which makes an array.
#[derive(Serialize, Deserialize)]
pub struct OutOfPlace;

impl Notation for InPlace {
    fn add(a: ArrayViewMut1<f64>, b: ArrayView1<f64>, c: ArrayView1<f64>) {
        Zip::from(a).and(b).and(c).for_each(|a, b, c| *a += b + 3.0 * c);
    }
}

impl Notation for TwoSteps {
    fn add(mut a: ArrayViewMut1<f64>, b: ArrayView1<f64>, c: ArrayView1<f64>) {
        a += &b;
        a.scaled_add(3.0, &c);
    }
}

impl Notation for OutOfPlace {
    fn add(mut a: ArrayViewMut1<f64>, b: ArrayView1<f64>, c: ArrayView1<f64>) {
        let triple = &c * 3.0;
        let added = &b + &triple;
        let sum = &a + &added;
        a.assign(&sum);
    }
}

/// The triad of [`Stream`] in the notation `N`.
#[derive(Serialize, Deserialize)]
pub struct Triad<N> {
    work: Arc<Stream>,
    notation: N,
}

impl<N> Triad<N> {
    pub(crate) fn new(work: &Arc<Stream>, notation: N) -> Self {
        Triad { work: work.clone(), notation }
    }
}

impl<N: Notation + Serialize + serde::de::DeserializeOwned> Sweep for Triad<N> {
    type Item = f64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn steps(&self) -> usize {
        self.work.steps()
    }
    fn step(&self, start: usize, part: &mut [f64]) {
        let range = start..start + part.len();
        N::add(part.into(), self.work.b()[range.clone()].into(), self.work.c()[range].into());
    }
}
