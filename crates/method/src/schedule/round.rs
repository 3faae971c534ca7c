//! The schedule of a sweep, in rounds: every point gets a block before any point gets the next.

use super::{Block, Cell, Draw, Group, Next, Rest, TECHNIQUES_PER_BLOCK, Turn};
use crate::stop::Stop;

/// Decides on block number `block` of a sweep in which each technique gets as many blocks at a point as `wanted` says
/// for that point, with `budget_s` seconds left. The points with the fewest blocks come first, in random order; so a
/// round visits all of them before the next begins, and a drift meanwhile affects all alike. Results do not influence
/// the order, except through `wanted`.
///
/// A block has the techniques with the fewest blocks, up to [`TECHNIQUES_PER_BLOCK`]. A block that costs more than is
/// left is never begun, unless its cost is unknown.
///
/// ```
/// use parallax_method::schedule::{Cell, Group, Next, next_of_round};
///
/// let seen = Group { baseline_cost_s: Some(1.0), cells: vec![Cell { blocks: 1, ..Cell::default() }] };
/// let new = Group { baseline_cost_s: None, cells: vec![Cell::default()] };
/// let Next::Run(block) = next_of_round(&[seen, new], &[8, 8], 60.0, 7, 0) else { panic!("there is time") };
/// assert_eq!(block.group, 1);
/// ```
pub fn next_of_round(groups: &[Group], wanted: &[usize], budget_s: f64, seed: u64, block: u64) -> Next {
    let mut draw = Draw::new(seed, block);
    let mut order: Vec<usize> = (0..groups.len()).collect();
    draw.shuffle(&mut order);
    order.sort_by_key(|&group| groups[group].fewest(wanted[group]));
    let fits = |&group: &usize| {
        let techniques = groups[group].techniques(wanted[group], &mut draw.clone());
        let cost_s = groups[group].cost_s(&techniques);
        (!techniques.is_empty() && cost_s.is_none_or(|cost_s| cost_s <= budget_s))
            .then_some((group, techniques, cost_s))
    };
    let Some((group, mut techniques, cost_s)) = order.iter().find_map(fits) else {
        let rests = |(group, wanted): (&Group, &usize)| {
            group.cells.iter().map(|cell| cell.rest_of_round(*wanted)).collect()
        };
        return Next::End(groups.iter().zip(wanted).map(rests).collect());
    };
    draw.shuffle(&mut techniques);
    let mut turns = vec![Turn::Baseline];
    turns.extend(techniques.into_iter().map(Turn::Technique));
    turns.insert(1 + draw.below(turns.len()), Turn::Twin);
    turns.push(Turn::Baseline);
    Next::Run(Block { group, turns, cost_s })
}

impl Group {
    /// The fewest blocks that any technique has had, of those that get another.
    fn fewest(&self, blocks: usize) -> usize {
        let open = self.cells.iter().filter(|cell| cell.wants(blocks));
        open.map(|cell| cell.blocks).min().unwrap_or(usize::MAX)
    }

    /// The techniques that a block would have.
    fn techniques(&self, blocks: usize, draw: &mut Draw) -> Vec<usize> {
        let mut open: Vec<usize> = (0..self.cells.len()).filter(|&at| self.cells[at].wants(blocks)).collect();
        draw.shuffle(&mut open);
        open.sort_by_key(|&at| self.cells[at].blocks);
        open.truncate(TECHNIQUES_PER_BLOCK);
        open
    }

    /// The cost of a block with these techniques, in seconds; none where the baseline has not run.
    fn cost_s(&self, techniques: &[usize]) -> Option<f64> {
        let baseline_s = self.baseline_cost_s?;
        let turn_s = |&at: &usize| self.cells[at].cost_s.unwrap_or(baseline_s);
        Some(3.0 * baseline_s + techniques.iter().map(turn_s).sum::<f64>())
    }

    /// How many blocks a sweep still wants here, and their cost in seconds, if it is known.
    pub fn missing(&self, blocks: usize) -> (usize, Option<f64>) {
        let wanted: usize =
            self.cells.iter().filter(|cell| cell.wants(blocks)).map(|cell| blocks - cell.blocks).sum();
        let at_once =
            self.cells.iter().filter(|cell| cell.wants(blocks)).count().clamp(1, TECHNIQUES_PER_BLOCK);
        let missing = wanted.div_ceil(at_once);
        let techniques = self.techniques(blocks, &mut Draw::new(0, 0));
        (missing, self.cost_s(&techniques).map(|cost_s| cost_s * missing as f64))
    }
}

impl Cell {
    fn wants(&self, blocks: usize) -> bool {
        !self.failed && self.blocks < blocks
    }

    fn rest_of_round(&self, blocks: usize) -> Rest {
        match self.failed {
            true => Rest::Failed,
            false if self.blocks >= blocks => Rest::Stopped(Stop::MaxBlocks),
            false => Rest::Budget,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn group(techniques: usize) -> Group {
        Group { baseline_cost_s: None, cells: vec![Cell::default(); techniques] }
    }

    /// Runs a sweep to its end; returns the groups of its blocks, and why each cell got no more.
    fn run(groups: &mut [Group], blocks: usize, mut budget_s: f64) -> (Vec<usize>, Vec<Vec<Rest>>) {
        let mut visited = Vec::new();
        for number in 0.. {
            match next_of_round(groups, &vec![blocks; groups.len()], budget_s, 9, number) {
                Next::Run(block) => {
                    visited.push(block.group);
                    budget_s -= block.turns.len() as f64;
                    let group = &mut groups[block.group];
                    group.baseline_cost_s = Some(1.0);
                    for turn in block.turns {
                        if let Turn::Technique(at) = turn {
                            group.cells[at].blocks += 1;
                            group.cells[at].cost_s = Some(1.0);
                        }
                    }
                }
                Next::End(rests) => return (visited, rests),
            }
        }
        unreachable!("a sweep ends")
    }

    #[test]
    fn each_round_visits_every_point_once_and_in_an_order_of_its_own() {
        let mut groups: Vec<Group> = (0..5).map(|_| group(2)).collect();
        let (visited, rests) = run(&mut groups, 6, 1e9);
        assert_eq!(visited.len(), 30);
        let rounds: Vec<&[usize]> = visited.chunks(5).collect();
        assert!(rounds.iter().all(|round| round.iter().collect::<BTreeSet<_>>().len() == 5), "{rounds:?}");
        assert!(rounds.iter().collect::<BTreeSet<_>>().len() > 2, "{rounds:?}");
        assert!(rests.iter().flatten().all(|rest| *rest == Rest::Stopped(Stop::MaxBlocks)));
    }

    #[test]
    fn a_point_gets_the_blocks_that_are_wanted_of_it() {
        let mut groups: Vec<Group> = (0..3).map(|_| group(1)).collect();
        let mut visited = Vec::new();
        while let Next::Run(block) = next_of_round(&groups, &[2, 0, 4], 1e9, 9, visited.len() as u64) {
            groups[block.group].cells[0].blocks += 1;
            visited.push(block.group);
        }
        assert_eq!(visited.iter().filter(|group| **group == 0).count(), 2);
        assert!(!visited.contains(&1) && visited.len() == 6 && visited[4..] == [2, 2], "{visited:?}");
    }

    #[test]
    fn what_does_not_fit_into_one_block_shares_the_round() {
        let mut groups = [group(9)];
        let (visited, _) = run(&mut groups, 2, 1e9);
        assert!(groups[0].cells.iter().all(|cell| cell.blocks == 2) && visited.len() <= 4, "{visited:?}");
    }

    #[test]
    fn the_budget_ends_it_and_what_failed_is_left_alone() {
        let mut groups = [group(1), group(2)];
        groups[1].cells[0].failed = true;
        let (visited, rests) = run(&mut groups, 100, 41.0);
        assert_eq!(visited.len(), 10);
        assert_eq!(rests, [vec![Rest::Budget], vec![Rest::Failed, Rest::Budget]]);
        assert_eq!(groups[1].missing(100), (95, Some(380.0)));
    }
}
