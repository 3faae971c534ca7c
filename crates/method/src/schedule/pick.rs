//! The techniques of a block, packed like a knapsack: the most decisions per second first, while the block gains.

use super::{Block, Cell, Draw, Group, TECHNIQUES_PER_BLOCK, Turn};

/// The worth of a narrower interval, compared with a decision.
const NARROWER: f64 = 0.05;

/// A technique joins a block if it decides at least this share of the block's decisions per second. Alone in a block it
/// would pay for three turns of the baseline, and techniques are compared over the blocks that they share.
const RIDES: f64 = 0.2;

/// The least cost of a turn, in seconds: it starts a process.
const SPAWN_S: f64 = 1e-3;

/// The techniques that a group would put into a block.
pub(super) struct Pick<'a> {
    index: usize,
    group: &'a Group,
    cells: Vec<usize>,
    gain: f64,
    cost_s: f64,
}

impl<'a> Pick<'a> {
    /// Packs by gain per second, best first, nearly as a fractional knapsack is filled (Dantzig, 1957).
    pub(super) fn best(index: usize, group: &'a Group, budget_s: f64, draw: &mut Draw) -> Option<Self> {
        let mut pick = Self { index, group, cells: Vec::new(), gain: 0.0, cost_s: group.bracket_cost_s()? };
        let mut parties = group.parties();
        draw.shuffle(&mut parties);
        let rate = |party: &[usize]| group.gain(party) / group.turns_cost_s(party);
        parties.sort_by(|a, b| rate(b).total_cmp(&rate(a)));
        for party in parties {
            if rate(&party) < RIDES * pick.rate() {
                break;
            }
            let cost_s = pick.cost_s + group.turns_cost_s(&party);
            if cost_s <= budget_s && pick.cells.len() + party.len() <= TECHNIQUES_PER_BLOCK {
                pick.gain += group.gain(&party);
                pick.cost_s = cost_s;
                pick.cells.extend(party);
            }
        }
        (!pick.cells.is_empty()).then_some(pick)
    }

    pub(super) fn rate(&self) -> f64 {
        self.gain / self.cost_s
    }

    pub(super) fn arrange(mut self, draw: &mut Draw) -> Block {
        draw.shuffle(&mut self.cells);
        let mut turns = vec![Turn::Baseline];
        turns.extend(self.cells.iter().map(|&cell| Turn::Technique(cell)));
        turns.insert(1 + draw.below(turns.len()), Turn::Twin);
        turns.push(Turn::Baseline);
        Block { group: self.index, turns, cost_s: priced(self.group.baseline_cost_s).map(|_| self.cost_s) }
    }
}

impl Group {
    /// Whether none of its blocks has run.
    fn is_fresh(&self) -> bool {
        self.cells.iter().all(|cell| cell.blocks == 0 && !cell.failed)
    }

    /// The cost of three turns of the baseline: both ends and the twin. None if it should be known and is not.
    fn bracket_cost_s(&self) -> Option<f64> {
        let unknown = self.is_fresh().then_some(0.0);
        priced(self.baseline_cost_s).or(unknown).map(|cost| 3.0 * cost.max(SPAWN_S))
    }

    /// The open cells: each alone, or with the one that it is compared with.
    fn parties(&self) -> Vec<Vec<usize>> {
        let is_open = |at: usize| self.cells.get(at).is_some_and(|cell| self.rest(cell).is_none());
        let partner = |at: usize| self.cells[at].with.filter(|other| is_open(*other));
        let party = |at: usize| match partner(at) {
            None => Some(vec![at]),
            Some(other) => (at < other).then(|| vec![at, other]), // each names the other: once for both
        };
        (0..self.cells.len()).filter(|at| is_open(*at)).filter_map(party).collect()
    }

    fn gain(&self, party: &[usize]) -> f64 {
        party.iter().map(|at| self.cells[*at].gain()).sum()
    }

    fn turns_cost_s(&self, party: &[usize]) -> f64 {
        party.iter().map(|at| self.turn_cost_s(&self.cells[*at])).sum()
    }

    fn turn_cost_s(&self, cell: &Cell) -> f64 {
        priced(cell.cost_s).or(priced(self.baseline_cost_s)).unwrap_or(0.0).max(SPAWN_S)
    }
}

impl Cell {
    /// The worth of one more block: its part of the next decision, and a little for the narrower interval.
    ///
    /// Counting by its part, the nearest decisions come first, so that most are taken in the time there is. Counting by
    /// the width of intervals, most time would go to the cells that deviate most, which more blocks help least.
    fn gain(&self) -> f64 {
        if self.blocks == 0 {
            return f64::INFINITY;
        }
        let blocks = self.blocks as f64;
        1.0 / (1.0 + self.standing.missing) + NARROWER * (1.0 - (blocks / (blocks + 1.0)).sqrt())
    }
}

fn priced(cost_s: Option<f64>) -> Option<f64> {
    cost_s.filter(|cost| cost.is_finite() && *cost >= 0.0)
}
