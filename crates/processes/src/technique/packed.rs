//! Elements as they go through a pipe: numbers as their bytes in one copy, all others as serde writes them.

use super::numbers::{are_numbers, as_bytes, as_bytes_mut};
use parallax_pattern::{Item, Wire};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// Elements for a process of this machine, or of another one with the same byte order.
///
/// ```
/// use parallax_processes::remote::Packed;
///
/// let bytes = postcard::to_stdvec(&Packed(vec![1.5, 2.5]))?;
/// assert_eq!(bytes.len(), 1 + 16); // the length, and two numbers as they lie in memory
/// assert_eq!(postcard::from_bytes::<Packed<f64>>(&bytes)?.0, [1.5, 2.5]);
/// # Ok::<(), postcard::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Packed<T>(pub Vec<T>);

impl<T: Item + Wire> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match as_bytes(&self.0) {
            Some(bytes) => to.serialize_bytes(bytes),
            None => self.0.serialize(to),
        }
    }
}

impl<'de, T: Item + Wire> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if are_numbers::<T>() {
            from.deserialize_bytes(Unpack(PhantomData))
        } else {
            Vec::deserialize(from).map(Packed)
        }
    }
}

struct Unpack<T>(PhantomData<T>);

impl<T: Item> Visitor<'_> for Unpack<T> {
    type Value = Packed<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a multiple of {} bytes", size_of::<T>())
    }

    /// The bytes of a message may be misaligned, so its elements move to an aligned address.
    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Packed<T>, E> {
        let mut elements = vec![T::default(); bytes.len() / size_of::<T>()];
        match as_bytes_mut(&mut elements).filter(|to| to.len() == bytes.len()) {
            Some(to) => to.copy_from_slice(bytes),
            None => return Err(E::invalid_length(bytes.len(), &self)),
        }
        Ok(Packed(elements))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_back_from_any_address() {
        for count in 0..5 {
            let elements: Vec<f64> = (0..count).map(|i| 1.5 - f64::from(i)).collect();
            for shift in 0..8 {
                let mut message = vec![0; shift];
                message.extend(postcard::to_stdvec(&Packed(elements.clone())).unwrap());
                let back: Packed<f64> = postcard::from_bytes(&message[shift..]).unwrap();
                assert_eq!(back.0, elements);
            }
        }
        let odd = postcard::to_stdvec(&Packed(vec![0u8; 9])).unwrap();
        assert!(postcard::from_bytes::<Packed<u64>>(&odd).is_err());
    }

    #[test]
    fn words_travel_as_well_as_numbers() {
        let words = vec!["one".to_owned(), String::new(), "three".to_owned()];
        let message = postcard::to_stdvec(&Packed(words.clone())).unwrap();
        assert_eq!(postcard::from_bytes::<Packed<String>>(&message).unwrap().0, words);
    }
}
