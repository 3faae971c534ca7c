//! Arrays in lock step: `Zip` makes one pass where operators would make many.
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
//! Where all arrays are contiguous it is a plain loop, after a check of their lengths. Its loops are compiled for the
//! instructions that every processor has; only the matrix product chooses an instruction set at run time.

use parallax_pattern::{Answer, Card, Cores, Technique};

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

#[cfg(feature = "worker")]
mod worker {
    use super::NdArray;
    use crate::cells::{NO_CHAIN, NO_SCATTER, NO_SEARCH};
    use crate::matmul::Product;
    use parallax_pattern::{Answer, No, Refused};
    use parallax_suite::Compute;
    use parallax_suite::workload::{
        Bubblesort, Comparison, Expression, GridSearch, Heat, Histogram, Julia, Matmul, Matmul32, MonteCarlo,
        Pairwise, Sorted, Stream, TreeSearch,
    };
    use std::sync::Arc;

    impl Compute for NdArray {
        fn comparison(&self, _: &Arc<Comparison>) -> Answer<Self> {
            Ok(NdArray)
        }
        fn expression(&self, _: &Arc<Expression>) -> Answer<Self> {
            Ok(NdArray)
        }
        fn gridsearch(&self, _: &Arc<GridSearch>) -> Answer<Product<Self>> {
            Ok(Product(NdArray))
        }
        fn heat(&self, _: &Arc<Heat>) -> Answer<Self> {
            Ok(NdArray)
        }
        fn histogram(&self, _: &Arc<Histogram>) -> Answer<Refused> {
            Err(No::Unfit(NO_SCATTER))
        }
        fn julia(&self, _: &Arc<Julia>) -> Answer<Self> {
            Ok(NdArray)
        }
        fn matmul(&self, _: &Arc<Matmul>) -> Answer<Product<Self>> {
            Ok(Product(NdArray))
        }
        fn matmul32(&self, _: &Arc<Matmul32>) -> Answer<Product<Self>> {
            Ok(Product(NdArray))
        }
        fn montecarlo(&self, _: &Arc<MonteCarlo>) -> Answer<Self> {
            Ok(NdArray)
        }
        fn pairwise(&self, _: &Arc<Pairwise>) -> Answer<Self> {
            Ok(NdArray)
        }
        fn stream(&self, _: &Arc<Stream>) -> Answer<Self> {
            Ok(NdArray)
        }
        fn treesearch(&self, _: &Arc<TreeSearch>) -> Answer<Refused> {
            Err(No::Unfit(NO_SEARCH))
        }
        fn bubblesort(&self, _: &Arc<Bubblesort>, _: &mut Sorted) -> Answer<()> {
            Err(No::Unfit(NO_CHAIN))
        }
    }
}
