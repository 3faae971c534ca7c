//! The number of running calls of a pool: closing refuses new ones, and waits for these.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::Error;

#[derive(Debug, Default)]
pub(crate) struct RunningCalls {
    state: Mutex<State>,
    all_ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    closed: bool,
}

/// A call that has begun; it ends when this is dropped, also while unwinding.
#[derive(Debug)]
pub(crate) struct RunningCall<'p>(&'p RunningCalls);

impl RunningCalls {
    pub(crate) fn begin(&self) -> Result<RunningCall<'_>, Error> {
        let mut state = self.state();
        if state.closed {
            return Err(Error::Closed);
        }
        state.running += 1;
        Ok(RunningCall(self))
    }

    pub(crate) fn refuse_new(&self) {
        self.state().closed = true;
    }

    pub(crate) fn wait_for_all(&self) {
        let mut state = self.state();
        while state.running > 0 {
            state = self.all_ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RunningCall<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        // Notifying is a system call, and every call of the pool ends here.
        if state.closed && state.running == 0 {
            self.0.all_ended.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    use std::thread;

    use super::*;

    #[test]
    fn closing_waits_for_calls_that_have_begun_and_refuses_others() {
        let (calls, ended) = (RunningCalls::default(), AtomicBool::new(false));
        let call = calls.begin().unwrap();
        calls.refuse_new();
        assert!(matches!(calls.begin(), Err(Error::Closed)));
        thread::scope(|scope| {
            scope.spawn(|| {
                calls.wait_for_all();
                assert!(ended.load(SeqCst), "it did not wait");
            });
            ended.store(true, SeqCst);
            drop(call);
        });
    }
}
