//! A line for each turn, each block and each cell whose allocations were counted, so that any prefix of a journal is a
//! result.

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

/// What a run of a cell allocates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeapLine {
    /// The group's index in the plan.
    pub group: usize,
    /// What ran: never the twin, which is the baseline.
    pub role: Role,
    /// The input's variant.
    pub variant: u32,
    /// Wall time of all of it.
    pub turn_ns: u64,
    /// What came of it.
    pub outcome: Counted,
}

/// What came of counting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// What a run allocates.
    Counted(Heap),
    /// It could not be counted, and why.
    Uncounted {
        /// The reason.
        reason: String,
    },
}

/// What a turn was and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TurnLine {
    /// The block's number.
    pub block: u64,
    /// The group's index in the plan.
    pub group: usize,
    /// What ran.
    pub role: Role,
    /// The input's variant.
    pub variant: u32,
    /// Wall time of the whole turn.
    pub turn_ns: u64,
    /// How warm it was asked to be sampled; none where the length of its first run decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<Regime>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What a process ran as.
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

/// How a block ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BlockLine {
    /// The block's number.
    pub block: u64,
    /// The group's index in the plan.
    pub group: usize,
    /// Wall time of the whole block.
    pub block_ns: u64,
    /// What it lost to others, which is no part of `block_ns`: it waited for a quiet machine, or took turns again.
    #[serde(default)]
    pub lost_ns: u64,
    /// How many turns were taken again since others disturbed them; what these said is not kept.
    #[serde(default)]
    pub repeated: u64,
    /// Cores that others kept busy during its turns.
    pub foreign_cores: f64,
    /// The probe at its start.
    pub probe_before: Option<Probed>,
    /// The probe at its end.
    pub probe_after: Option<Probed>,
}

/// What came of a turn.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every turn is measured")]
pub enum Outcome {
    /// Samples, each checked.
    Measured {
        /// What the worker said before.
        ready: Ready,
        /// The samples.
        measured: Measured,
    },
    /// No number, and why.
    Refused {
        /// What kind of reason.
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

/// What the reason for a wrong result begins with, whoever finds it.
const WRONG: &str = "wrong result";

impl Outcome {
    /// Whether a result was wrong, which is worse than none: a crash, a missing library or a time limit is not that.
    pub fn is_wrong(&self) -> bool {
        matches!(self, Outcome::Refused { status: Status::Failed, reason } if reason.starts_with(WRONG))
    }
}

impl Group {
    /// What the worker calls the technique that a role stands for.
    pub fn asked(&self, role: Role) -> &str {
        let other = match role {
            Role::Technique(index) => self.cells.get(index).and_then(|cell| cell.asked.as_deref()),
            Role::Baseline | Role::Twin => None,
        };
        other.unwrap_or_else(|| self.technique(role))
    }

    /// The technique that a role stands for.
    pub fn technique(&self, role: Role) -> &str {
        match role {
            Role::Baseline | Role::Twin => BASELINE,
            Role::Technique(index) => self.cells.get(index).map_or("?", |cell| &cell.technique),
        }
    }
}
