//! Bytes in shared memory, written once and then only read: for data too large for a pipe.

#![expect(unsafe_code, reason = "bytes in shared memory that nobody writes any more become a slice")]

use std::sync::atomic::Ordering::Relaxed;

use serde::{Deserialize, Serialize};

use super::region::{Region, Use};
use super::row::Control;
use crate::error::Error;

/// Bytes in memory that other processes map, too. Clones, and copies that arrive in other processes, are the
/// same memory; it needs no claims, since nothing writes to it after it is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Blob {
    region: Region,
}

impl Blob {
    /// A copy of `bytes`.
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, Error> {
        let region = Region::create(Use::Blob, size_of::<Control>() + bytes.len())?;
        // Sent to others only after this.
        region.memory().words::<Control>().length.store(bytes.len() as u64, Relaxed);
        let place = region.memory().elements::<u8>(size_of::<Control>(), 0..bytes.len());
        // SAFETY: `elements` has checked that they fit; fresh memory overlaps with nothing, and no other process
        // has it yet.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len()) };
        Ok(Self { region })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        let memory = self.region.memory();
        let length = memory.words::<Control>().length.load(Relaxed) as usize; // never changes
        let place = memory.elements::<u8>(size_of::<Control>(), 0..length);
        // SAFETY: `elements` has checked that they lie inside; only `new` writes to them, which ended before
        // any other process could have the memory; they live as long as the mapping, which `self` owns.
        unsafe { std::slice::from_raw_parts(place, length) }
    }

    /// Whether both are the same memory, and so do not need to be compared.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.region.is(&other.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_the_same_memory() {
        let text = "not through a pipe".repeat(1000);
        let blob = Blob::new(text.as_bytes()).unwrap();
        let ticket = postcard::to_stdvec(&blob).unwrap();
        assert!(ticket.len() < 40);
        let again: Blob = postcard::from_bytes(&ticket).unwrap();
        assert!(again.is(&blob) && again.bytes() == text.as_bytes());
        assert!(!again.is(&Blob::new(text.as_bytes()).unwrap()), "equal, but another");
        assert!(Blob::new(&[]).unwrap().bytes().is_empty());
    }
}
