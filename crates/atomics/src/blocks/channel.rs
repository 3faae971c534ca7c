//! A queue whose threads can sleep: lock-free while there is something to do, waiting in the kernel otherwise.

use super::capacity::CapacityError;
use super::event::Event;
use super::mpmc::{PopError, PushError, Queue};
use std::fmt;

/// A bounded queue whose senders wait for room and whose receivers wait for messages.
///
/// [`Queue`] does the work and two [`Event`]s the waiting, so that a message between busy threads makes no system call.
/// The extra cost over the bare queue is a full fence per message, so that no thread sleeps through a change.
/// `crossbeam::channel` is the library to use; it also selects over several channels.
///
/// ```
/// use parallax_atomics::blocks::channel::Channel;
///
/// let channel = Channel::new(8)?;
/// let sum = std::thread::scope(|threads| {
///     let receivers = [(); 2].map(|()| threads.spawn(|| std::iter::from_fn(|| channel.recv()).sum::<u32>()));
///     for message in 1..=100 {
///         channel.send(message).expect("the channel is closed below");
///     }
///     channel.close();
///     receivers.map(|receiver| receiver.join().unwrap()).iter().sum::<u32>()
/// });
/// assert_eq!(sum, 5050);
/// # Ok::<(), parallax_atomics::blocks::capacity::CapacityError>(())
/// ```
pub struct Channel<T> {
    queue: Queue<T>,
    /// A message was pushed, or the channel closed.
    filled: Event,
    /// A message was popped, or the channel closed.
    emptied: Event,
}

impl<T> fmt::Debug for Channel<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("Channel").field(&self.queue).finish()
    }
}

impl<T> Channel<T> {
    /// A channel with room for `capacity` messages, rounded up to a power of two.
    ///
    /// # Errors
    ///
    /// A capacity of 0, or one beyond an eighth of the address space.
    pub fn new(capacity: usize) -> Result<Self, CapacityError> {
        Ok(Self { queue: Queue::new(capacity)?, filled: Event::new(), emptied: Event::new() })
    }

    /// Sends a message, waiting while the channel is full.
    ///
    /// # Errors
    ///
    /// The message itself, when the channel is closed.
    pub fn send(&self, message: T) -> Result<(), T> {
        let mut unsent = Some(message);
        // Only the queue is touched while waiting; the other side is notified afterwards: two sides that notified each
        // other under their gates would lock them in opposite orders.
        self.emptied.wait_for(|| match self.queue.try_push(unsent.take()?) {
            Ok(()) => Some(Ok(())),
            Err(PushError::Closed(message)) => Some(Err(message)),
            Err(PushError::Full(message)) => {
                unsent = Some(message);
                None
            }
        })?;
        self.filled.notify_one();
        Ok(())
    }

    /// Receives the oldest message, waiting while there is none; `None` once the channel is closed and
    /// drained.
    pub fn recv(&self) -> Option<T> {
        let message = self.filled.wait_for(|| match self.queue.try_pop() {
            Ok(message) => Some(Some(message)),
            Err(PopError::Closed) => Some(None),
            Err(PopError::Empty) => None,
        })?;
        self.emptied.notify_one();
        Some(message)
    }

    /// Sends a message if there is room.
    ///
    /// # Errors
    ///
    /// The message itself, when the channel is full or closed.
    pub fn try_send(&self, message: T) -> Result<(), PushError<T>> {
        self.queue.try_push(message)?;
        self.filled.notify_one();
        Ok(())
    }

    /// Receives the oldest message if there is one.
    ///
    /// # Errors
    ///
    /// [`PopError::Empty`] when there is none yet, [`PopError::Closed`] when there will be none.
    pub fn try_recv(&self) -> Result<T, PopError> {
        let message = self.queue.try_pop()?;
        self.emptied.notify_one();
        Ok(message)
    }

    /// Accepts no more messages and wakes all threads; messages inside can still be received.
    pub fn close(&self) {
        self.queue.close();
        self.filled.notify_all();
        self.emptied.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::{Arc, model, spawn};
    use super::Channel;

    #[test]
    fn a_full_channel_wakes_its_sender_and_an_empty_one_its_receiver() {
        model(|| {
            let channel = Arc::new(Channel::new(1).unwrap());
            let sender = spawn({
                let channel = Arc::clone(&channel);
                move || [1, 2].map(|message| channel.send(message))
            });
            assert_eq!([channel.recv(), channel.recv()], [Some(1), Some(2)]);
            assert_eq!(sender.join().unwrap(), [Ok(()), Ok(())]);
        });
    }

    #[test]
    fn who_does_not_wait_wakes_who_does() {
        model(|| {
            let [empty, full] = [(); 2].map(|()| Arc::new(Channel::new(1).unwrap()));
            full.send(1).unwrap();
            let waiting = spawn({
                let (empty, full) = (Arc::clone(&empty), Arc::clone(&full));
                move || (empty.recv(), full.send(2))
            });
            assert_eq!((empty.try_send(0), full.try_recv()), (Ok(()), Ok(1)));
            assert_eq!(waiting.join().unwrap(), (Some(0), Ok(())));
        });
    }

    #[test]
    fn closing_wakes_receivers() {
        model(|| {
            let channel = Arc::new(Channel::<u32>::new(1).unwrap());
            let receivers = [(); 2].map(|()| {
                let channel = Arc::clone(&channel);
                spawn(move || channel.recv())
            });
            channel.close();
            assert_eq!(receivers.map(|receiver| receiver.join().unwrap()), [None, None]);
        });
    }

    #[test]
    fn closing_wakes_senders() {
        model(|| {
            let channel = Arc::new(Channel::new(1).unwrap());
            assert_eq!(channel.send(1), Ok(()));
            let senders = [2, 3].map(|message| {
                let channel = Arc::clone(&channel);
                spawn(move || channel.send(message))
            });
            channel.close();
            assert_eq!(senders.map(|sender| sender.join().unwrap()), [Err(2), Err(3)]);
            assert_eq!([channel.recv(), channel.recv()], [Some(1), None]);
        });
    }

    #[test]
    fn each_of_two_receivers_gets_one_of_two_messages() {
        model(|| {
            let channel = Arc::new(Channel::new(2).unwrap());
            let [sender, receiver] = [true, false].map(|sends| {
                let channel = Arc::clone(&channel);
                spawn(move || if sends { channel.send(1).ok().map(|()| 0) } else { channel.recv() })
            });
            channel.send(2).unwrap();
            let here = channel.recv().unwrap();
            assert_eq!(sender.join().unwrap(), Some(0));
            assert_eq!(here + receiver.join().unwrap().unwrap(), 3);
        });
    }
}
