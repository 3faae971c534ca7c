//! Memory that is placed in the same way for every technique: aligned to 2 MiB, touched, in huge pages if possible.
//!
//! A triad over fresh pages takes twice as long as over touched ones, and huge pages gain another
//! tenth. NumPy requests huge pages, Rust's allocator does not: without this, a comparison of
//! techniques would be a comparison of allocators. Smaller buffers are aligned to a cache line, so that the
//! number of vectors that cross two lines does not depend on luck.

#![expect(unsafe_code, reason = "advice on memory is a raw system call")]

use crate::digest::{Output, POISON, Word, of_slice};
use std::ops::{Deref, DerefMut, Range};

const HUGE_PAGE: usize = 2 << 20;
/// The longest common cache line.
const LINE: usize = 128;

/// A fixed-length array that starts on a 2 MiB boundary (if it is that large, else on a cache line) and has
/// been touched.
///
/// It dereferences to a slice:
///
/// ```
/// use parallax_suite::Buffer;
/// let mut buffer = Buffer::<f64>::new(1000);
/// buffer[7] = 1.5;
/// assert_eq!(buffer.iter().sum::<f64>(), 1.5);
/// ```
#[derive(Debug)]
pub struct Buffer<T> {
    memory: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: bytemuck::Pod> Buffer<T> {
    /// `len` zeros.
    pub fn new(len: usize) -> Self {
        let bytes = len * size_of::<T>();
        let boundary = if bytes >= HUGE_PAGE { HUGE_PAGE } else { LINE };
        let slack = if bytes == 0 { 0 } else { boundary / size_of::<T>() };
        let mut memory = Vec::<T>::with_capacity(len + slack);
        let start = memory.as_ptr().align_offset(boundary).min(slack);
        if boundary == HUGE_PAGE {
            let base = memory.as_mut_ptr().wrapping_add(start);
            // SAFETY: the range lies inside the allocation that `memory` owns, begins on a page, and
            // advice about huge pages changes no contents. A refusal (an old kernel) costs only speed.
            let _ = unsafe { rustix::mm::madvise(base.cast(), bytes, rustix::mm::Advice::LinuxHugepage) };
        }
        memory.resize(len + slack, T::zeroed()); // after the advice, so the first touch gets huge pages
        Buffer { memory, start, len }
    }

    /// `len` items, item `i` from `item(i)`.
    pub fn from_fn(len: usize, item: impl FnMut(usize) -> T) -> Self {
        let mut buffer = Self::new(len);
        (0..len).map(item).zip(buffer.iter_mut()).for_each(|(item, place)| *place = item);
        buffer
    }
}

/// A copy with its own aligned placement: its allocation begins at another address.
impl<T: bytemuck::Pod> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

impl<T> Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.memory[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.start..self.start + self.len]
    }
}

impl<T: Word + Send + Sync> Output for Buffer<T> {
    fn len(&self) -> usize {
        self.len
    }
    fn word(&self, i: usize) -> u64 {
        self[i].word()
    }
    fn set_word(&mut self, i: usize, word: u64) {
        self[i] = T::from_word(word);
    }
    fn spoil(&mut self) {
        self.fill(T::from_word(POISON));
    }
    fn partial_digest(&self, range: Range<usize>) -> u64 {
        let start = range.start;
        of_slice(&self[range], start, |value| value.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_buffers_start_on_a_huge_page() {
        for len in [HUGE_PAGE / 8, HUGE_PAGE / 8 + 1, 1 << 20] {
            let buffer = Buffer::<f64>::new(len);
            assert_eq!(buffer.as_ptr() as usize % HUGE_PAGE, 0);
            assert_eq!(buffer.len(), len);
            assert!(buffer.iter().all(|&x| x == 0.0));
        }
    }

    #[test]
    fn small_buffers_start_with_a_line() {
        for len in [1, 3, 1000] {
            let buffers: Vec<_> = (0..20).map(|_| Buffer::<u32>::new(len)).collect();
            assert!(buffers.iter().all(|buffer| (buffer.as_ptr() as usize).is_multiple_of(LINE)));
        }
    }

    #[test]
    fn copies_are_placed_alike() {
        for len in [1, 1000, HUGE_PAGE / 4] {
            let buffer = Buffer::from_fn(len, |i| i as u32);
            let copies: Vec<_> = (0..20).map(|_| buffer.clone()).collect();
            let boundary = if len * 4 >= HUGE_PAGE { HUGE_PAGE } else { LINE };
            assert!(copies.iter().all(|copy| (copy.as_ptr() as usize).is_multiple_of(boundary)));
            assert!(copies.iter().all(|copy| copy[..] == buffer[..]));
        }
    }

    #[test]
    fn every_length_is_held_exactly() {
        for len in [0, 1, 7, 4096] {
            let buffer = Buffer::from_fn(len, |i| i as u32);
            assert!(buffer.iter().copied().eq(0..len as u32));
        }
    }
}
