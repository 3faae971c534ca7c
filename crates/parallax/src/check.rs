//! Checks results: equal to the result of one thread, near to it, or right by your own function.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// Whether a result is right.
#[diagnostic::on_unimplemented(
    message = "it is not known when a result of type `{R}` is right",
    note = "it is compared with that of one thread: derive `PartialEq` for its types",
    note = "or check it yourself with `.expect(|result| …)`",
    note = "`.near(1e-9)` is for floats, and for types that implement `parallax::Close`"
)]
pub trait Check<R: ?Sized>: 'static {
    /// Whether it needs the result of one thread.
    const COMPARES: bool;
    /// Why `result` is wrong; `right` is the result of one thread, if it was made.
    ///
    /// # Errors
    ///
    /// If it is wrong, with the reason.
    fn check(&self, result: &R, right: Option<&R>) -> Result<(), String>;
}

/// A result is right if it equals that of one thread.
#[derive(Debug, Clone, Copy)]
pub struct Equal;

#[diagnostic::do_not_recommend] // the notes of `Check` help more
impl<R: PartialEq + ?Sized> Check<R> for Equal {
    const COMPARES: bool = true;
    fn check(&self, result: &R, right: Option<&R>) -> Result<(), String> {
        let wrong = "the result is not equal to that of one thread; if floats are added in another order, use \
                     `.near(1e-9)`";
        if right == Some(result) { Ok(()) } else { Err(wrong.into()) }
    }
}

/// A result is right if a function returns true for it.
#[derive(Debug, Clone, Copy)]
pub struct Says<F>(pub(crate) F);

impl<R: ?Sized, F: Fn(&R) -> bool + 'static> Check<R> for Says<F> {
    const COMPARES: bool = false;
    fn check(&self, result: &R, _: Option<&R>) -> Result<(), String> {
        if (self.0)(result) {
            Ok(())
        } else {
            Err("the result is wrong, as the function given to `.expect` says".into())
        }
    }
}

/// A result is right if each of its floats is near to that of one thread.
#[derive(Debug, Clone, Copy)]
pub struct Near(pub(crate) f64);

#[diagnostic::do_not_recommend] // the notes of `Check` help more
impl<R: Close + ?Sized> Check<R> for Near {
    const COMPARES: bool = true;
    fn check(&self, result: &R, right: Option<&R>) -> Result<(), String> {
        let near = right.is_some_and(|right| result.is_close(right, self.0));
        if near {
            Ok(())
        } else {
            Err(format!("the result is not within {:e} of that of one thread", self.0))
        }
    }
}

/// A result is right if both checks accept it.
impl<R: ?Sized, A: Check<R>, B: Check<R>> Check<R> for (A, B) {
    const COMPARES: bool = A::COMPARES || B::COMPARES;
    fn check(&self, result: &R, right: Option<&R>) -> Result<(), String> {
        self.0.check(result, right)?;
        self.1.check(result, right)
    }
}

/// Types that contain floats and can be compared with a tolerance. Integers, booleans and strings must be equal.
pub trait Close {
    /// Whether each float is within `tolerance` of the other's, relative to the larger, or absolute below 1.
    fn is_close(&self, other: &Self, tolerance: f64) -> bool;
}

macro_rules! floats {
    ($($float:ty)*) => {$(
        impl Close for $float {
            fn is_close(&self, other: &Self, tolerance: f64) -> bool {
                let (a, b) = (f64::from(*self), f64::from(*other));
                let near = (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0);
                a == b || (a.is_nan() && b.is_nan()) || (a.is_finite() && b.is_finite() && near)
            }
        }
    )*};
}
floats!(f32 f64);

macro_rules! exact {
    ($($exact:ty)*) => {$(
        impl Close for $exact {
            fn is_close(&self, other: &Self, _: f64) -> bool {
                self == other
            }
        }
    )*};
}
exact!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize bool char str String);

impl<T: Close> Close for [T] {
    fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a.is_close(b, tolerance))
    }
}

impl<T: Close> Close for Vec<T> {
    fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        self[..].is_close(&other[..], tolerance)
    }
}

impl<T: Close, const N: usize> Close for [T; N] {
    fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        self[..].is_close(&other[..], tolerance)
    }
}

impl<T: Close> Close for Option<T> {
    fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        match (self, other) {
            (Some(a), Some(b)) => a.is_close(b, tolerance),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

impl<K: Eq + Hash, V: Close, S: BuildHasher> Close for HashMap<K, V, S> {
    fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        let near = |(key, a): (&K, &V)| other.get(key).is_some_and(|b| a.is_close(b, tolerance));
        self.len() == other.len() && self.iter().all(near)
    }
}

impl<K: Ord, V: Close> Close for BTreeMap<K, V> {
    fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        let near = |(key, a): (&K, &V)| other.get(key).is_some_and(|b| a.is_close(b, tolerance));
        self.len() == other.len() && self.iter().all(near)
    }
}

impl<A: Close, B: Close> Close for (A, B) {
    fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        self.0.is_close(&other.0, tolerance) && self.1.is_close(&other.1, tolerance)
    }
}

impl<A: Close, B: Close, C: Close> Close for (A, B, C) {
    fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        let (near, also) = (self.0.is_close(&other.0, tolerance), self.1.is_close(&other.1, tolerance));
        near && also && self.2.is_close(&other.2, tolerance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_relative_for_large_and_absolute_for_small() {
        let near = |a: f64, b: f64| Near(1e-9).check(&a, Some(&b)).is_ok();
        assert!(near(1e12, 1e12 + 1.0) && !near(1e12, 1e12 + 1e5));
        assert!(near(0.0, 1e-10) && !near(0.0, 1e-6));
        assert!(near(f64::NAN, f64::NAN) && near(f64::INFINITY, f64::INFINITY));
        assert!(!near(f64::NAN, 1.0) && !near(f64::INFINITY, 1.0));
        assert!(!vec![1.0].is_close(&vec![1.0, 2.0], 1e-9), "another length");
    }

    #[test]
    fn what_stands_beside_a_float_is_held_to_be_equal() {
        let near = |a: (f64, u64), b: (f64, u64)| a.is_close(&b, 1e-9);
        assert!(near((1.0, 7), (1.0 + 1e-12, 7)) && !near((1.0, 7), (1.0, 8)));
        assert!(Some(1.0).is_close(&Some(1.0 + 1e-12), 1e-9) && !Some(1.0).is_close(&None, 1e-9));
        let sums = |key: &str, sum: f64| HashMap::from([(key.to_owned(), sum)]);
        assert!(sums("a", 1.0).is_close(&sums("a", 1.0 + 1e-12), 1e-9));
        assert!(
            !sums("a", 1.0).is_close(&sums("b", 1.0), 1e-9)
                && !sums("a", 1.0).is_close(&HashMap::new(), 1e-9)
        );
        assert!(!(0.0, 0, "a".to_owned()).is_close(&(0.0, 0, "b".to_owned()), 1e-9));
    }

    #[test]
    fn nothing_is_equal_to_a_result_that_was_not_made() {
        assert!(Equal.check(&1, None).is_err() && Equal.check(&1, Some(&2)).is_err());
        assert!(Equal.check(&[1, 2][..], Some(&[1, 2][..])).is_ok());
        assert!(Says(|count: &usize| *count == 3).check(&3, None).is_ok());
        assert!(Says(|count: &usize| *count == 3).check(&4, None).is_err());
        let both = (Near(1e-3), Says(|sum: &f64| *sum > 1.0));
        assert!(both.check(&2.0, Some(&2.0)).is_ok());
        assert!(both.check(&2.0, Some(&3.0)).is_err() && both.check(&0.5, Some(&0.5)).is_err());
    }
}
