//! Anonymous shared memory: a file without a name, which lives only as long as a process holds or maps it.
//!
//! `shm_open` leaves `/dev/shm/something` behind when a program is killed between making and unlinking it;
//! `memfd_create` has no name to leave behind. Its size is sealed, so no holder can truncate it, which would
//! end another holder by SIGBUS.

#![expect(unsafe_code, reason = "bytes that other processes also map are viewed as atomics and elements")]

use std::fs::OpenOptions;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use bytemuck::{Pod, Zeroable};
use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, fstat, ftruncate, memfd_create};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::error::Error;

const SEALS: SealFlags = SealFlags::GROW.union(SealFlags::SHRINK).union(SealFlags::SEAL);

/// Mapped memory that other processes may map too.
#[derive(Debug)]
pub(crate) struct Memory {
    file: OwnedFd,
    map: MmapRaw,
    inode: u64,
}

/// The address at which another process finds a [`Memory`], as long as its holder keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ticket {
    process: u32,
    descriptor: i32,
    pub(crate) inode: u64,
    bytes: u64,
}

/// Words at the start of a memory. Only their atomics are ever touched while it is shared.
///
/// `Zeroable` makes fresh memory a valid value, `Sync` makes it fit for others to change; in this crate only
/// `repr(C)` structs of atomics implement it, for which every other pattern of bits is valid as well.
pub(crate) trait Words: Zeroable + Sync {}

impl Memory {
    /// Fresh zeros; `name` is what `/proc/<pid>/maps` shows.
    pub(crate) fn create(name: &str, bytes: usize) -> Result<Self, Error> {
        let sealed = || {
            let file = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
            ftruncate(&file, bytes.max(1) as u64)?;
            fcntl_add_seals(&file, SEALS)?;
            Ok(file)
        };
        Self::map(sealed().map_err(|error: Errno| Error::Memory(error.into()))?)
    }

    /// Maps the memory to which the [`ticket`](Self::ticket) of another process refers.
    pub(crate) fn attach(ticket: &Ticket) -> Result<Self, Error> {
        let path = format!("/proc/{}/fd/{}", ticket.process, ticket.descriptor);
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(Error::unopened)?;
        let memory = Self::map(file.into())?;
        // The descriptor may have been closed and its number used again for something else.
        if memory.inode != ticket.inode || memory.map.len() as u64 != ticket.bytes {
            return Err(Error::MemoryGone(io::ErrorKind::NotFound.into()));
        }
        Ok(memory)
    }

    /// Maps all of a sealed file.
    pub(crate) fn map(file: OwnedFd) -> Result<Self, Error> {
        let facts = fstat(&file).map_err(|error| Error::Memory(error.into()))?;
        let seals = fcntl_get_seals(&file).map_err(|error| Error::MemoryGone(error.into()))?;
        if !seals.contains(SEALS) {
            return Err(Error::MemoryGone(io::ErrorKind::InvalidData.into()));
        }
        let map = MmapOptions::new().len(facts.st_size as usize).map_raw(&file).map_err(Error::Memory)?;
        Ok(Self { file, map, inode: facts.st_ino })
    }

    pub(crate) fn ticket(&self) -> Ticket {
        Ticket {
            process: std::process::id(),
            descriptor: self.file.as_raw_fd(),
            inode: self.inode,
            bytes: self.map.len() as u64,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    pub(crate) fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// The words at the start.
    ///
    /// # Panics
    ///
    /// If the memory is too small for them.
    pub(crate) fn words<W: Words>(&self) -> &W {
        assert!(size_of::<W>() <= self.len() && align_of::<W>() <= 4096, "too small for its own words");
        // SAFETY: in bounds and aligned, since a mapping starts at a page; valid for all bits, see `Words`;
        // other processes change it through atomics only; it lives as long as the mapping, which `self` owns.
        unsafe { &*self.map.as_mut_ptr().cast::<W>() }
    }

    /// A row of words that starts `offset` bytes in.
    ///
    /// # Panics
    ///
    /// If the memory ends before the row does.
    pub(crate) fn row<W: Words>(&self, offset: usize, count: usize) -> &[W] {
        let start = self.at::<W>(offset, 0..count);
        // SAFETY: as in `words`, for `count` of them; `at` has checked bounds and alignment.
        unsafe { std::slice::from_raw_parts(start, count) }
    }

    /// A pointer to elements, the first of the memory being `offset` bytes in. A caller that reads or writes
    /// there makes sure that no other thread, in any process, uses them otherwise.
    ///
    /// # Panics
    ///
    /// If they are not inside the memory.
    pub(crate) fn elements<T: Pod>(&self, offset: usize, elements: Range<usize>) -> *mut T {
        self.at(offset, elements)
    }

    fn at<T>(&self, offset: usize, items: Range<usize>) -> *mut T {
        let end = items.end.checked_mul(size_of::<T>()).and_then(|bytes| bytes.checked_add(offset));
        assert!(
            items.start <= items.end && end.is_some_and(|end| end <= self.len()),
            "outside of the memory"
        );
        assert!(offset.is_multiple_of(align_of::<T>()) && align_of::<T>() <= 4096, "misaligned");
        // SAFETY: start <= end <= len, so it stays inside the mapping or one past its end.
        unsafe { self.map.as_mut_ptr().add(offset + items.start * size_of::<T>()).cast() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use super::*;

    #[derive(Zeroable)]
    #[repr(C)]
    struct Count(AtomicU64);
    impl Words for Count {}

    #[test]
    fn two_mappings_are_one_memory() {
        let here = Memory::create("test", 4096).unwrap();
        let there = Memory::attach(&here.ticket()).unwrap();
        here.words::<Count>().0.store(5, Relaxed);
        assert_eq!(there.words::<Count>().0.load(Relaxed), 5);
        assert_eq!(there.row::<Count>(0, 2)[1].0.load(Relaxed), 0);
    }

    #[test]
    fn a_stale_ticket_finds_nothing_and_not_something_else() {
        let first = Memory::create("test", 4096).unwrap();
        let stale = first.ticket();
        drop(first);
        assert!(matches!(Memory::attach(&stale), Err(Error::MemoryGone(_))));
        // The next file to get this number is another memory of the same size.
        let others: Vec<Memory> = (0..64).map(|_| Memory::create("test", 4096).unwrap()).collect();
        assert!(matches!(Memory::attach(&stale), Err(Error::MemoryGone(_))));
        drop(others);
    }

    #[test]
    fn its_size_is_sealed() {
        let memory = Memory::create("test", 4096).unwrap();
        assert!(ftruncate(memory.file(), 0).is_err());
        assert!(ftruncate(memory.file(), 8192).is_err());
    }

    #[test]
    #[should_panic(expected = "outside of the memory")]
    fn elements_beyond_the_end_are_refused() {
        let memory = Memory::create("test", 64).unwrap();
        let _ = memory.elements::<u64>(0, 8..9);
    }
}
