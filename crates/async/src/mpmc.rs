//! Messages through async-channel: a queue that any number may send to and receive from, on every runtime.
//!
//! ```
//! let (to, from) = async_channel::bounded(2);
//! let consumer = smol::spawn(async move {
//!     let mut sum = 0;
//!     while let Ok(message) = from.recv().await { // an error once all senders are gone
//!         sum += message;
//!     }
//!     sum
//! });
//! smol::block_on(async {
//!     for message in 0..100 {
//!         to.send(message).await.unwrap(); // waits for room
//!     }
//!     drop(to);
//!     assert_eq!(consumer.await, 4950);
//! });
//! ```

use crate::exchange::Queue;
use async_channel::{Receiver, Sender, bounded};

/// One queue between all producers and consumers.
pub(crate) enum Mpmc {}

impl Queue for Mpmc {
    type To<M: Send + 'static> = Sender<M>;
    type From<M: Send + 'static> = Receiver<M>;

    fn new<M: Send + 'static>(capacity: usize) -> (Sender<M>, Receiver<M>) {
        bounded(capacity)
    }
    fn ends<M: Send + 'static>(
        producers: usize,
        consumers: usize,
        capacity: usize,
    ) -> (Vec<Sender<M>>, Vec<Receiver<M>>) {
        let (to, from) = bounded(capacity);
        (vec![to; producers], vec![from; consumers])
    }
    async fn send<M: Send + 'static>(to: &Sender<M>, message: M) -> Option<()> {
        to.send(message).await.ok()
    }
    async fn receive<M: Send + 'static>(from: &mut Receiver<M>) -> Option<M> {
        from.recv().await.ok()
    }
    async fn drain<M: Send + 'static>(from: Receiver<M>, mut take: impl FnMut(M) + Send) {
        while let Ok(message) = from.recv().await {
            take(message);
        }
    }
}
