//! A row of equal cells after their count: the layout of counters, pairs and bytes in shared memory.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use bytemuck::Zeroable;

use super::memory::Words;
use super::region::{Header, Region, Use};
use crate::error::Error;

/// The header before the cells.
#[derive(Zeroable)]
#[repr(C)]
pub(super) struct Control {
    header: Header,
    pub(super) length: AtomicU64,
}

impl Words for Control {}

impl Region {
    /// `length` zeroed cells; `too_many` is the error for more than there are addresses.
    pub(super) fn row<T: Words>(used_as: Use, length: usize, too_many: &'static str) -> Result<Self, Error> {
        let bytes = length.checked_mul(size_of::<T>()).filter(|bytes| *bytes < isize::MAX as usize / 2);
        let bytes = bytes.ok_or(Error::Shape(too_many))?;
        let region = Region::create(used_as, size_of::<Control>() + bytes)?;
        region.memory().words::<Control>().length.store(length as u64, Relaxed); // sent to others only after this
        Ok(region)
    }

    /// The cells of a region that was made by [`row`](Region::row).
    pub(super) fn cells<T: Words>(&self) -> &[T] {
        let memory = self.memory();
        memory.row(size_of::<Control>(), memory.words::<Control>().length.load(Relaxed) as usize)
    }
}
