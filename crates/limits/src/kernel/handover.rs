//! The peak of handing data from one core to another: two blocks that fit a cache, so that both ends can be busy.

#![expect(unsafe_code, reason = "the flag of a block says which thread may use it")]

use crate::team::{Task, Team};
use crate::{Error, Limit};
use parallax_suite::Rate;
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Words in a block: 32 KiB.
const WORDS: usize = 4096;

/// Measures the rate at which pairs of workers hand data over; a lone worker hands it to itself.
pub(crate) fn handover(team: &Team, limits: &mut Vec<Limit>) -> Result<(), Error> {
    let threads = if team.workers == 1 { 1 } else { team.workers / 2 * 2 };
    let lines: Vec<Arc<Line>> = (0..threads.div_ceil(2)).map(|_| Arc::default()).collect();
    let end = |worker: usize| End {
        line: lines[worker / 2].clone(),
        writes: worker.is_multiple_of(2),
        reads: threads == 1 || !worker.is_multiple_of(2),
        blocks: 0,
        sum: 0,
    };
    let first = limits.len();
    Team { workers: threads, ..*team }.measure(end, &[task()], limits)?;
    limits[first..].iter_mut().for_each(|limit| limit.workers = team.workers);
    Ok(())
}

/// The two blocks between a pair of workers.
#[derive(Default)]
struct Line {
    blocks: [Block; 2],
}

/// A block and the flag that says whose turn it is, in separate cache lines so that waiting does not disturb writing.
#[repr(align(128))]
struct Block {
    full: Flag,
    words: UnsafeCell<[u64; WORDS]>,
}

#[derive(Default)]
#[repr(align(128))]
struct Flag(AtomicBool);

impl Default for Block {
    fn default() -> Self {
        Block { full: Flag::default(), words: UnsafeCell::new([0; WORDS]) }
    }
}

// SAFETY: the words are touched by the writer while `full` is false and by the reader while it is true;
// each gives the block away by the Release store that the other's Acquire load waits for.
unsafe impl Sync for Block {}

impl Block {
    /// Works on the words when it is this end's turn, and gives them to the other end.
    fn take<R>(&self, full: bool, work: impl FnOnce(&mut [u64; WORDS]) -> R) -> R {
        let mut looks = 0u32;
        while self.full.0.load(Ordering::Acquire) != full {
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(1024) { thread::yield_now() } else { spin_loop() }
        }
        // SAFETY: it is this end's turn until the store below, and an end is one thread.
        let result = work(unsafe { &mut *self.words.get() });
        self.full.0.store(!full, Ordering::Release); // pairs with the other end's Acquire above
        result
    }
}

/// One worker's end of a [`Line`]; a lone worker has both.
struct End {
    line: Arc<Line>,
    writes: bool,
    reads: bool,
    blocks: u64,
    sum: u64,
}

fn task() -> Task<End> {
    Task {
        rate: Rate::Handover,
        way: "",
        isa: String::new(),
        set: None,
        amount: |end| if end.writes { 8.0 * WORDS as f64 } else { 0.0 },
        reset: |end| (end.blocks, end.sum) = (0, 0),
        run: |end, passes| {
            for _ in 0..passes {
                let block = &end.line.blocks[end.blocks as usize % 2];
                end.blocks += 1;
                if end.writes {
                    block.take(false, |words| words.fill(end.blocks));
                }
                if end.reads {
                    let sum =
                        block.take(true, |words| words.iter().fold(0, |sum: u64, x| sum.wrapping_add(*x)));
                    end.sum = end.sum.wrapping_add(sum);
                }
            }
        },
        check: |end, passes| {
            let right = (1..=passes).map(|block| block * WORDS as u64).fold(0, u64::wrapping_add);
            match end.reads && end.sum != right {
                true => Err(format!("the words add up to {}, not {right}", end.sum)),
                false => Ok(()),
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_what_was_sent() {
        let line = Arc::<Line>::default();
        let end = |writes: bool| End { line: line.clone(), writes, reads: !writes, blocks: 0, sum: 0 };
        let (task, mut writer, mut reader) = (task(), end(true), end(false));
        assert!((task.check)(&reader, 100).is_err(), "the check passes for blocks that never arrived");
        thread::scope(|scope| {
            scope.spawn(|| (task.run)(&mut writer, 100));
            (task.run)(&mut reader, 100);
        });
        (task.check)(&reader, 100).unwrap();
        assert!((task.check)(&reader, 101).is_err());
    }

    #[test]
    fn three_workers_are_one_pair() {
        let mut limits = Vec::new();
        handover(&Team { workers: 3, samples: crate::FEWEST, needs: None }, &mut limits).unwrap();
        assert_eq!((limits.len(), limits[0].workers), (1, 3));
    }
}
