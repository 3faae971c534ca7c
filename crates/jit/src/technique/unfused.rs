//! One operation at a time over whole arrays, each into a new array, as NumPy evaluates an expression.
//!
//! ```
//! let (a, b) = (vec![1.0, 2.0, 3.0], vec![10.0; 3]);
//! let double: Vec<f64> = a.iter().map(|a| 2.0 * a).collect();
//! let triple: Vec<f64> = b.iter().map(|b| 3.0 * b).collect();
//! let sum: Vec<f64> = double.iter().zip(&triple).map(|(x, y)| x + y).collect(); // 2*a + 3*b
//! assert_eq!(sum, [32.0, 34.0, 36.0]);
//! ```
//!
//! The operations are the interpreter's, with the same vectors, so the difference between the two is the
//! gain of fusion: here every temporary goes out to memory and comes back. Over a technique that hands
//! out pieces, the temporaries shrink to a piece and stay in cache, as with Dask's chunks.

use super::evaluated::{Evaluated, Way};
use crate::Backend;
use parallax_pattern::{Card, Cores};

/// Whole arrays as temporaries.
pub type Unfused = Evaluated<Arrays>;

/// The backend of [`Unfused`].
#[derive(Debug, Clone, Copy)]
pub struct Arrays;

impl Way for Arrays {
    const CARD: Card = Card {
        name: "unfused",
        idea: "one operation at a time over whole arrays, each into a new array, as NumPy does",
        gives: "a baseline for fusion: the same vector operations, without it",
        costs: "each temporary is written to memory and read back",
        cores: Cores::One,
        libraries: &["fearless_simd"],
        source: "",
    };
    const BACKEND: Backend = Backend::Unfused;
}
