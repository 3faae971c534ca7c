//! A deadline for a test that may hang: a hanging call cannot be ended, but its process can.

use std::process::abort;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// Ends the process with a message unless it is dropped within a minute: longer than a law takes on the slowest
/// machine.
#[derive(Debug)]
pub struct Deadline(#[expect(dead_code, reason = "dropping it is the message")] Sender<()>);

impl Deadline {
    /// Starts it; `what` is the name of the call for the message.
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

#[expect(clippy::print_stderr, reason = "the process ends here, and has no other way to say why")]
fn end(what: &str) {
    eprintln!("{what} has hung for a minute");
    abort();
}
