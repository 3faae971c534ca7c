//! The journal: a line for each turn, each block and each count of allocations, so that any prefix is a result.

use crate::name::BASELINE;
use crate::plan::Group;
use parallax_runner::protocol::{Heap, Measured, Probed, Ready, Regime, Status};
use serde::{Deserialize, Serialize};

/// One line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every line is a turn")]
pub enum Line {
    /// A turn ended.
    Turn(TurnLine),
    /// A block ended: its turns count from here on.
    Block(BlockLine),
    /// A cell's allocations were counted, or could not be.
    Heap(HeapLine),
}

/// The allocations of a run of a cell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeapLine {
    /// The group's index in the plan.
    pub group: usize,
    /// The role of the process: never the twin, which is the baseline.
    pub role: Role,
    /// The input's variant.
    pub variant: u32,
    /// Wall time of the whole count.
    pub turn_ns: u64,
    /// The result.
    pub outcome: Counted,
}

/// The result of counting allocations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The allocations of a run.
    Counted(Heap),
    /// They could not be counted, for a reason.
    Uncounted {
        /// The reason.
        reason: String,
    },
}

/// A turn and its outcome.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TurnLine {
    /// The block's number.
    pub block: u64,
    /// The group's index in the plan.
    pub group: usize,
    /// The role of the process.
    pub role: Role,
    /// The input's variant.
    pub variant: u32,
    /// Wall time of the whole turn.
    pub turn_ns: u64,
    /// The sampling regime that was requested; none where the length of its first run decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<Regime>,
    /// Its outcome.
    pub outcome: Outcome,
}

/// The role of a process in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The baseline at one end of the block.
    Baseline,
    /// The baseline under a second name.
    Twin,
    /// The technique of that index in its group.
    Technique(usize),
}

/// The end of a block.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BlockLine {
    /// The block's number.
    pub block: u64,
    /// The group's index in the plan.
    pub group: usize,
    /// Wall time of the whole block.
    pub block_ns: u64,
    /// The time it lost to other programs, not part of `block_ns`: it waited for a quiet machine, or repeated turns.
    #[serde(default)]
    pub lost_ns: u64,
    /// How many turns were repeated because others disturbed them; the disturbed ones are not kept.
    #[serde(default)]
    pub repeated: u64,
    /// Cores that others kept busy during its turns.
    pub foreign_cores: f64,
    /// The probe at its start.
    pub probe_before: Option<Probed>,
    /// The probe at its end.
    pub probe_after: Option<Probed>,
}

/// The outcome of a turn.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every turn is measured")]
pub enum Outcome {
    /// It has samples, each with a checked result.
    Measured {
        /// The worker's report before the samples.
        ready: Ready,
        /// The samples.
        measured: Measured,
    },
    /// It has no number, for a reason.
    Refused {
        /// The kind of reason.
        status: Status,
        /// The reason.
        reason: String,
    },
}

/// The turns of the blocks that have ended, block by block, with how each ended.
pub fn blocks(lines: &[Line]) -> Vec<(&BlockLine, Vec<&TurnLine>)> {
    let mut open: Vec<&TurnLine> = Vec::new();
    let mut ended = Vec::new();
    for line in lines {
        match line {
            Line::Turn(turn) => {
                open.retain(|other| other.block == turn.block); // an abandoned block before a resume
                open.push(turn);
            }
            Line::Block(block) => {
                let turns = std::mem::take(&mut open);
                ended.push((block, turns.into_iter().filter(|turn| turn.block == block.block).collect()));
            }
            Line::Heap(_) => {}
        }
    }
    ended
}

/// The beginning of each reason for a wrong result, wherever it was found.
const WRONG: &str = "wrong result";

impl Outcome {
    /// Whether a result was wrong, which is worse than none; a crash, a missing library or a time limit is not.
    pub fn is_wrong(&self) -> bool {
        matches!(self, Outcome::Refused { status: Status::Failed, reason } if reason.starts_with(WRONG))
    }
}

impl Group {
    /// The worker's name for the technique of a role.
    pub fn asked(&self, role: Role) -> &str {
        let other = match role {
            Role::Technique(index) => self.cells.get(index).and_then(|cell| cell.asked.as_deref()),
            Role::Baseline | Role::Twin => None,
        };
        other.unwrap_or_else(|| self.technique(role))
    }

    /// The technique of a role.
    pub fn technique(&self, role: Role) -> &str {
        match role {
            Role::Baseline | Role::Twin => BASELINE,
            Role::Technique(index) => self.cells.get(index).map_or("?", |cell| &cell.technique),
        }
    }
}
