//! What a verb's exit status tells a script; an error that ended it is 1, and a command line that cannot be is 2.

use crate::interrupt;
use std::process::ExitCode;

/// How a verb that measures ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked for; that a technique broke, or cannot run here, is told in its row.
    Done,
    /// A result was wrong, or something has become slower where that was to be told.
    Wrong,
    /// No technique got a number.
    NothingMeasured,
    /// Ctrl-C ended it, termination, or the end of its terminal; what there was is reported.
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
