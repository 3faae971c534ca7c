//! What a program prints may find no reader or no room: then it says less, and does not panic.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line to standard output.
///
/// # Errors
///
/// If it cannot be written. [`no_reader`] tells whether that is because the reader has seen enough.
pub fn out(line: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Writes a line to standard error; where that cannot be written, nobody is left to be told.
pub fn err(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether an error only says that the reader of a pipe, such as `head`, has gone: that is no failure.
pub fn no_reader(why: &(dyn std::error::Error + 'static)) -> bool {
    why.downcast_ref::<io::Error>().is_some_and(|why| why.kind() == io::ErrorKind::BrokenPipe)
}
