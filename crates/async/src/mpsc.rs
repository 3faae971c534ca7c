//! Messages through tokio's mpsc: each queue has one receiver, which takes all waiting messages together.
//!
//! ```
//! use tokio::{runtime::Builder, sync::mpsc};
//!
//! let runtime = Builder::new_multi_thread().worker_threads(2).build()?;
//! let (to, mut from) = mpsc::channel(2);
//! let consumer = runtime.spawn(async move {
//!     let (mut sum, mut batch) = (0, Vec::new());
//!     while from.recv_many(&mut batch, 100).await > 0 { // 0 once all senders are gone
//!         sum += batch.drain(..).sum::<u64>();
//!     }
//!     sum
//! });
//! runtime.block_on(async {
//!     for message in 0..100 {
//!         to.send(message).await.unwrap(); // waits for room
//!     }
//!     drop(to);
//!     assert_eq!(consumer.await.unwrap(), 4950);
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Producer `p` sends to consumer `p % consumers`: with several receivers, a queue each is cheaper
//! than a shared one, but unfair where producers differ.

use crate::exchange::Queue;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// The most messages that a consumer takes out of a queue together.
const BATCH: usize = 1024;

/// A queue for each consumer.
pub(crate) enum Mpsc {}

impl Queue for Mpsc {
    type To<M: Send + 'static> = Sender<M>;
    type From<M: Send + 'static> = Receiver<M>;

    fn new<M: Send + 'static>(capacity: usize) -> (Sender<M>, Receiver<M>) {
        mpsc::channel(capacity)
    }
    fn ends<M: Send + 'static>(
        producers: usize,
        consumers: usize,
        capacity: usize,
    ) -> (Vec<Sender<M>>, Vec<Receiver<M>>) {
        let (to, from): (Vec<_>, Vec<_>) = (0..consumers).map(|_| mpsc::channel(capacity)).unzip();
        ((0..producers).map(|producer| to[producer % consumers].clone()).collect(), from)
    }
    async fn send<M: Send + 'static>(to: &Sender<M>, message: M) -> Option<()> {
        to.send(message).await.ok()
    }
    async fn receive<M: Send + 'static>(from: &mut Receiver<M>) -> Option<M> {
        from.recv().await
    }
    async fn drain<M: Send + 'static>(mut from: Receiver<M>, mut take: impl FnMut(M) + Send) {
        let mut batch = Vec::new();
        while from.recv_many(&mut batch, BATCH).await > 0 {
            batch.drain(..).for_each(&mut take);
        }
    }
}
