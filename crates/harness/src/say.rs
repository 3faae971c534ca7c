//! Messages on standard error, apart from results, without characters that control a terminal.

use crate::style;

/// Prints a message to the user.
pub fn say(line: &str) {
    parallax_runner::print::err(style::plain(&style::visible(line)));
}
