//! The schedule: the next block is the one that brings the most decisions per second, the nearest first.

mod draw;
mod pick;
mod round;
mod variant;

use crate::estimate::Estimate;
use crate::race::Standing;
use crate::stop::Stop;
use crate::verdict::Verdict;
use pick::Pick;
use serde::{Deserialize, Serialize};

pub use draw::Draw;
pub use round::next_of_round;
pub use variant::Rotation;

/// Techniques that share the baselines of one block. More would lie too far from the baselines for a fair comparison.
pub const TECHNIQUES_PER_BLOCK: usize = 6;

/// One workload at one size with one number of workers: the cells that share a baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The cost of a turn of the baseline, in seconds; none before the first block.
    pub baseline_cost_s: Option<f64>,
    /// The techniques.
    pub cells: Vec<Cell>,
}

/// The state of one technique in its group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Blocks that were run, including those that a rule of the plan excludes.
    pub blocks: usize,
    /// The estimate from the blocks that count; none before the first of them.
    pub estimate: Option<Estimate>,
    /// Why the cell has enough blocks, once it has.
    pub stop: Option<Stop>,
    /// The cost of a turn, in seconds, from process start to exit; none before the first block.
    pub cost_s: Option<f64>,
    /// Its standing among the others; before its first block, any.
    pub standing: Standing,
    /// The cell that it is compared with next: only a block that has both brings that decision nearer, so both join one,
    /// or neither does. That cell names this one.
    pub with: Option<usize>,
    /// Whether it failed and is not tried again. When a baseline fails, all cells of its group have failed.
    pub failed: bool,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Run this block.
    Run(Block),
    /// Nothing is left, or nothing that fits the budget. For each group and each of its cells, why it got no
    /// more.
    End(Vec<Vec<Rest>>),
}

/// Turns to run one at a time, each in a fresh process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Block {
    /// The group's index.
    pub group: usize,
    /// The baseline, then the techniques and the twin in random order, then the baseline again.
    pub turns: Vec<Turn>,
    /// Its expected cost, in seconds; none where nothing of the group has run.
    pub cost_s: Option<f64>,
}

/// One process of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The reference of the block's techniques.
    Baseline,
    /// The baseline in the place of a technique: the A/A pair that shows the effect of noise alone.
    Twin,
    /// The cell of that index in its group.
    Technique(usize),
}

/// Why a cell gets no further block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// It failed.
    Failed,
    /// It cannot be the best of its group any more.
    Out,
    /// Its verdict stands, and it cannot be the best of its group.
    Decided,
    /// No block with it fits what is left of the budget.
    Budget,
    /// It has the blocks it needs.
    #[serde(untagged)]
    Stopped(Stop),
}

/// Decides on block number `block`, with `budget_s` seconds left.
///
/// The nearest decisions come first: a block is worth its part of each decision, per second ([`Standing::missing`]),
/// and a little for narrower intervals. Techniques join a block, the most urgent first, unless they would decide next
/// to nothing for their cost, up to [`TECHNIQUES_PER_BLOCK`]. Nothing is worth as much as a cell without a block, which
/// makes the first pass. Ties are drawn.
///
/// A technique that cannot be the best rests once its verdict stands; in a group that does not fit into one block,
/// immediately. See [`standings`](crate::standings()) for why the rule may look at who is ahead.
///
/// A turn of unknown cost is taken to cost as much as the baseline. A block that costs more than is left is never
/// begun, except in a group of which nothing has run: its cost is found out by running it.
///
/// The answer depends on the arguments alone: a resumed run goes on as it would have. O(cells log cells).
///
/// ```
/// use parallax_method::schedule::{Cell, Group, Next, Turn, next};
///
/// let group = Group { baseline_cost_s: None, cells: vec![Cell::default(); 2] };
/// let Next::Run(block) = next(&[group], 60.0, 7, 0) else { panic!("two cells have no block yet") };
/// assert_eq!((block.turns[0], block.turns[4]), (Turn::Baseline, Turn::Baseline));
/// assert!(block.turns[1..4].contains(&Turn::Twin));
/// ```
pub fn next(groups: &[Group], budget_s: f64, seed: u64, block: u64) -> Next {
    let mut draw = Draw::new(seed, block);
    let mut order: Vec<usize> = (0..groups.len()).collect();
    draw.shuffle(&mut order);
    let picks = order.into_iter().filter_map(|index| Pick::best(index, &groups[index], budget_s, &mut draw));
    match picks.max_by(|a, b| a.rate().total_cmp(&b.rate())) {
        Some(pick) => Next::Run(pick.arrange(&mut draw)),
        None => Next::End(groups.iter().map(Group::rests).collect()),
    }
}

impl Group {
    fn rests(&self) -> Vec<Rest> {
        self.cells.iter().map(|cell| self.rest(cell).unwrap_or(Rest::Budget)).collect()
    }

    /// How many techniques get further blocks while there is time.
    pub fn open(&self) -> usize {
        self.cells.iter().filter(|cell| self.rest(cell).is_none()).count()
    }

    /// Why a cell gets no further block, even if there is time.
    fn rest(&self, cell: &Cell) -> Option<Rest> {
        let Standing { verdict, contender, .. } = cell.standing;
        match cell.stop {
            _ if cell.failed => Some(Rest::Failed),
            Some(stop) => Some(Rest::Stopped(stop)),
            None if contender => None,
            // A group that does not fit into one block is a race for the best.
            None if self.cells.len() > TECHNIQUES_PER_BLOCK => Some(Rest::Out),
            None => (verdict != Verdict::Undecided).then_some(Rest::Decided),
        }
    }
}

#[cfg(test)]
mod tests;
