//! The status of a cell (whether it has a number) and its verdict against the baseline.

use parallax_method::Verdict;
use parallax_runner::protocol::Status;
use serde::{Deserialize, Serialize};

/// Whether a cell has a number, or why not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowStatus {
    /// It has a number.
    Measured,
    /// The technique does not suit the problem.
    Unfit,
    /// The machine or build lacks something.
    Unavailable,
    /// It broke, or its result is wrong.
    Failed,
    /// The time was over before its first block.
    #[default]
    NotReached,
}

impl RowStatus {
    /// Its name, in words.
    pub const fn words(self) -> &'static str {
        match self {
            RowStatus::Measured => "measured",
            RowStatus::Unfit => "unfit",
            RowStatus::Unavailable => "unavailable",
            RowStatus::Failed => "failed",
            RowStatus::NotReached => "not reached",
        }
    }
}

impl From<Status> for RowStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Unfit => RowStatus::Unfit,
            Status::Unavailable => RowStatus::Unavailable,
            Status::Failed => RowStatus::Failed,
        }
    }
}

/// The verdict on a row, compared with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowVerdict {
    /// It is the baseline.
    Baseline,
    /// Faster than it.
    Faster,
    /// Slower.
    Slower,
    /// Within 3 % of it.
    Same,
    /// The interval allows too much.
    Undecided,
}

impl From<Verdict> for RowVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Faster => RowVerdict::Faster,
            Verdict::Slower => RowVerdict::Slower,
            Verdict::Same => RowVerdict::Same,
            Verdict::Undecided => RowVerdict::Undecided,
        }
    }
}
