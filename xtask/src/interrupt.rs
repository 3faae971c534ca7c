//! Ctrl-C ends a run cleanly: the first asks, the second insists.

use std::sync::atomic::{AtomicU32, Ordering};

static ASKED: AtomicU32 = AtomicU32::new(0);

/// The exit status of a program that Ctrl-C ended.
pub(crate) const STATUS: u8 = 130;

/// Listens for Ctrl-C and termination from here on.
pub(crate) fn listen() {
    // A second listener cannot be set; the first is the same.
    let _ = ctrlc::set_handler(|| {
        // Relaxed: the count stands for itself, nothing else is published through it.
        if ASKED.fetch_add(1, Ordering::Relaxed) > 0 {
            std::process::exit(STATUS.into());
        }
    });
}

/// Whether someone asked to end.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed) > 0 // pairs with nothing: see `listen`
}
