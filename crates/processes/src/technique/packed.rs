//! Plain elements cross a pipe as their bytes: one copy, where serde would visit each of them.

use bytemuck::{AnyBitPattern, NoUninit};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// Elements that are written and read as they lie in memory: for processes of one machine.
pub(crate) struct Packed<T>(pub(crate) Vec<T>);

impl<T: NoUninit> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytemuck::cast_slice(&self.0))
    }
}

impl<'de, T: NoUninit + AnyBitPattern> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_bytes(Unpack(PhantomData))
    }
}

struct Unpack<T>(PhantomData<T>);

impl<T: NoUninit + AnyBitPattern> Visitor<'_> for Unpack<T> {
    type Value = Packed<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a multiple of {} bytes", size_of::<T>())
    }

    /// A message lies at any address, so its elements move to one that suits them.
    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Packed<T>, E> {
        if size_of::<T>() == 0 || !bytes.len().is_multiple_of(size_of::<T>()) {
            return Err(E::invalid_length(bytes.len(), &self));
        }
        let mut elements = vec![T::zeroed(); bytes.len() / size_of::<T>()];
        bytemuck::cast_slice_mut(&mut elements).copy_from_slice(bytes);
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
}
