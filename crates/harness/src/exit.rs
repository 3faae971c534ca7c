//! The exit status of a verb, for scripts; an error that ended it is 1, and an invalid command line is 2.

use crate::interrupt;
use std::process::ExitCode;

/// The end of a verb that measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did its work; a technique that broke, or cannot run here, has the reason in its row.
    Done,
    /// A result was wrong, or a technique has become slower where the verb was to report that.
    Wrong,
    /// No technique got a number.
    NothingMeasured,
    /// Ctrl-C, a termination signal or the end of its terminal ended it; the results so far are reported.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Wrong => 1,
            Exit::NothingMeasured => 2,
            Exit::Interrupted => interrupt::STATUS,
        })
    }
}
