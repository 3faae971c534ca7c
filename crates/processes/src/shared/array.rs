//! A shared array in parts: at any moment each part has either one writer or any number of readers.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Range, RangeBounds};
use std::sync::Arc;

use bytemuck::Pod;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::guard::{Claim, Inner, Reading, Writing};
use super::region::Region;
use super::shape::Shape;
use crate::error::Error;

/// An array in memory that several processes map.
///
/// The array is cut into parts of equal length (the last may be shorter), as `chunks` does. To read or write,
/// a process claims parts, as a `RefCell` is borrowed: many may read or one may write, in any process; a claim
/// that would break this fails immediately. Inside a claim the elements are a plain slice, at the speed of
/// plain memory.
///
/// Clones, and copies that arrive in other processes, are the same array. At most 256 of them may exist at a time.
///
/// # Costs
///
/// A claim takes some 10 ns for each part, so make a part as large as a piece of work, not one element.
/// There can be 65536 of them, and each takes up to a kilobyte for the claims of all 256 handles.
pub struct Shared<T> {
    inner: Arc<Inner>,
    elements: PhantomData<fn(T) -> T>,
}

impl<T: Pod> Shared<T> {
    /// `length` zeros in parts of `part` elements each.
    ///
    /// The system allocates each page when it is first touched.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] for empty parts, more than 65536 parts, zero-sized elements, or more bytes than there are
    /// addresses; [`Error::Memory`].
    pub fn zeroed(length: usize, part: usize) -> Result<Self, Error> {
        let shape = Shape::new::<T>(length, part)?;
        Self::join(shape.create::<T>()?, shape)
    }

    /// A copy of `elements` in parts of `part` elements each.
    ///
    /// # Errors
    ///
    /// As [`zeroed`](Self::zeroed).
    pub fn from_slice(elements: &[T], part: usize) -> Result<Self, Error> {
        let shared = Self::zeroed(elements.len(), part)?;
        shared.write(..)?.copy_from_slice(elements);
        Ok(shared)
    }

    /// Claims parts for reading.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if one of them is being written to.
    ///
    /// # Panics
    ///
    /// If there are no such parts.
    pub fn read(&self, parts: impl RangeBounds<usize>) -> Result<Reading<'_, T>, Error> {
        Ok(Reading::of(self.claim(parts, false)?))
    }

    /// Claims parts for writing.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if one of them is being read or written, also by this process.
    ///
    /// # Panics
    ///
    /// If there are no such parts.
    pub fn write(&self, parts: impl RangeBounds<usize>) -> Result<Writing<'_, T>, Error> {
        Ok(Writing::of(self.claim(parts, true)?))
    }

    fn join(region: Region, shape: Shape) -> Result<Self, Error> {
        Ok(Self { inner: Arc::new(Inner::join(region, shape)?), elements: PhantomData })
    }

    fn claim(&self, parts: impl RangeBounds<usize>, write: bool) -> Result<Claim<'_>, Error> {
        Claim::new(&self.inner, self.inner.shape.resolve(&parts), write)
    }
}

impl<T> Shared<T> {
    /// How many elements it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.shape.length
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many parts it has.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.inner.shape.parts
    }

    /// The elements of these parts.
    ///
    /// # Panics
    ///
    /// If there are no such parts.
    #[must_use]
    pub fn elements(&self, parts: impl RangeBounds<usize>) -> Range<usize> {
        self.inner.shape.elements(self.inner.shape.resolve(&parts))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), elements: PhantomData }
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("length", &self.len())
            .field("parts", &self.parts())
            .finish_non_exhaustive()
    }
}

/// Serialises the address of the memory, not the elements.
impl<T> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.inner.region().serialize(serializer)
    }
}

/// Maps the same memory, as long as the process that made it keeps it.
impl<'de, T: Pod> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let region = Region::deserialize(deserializer)?;
        Shape::found::<T>(&region).and_then(|shape| Self::join(region, shape)).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cut_it_like_chunks() {
        let numbers: Vec<u32> = (0..10).collect();
        let shared = Shared::from_slice(&numbers, 4).unwrap();
        assert_eq!((shared.len(), shared.parts()), (10, 3));
        for (part, chunk) in numbers.chunks(4).enumerate() {
            assert_eq!(&shared.read(part..=part).unwrap()[..], chunk);
        }
        assert_eq!(shared.elements(1..), 4..10);
        assert_eq!(shared.read(..).unwrap()[..], numbers);
    }

    #[test]
    fn disjoint_parts_are_written_at_the_same_time_and_common_ones_are_not() {
        let shared = Shared::<u64>::zeroed(6, 2).unwrap();
        let mut first = shared.write(0..1).unwrap();
        shared.clone().write(1..3).unwrap().fill(7);
        first[1] = 5;
        assert!(matches!(shared.read(0..2), Err(Error::Busy { part: 0, .. })));
        drop(first);
        assert_eq!(shared.read(..).unwrap()[..], [0, 5, 7, 7, 7, 7]);
        let (one, two) = (shared.read(..).unwrap(), shared.read(1..2).unwrap());
        assert!(shared.write(1..2).is_err());
        drop((one, two));
        assert!(shared.write(..).is_ok());
    }

    #[test]
    fn a_forgotten_guard_blocks_until_its_handle_is_dropped() {
        let shared = Shared::<u8>::zeroed(2, 1).unwrap();
        let other: Shared<u8> = postcard::from_bytes(&postcard::to_stdvec(&shared).unwrap()).unwrap();
        std::mem::forget(other.write(0..1).unwrap());
        std::mem::forget(other.read(1..2).unwrap());
        assert!(shared.write(0..1).is_err() && shared.write(1..2).is_err());
        drop(other);
        assert!(shared.write(..).is_ok());
    }

    #[test]
    fn an_empty_array_has_no_parts() {
        let empty = Shared::<u8>::zeroed(0, 5).unwrap();
        assert!(empty.is_empty() && empty.parts() == 0 && empty.read(..).unwrap().is_empty());
        assert!(empty.write(..).unwrap().is_empty());
    }

    #[test]
    fn elements_are_aligned_to_pages_and_of_the_type_they_were_made_for() {
        let shared = Shared::<u64>::zeroed(8, 3).unwrap();
        assert!(shared.read(..).unwrap().as_ptr().addr().is_multiple_of(4096));
        let ticket = postcard::to_stdvec(&shared).unwrap();
        assert!(postcard::from_bytes::<Shared<f64>>(&ticket).is_ok(), "same size, any bits");
        assert!(postcard::from_bytes::<Shared<u32>>(&ticket).is_err());
    }
}
