//! A claim as a slice: while the guard lives, the elements are plain memory.

#![expect(unsafe_code, reason = "elements in shared memory become slices while they are claimed")]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Range};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use bytemuck::Pod;

use super::claims::Claims;
use super::region::Region;
use super::shape::Shape;
use crate::error::Error;

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

/// One handle to an array: a member that may claim its parts.
pub(crate) struct Inner {
    region: Region,
    pub(crate) shape: Shape,
    member: usize,
    /// Claims of this handle; more than 0 at its end if guards were forgotten.
    claimed: AtomicUsize,
}

/// Given back when it is dropped.
pub(crate) struct Claim<'s> {
    inner: &'s Inner,
    parts: Range<usize>,
    write: bool,
}

impl<'s, T: Pod> Reading<'s, T> {
    pub(crate) fn of(claim: Claim<'s>) -> Self {
        Self { claim, elements: PhantomData }
    }
}

impl<T: Pod> Deref for Reading<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let (start, count) = self.claim.place();
        // SAFETY: in bounds and aligned, as `Memory::elements` checks; any bits are a valid `T: Pod`; until
        // the claim is dropped, and so while this slice lives, no process has it claimed for writing.
        unsafe { std::slice::from_raw_parts(start, count) }
    }
}

impl<'s, T: Pod> Writing<'s, T> {
    /// The claim must be one for writing.
    pub(crate) fn of(claim: Claim<'s>) -> Self {
        assert!(claim.write, "claimed for reading only");
        Self { claim, elements: PhantomData }
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

impl Inner {
    pub(crate) fn join(region: Region, shape: Shape) -> Result<Self, Error> {
        let member = shape.claims(&region).join()?;
        Ok(Self { region, shape, member, claimed: AtomicUsize::new(0) })
    }

    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

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

impl<'s> Claim<'s> {
    pub(crate) fn new(inner: &'s Inner, parts: Range<usize>, write: bool) -> Result<Self, Error> {
        inner.claims().claim(inner.member, parts.clone(), write)?;
        inner.claimed.fetch_add(1, Relaxed); // read by the drop of `Inner`, which comes after all others
        Ok(Self { inner, parts, write })
    }

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
        self.inner.claimed.fetch_sub(1, Relaxed); // as in `new`
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
