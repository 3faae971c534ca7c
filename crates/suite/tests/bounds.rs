//! The bounds of workloads, compared with amounts computed by hand.

use parallax_suite::workload::*;
use serde_json::{Value, json};

/// The bounds of a case, as they go into a report.
fn bounds<W: Workload>(case: usize, size: Size) -> Value {
    serde_json::to_value(W::make(Params { case, ..Params::of(size) }).facts().limits).unwrap()
}

#[test]
fn a_tree_costs_a_draw_a_node_and_no_chain() {
    // The hash of each node except the root is made by mix(). Hashes of different nodes are independent.
    assert_eq!(bounds::<TreeSearch>(0, Size::Tiny), json!([{"rate": "draw", "amount": 1004.0}]));
    assert_eq!(bounds::<TreeSearch>(0, Size::Small), json!([{"rate": "draw", "amount": 100_024.0}]));
}

#[test]
fn a_comparison_is_a_minimum_and_a_maximum_and_no_chain() {
    // 100 values take 4884 comparisons; passes may follow each other, so none waits for the one before.
    assert_eq!(bounds::<Bubblesort>(0, Size::Tiny), json!([{"rate": "fma", "amount": 2.0 * 4884.0}]));
}

#[test]
fn distances_are_symmetric_and_those_of_a_point_to_itself_are_known() {
    let expected = json!([
        {"rate": "store", "amount": 8.0 * 64.0 * 64.0},
        {"rate": "squareroot", "amount": 64.0 * 63.0 / 2.0},
    ]);
    assert_eq!(bounds::<Pairwise>(0, Size::Tiny), expected);
}

#[test]
fn steps_go_over_two_states_and_not_over_the_initial_one() {
    // 32 x 32 cells, 10 steps, each of which reads a state and writes the other.
    let expected = json!([{"rate": "copying", "amount": 10.0 * 16.0 * 1024.0, "data": 2 * 8 * 1024}]);
    assert_eq!(bounds::<Heat>(0, Size::Tiny), expected);
    // Room is needed for the initial state as well.
    assert_eq!(Heat::footprint(Params::of(Size::Tiny)), 3 * 8 * 1024);
}

#[test]
fn a_key_costs_two_products_and_a_hit_one_store() {
    for case in 0..Histogram::CASES.len() {
        let expected = json!([
            {"rate": "increment", "amount": 10_000.0},
            {"rate": "multiply", "amount": 20_000.0},
            {"rate": "store", "amount": 80_000.0},
        ]);
        assert_eq!(bounds::<Histogram>(case, Size::Tiny), expected, "{}", Histogram::CASES[case]);
    }
}

#[test]
fn every_task_of_a_graph_does_its_turns() {
    for case in 0..TaskGraph::CASES.len() {
        let expected = json!([{"rate": "spin", "amount": 8.0 * 8.0 * 16.0}]);
        assert_eq!(bounds::<TaskGraph>(case, Size::Tiny), expected, "{}", TaskGraph::CASES[case]);
    }
}
