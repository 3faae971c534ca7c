//! Elements that are plain numbers: only these may lie in mapped memory, and cross a pipe as their bytes.

#![expect(
    unsafe_code,
    reason = "that an element is a number is known by its type's identity, not by a bound"
)]

use std::any::TypeId;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// Whether elements of this type are numbers, or two to four numbers together: every pattern of bits is valid, and
/// none of their bytes is undefined.
pub(crate) fn are_numbers<T: 'static>() -> bool {
    macro_rules! any_of {
        ($($number:ty)*) => {
            [$(
                TypeId::of::<$number>(), TypeId::of::<[$number; 2]>(), TypeId::of::<[$number; 3]>(),
                TypeId::of::<[$number; 4]>(),
            )*]
        };
    }
    any_of!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64).contains(&TypeId::of::<T>())
}

/// Numbers (integers, floats, and two to four of them together) as their bytes; `None` for other elements.
///
/// ```
/// use parallax_processes::remote::as_bytes;
///
/// assert_eq!(as_bytes(&[1_u16, 2]), Some([1_u16.to_ne_bytes(), 2_u16.to_ne_bytes()].concat().as_slice()));
/// assert_eq!(as_bytes(&[true]), None); // not every byte is a `bool`
/// ```
pub fn as_bytes<T: 'static>(elements: &[T]) -> Option<&[u8]> {
    // SAFETY: they are numbers without padding, so each byte is defined, and the borrow is kept.
    are_numbers::<T>().then(|| unsafe { from_raw_parts(elements.as_ptr().cast(), size_of_val(elements)) })
}

/// Numbers as their bytes, to write to; `None` for other elements.
pub fn as_bytes_mut<T: 'static>(elements: &mut [T]) -> Option<&mut [u8]> {
    let bytes = size_of_val(elements);
    // SAFETY: as above, and any bytes that are written are a number, since every pattern of bits is one.
    are_numbers::<T>().then(|| unsafe { from_raw_parts_mut(elements.as_mut_ptr().cast(), bytes) })
}

/// Bytes as numbers; `None` for other elements, and for bytes that are misaligned or of the wrong length.
pub(crate) fn of_bytes<T: 'static>(bytes: &[u8]) -> Option<&[T]> {
    let fits = are_numbers::<T>() && bytes.len().is_multiple_of(size_of::<T>());
    let fits = fits && bytes.as_ptr().cast::<T>().is_aligned();
    // SAFETY: every pattern of bits is a number; length and address have just been checked.
    fits.then(|| unsafe { from_raw_parts(bytes.as_ptr().cast(), bytes.len() / size_of::<T>()) })
}

/// Bytes as numbers, to write to; as [`of_bytes`].
pub(crate) fn of_bytes_mut<T: 'static>(bytes: &mut [u8]) -> Option<&mut [T]> {
    let count = of_bytes::<T>(bytes)?.len();
    // SAFETY: as in `of_bytes`; numbers have no padding, so any number that is written leaves defined bytes.
    Some(unsafe { from_raw_parts_mut(bytes.as_mut_ptr().cast(), count) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_what_only_looks_like_them() {
        assert!(are_numbers::<f64>() && are_numbers::<[u64; 3]>() && are_numbers::<u8>());
        assert!(!are_numbers::<bool>() && !are_numbers::<char>() && !are_numbers::<&'static str>());
        assert!(!are_numbers::<(u8, u32)>() && !are_numbers::<String>() && !are_numbers::<[String; 2]>());
    }

    #[test]
    fn bytes_go_both_ways() {
        let mut numbers = [1.5f64, -2.0];
        let bytes = as_bytes(&numbers).unwrap().to_vec();
        assert_eq!(bytes, [1.5f64.to_le_bytes(), (-2.0f64).to_le_bytes()].concat());
        as_bytes_mut(&mut numbers).unwrap().fill(0);
        assert_eq!(numbers, [0.0; 2]);
        let words = [7u64, 8];
        let raw = as_bytes(&words).unwrap();
        assert_eq!(of_bytes::<u64>(raw), Some(&words[..]));
        assert_eq!(of_bytes::<u64>(&raw[..15]), None, "not a whole number");
        assert_eq!(of_bytes::<u64>(&raw[1..9]), None, "not aligned");
        assert!(as_bytes(&["a"]).is_none() && of_bytes::<bool>(raw).is_none());
    }
}
