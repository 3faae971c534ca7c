//! The layout of a shared array: header words, then claims, then the elements from the next page on.

use std::ops::{Bound, Range, RangeBounds};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use bytemuck::Zeroable;

use super::claims::{Claims, PARTS};
use super::memory::Words;
use super::region::{Header, Region, Use};
use crate::error::Error;

const PAGE: usize = 4096;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) length: usize,
    part: usize,
    pub(crate) parts: usize,
    /// Where the first element lies.
    pub(crate) offset: usize,
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

impl Shape {
    /// The shape of `length` elements in parts of `part` each.
    pub(crate) fn new<T>(length: usize, part: usize) -> Result<Self, Error> {
        if size_of::<T>() == 0 || align_of::<T>() > PAGE {
            return Err(Error::Shape("elements need a size above zero, and an alignment of a page at most"));
        }
        if part == 0 {
            return Err(Error::Shape("a part holds at least one element"));
        }
        let parts = length.div_ceil(part);
        if parts > PARTS {
            return Err(Error::Shape("an array has 65536 parts at most: make them longer"));
        }
        let offset = (size_of::<Control>() + Claims::bytes(parts)).next_multiple_of(PAGE);
        Ok(Self { length, part, parts, offset })
    }

    /// Zeroed memory of this shape, in which other processes find the shape.
    pub(crate) fn create<T>(self) -> Result<Region, Error> {
        let bytes = self.length.checked_mul(size_of::<T>()).and_then(|bytes| bytes.checked_add(self.offset));
        let bytes = bytes.filter(|bytes| isize::try_from(*bytes).is_ok());
        let region = Region::create(Use::Array, bytes.ok_or(Error::Shape("too many elements"))?)?;
        let control = region.memory().words::<Control>();
        // Others get the region only after this.
        control.length.store(self.length as u64, Relaxed);
        control.part.store(self.part as u64, Relaxed);
        control.element_bytes.store(size_of::<T>() as u64, Relaxed);
        Ok(region)
    }

    /// The shape of memory that another process made.
    pub(crate) fn found<T>(region: &Region) -> Result<Self, Error> {
        let control = region.memory().words::<Control>();
        if control.element_bytes.load(Relaxed) != size_of::<T>() as u64 {
            return Err(Error::Shape("this memory was made for elements of another type"));
        }
        Self::new::<T>(control.length.load(Relaxed) as usize, control.part.load(Relaxed) as usize)
    }

    pub(crate) fn claims<'r>(&self, region: &'r Region) -> Claims<'r> {
        Claims::at(region.memory(), size_of::<Control>(), self.parts)
    }

    pub(crate) fn elements(&self, parts: Range<usize>) -> Range<usize> {
        // The last part ends where the array does.
        let place = |part: usize| part.saturating_mul(self.part).min(self.length);
        place(parts.start)..place(parts.end)
    }

    /// These parts as numbers.
    ///
    /// # Panics
    ///
    /// If there are no such parts.
    pub(crate) fn resolve(&self, parts: &impl RangeBounds<usize>) -> Range<usize> {
        let start = match parts.start_bound() {
            Bound::Included(first) => *first,
            Bound::Excluded(before) => before + 1,
            Bound::Unbounded => 0,
        };
        let end = match parts.end_bound() {
            Bound::Included(last) => last + 1,
            Bound::Excluded(end) => *end,
            Bound::Unbounded => self.parts,
        };
        assert!(
            start <= end && end <= self.parts,
            "parts {start}..{end} of an array of {} parts",
            self.parts
        );
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_array_once() {
        for (length, part) in [(0, 5), (1, 5), (10, 5), (11, 5), (7, usize::MAX)] {
            let shape = Shape::new::<u8>(length, part).unwrap();
            let all: Vec<usize> = (0..shape.parts).flat_map(|part| shape.elements(part..part + 1)).collect();
            assert_eq!(all, (0..length).collect::<Vec<_>>(), "{length} in parts of {part}");
            assert_eq!(shape.elements(shape.resolve(&(..))), 0..length);
        }
    }

    #[test]
    fn impossible_shapes_are_refused() {
        assert!(matches!(Shape::new::<u8>(5, 0), Err(Error::Shape(_))));
        assert!(matches!(Shape::new::<()>(5, 1), Err(Error::Shape(_))));
        assert!(matches!(Shape::new::<u8>(PARTS + 1, 1), Err(Error::Shape(_))));
        let endless = Shape::new::<u64>(usize::MAX / 4, usize::MAX).unwrap();
        assert!(matches!(endless.create::<u64>(), Err(Error::Shape(_))));
    }

    #[test]
    #[should_panic(expected = "parts 1..3 of an array of 2 parts")]
    fn parts_beyond_the_end_are_refused() {
        let _ = Shape::new::<u8>(4, 2).unwrap().resolve(&(1..3));
    }
}
