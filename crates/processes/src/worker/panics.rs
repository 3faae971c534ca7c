//! Panics as values: caught in the worker with message and place, sent to the parent.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use crate::error::Panic;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static SEEN: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// From now on panics inside [`catch`] are recorded with their place instead of printed; others are printed as
/// before.
pub(crate) fn install_hook() {
    // With `panic = "abort"` nothing can be sent back, so the panic must be printed.
    if cfg!(panic = "abort") {
        return;
    }
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if CATCHING.get() {
            SEEN.set(Some(note(info)));
        } else {
            before(info);
        }
    }));
}

/// Runs `work`; a panic becomes a value.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    let outer = CATCHING.replace(true);
    // A task that panicked leaves behind only the state it kept in statics, as a panicking thread does.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(outer);
    result.map_err(|payload| {
        // The task may have installed its own hook: then there is only the payload.
        SEEN.take().unwrap_or_else(|| Panic { message: text(&*payload), location: None })
    })
}

fn note(info: &PanicHookInfo<'_>) -> Panic {
    Panic { message: text(info.payload()), location: info.location().map(ToString::to_string) }
}

fn text(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a payload that is not text".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_and_place() {
        install_hook();
        let caught = catch(|| panic!("seven is {}", 7)).unwrap_err();
        assert_eq!(caught.message, "seven is 7");
        assert!(caught.location.unwrap().contains("panics.rs:"));
        assert_eq!(catch(|| panic::panic_any(5u8)).unwrap_err().message, "a payload that is not text");
        assert_eq!(catch(|| 5), Ok(5));
    }
}
