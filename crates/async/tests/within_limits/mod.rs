//! Checks that may hang or panic: each has its own thread and deadline, and all failures are reported.

use parallax_pattern::{No, Technique};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// The deadline of a check that normally takes milliseconds.
const DEADLINE: Duration = Duration::from_secs(60);

/// What went wrong.
#[derive(Default)]
pub(crate) struct Verdicts(Vec<String>);

impl Verdicts {
    /// Runs a check.
    pub(crate) fn judge(&mut self, what: &str, check: impl FnOnce() + Send + 'static) {
        let (end, ended) = channel();
        thread::spawn(move || {
            check();
            end.send(())
        });
        match ended.recv_timeout(DEADLINE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => self.0.push(format!("{what}: hangs")),
            Err(RecvTimeoutError::Disconnected) => self.0.push(format!("{what}: panics")),
        }
    }

    pub(crate) fn all_good(&self) {
        assert!(self.0.is_empty(), "{:#?}", self.0);
    }
}

/// A started technique; `None` where compio has no io_uring.
pub(crate) fn started<T: Technique>(workers: usize) -> Option<T> {
    match T::start(workers) {
        Ok(technique) => Some(technique),
        Err(No::Unavailable(why)) if why.contains("io_uring") => {
            parallax_pattern::optional::skip("io_uring", &why);
            None
        }
        Err(no) => panic!("{}: {no}", T::CARD.name),
    }
}
