//! What is no result goes to standard error, with nothing in it that a terminal obeys.

use crate::style;

/// Tells the user something that is no result.
pub fn say(line: &str) {
    parallax_runner::print::err(style::plain(&style::visible(line)));
}
