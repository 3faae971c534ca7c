//! Outcomes on their way to the store: those that come while a batch is written are the next batch.

use super::claims::Engine;
use super::pace::Pace;
use apalis_core::task::task_id::TaskId;
use apalis_core::worker::context::WorkerContext;
use std::process::exit;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// The largest batch.
const MOST: usize = 1024;

#[derive(Clone)]
pub(super) struct Saver(UnboundedSender<Finished>);

struct Finished {
    outcome: (TaskId, Vec<u8>),
    saved: oneshot::Sender<()>,
}

impl Saver {
    /// Starts the task that writes for a worker.
    pub(super) fn start<E: Engine>(store: Arc<E>, worker: WorkerContext, pace: Arc<Pace>) -> Self {
        let (saver, finished) = unbounded_channel();
        tokio::spawn(save_all(store, worker, pace, finished));
        Saver(saver)
    }

    /// Returns when the outcome is in the store.
    pub(super) async fn save(&self, id: TaskId, outcome: Vec<u8>) {
        let (saved, is_saved) = oneshot::channel();
        let _ = self.0.send(Finished { outcome: (id, outcome), saved });
        let _ = is_saved.await;
    }
}

async fn save_all<E: Engine>(
    store: Arc<E>,
    worker: WorkerContext,
    pace: Arc<Pace>,
    mut finished: UnboundedReceiver<Finished>,
) {
    let mut batch = Vec::new();
    while finished.recv_many(&mut batch, MOST).await > 0 {
        let (outcomes, saved): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|next| (next.outcome, next.saved)).unzip();
        if let Err(why) = store.save(&worker, &outcomes).await {
            super::say(&why);
            exit(1); // others take over the claimed jobs
        }
        pace.saved(saved.len());
        for saved in saved {
            let _ = saved.send(());
        }
    }
}
