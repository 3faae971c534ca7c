//! Every workload against its answers, its laws and its negative controls.

use parallax_suite::conform;
use parallax_suite::workload::*;
use parallax_suite::{Sequential, catalogue, cell, sequential};

fn params(variant: u32) -> Params {
    Params { variant, ..Params::of(Size::Tiny) }
}

#[test]
fn checks_reject_what_is_wrong() {
    conform::controls::<Fanout>(Fanout::reference);
    conform::controls::<Histogram>(Histogram::reference);
    conform::controls::<Julia>(Julia::reference);
    conform::controls::<Mailbox>(Mailbox::reference);
    conform::controls::<Matmul>(Matmul::reference);
    conform::controls::<Memo>(Memo::reference);
    conform::controls::<MonteCarlo>(MonteCarlo::reference);
    conform::controls::<Pairwise>(Pairwise::reference);
    conform::controls::<Parcels>(Parcels::reference);
    conform::controls::<Stream>(Stream::reference);
}

#[test]
fn a_stale_result_of_another_input_is_rejected() {
    conform::variants_differ::<Histogram>();
    conform::variants_differ::<Matmul>();
    conform::variants_differ::<Memo>();
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
fn the_baseline_remembers_and_serves() {
    assert_eq!(conform::cells(cell::remember::<Sequential>()), ["memo:128/sequential", "memo:16/sequential"]);
    let ran = conform::cells(cell::serve::<Sequential>());
    assert_eq!(ran.len(), 1 + 4 + 3, "{ran:?}"); // waits, messages of a word, messages that own memory
}

#[test]
fn the_catalogue_has_the_cases_of_all_cells_in_order() {
    let cells = sequential::cells();
    for entry in catalogue::all() {
        let cases = cells.iter().filter(|cell| cell.workload == entry.name).map(|cell| cell.case);
        assert!(cases.eq(entry.cases.iter().copied()), "{}", entry.name);
    }
    assert!(cells.iter().all(|cell| catalogue::all().iter().any(|entry| entry.name == cell.workload)));
}

#[test]
fn a_cell_names_the_pattern_that_its_question_sees() {
    let patterns = |cells: Vec<cell::Cell>| cells.into_iter().map(|cell| cell.pattern).collect::<Vec<_>>();
    assert_eq!(patterns(cell::remember::<Sequential>()), ["recall"; 2]);
    let serving = patterns(cell::serve::<Sequential>());
    assert_eq!(serving, [&["wait"][..], &["channel"; 7]].concat());
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
    holds::<Mailbox>();
    holds::<Matmul>();
    holds::<Memo>();
    holds::<MonteCarlo>();
    holds::<Pairwise>();
    holds::<Parcels>();
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
