//! Shared memory that stays mapped from one run to the next: fresh pages cost more than their use.

use super::failed;
use crate::Error;
use crate::shared::{Barrier, Counters, Shared};
use parallax_pattern::Answer;
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

/// The shared memory that a run needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shape {
    /// How many arrays.
    pub(crate) arrays: usize,
    /// Bytes of each array.
    pub(crate) bytes: usize,
    /// Bytes of each part of an array but the last.
    pub(crate) part: usize,
    /// How many counters.
    pub(crate) words: usize,
}

impl Shape {
    /// Arrays of `len` elements in parts of `part`.
    pub(crate) fn of<T>(arrays: usize, len: usize, part: usize) -> Self {
        Shape { arrays, bytes: len * size_of::<T>(), part: part * size_of::<T>(), words: 0 }
    }
}

/// Shared memory for one run. It is sent to workers by its address; clones are the same memory.
///
/// Arrays are of bytes, because one memory serves workloads of every type of element.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RunMemory {
    pub(crate) arrays: Vec<Shared<u8>>,
    pub(crate) table: Counters,
    /// One member for each part of an array.
    pub(crate) barrier: Barrier,
    next: Counters,
}

impl RunMemory {
    fn new(shape: Shape) -> Result<Self, Error> {
        let array = |_| Shared::zeroed(shape.bytes, shape.part);
        let arrays = (0..shape.arrays).map(array).collect::<Result<Vec<_>, _>>()?;
        let members = arrays.first().map_or(1, |array| array.parts().max(1));
        Ok(RunMemory {
            arrays,
            table: Counters::zeroed(shape.words)?,
            barrier: Barrier::new(members)?,
            next: Counters::zeroed(1)?,
        })
    }

    /// Spoils the array that the last run left, so that elements which this run does not write are wrong: inverts the
    /// first element of each part. To invert all of them would cost a pass over memory.
    pub(crate) fn spoil<T>(&self, array: usize) -> Result<(), Error> {
        let array = &self.arrays[array];
        let mut bytes = array.write(..)?;
        for part in 0..array.parts() {
            let first = array.elements(part..=part).start;
            bytes[first..][..size_of::<T>()].iter_mut().for_each(|byte| *byte = !*byte);
        }
        Ok(())
    }

    /// The next of `pieces` pieces that no worker has taken yet.
    pub(crate) fn take(&self, pieces: usize) -> Option<usize> {
        let piece = self.next[0].fetch_add(1, Relaxed) as usize; // decides who does it and passes no data on
        (piece < pieces).then_some(piece)
    }
}

/// The memory of the last run, kept for the next.
#[derive(Debug, Default)]
pub(crate) struct KeptMemory(Mutex<Option<(Shape, RunMemory)>>);

impl KeptMemory {
    /// The memory of the last run, if it has this shape, or a new one. Arrays and table hold what the last run left.
    pub(crate) fn get(&self, shape: Shape) -> Answer<RunMemory> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = match kept.take().filter(|(old, _)| *old == shape) {
            Some((_, memory)) => memory,
            None => RunMemory::new(shape).map_err(failed)?,
        };
        memory.next[0].store(0, Relaxed); // the message that starts the workers passes it on
        Ok(kept.insert((shape, memory)).1.clone())
    }

    /// Forgets the memory after a failure: its barrier may have been given up.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_leaves_as_it_was_is_wrong_in_each_part() {
        let memory = RunMemory::new(Shape::of::<u32>(2, 10, 4)).unwrap();
        memory.spoil::<u32>(1).unwrap();
        let wrong = [0xff; 4];
        let of_words = |words: [[u8; 4]; 10]| words.concat();
        let (kept, spoilt) = (memory.arrays[0].read(..).unwrap(), memory.arrays[1].read(..).unwrap());
        assert_eq!(kept[..], of_words([[0; 4]; 10]));
        assert_eq!(
            spoilt[..],
            of_words(std::array::from_fn(|word| if word % 4 == 0 { wrong } else { [0; 4] }))
        );
        RunMemory::new(Shape::of::<u32>(1, 0, 1)).unwrap().spoil::<u32>(0).unwrap();
    }
}
