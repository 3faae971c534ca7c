//! Printing that does not panic where the output has no reader or no room.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line to standard output.
///
/// # Errors
///
/// If it cannot be written. [`no_reader`] tells whether that is because the reader has closed the pipe.
pub fn out(line: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Writes a line to standard error; a failure to do so is ignored.
pub fn err(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether an error only means that the reader of a pipe, such as `head`, has closed it: that is not a failure.
pub fn no_reader(why: &(dyn std::error::Error + 'static)) -> bool {
    why.downcast_ref::<io::Error>().is_some_and(|why| why.kind() == io::ErrorKind::BrokenPipe)
}
