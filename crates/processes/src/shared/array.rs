//! An array that several processes see, cut into parts that one may write or many may read.

#![expect(unsafe_code, reason = "elements in shared memory become slices while they are claimed")]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, Deref, DerefMut, Range, RangeBounds};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::SharedError;
use super::claims::{Claims, PARTS};
use super::memory::Words;
use super::region::{Header, Region, Use};

const PAGE: usize = 4096;

/// Elements in memory that other processes see, too.
///
/// The array is cut into parts of equal length, the last one may be shorter, as `chunks` does. To read or write,
/// parts are claimed as a `RefCell` is borrowed: many may read, or one may write, in whichever process; a claim that
/// would break this is refused at once. Inside a claim the elements are a plain slice, at the speed of plain memory.
///
/// Clones, and what arrives in other processes, are the same array. At most 256 of them may exist at a time.
///
/// # Costs
///
/// A claim takes some 10 ns for each part, so parts are the pieces that are handed out, not the elements. There can be
/// 65536 of them, and each takes up to a kilobyte for the claims of all 256 handles.
pub struct Shared<T> {
    inner: Arc<Inner>,
    elements: PhantomData<fn(T) -> T>,
}

struct Inner {
    region: Region,
    shape: Shape,
    member: usize,
    /// Claims of this handle; more than 0 at its end if guards were forgotten.
    claimed: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    length: usize,
    part: usize,
    parts: usize,
    /// Where the first element lies.
    offset: usize,
}

#[derive(Zeroable)]
#[repr(C)]
struct Control {
    header: Header,
    length: AtomicU64,
    part: AtomicU64,
    element_bytes: AtomicU64,
}

impl Words for Control {}

/// Parts that are claimed for reading: a `&[T]`.
pub struct Reading<'s, T> {
    claim: Claim<'s>,
    elements: PhantomData<&'s [T]>,
}

/// Parts that are claimed for writing: a `&mut [T]`.
pub struct Writing<'s, T> {
    claim: Claim<'s>,
    elements: PhantomData<&'s mut [T]>,
}

/// Given back when it is dropped.
struct Claim<'s> {
    inner: &'s Inner,
    parts: Range<usize>,
    write: bool,
}

impl<T: Pod> Shared<T> {
    /// `length` zeros in parts of `part` elements each.
    ///
    /// The system gives the memory when it is first touched, page by page.
    ///
    /// # Errors
    ///
    /// [`SharedError::Shape`] for parts of no length, more than 65536 parts, elements of no size, or more bytes than
    /// there are addresses; [`SharedError::System`].
    pub fn zeroed(length: usize, part: usize) -> Result<Self, SharedError> {
        let shape = Shape::new::<T>(length, part)?;
        let bytes = length.checked_mul(size_of::<T>()).and_then(|bytes| bytes.checked_add(shape.offset));
        let bytes = bytes.filter(|bytes| isize::try_from(*bytes).is_ok());
        let region = Region::create(Use::Array, bytes.ok_or(SharedError::Shape("too many elements"))?)?;
        let control = region.memory().words::<Control>();
        // Others get the region only after this.
        control.length.store(length as u64, Relaxed);
        control.part.store(part as u64, Relaxed);
        control.element_bytes.store(size_of::<T>() as u64, Relaxed);
        Self::join(region, shape)
    }

    /// A copy of `elements` in parts of `part` elements each.
    ///
    /// # Errors
    ///
    /// As [`zeroed`](Self::zeroed).
    pub fn from_slice(elements: &[T], part: usize) -> Result<Self, SharedError> {
        let shared = Self::zeroed(elements.len(), part)?;
        shared.write(..)?.copy_from_slice(elements);
        Ok(shared)
    }

    /// Claims parts for reading.
    ///
    /// # Errors
    ///
    /// [`SharedError::Busy`] if somebody writes to one of them.
    ///
    /// # Panics
    ///
    /// If there are no such parts.
    pub fn read(&self, parts: impl RangeBounds<usize>) -> Result<Reading<'_, T>, SharedError> {
        Ok(Reading { claim: self.claim(parts, false)?, elements: PhantomData })
    }

    /// Claims parts for writing.
    ///
    /// # Errors
    ///
    /// [`SharedError::Busy`] if somebody reads or writes one of them, be it this process.
    ///
    /// # Panics
    ///
    /// If there are no such parts.
    pub fn write(&self, parts: impl RangeBounds<usize>) -> Result<Writing<'_, T>, SharedError> {
        Ok(Writing { claim: self.claim(parts, true)?, elements: PhantomData })
    }

    fn join(region: Region, shape: Shape) -> Result<Self, SharedError> {
        let member = shape.claims(&region).join()?;
        Ok(Self {
            inner: Arc::new(Inner { region, shape, member, claimed: AtomicUsize::new(0) }),
            elements: PhantomData,
        })
    }

    fn claim(&self, parts: impl RangeBounds<usize>, write: bool) -> Result<Claim<'_>, SharedError> {
        let inner = &*self.inner;
        let parts = resolve(&parts, inner.shape.parts);
        inner.claims().claim(inner.member, parts.clone(), write)?;
        inner.claimed.fetch_add(1, Relaxed); // read by the drop of `Inner`, which comes after all others
        Ok(Claim { inner, parts, write })
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
        self.inner.shape.elements(resolve(&parts, self.inner.shape.parts))
    }
}

impl Shape {
    fn new<T>(length: usize, part: usize) -> Result<Self, SharedError> {
        if size_of::<T>() == 0 || align_of::<T>() > PAGE {
            return Err(SharedError::Shape("elements need a size, and an alignment of a page at most"));
        }
        if part == 0 {
            return Err(SharedError::Shape("a part holds at least one element"));
        }
        let parts = length.div_ceil(part);
        if parts > PARTS {
            return Err(SharedError::Shape("an array has 65536 parts at most: make them longer"));
        }
        let offset = (size_of::<Control>() + Claims::bytes(parts)).next_multiple_of(PAGE);
        Ok(Self { length, part, parts, offset })
    }

    fn elements(&self, parts: Range<usize>) -> Range<usize> {
        // The last part ends where the array does; an empty array has no part to multiply.
        self.length.min(parts.start * self.part)..self.length.min(parts.end.saturating_mul(self.part))
    }

    fn claims<'r>(&self, region: &'r Region) -> Claims<'r> {
        Claims::at(region.memory(), size_of::<Control>(), self.parts)
    }
}

impl Inner {
    fn claims(&self) -> Claims<'_> {
        self.shape.claims(&self.region)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let clean = *self.claimed.get_mut() == 0;
        self.claims().leave(self.member, clean);
    }
}

impl Claim<'_> {
    /// Where the claimed elements lie, and how many there are.
    fn place<T: Pod>(&self) -> (*mut T, usize) {
        let elements = self.inner.shape.elements(self.parts.clone());
        let count = elements.len();
        (self.inner.region.memory().elements(self.inner.shape.offset, elements), count)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.inner.claims().release(self.inner.member, self.parts.clone(), self.write);
        self.inner.claimed.fetch_sub(1, Relaxed); // as in `claim`
    }
}

impl<T: Pod> Deref for Reading<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let (start, count) = self.claim.place();
        // SAFETY: in bounds and aligned, as `Memory::elements` checks; any bits are a valid `T: Pod`; until the claim is
        // dropped, and so while this slice lives, no process has it claimed for writing.
        unsafe { std::slice::from_raw_parts(start, count) }
    }
}

impl<T: Pod> Deref for Writing<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let (start, count) = self.claim.place();
        // SAFETY: as for `Reading`; the claim is for this guard alone.
        unsafe { std::slice::from_raw_parts(start, count) }
    }
}

impl<T: Pod> DerefMut for Writing<'_, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        let (start, count) = self.claim.place();
        // SAFETY: as for `Reading`; the claim is for this guard alone, which is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(start, count) }
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

impl<T: Pod + fmt::Debug> fmt::Debug for Reading<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Writing<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Where it is, not what is in it.
impl<T> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.inner.region.serialize(serializer)
    }
}

/// The very memory, while whoever made it keeps it.
impl<'de, T: Pod> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let region = Region::deserialize(deserializer)?;
        let control = region.memory().words::<Control>();
        if control.element_bytes.load(Relaxed) != size_of::<T>() as u64 {
            return Err(de::Error::custom("this memory was made for elements of another type"));
        }
        let (length, part) = (control.length.load(Relaxed) as usize, control.part.load(Relaxed) as usize);
        let shared = Shape::new::<T>(length, part).and_then(|shape| Self::join(region, shape));
        shared.map_err(de::Error::custom)
    }
}

fn resolve(parts: &impl RangeBounds<usize>, count: usize) -> Range<usize> {
    let start = match parts.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(before) => before + 1,
        Bound::Unbounded => 0,
    };
    let end = match parts.end_bound() {
        Bound::Included(last) => last + 1,
        Bound::Excluded(end) => *end,
        Bound::Unbounded => count,
    };
    assert!(start <= end && end <= count, "parts {start}..{end} of an array of {count} parts");
    start..end
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
        assert!(matches!(shared.read(0..2), Err(SharedError::Busy { part: 0, .. })));
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
    fn empty_arrays_and_impossible_ones() {
        let empty = Shared::<u8>::zeroed(0, 5).unwrap();
        assert!(empty.is_empty() && empty.parts() == 0 && empty.read(..).unwrap().is_empty());
        assert!(matches!(Shared::<u8>::zeroed(5, 0), Err(SharedError::Shape(_))));
        assert!(matches!(Shared::<()>::zeroed(5, 1), Err(SharedError::Shape(_))));
        assert!(matches!(Shared::<u64>::zeroed(usize::MAX / 4, usize::MAX), Err(SharedError::Shape(_))));
        assert!(matches!(Shared::<u8>::zeroed(1 << 17, 1), Err(SharedError::Shape(_))));
    }

    #[test]
    #[should_panic(expected = "parts 1..3 of an array of 2 parts")]
    fn parts_beyond_the_end_are_refused() {
        let _ = Shared::<u8>::zeroed(4, 2).unwrap().read(1..3);
    }

    #[test]
    fn elements_are_aligned_to_pages_and_of_the_type_they_were_made_for() {
        let shared = Shared::<u64>::zeroed(8, 3).unwrap();
        assert!(shared.read(..).unwrap().as_ptr().addr().is_multiple_of(PAGE));
        let ticket = postcard::to_stdvec(&shared).unwrap();
        assert!(postcard::from_bytes::<Shared<f64>>(&ticket).is_ok(), "same size, any bits");
        assert!(postcard::from_bytes::<Shared<u32>>(&ticket).is_err());
    }
}
