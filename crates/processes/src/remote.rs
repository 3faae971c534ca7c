//! Calls of this program's functions in another process of the same program, over any connection.
//!
//! A [`Pool`](crate::Pool) does all of this over its pipes. For another way from process to process (a socket
//! to another machine, a queue on a disk, the messages of an engine), use these parts: a call becomes
//! bytes here, runs there, and its result becomes bytes again.
//!
//! ```
//! use parallax_processes::remote;
//!
//! fn double(x: u32) -> u32 {
//!     2 * x
//! }
//! let request = remote::request(double, &21)?;
//! // … on the way …
//! let mut reply = Vec::new();
//! // SAFETY: it was made by `request` in a process of this very build: this one.
//! unsafe { remote::answer(&request, &mut reply) }?;
//! // … and back
//! assert_eq!(remote::result::<u32>(&reply)?, 42);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![expect(unsafe_code, reason = "a request names a function by where it lies in the executable")]

use std::fs::File;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, Read as _};
use std::sync::{Once, OnceLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Panic};
use crate::worker::call::{self, Call, decode_one};
use crate::worker::panics;

pub use crate::technique::numbers::{as_bytes, as_bytes_mut};
pub use crate::technique::packed::Packed;
pub use crate::technique::sent::Sent;

/// Encodes a call as bytes, for a process in which [`build`] is the same.
///
/// # Errors
///
/// If the argument cannot be written, or the function is not code of the executable.
pub fn request<A, R>(function: fn(A) -> R, argument: &A) -> Result<Vec<u8>, Error>
where
    A: Serialize + DeserializeOwned,
    R: Serialize + DeserializeOwned,
{
    let mut bytes = Vec::new();
    // shared memory exists on this machine only, and its owner does not have to outlive the request
    drop(Call::new(function)?.encode(&mut bytes, std::slice::from_ref(argument)));
    Ok(bytes)
}

/// Runs a request, and appends its result, or its failure, to `reply`.
///
/// # Errors
///
/// If the bytes are not a request.
///
/// # Safety
///
/// The request was made by [`request`] in a process in which [`build`] returns the same number as in this one: its
/// bytes decide which address is called as a function.
pub unsafe fn answer(request: &[u8], reply: &mut Vec<u8>) -> Result<(), &'static str> {
    call::answer(request, reply, &mut || ())
}

/// The result of the function, from the reply that [`answer`] wrote.
///
/// # Errors
///
/// If the function panicked, or argument or result could not be encoded or decoded.
pub fn result<R: DeserializeOwned>(reply: &[u8]) -> Result<R, Error> {
    decode_one(reply, 0)
}

/// Runs a part of a call that has already been answered; a panic becomes an error and is not printed.
///
/// # Errors
///
/// The panic's message and place.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    static HOOK: Once = Once::new();
    HOOK.call_once(panics::install_hook);
    panics::catch(work)
}

/// Whether [`answer`] wrote a result and not a failure: for code on the way that does not have the type.
pub fn succeeded(reply: &[u8]) -> bool {
    postcard::take_from_bytes::<Result<(), ()>>(reply).is_ok_and(|(result, _)| result.is_ok())
}

/// A fingerprint of the executable: equal in two processes, on one machine or two, only if their programs are
/// identical byte for byte. The file is read once, which takes some tens of milliseconds.
///
/// # Errors
///
/// If the executable cannot be read.
pub fn build() -> io::Result<u64> {
    static BUILD: OnceLock<u64> = OnceLock::new();
    if let Some(known) = BUILD.get() {
        return Ok(*known);
    }
    let (mut file, mut hasher) = (File::open("/proc/self/exe")?, DefaultHasher::new());
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(*BUILD.get_or_init(|| hasher.finish())),
            read => hasher.write(&block[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(x: u32) -> u32 {
        assert!(x.is_multiple_of(2), "{x} is odd");
        x / 2
    }

    fn called(x: u32) -> Result<u32, Error> {
        let mut reply = Vec::new();
        // SAFETY: it was made in this process.
        unsafe { answer(&request(half, &x).unwrap(), &mut reply) }.unwrap();
        result(&reply)
    }

    #[test]
    fn a_panic_comes_back_as_an_error_and_the_next_call_is_answered() {
        let _ = crate::worker::image::Image::get();
        assert!(called(7).unwrap_err().to_string().contains("7 is odd"));
        assert_eq!(called(8).unwrap(), 4);
    }

    #[test]
    fn a_panic_later_on_is_an_error_too() {
        assert_eq!(caught(|| half(8)).unwrap(), 4);
        let panic = caught(|| half(7)).unwrap_err();
        assert_eq!(panic.message, "7 is odd");
        assert!(panic.location.unwrap().contains("remote.rs"));
    }

    #[test]
    fn whether_a_call_succeeded_is_seen_without_its_type() {
        let _ = crate::worker::image::Image::get();
        let succeeds = |x: u32| {
            let mut reply = Vec::new();
            // SAFETY: it was made in this process.
            unsafe { answer(&request(half, &x).unwrap(), &mut reply) }.unwrap();
            succeeded(&reply)
        };
        assert!(succeeds(8) && succeeds(0) && !succeeds(7) && !succeeded(&[]));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        // SAFETY: what is refused is not run.
        let refused = |bytes: &[u8]| unsafe { answer(bytes, &mut Vec::new()) }.is_err();
        assert!(refused(&[]) && refused(&[0; 24]) && refused(&[255; 24]));
    }

    #[test]
    fn a_build_is_the_same_in_each_process_of_it() {
        assert_eq!(build().unwrap(), build().unwrap());
        assert_ne!(build().unwrap(), DefaultHasher::new().finish());
    }
}
