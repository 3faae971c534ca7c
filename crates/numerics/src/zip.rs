//! Arrays in lock step: `Zip` makes one pass of what operators would make many of.
//!
//! ```
//! use ndarray::{Array1, Zip, array};
//!
//! let (b, c) = (array![1.0, 2.0, 3.0], array![10.0, 20.0, 30.0]);
//! let mut a = Array1::<f64>::zeros(3);
//! Zip::from(&mut a).and(&b).and(&c).for_each(|a, b, c| *a += b + 3.0 * c);
//! assert_eq!(a, array![31.0, 62.0, 93.0]);
//! ```
//!
//! It is a plain loop that has checked its lengths beforehand, where all arrays are contiguous. Its loops are compiled for what every processor has; only the matrix product chooses an
//! instruction set at run time.

use crate::gridsearch::Fits;
use crate::matmul::{Dot, Product};
use crate::stream::{InPlace, Triad};
use crate::{NO_CHAIN, NO_SCATTER, expression, heat, julia, montecarlo, pairwise};
use parallax_pattern::{Answer, Card, Cores, No, Technique};
use parallax_suite::Compute;
use parallax_suite::workload::{
    Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise,
    Sorted, Stream,
};
use std::sync::Arc;

/// ndarray, with `Zip` instead of operators.
#[derive(Debug, Clone, Copy)]
pub struct NdArray;

impl Technique for NdArray {
    const CARD: Card = Card {
        name: "ndarray",
        idea: "views of memory with shapes, walked in lock step",
        gives: "slices, broadcasting and a tuned matrix product, without temporaries",
        costs: "views of several axes that are not contiguous are walked an element at a time",
        cores: Cores::One,
        libraries: &["ndarray", "matrixmultiply"],
        source: file!(),
    };
    fn start(_: usize) -> Answer<Self> {
        Ok(NdArray)
    }
}

impl Compute for NdArray {
    type Comparison = expression::FusedTruths;
    type Expression = expression::Fused;
    type GridSearch = Fits<Dot>;
    type Heat = heat::Rows;
    type Histogram = Histogram;
    type Julia = julia::Masked;
    type Matmul = Product<Dot>;
    type MonteCarlo = montecarlo::Blocks;
    type Pairwise = pairwise::Rows;
    type Stream = Triad<InPlace>;

    fn comparison(&self, work: &Arc<Comparison>) -> Answer<expression::FusedTruths> {
        Ok(expression::FusedTruths(work.clone()))
    }
    fn expression(&self, work: &Arc<Expression>) -> Answer<expression::Fused> {
        Ok(expression::Fused(work.clone()))
    }
    fn gridsearch(&self, work: &Arc<GridSearch>) -> Answer<Fits<Dot>> {
        Ok(Fits::new(work, Dot))
    }
    fn heat(&self, work: &Arc<Heat>) -> Answer<heat::Rows> {
        Ok(heat::Rows(work.clone()))
    }
    fn histogram(&self, _: &Arc<Histogram>) -> Answer<Histogram> {
        Err(No::Unfit(NO_SCATTER))
    }
    fn julia(&self, work: &Arc<Julia>) -> Answer<julia::Masked> {
        Ok(julia::Masked(work.clone()))
    }
    fn matmul(&self, work: &Arc<Matmul>) -> Answer<Product<Dot>> {
        Ok(Product::new(work, Dot))
    }
    fn montecarlo(&self, work: &Arc<MonteCarlo>) -> Answer<montecarlo::Blocks> {
        Ok(montecarlo::Blocks(work.clone()))
    }
    fn pairwise(&self, work: &Arc<Pairwise>) -> Answer<pairwise::Rows> {
        Ok(pairwise::Rows(work.clone()))
    }
    fn stream(&self, work: &Arc<Stream>) -> Answer<Triad<InPlace>> {
        Ok(Triad::new(work, InPlace))
    }
    fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
        Err(No::Unfit(NO_CHAIN))
    }
}
