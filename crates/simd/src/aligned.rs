//! Memory aligned to a cache line, so that no vector crosses two lines.

use std::ops::{Deref, DerefMut};

/// The longest common cache line, in bytes.
const LINE: usize = 128;

/// Items in such memory.
#[derive(Debug)]
pub(crate) struct Aligned<T> {
    memory: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// `len` default items.
    pub(crate) fn new(len: usize) -> Self {
        let slack = LINE / size_of::<T>();
        let memory = vec![T::default(); len + slack];
        let start = memory.as_ptr().align_offset(LINE).min(slack);
        Aligned { memory, start, len }
    }

    /// `len` items, the `k`-th from `item(k)`.
    pub(crate) fn from_fn(len: usize, item: impl Fn(usize) -> T) -> Self {
        let mut items = Self::new(len);
        items.iter_mut().enumerate().for_each(|(k, place)| *place = item(k));
        items
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.memory[self.start..][..self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.start..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_begin_with_a_line_and_are_all_there() {
        let many: Vec<Aligned<u64>> = (0..40).map(|len| Aligned::from_fn(len, |k| k as u64)).collect();
        for (len, items) in many.iter().enumerate() {
            assert_eq!((items.len(), items.as_ptr().addr() % LINE), (len, 0));
            assert!(items.iter().zip(0..).all(|(item, k)| *item == k));
        }
    }
}
