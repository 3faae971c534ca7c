//! A task graph without a scheduler: the thread that completes a task's last dependency runs the task.

use super::primitive::AtomicU32;
use super::primitive::Ordering::{AcqRel, Relaxed};

/// For each task, the number of dependencies it still waits for.
///
/// A finished task [`arrive`](Self::arrive)s at each task that depends on it; the arrival that takes the count to zero
/// returns `true`, and owns the dependent. No task is ever polled, and no lock or queue is needed to decide which
/// thread runs it. (Prior art: Intel TBB's flow graph, and the join counters of Cilk.)
///
/// Counts lie densely, 16 to a 64-byte line, which is as good when tasks are long; when neighbouring tasks finish on
/// different cores within the same few hundred nanoseconds, [`padded`](Self::padded) keeps each count on its own lines.
///
/// ```
/// use parallax_atomics::blocks::countdown::Countdown;
///
/// // Task 2 depends on tasks 0 and 1.
/// let waits = Countdown::new([0, 0, 2]);
/// assert_eq!(waits.ready().collect::<Vec<_>>(), [0, 1]);
/// assert!(!waits.arrive(2));
/// assert!(waits.arrive(2), "the second to finish runs task 2");
/// ```
#[derive(Debug)]
pub struct Countdown {
    counts: Box<[AtomicU32]>,
    /// The distance between the counts of neighbouring tasks.
    stride: usize,
}

impl Countdown {
    /// The tasks `0..`, each with the number of its dependencies.
    #[must_use]
    pub fn new(dependencies: impl IntoIterator<Item = u32>) -> Self {
        Self::with_stride(dependencies, 1)
    }

    /// The same, each count 128 bytes from the next: 32 times the memory, and no false sharing.
    #[must_use]
    pub fn padded(dependencies: impl IntoIterator<Item = u32>) -> Self {
        Self::with_stride(dependencies, PADDED_STRIDE)
    }

    /// Records that one of the task's dependencies is done; `true` for the last.
    ///
    /// The last arrival sees what each of the others did before it arrived.
    ///
    /// # Panics
    ///
    /// When the task had no dependency left, or there is no such task: the graph was counted wrongly.
    #[inline]
    pub fn arrive(&self, task: usize) -> bool {
        // Release: our results are passed on. Acquire: the last receives the results of all the others, as each
        // subtraction continues the release sequence of the ones before. Both pair with this line in other threads.
        let left = self.counts[task * self.stride].fetch_sub(1, AcqRel);
        assert!(left != 0, "task {task} has no dependency left; count every edge before starting the graph");
        left == 1
    }

    /// The tasks without open dependencies: before the first arrival, those to start with.
    pub fn ready(&self) -> impl Iterator<Item = usize> {
        // Relaxed: this is for before the threads start, and starting them synchronises.
        let counts = self.counts.iter().step_by(self.stride);
        counts.enumerate().filter(|(_, count)| count.load(Relaxed) == 0).map(|(task, _)| task)
    }

    /// The number of tasks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len() / self.stride
    }

    /// Whether there are no tasks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Sets the counts of the first tasks again, for another run of the same graph. Tasks beyond the given
    /// ones keep theirs.
    pub fn reset(&mut self, dependencies: impl IntoIterator<Item = u32>) {
        for (count, dependencies) in self.counts.iter().step_by(self.stride).zip(dependencies) {
            // Relaxed: `&mut self` excludes other threads.
            count.store(dependencies, Relaxed);
        }
    }

    fn with_stride(dependencies: impl IntoIterator<Item = u32>, stride: usize) -> Self {
        let spread = |count| std::iter::once(count).chain(std::iter::repeat_n(0, stride - 1));
        Self { counts: dependencies.into_iter().flat_map(spread).map(AtomicU32::new).collect(), stride }
    }
}

/// 128 bytes: two lines, since x86 cores fetch them in pairs.
const PADDED_STRIDE: usize = 128 / size_of::<u32>();

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, UnsafeCell, atomicity, model, spawn};
    use super::Countdown;

    /// Two tasks, each with a result, and one that adds them.
    struct Join {
        waits: Countdown,
        results: [UnsafeCell<u32>; 2],
    }

    #[expect(unsafe_code, reason = "the counter under test makes the results safe")]
    // SAFETY: a result is written by one thread before it arrives, and read by the last to arrive.
    unsafe impl Sync for Join {}

    #[expect(unsafe_code, reason = "the counter under test makes the results safe")]
    impl Join {
        /// Runs task `task`, and the sum if this was the last.
        fn run(&self, task: usize) -> Option<u32> {
            // SAFETY: only this thread runs `task`, and no thread reads its result before it arrives.
            self.results[task].with_mut(|result| unsafe { *result = 1 << task });
            // SAFETY: the last to arrive comes after both writes.
            let read = |result: &UnsafeCell<u32>| result.with(|result| unsafe { *result });
            self.waits.arrive(2).then(|| self.results.iter().map(read).sum())
        }
    }

    #[test]
    fn the_last_to_arrive_sees_what_the_others_did() {
        model(|| {
            let results = [UnsafeCell::new(0), UnsafeCell::new(0)];
            let join = Arc::new(Join { waits: Countdown::padded([0, 0, 2]), results });
            let other = spawn({
                let join = Arc::clone(&join);
                move || join.run(1)
            });
            let here = join.run(0);
            let sums = [here, other.join().unwrap()];
            assert!(sums == [Some(3), None] || sums == [None, Some(3)], "{sums:?}");
        });
    }

    #[test]
    fn layout_changes_nothing_and_a_reset_starts_again() {
        atomicity(|| {
            for mut waits in [Countdown::new([1, 0, 2]), Countdown::padded([1, 0, 2])] {
                assert_eq!((waits.len(), waits.is_empty()), (3, false));
                for _round in 0..2 {
                    assert_eq!(waits.ready().collect::<Vec<_>>(), [1]);
                    assert_eq!([waits.arrive(2), waits.arrive(0), waits.arrive(2)], [false, true, true]);
                    waits.reset([1, 0, 2]);
                }
            }
            assert!(Countdown::new([]).is_empty());
        });
    }

    #[test]
    #[should_panic(expected = "no dependency left")]
    fn one_arrival_too_many_is_loud() {
        atomicity(|| assert!(Countdown::new([0]).arrive(0)));
    }
}
