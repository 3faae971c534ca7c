//! Every workload against its answers, its laws and its negative controls.

use parallax_suite::conform;
use parallax_suite::workload::*;
use parallax_suite::{Sequential, cell};

fn params(variant: u32) -> Params {
    Params { variant, ..Params::of(Size::Tiny) }
}

#[test]
fn checks_reject_what_is_wrong() {
    conform::controls::<Histogram>(Histogram::reference);
    conform::controls::<Julia>(Julia::reference);
    conform::controls::<Matmul>(Matmul::reference);
    conform::controls::<MonteCarlo>(MonteCarlo::reference);
    conform::controls::<Pairwise>(Pairwise::reference);
    conform::controls::<Stream>(Stream::reference);
}

#[test]
fn a_stale_result_of_another_input_is_rejected() {
    conform::variants_differ::<Histogram>();
    conform::variants_differ::<Matmul>();
    conform::variants_differ::<MonteCarlo>();
    conform::variants_differ::<Pairwise>();
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
fn the_baseline_is_right_everywhere() {
    let ran = conform::cells(cell::execute::<Sequential>());
    assert_eq!(ran.len(), 9, "{ran:?}"); // six workloads, one of them in four cases
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
