//! A batch moves its index once, so all its messages share one line transfer.

#![expect(unsafe_code, reason = "as in the ring itself")]

use super::{Consumer, Producer, Ring, Slot};

impl<T> Producer<T> {
    /// Copies as many of `messages` as there is room for, publishes them together, and returns how many.
    ///
    /// ```
    /// let (mut producer, mut consumer) = parallax_atomics::blocks::spsc::ring(4)?;
    /// assert_eq!(producer.push_slice(&[1, 2, 3, 4, 5, 6]), 4);
    /// let mut got = Vec::new();
    /// assert_eq!(consumer.pop_into(3, |message| got.push(message)), 3);
    /// assert_eq!(got, [1, 2, 3]);
    /// # Ok::<(), parallax_atomics::blocks::capacity::CapacityError>(())
    /// ```
    #[inline]
    pub fn push_slice(&mut self, messages: &[T]) -> usize
    where
        T: Copy,
    {
        let count = self.free(messages.len()).min(messages.len());
        let (before, after) = self.ring.span(self.tail, count);
        let (early, late) = messages[..count].split_at(before.len());
        for (slots, messages) in [(before, early), (after, late)] {
            for (slot, message) in slots.iter().zip(messages) {
                // SAFETY: `free` says that the consumer is done with these slots, and only this end writes
                // slots.
                slot.with_mut(|slot| unsafe { (*slot).write(*message) });
            }
        }
        self.ring.publish(&mut self.tail, count);
        count
    }
}

impl<T> Producer<T> {
    /// Makes up to `limit` messages, as many as there is room for, publishes them together, and returns how many; the
    /// counterpart of [`Consumer::pop_into`].
    ///
    /// If `source` panics, the messages it made before are published.
    ///
    /// ```
    /// let (mut producer, mut consumer) = parallax_atomics::blocks::spsc::ring(4)?;
    /// let mut squares = (1..).map(|n: u64| n * n);
    /// assert_eq!(producer.push_from(9, || squares.next().unwrap()), 4);
    /// assert_eq!(consumer.pop(), Some(1));
    /// # Ok::<(), parallax_atomics::blocks::capacity::CapacityError>(())
    /// ```
    #[inline]
    pub fn push_from(&mut self, limit: usize, mut source: impl FnMut() -> T) -> usize {
        let count = self.free(limit).min(limit);
        let (before, after) = self.ring.span(self.tail, count);
        let mut put = Put { ring: &self.ring, tail: &mut self.tail, count: 0 };
        for slot in before.iter().chain(after) {
            let message = source();
            // SAFETY: `free` says that the consumer is done with these slots, and only this end writes slots.
            slot.with_mut(|slot| unsafe { (*slot).write(message) });
            put.count += 1;
        }
        count
    }
}

/// The messages of a batch that are in the ring; publishes them when it is dropped, after a panic too.
struct Put<'a, T> {
    ring: &'a Ring<T>,
    tail: &'a mut usize,
    count: usize,
}

impl<T> Drop for Put<'_, T> {
    fn drop(&mut self) {
        self.ring.publish(self.tail, self.count);
    }
}

impl<T> Consumer<T> {
    /// Takes up to `limit` messages, hands each to `sink`, frees their slots together, and returns how many.
    ///
    /// If `sink` panics, the messages it was handed are gone and the rest stay in the ring.
    #[inline]
    pub fn pop_into(&mut self, limit: usize, mut sink: impl FnMut(T)) -> usize {
        let count = self.available(limit).min(limit);
        let (before, after) = self.ring.span(self.head, count);
        let mut taken = Taken { ring: &self.ring, head: &mut self.head, count: 0 };
        for slot in before.iter().chain(after) {
            // SAFETY: `available` says that the producer has written these slots, and `taken` gives each up
            // even if `sink` panics, so none is read twice.
            let message = slot.with(|slot| unsafe { (*slot).assume_init_read() });
            taken.count += 1;
            sink(message);
        }
        count
    }
}

impl<T> Ring<T> {
    /// The `count` slots from `position` on, in two parts because they may run over the end of the array.
    #[inline]
    fn span(&self, position: usize, count: usize) -> (&[Slot<T>], &[Slot<T>]) {
        let (wrapped, ahead) = self.slots.split_at(position & (self.slots.len() - 1));
        let before_the_end = count.min(ahead.len());
        (&ahead[..before_the_end], &wrapped[..count - before_the_end])
    }
}

/// The messages of a batch that are out of the ring; frees their slots when it is dropped, after a panic too.
struct Taken<'a, T> {
    ring: &'a Ring<T>,
    head: &'a mut usize,
    count: usize,
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.ring.release(self.head, self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::primitive::{Arc, atomicity, model, spawn, yield_now};
    use super::super::starting_at;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    #[test]
    fn batches_are_published_whole_across_the_end_of_the_array() {
        model(|| {
            let (mut producer, mut consumer) = starting_at(2, usize::MAX).unwrap();
            let sender = spawn(move || {
                let mut left = &[1_u32, 2, 3][..];
                while !left.is_empty() {
                    left = &left[producer.push_slice(left)..];
                    yield_now();
                }
            });
            let mut got = Vec::new();
            while got.len() < 3 {
                consumer.pop_into(2, |message| got.push(message));
                yield_now();
            }
            assert_eq!(got, [1, 2, 3]);
            sender.join().unwrap();
        });
    }

    #[test]
    fn a_batch_is_cut_to_the_room_and_to_what_is_there() {
        atomicity(|| {
            let (mut producer, mut consumer) = starting_at(4, usize::MAX - 1).unwrap();
            assert_eq!([producer.push_slice(&[1, 2, 3]), producer.push_slice(&[4, 5])], [3, 1]);
            assert_eq!([producer.push_slice(&[6]), producer.push_slice(&[])], [0, 0]);
            let mut got = Vec::new();
            let counts = [2, 0, 9, 9].map(|limit| consumer.pop_into(limit, |message| got.push(message)));
            assert_eq!((counts, got), ([2, 0, 2, 0], vec![1, 2, 3, 4]));
        });
    }

    #[test]
    fn a_batch_that_is_made_in_place_is_published_whole() {
        model(|| {
            let (mut producer, mut consumer) = starting_at(2, usize::MAX).unwrap();
            let sender = spawn(move || {
                let mut left = 1_u32..4;
                while !left.is_empty() {
                    producer.push_from(left.len(), || left.next().unwrap());
                    yield_now();
                }
            });
            let mut got = Vec::new();
            while got.len() < 3 {
                consumer.pop_into(2, |message| got.push(message));
                yield_now();
            }
            assert_eq!(got, [1, 2, 3]);
            sender.join().unwrap();
        });
    }

    #[test]
    fn a_source_that_panics_loses_nothing_that_it_made() {
        atomicity(|| {
            let (mut producer, mut consumer) = starting_at(4, usize::MAX - 1).unwrap();
            let mut made = 0..2;
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                producer.push_from(3, || {
                    made.next().unwrap_or_else(|| resume_unwind(Box::new("a source that fails")))
                })
            }));
            assert!(panicked.is_err());
            assert_eq!([consumer.pop(), consumer.pop(), consumer.pop()], [Some(0), Some(1), None]);
        });
    }

    #[test]
    fn a_sink_that_panics_loses_what_it_was_handed_and_no_more() {
        atomicity(|| {
            let alive = Arc::new(0);
            let (mut producer, mut consumer) = starting_at(4, usize::MAX - 1).unwrap();
            (0..4).for_each(|_| drop(producer.push(Arc::clone(&alive))));
            let mut handed = 0;
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                consumer.pop_into(3, |_message| {
                    handed += 1;
                    if handed == 2 {
                        resume_unwind(Box::new("a sink that fails"));
                    }
                })
            }));
            assert!(panicked.is_err());
            assert_eq!(Arc::strong_count(&alive), 3, "two were handed out, two stay");
            assert!(producer.push(Arc::clone(&alive)).is_ok() && consumer.pop().is_some());
            drop((producer, consumer));
            assert_eq!(Arc::strong_count(&alive), 1);
        });
    }
}
