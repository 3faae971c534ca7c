//! Every workload against its answers, its laws and its negative controls.

use parallax_suite::conform;
use parallax_suite::workload::*;
use parallax_suite::{Sequential, cell};

fn params(variant: u32) -> Params {
    Params { variant, ..Params::of(Size::Tiny) }
}

#[test]
fn checks_reject_what_is_wrong() {
    conform::controls::<GridSearch>(GridSearch::reference);
    conform::controls::<Histogram>(Histogram::reference);
    conform::controls::<Julia>(Julia::reference);
    conform::controls::<Matmul>(Matmul::reference);
    conform::controls::<MonteCarlo>(MonteCarlo::reference);
    conform::controls::<Pairwise>(Pairwise::reference);
    conform::controls::<Stream>(Stream::reference);
    conform::controls::<TaskGraph>(TaskGraph::reference);
    conform::controls::<TreeSearch>(TreeSearch::reference);
}

#[test]
fn a_stale_result_of_another_input_is_rejected() {
    conform::variants_differ::<GridSearch>();
    conform::variants_differ::<Histogram>();
    conform::variants_differ::<Matmul>();
    conform::variants_differ::<MonteCarlo>();
    conform::variants_differ::<Pairwise>();
    conform::variants_differ::<TaskGraph>();
}

#[test]
fn maps_can_be_split_anywhere() {
    for variant in 0..4 {
        conform::any_split_fills_the_same(&Julia::make(params(variant)), 20);
        conform::any_split_fills_the_same(&Matmul::make(params(variant)), 20);
        conform::any_split_fills_the_same(&Pairwise::make(params(variant)), 20);
    }
}

#[test]
fn reductions_can_be_grouped_anyhow() {
    for case in 0..Histogram::CASES.len() {
        conform::any_grouping_folds_the_same(&Histogram::make(Params { case, ..params(1) }), 20);
    }
    conform::any_grouping_folds_the_same(&MonteCarlo::make(params(1)), 20);
}

#[test]
fn tasks_can_run_in_any_order_that_waits_for_what_they_need() {
    for case in 0..TaskGraph::CASES.len() {
        conform::needs_rise_within_the_row_before(&TaskGraph::make(Params {
            case,
            ..Params::of(Size::Small)
        }));
        conform::any_ready_order_gives_the_same(&TaskGraph::make(Params { case, ..params(1) }), 10);
    }
}

#[test]
fn searches_can_visit_in_any_order() {
    conform::any_order_finds_the_same(&TreeSearch::make(params(0)), 10);
}

#[test]
fn nests_can_be_grouped_anyhow() {
    for variant in 0..4 {
        conform::any_grouping_finishes_the_same(&GridSearch::make(params(variant)), 20);
    }
    conform::any_grouping_finishes_the_same(&GridSearch::make(Params::of(Size::Small)), 2);
}

#[test]
fn the_baseline_is_right_everywhere() {
    let ran = conform::cells(cell::execute::<Sequential>());
    assert_eq!(ran.len(), 16, "{ran:?}"); // nine workloads, one of them in four cases, one in five
}

#[test]
fn known_answers_are_the_references_answers() {
    fn holds<W: Workload>() {
        for case in 0..W::CASES.len() {
            for size in [Size::Tiny, Size::Small] {
                for variant in 0..4 {
                    let work = W::make(Params { case, size, variant, turns: None });
                    let mut out = work.output();
                    work.reference(&mut out);
                    assert_eq!(work.answer(), Some(work.digest(&out)), "{} {size} {variant}", W::NAME);
                }
            }
        }
    }
    holds::<Histogram>();
    holds::<Julia>();
    holds::<Matmul>();
    holds::<MonteCarlo>();
    holds::<Pairwise>();
    holds::<Stream>();
    holds::<TaskGraph>();
    holds::<TreeSearch>();
}

#[test]
fn a_workload_survives_the_wire() {
    let work = Matmul::make(params(3));
    let sent = serde_json::to_string(&work).unwrap();
    let back: Matmul = serde_json::from_str(&sent).unwrap();
    assert_eq!((back.a(), back.b()), (work.a(), work.b()));
    let lie = sent.replace("\"case\":0", "\"case\":9");
    assert!(serde_json::from_str::<Matmul>(&lie).is_err());
}
