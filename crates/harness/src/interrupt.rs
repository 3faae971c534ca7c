//! Ctrl-C: the first ends a run cleanly, the second immediately.
//!
//! A signal that was ignored when this program began stays ignored, as `nohup` and a script's background jobs require.

#![expect(unsafe_code, reason = "the action of a signal is changed for the whole process")]

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

static ASKED: AtomicU32 = AtomicU32::new(0);

/// The exit status of a program that Ctrl-C ended.
pub const STATUS: u8 = 130;

/// Listens for Ctrl-C, termination and the end of the terminal from here on.
pub fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let heard = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM];
        let ignored: Vec<Signal> = heard.into_iter().filter(|&signal| is_ignored(signal)).collect();
        // If the handler cannot be set, Ctrl-C ends the run immediately, as without it.
        let _ = ctrlc::set_handler(|| {
            // Relaxed: only the count itself matters, nothing else is published through it.
            if ASKED.fetch_add(1, Ordering::Relaxed) > 0 {
                std::process::exit(STATUS.into());
            }
        });
        for signal in ignored {
            // SAFETY: ignoring runs no code.
            let _ = unsafe { sigaction(signal, &ignore()) };
        }
    });
}

fn is_ignored(signal: Signal) -> bool {
    // SAFETY: ignoring runs no code, and the action from before is put back.
    unsafe {
        let before = sigaction(signal, &ignore());
        before.is_ok_and(|before| {
            let _ = sigaction(signal, &before); // it was set before, so it may be set again
            matches!(before.handler(), SigHandler::SigIgn)
        })
    }
}

fn ignore() -> SigAction {
    SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty())
}

/// Whether Ctrl-C was pressed.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed) > 0 // pairs with nothing: see `listen`
}
