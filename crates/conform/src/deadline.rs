//! A test that waits for ever fails by itself: what hangs cannot be ended from outside, but its process can.

use std::process::abort;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// Ends the process with words if it lives for a minute: longer than a law takes on the slowest machine.
#[derive(Debug)]
pub struct Deadline(#[expect(dead_code, reason = "that it is dropped is the message")] Sender<()>);

impl Deadline {
    /// `what` is what hangs if it passes.
    pub fn of(what: impl Into<String>) -> Self {
        let (alive, watch) = channel();
        let what = what.into();
        thread::spawn(move || {
            if watch.recv_timeout(Duration::from_secs(60)) == Err(RecvTimeoutError::Timeout) {
                end(&what);
            }
        });
        Deadline(alive)
    }
}

#[expect(clippy::print_stderr, reason = "the process ends here, and nobody else can say why")]
fn end(what: &str) {
    eprintln!("{what} has hung for a minute");
    abort();
}
