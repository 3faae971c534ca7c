//! Wakers that may be called in a panic: a task that unwinds drops its channels, which wakes other tasks.
//!
//! compio 0.19 aborts the process when an unwinding thread wakes one of its tasks.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread;

/// Polls a task with a waker that a panicking thread may call.
pub(crate) async fn down<F: Future>(task: F) -> F::Output {
    let mut task = pin!(task);
    let mut calm: Option<(Waker, Waker)> = None;
    poll_fn(|context| {
        let known = calm.take().filter(|(own, _)| own.will_wake(context.waker()));
        let (_, waker) = calm.insert(known.unwrap_or_else(|| {
            let own = context.waker().clone();
            (own.clone(), Arc::new(Calm(own)).into())
        }));
        task.as_mut().poll(&mut Context::from_waker(waker))
    })
    .await
}

struct Calm(Waker);

impl Wake for Calm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        if thread::panicking() {
            let waker = self.0.clone();
            thread::spawn(move || waker.wake()); // a rare case
        } else {
            self.0.wake_by_ref();
        }
    }
}
