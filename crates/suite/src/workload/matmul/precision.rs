//! The precision of a matrix product: the same small integers, exact in single and in double precision.

use crate::bound::Rate;
use crate::digest::Word;
use parallax_pattern::Wire;
use std::fmt::Debug;
use std::ops::{AddAssign, Mul};

/// The float type of the matrices.
///
/// The entries are integers from -8 to 8, and sums of `n` products of them at most `64 n`: below `2^24`, which single
/// precision holds exactly, for any side up to 262144.
pub trait Precision:
    bytemuck::Pod + Word + Wire + Into<f64> + Debug + Default + AddAssign + Mul<Output = Self>
{
    /// The cases of the product in this precision.
    const CASES: &'static [&'static str];
    /// The rate of the bound of a product.
    const RATE: Rate;
    /// A small integer in this precision.
    fn of(integer: i32) -> Self;
}

impl Precision for f64 {
    const CASES: &'static [&'static str] = &[""];
    const RATE: Rate = Rate::Fma;
    fn of(integer: i32) -> f64 {
        integer.into()
    }
}

impl Precision for f32 {
    const CASES: &'static [&'static str] = &["f32"];
    const RATE: Rate = Rate::Fma32;
    fn of(integer: i32) -> f32 {
        integer as f32
    }
}
