//! Time goes where it buys most: to the block that brings the nearest decisions, per second.

mod draw;
mod pick;
mod variant;

use crate::estimate::Estimate;
use crate::race::Standing;
use crate::stop::Stop;
use crate::verdict::Verdict;
use pick::Pick;
use serde::{Deserialize, Serialize};

pub use draw::Draw;
pub use variant::Rotation;

/// Techniques that share the baselines of one block. More would lie too far from the baselines for these to
/// vouch.
pub const TECHNIQUES_PER_BLOCK: usize = 6;

/// One workload at one size with so many workers: what can be compared with one baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// What a turn of the baseline costs, in seconds; none before the first block.
    pub baseline_cost_s: Option<f64>,
    /// The techniques.
    pub cells: Vec<Cell>,
}

/// What is known of one technique in its group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Blocks run, those excluded by a rule of the plan too.
    pub blocks: usize,
    /// What the blocks that count say; none before the first of them.
    pub estimate: Option<Estimate>,
    /// Why the cell has enough blocks, once it has.
    pub stop: Option<Stop>,
    /// What a turn costs, in seconds, from process start to exit; none before the first block.
    pub cost_s: Option<f64>,
    /// Where it stands among the others; before its first block, anywhere.
    pub standing: Standing,
    /// Whether it failed, and is not tried again. When a baseline fails, so have all cells of its group.
    pub failed: bool,
}

/// What to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Run this block.
    Run(Block),
    /// Nothing is left, or nothing that fits the budget. For each group and each of its cells, why it got no
    /// more.
    End(Vec<Vec<Rest>>),
}

/// Turns to take one at a time, each in a fresh process.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Block {
    /// The group's index.
    pub group: usize,
    /// The baseline, then the techniques and the twin in random order, then the baseline again.
    pub turns: Vec<Turn>,
    /// What it should cost, in seconds; none where nothing of the group has run.
    pub cost_s: Option<f64>,
}

/// One process of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// What the block's techniques are held against.
    Baseline,
    /// The baseline as if it were a technique: the A/A pair that shows what noise alone does.
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
    /// It has what it needs.
    #[serde(untagged)]
    Stopped(Stop),
}

/// Decides on block number `block`, with `budget_s` seconds left.
///
/// The nearest decisions come first: a block is worth the parts of them that it brings, per second
/// ([`Standing::missing`]), and a little for narrower intervals. Techniques join a block, the most urgent first, unless
/// they would decide next to nothing for their cost, up to [`TECHNIQUES_PER_BLOCK`]. Nothing is worth as
/// much as a cell without a block, which makes the first pass. Ties are drawn.
///
/// A technique that cannot be the best rests once its verdict stands; in a group that does not fit into one block, at
/// once. See [`standings`](crate::standings()) for why that may look at who is ahead.
///
/// A turn of unknown cost is taken to cost what the baseline does. A block that costs more than is left is
/// never begun, except for a group of which nothing has run: what that costs is found out by running it.
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
            // What does not fit into one block is a race for the best.
            None if self.cells.len() > TECHNIQUES_PER_BLOCK => Some(Rest::Out),
            None => (verdict != Verdict::Undecided).then_some(Rest::Decided),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY_S: f64 = 1e9;

    /// A cell that takes so many blocks to the next decision.
    fn cell(blocks: usize, missing: f64, cost_s: f64) -> Cell {
        let estimate = Estimate::with(blocks, 0.0, 0.01, 3.0);
        let standing = Standing { missing, ..Standing::default() };
        Cell { blocks, estimate: Some(estimate), stop: None, cost_s: Some(cost_s), standing, failed: false }
    }

    fn group(cells: Vec<Cell>) -> Group {
        Group { baseline_cost_s: Some(1.0), cells }
    }

    fn fresh(cells: usize) -> Group {
        Group { baseline_cost_s: None, cells: vec![Cell::default(); cells] }
    }

    fn block(groups: &[Group], budget_s: f64, number: u64) -> Option<Block> {
        match next(groups, budget_s, 11, number) {
            Next::Run(block) => Some(block),
            Next::End(_) => None,
        }
    }

    fn techniques(block: &Block) -> Vec<usize> {
        let technique = |turn: &Turn| if let Turn::Technique(cell) = turn { Some(*cell) } else { None };
        block.turns.iter().filter_map(technique).collect()
    }

    /// Runs a block as if every turn cost 1 s and every cell stopped after eight.
    fn run(groups: &mut [Group], block: &Block) {
        let group = &mut groups[block.group];
        group.baseline_cost_s = Some(1.0);
        for technique in techniques(block) {
            let blocks = group.cells[technique].blocks + 1;
            let stop = (blocks == 8).then_some(Stop::Precision);
            group.cells[technique] = Cell { stop, ..cell(blocks, 8.0 - blocks as f64, 1.0) };
        }
    }

    #[test]
    fn a_block_is_bracketed_and_holds_the_twin_and_up_to_six_in_random_order() {
        let groups = [fresh(9)];
        let (mut orders, mut twins) = (Vec::new(), Vec::new());
        for number in 0..200 {
            let turns = block(&groups, PLENTY_S, number).unwrap().turns;
            assert_eq!((turns.len(), turns[0], turns[8]), (9, Turn::Baseline, Turn::Baseline));
            let mut inner = turns[1..8].to_vec();
            twins.push(inner.iter().position(|&turn| turn == Turn::Twin).unwrap());
            orders.push(inner.clone());
            inner.sort_by_key(|turn| if let Turn::Technique(cell) = turn { *cell } else { 9 });
            inner.dedup();
            assert_eq!(inner.len(), 7);
        }
        assert!((0..7).all(|place| twins.contains(&place)));
        assert!((0..9).all(|cell| orders.iter().any(|order| order[0] == Turn::Technique(cell))));
    }

    #[test]
    fn the_first_pass_covers_all_before_any_second_block() {
        let mut groups = vec![fresh(7), fresh(1), fresh(13), fresh(6)];
        for number in 0..7 {
            let next = block(&groups, PLENTY_S, number).unwrap();
            assert!(techniques(&next).iter().all(|&cell| groups[next.group].cells[cell].blocks == 0));
            run(&mut groups, &next);
        }
        assert!(groups.iter().all(|group| group.cells.iter().all(|cell| cell.blocks == 1)));
    }

    #[test]
    fn a_run_with_plenty_of_time_finishes_every_cell() {
        let mut groups = vec![fresh(7), fresh(2)];
        let mut number = 0;
        while let Some(next) = block(&groups, PLENTY_S, number) {
            run(&mut groups, &next);
            number += 1;
        }
        assert!((16..=26).contains(&number), "{number} blocks");
        let Next::End(rests) = next(&groups, PLENTY_S, 11, number) else { panic!("nothing is left") };
        assert_eq!(rests, [vec![Rest::Stopped(Stop::Precision); 7], vec![Rest::Stopped(Stop::Precision); 2]]);
    }

    #[test]
    fn the_budget_is_never_exceeded_once_costs_are_known() {
        let mut groups = vec![fresh(7), fresh(4)];
        let (mut left, mut number) = (60.0, 0);
        while let Some(next) = block(&groups, left, number) {
            assert!(next.cost_s.is_none_or(|cost| cost == next.turns.len() as f64 && cost <= left));
            left -= next.turns.len() as f64;
            run(&mut groups, &next);
            number += 1;
        }
        assert!((0.0..4.0).contains(&left), "{left} s are left, and a block of one costs 4 s");
        assert!(
            matches!(next(&groups, left, 11, number), Next::End(rests) if rests[0].contains(&Rest::Budget))
        );
    }

    #[test]
    fn a_dear_cell_that_no_longer_fits_makes_room_for_a_cheap_one() {
        let groups = [group(vec![cell(4, 9.0, 100.0), cell(4, 0.03, 1.0)])];
        assert_eq!(techniques(&block(&groups, 50.0, 0).unwrap()), [1]);
        assert_eq!(next(&groups, 3.9, 11, 0), Next::End(vec![vec![Rest::Budget; 2]]));
        assert_eq!(next(&groups, f64::NAN, 11, 0), Next::End(vec![vec![Rest::Budget; 2]]));
    }

    #[test]
    fn unknown_costs_are_found_out_by_the_first_block_only() {
        assert_eq!(block(&[fresh(2)], 0.5, 0).unwrap().cost_s, None);
        assert_eq!(block(&[fresh(2)], 0.0, 0), None);
        let new = Cell::default();
        assert_eq!(block(&[group(vec![new, new])], 4.5, 0).unwrap().cost_s, Some(4.0));
        let unpriced = Group { baseline_cost_s: None, cells: vec![Cell { failed: true, ..new }, new] };
        assert_eq!(next(&[unpriced], PLENTY_S, 11, 0), Next::End(vec![vec![Rest::Failed, Rest::Budget]]));
    }

    #[test]
    fn what_is_nearly_decided_comes_before_the_dear_and_the_hopeless() {
        let near = group(vec![cell(4, 1.0, 1.0)]);
        let dear = group(vec![cell(4, 1.0, 60.0)]);
        let hopeless = group(vec![cell(4, f64::INFINITY, 1.0)]);
        for number in 0..50 {
            let groups = [dear.clone(), near.clone(), hopeless.clone()];
            assert_eq!(block(&groups, PLENTY_S, number).unwrap().group, 1);
        }
        // with nothing to decide, what has the fewest blocks
        let groups = [hopeless, group(vec![cell(2, f64::INFINITY, 1.0)])];
        assert_eq!(block(&groups, PLENTY_S, 0).unwrap().group, 1);
    }

    #[test]
    fn a_dear_hopeless_cell_does_not_ride_along_with_cheap_open_ones() {
        let cells = vec![cell(4, 1.0, 1.0), cell(8, 90.0, 60.0), cell(4, 2.0, 1.0)];
        let mut ridden = techniques(&block(&[group(cells)], PLENTY_S, 0).unwrap());
        ridden.sort_unstable();
        assert_eq!(ridden, [0, 2]);
    }

    #[test]
    fn six_open_techniques_share_a_block() {
        let cells: Vec<Cell> = (0..6).map(|at| cell(3, at as f64, 1.0)).collect();
        assert_eq!(techniques(&block(&[group(cells)], PLENTY_S, 0).unwrap()).len(), 6);
    }

    #[test]
    fn out_of_the_running_and_decided_is_enough_for_six_and_out_is_enough_for_more() {
        let out = Standing { contender: false, ..Standing::default() };
        let decided = Standing { verdict: Verdict::Slower, ..out };
        let with = |standing| Cell { standing, ..cell(4, f64::INFINITY, 1.0) };
        let few = [group(vec![with(out), with(decided), with(decided)])];
        assert_eq!(techniques(&block(&few, PLENTY_S, 0).unwrap()), [0]);
        let mut many = [group(vec![with(out); 6])];
        many[0].cells.push(with(decided));
        assert_eq!(next(&many, PLENTY_S, 11, 0), Next::End(vec![vec![Rest::Out; 7]]));
        // what may be the best runs on, whatever its verdict
        many[0].cells[6] = with(Standing { contender: true, ..decided });
        assert_eq!(techniques(&block(&many, PLENTY_S, 0).unwrap()), [6]);
        let Next::End(rests) = next(&few, 0.0, 11, 0) else { panic!("no time is left") };
        assert_eq!(rests, [[Rest::Budget, Rest::Decided, Rest::Decided]]);
    }

    #[test]
    fn the_most_wanted_does_not_always_run_first() {
        let groups = [group(vec![cell(4, 0.3, 1.0), cell(4, 0.2, 1.0)])];
        let orders: Vec<_> =
            (0..50).map(|number| techniques(&block(&groups, PLENTY_S, number).unwrap())).collect();
        assert!(orders.contains(&vec![0, 1]) && orders.contains(&vec![1, 0]));
    }

    #[test]
    fn failed_and_finished_cells_are_left_alone() {
        let failed = Cell { failed: true, ..Cell::default() };
        let done = Cell { stop: Some(Stop::Gulf), ..cell(4, 0.05, 1.0) };
        let groups = [group(vec![failed, done, cell(4, 0.2, 1.0)]), group(vec![failed])];
        for number in 0..50 {
            assert_eq!(techniques(&block(&groups, PLENTY_S, number).unwrap()), [2]);
        }
        let over = [group(vec![failed, done])];
        assert_eq!(
            next(&over, PLENTY_S, 11, 0),
            Next::End(vec![vec![Rest::Failed, Rest::Stopped(Stop::Gulf)]])
        );
    }

    #[test]
    fn the_same_state_is_answered_alike_and_ties_are_drawn() {
        let groups = vec![group(vec![cell(4, 0.2, 1.0); 8]); 3];
        let blocks: Vec<Block> = (0..50).map(|number| block(&groups, PLENTY_S, number).unwrap()).collect();
        assert!(
            (0..50).all(|number| block(&groups, PLENTY_S, number as u64).as_ref() == Some(&blocks[number]))
        );
        assert!((0..3).all(|group| blocks.iter().any(|block| block.group == group)));
        assert!((0..8).all(|cell| blocks.iter().any(|block| !techniques(block).contains(&cell))));
    }

    #[test]
    fn odd_costs_and_widths_do_not_panic() {
        for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            let groups = [Group { baseline_cost_s: Some(odd), cells: vec![cell(4, odd, odd); 3] }];
            let _ = next(&groups, PLENTY_S, 1, 1);
        }
        assert_eq!(next(&[], 1.0, 0, 0), Next::End(vec![]));
    }

    #[test]
    fn reasons_are_plain_words() {
        let rests = [Rest::Failed, Rest::Out, Rest::Decided, Rest::Budget, Rest::Stopped(Stop::MaxBlocks)];
        assert_eq!(
            serde_json::to_string(&rests).unwrap(),
            r#"["failed","out","decided","budget","max_blocks"]"#
        );
    }
}
