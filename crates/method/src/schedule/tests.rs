//! Tests of the next block: nearly decided cells first, within the budget, and the same after a resume.

use super::*;

const PLENTY_S: f64 = 1e9;

/// A cell that is `missing` blocks away from the next decision.
fn cell(blocks: usize, missing: f64, cost_s: f64) -> Cell {
    let estimate = Estimate::with(blocks, 0.0, 0.01, 3.0);
    let standing = Standing { missing, ..Standing::default() };
    Cell {
        blocks,
        estimate: Some(estimate),
        stop: None,
        cost_s: Some(cost_s),
        standing,
        with: None,
        failed: false,
    }
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
    assert!(matches!(next(&groups, left, 11, number), Next::End(rests) if rests[0].contains(&Rest::Budget)));
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
    // with nothing to decide, the cell with the fewest blocks
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
    // a technique that may be the best runs on, whatever its verdict
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
    assert_eq!(next(&over, PLENTY_S, 11, 0), Next::End(vec![vec![Rest::Failed, Rest::Stopped(Stop::Gulf)]]));
}

#[test]
fn the_same_state_is_answered_alike_and_ties_are_drawn() {
    let groups = vec![group(vec![cell(4, 0.2, 1.0); 8]); 3];
    let blocks: Vec<Block> = (0..50).map(|number| block(&groups, PLENTY_S, number).unwrap()).collect();
    assert!((0..50).all(|number| block(&groups, PLENTY_S, number as u64).as_ref() == Some(&blocks[number])));
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
    assert_eq!(serde_json::to_string(&rests).unwrap(), r#"["failed","out","decided","budget","max_blocks"]"#);
}

#[test]
fn two_that_are_compared_join_a_block_together_however_cheap_one_of_them_is() {
    let duel = |at: usize, cost_s: f64| Cell { with: Some(at), ..cell(4, 4.0, cost_s) };
    let pair = [group(vec![duel(2, 0.1), cell(4, 4.0, 0.1), duel(0, 30.0)])];
    let joined: Vec<Vec<usize>> = (0..50).map(|n| techniques(&block(&pair, PLENTY_S, n).unwrap())).collect();
    assert!(joined.iter().all(|cells| cells.contains(&0) == cells.contains(&2)), "{joined:?}");
    // alone, the cheap one would take all the time
    let apart = [group(vec![cell(4, 4.0, 0.1), cell(4, 4.0, 30.0)])];
    assert!((0..50).all(|n| techniques(&block(&apart, PLENTY_S, n).unwrap()) == [0]));
    let duel_only = [group(vec![duel(1, 0.1), duel(0, 30.0)])];
    let mut both = techniques(&block(&duel_only, PLENTY_S, 0).unwrap());
    both.sort_unstable();
    assert_eq!(both, [0, 1]);
    assert_eq!(block(&duel_only, 20.0, 0), None, "both do not fit, and one alone decides nothing");
}

#[test]
fn a_partner_that_failed_holds_nobody() {
    let failed = Cell { failed: true, ..cell(4, 4.0, 1.0) };
    let groups = [group(vec![Cell { with: Some(1), ..cell(4, 4.0, 1.0) }, failed])];
    assert_eq!(techniques(&block(&groups, PLENTY_S, 0).unwrap()), [0]);
}
