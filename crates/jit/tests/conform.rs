//! Every technique at every workload, whole and in ragged pieces, and what the first run leaves to the next.

use parallax_conform as conform;
use parallax_jit::{Cranelift, Fused, Interpreter, TreeWalk, Unfused, cells};
use parallax_pattern::Technique;
use parallax_suite::Compute;

const EXPRESSIONS: [&str; 6] =
    ["comparison:E1", "expression:E2", "expression:E3", "expression:E4", "expression:E5", "expression:E6"];

/// The cells that ran: all expressions, and `more`.
fn answers<T: Compute>(more: &[&str]) {
    let name = T::CARD.name;
    let mut ran = conform::kernels::<T>();
    ran.sort_unstable();
    let mut want: Vec<String> = EXPRESSIONS.iter().chain(more).map(|cell| format!("{cell}/{name}")).collect();
    want.iter_mut().for_each(|cell| *cell = cell.replace("comparison:", "expression:"));
    want.sort_unstable();
    assert_eq!(ran, want);
}

#[test]
fn cranelift_answers_expressions_and_loops() {
    answers::<Cranelift>(&["bubblesort:", "julia:", "montecarlo:"]);
}

#[test]
fn the_others_answer_expressions() {
    answers::<Fused>(&[]);
    answers::<Interpreter>(&[]);
    answers::<TreeWalk>(&[]);
    answers::<Unfused>(&[]);
}

#[test]
fn the_products_spread_what_a_text_asks_for() {
    let mut ran = conform::cells(cells());
    ran.retain(|cell| cell.contains('+'));
    for cell in ["expression:E1/cranelift+rayon", "julia:/cranelift+rayon", "expression:E6/interpreter+rayon"]
    {
        assert!(ran.contains(&cell.to_owned()), "{cell} is not in {ran:?}");
    }
    assert!(!ran.iter().any(|cell| cell.starts_with("heat")), "{ran:?}");
}

#[test]
fn names_rise() {
    let mut names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
    names.dedup();
    assert_eq!(names.len(), 7);
}

#[test]
fn machine_code_says_how_wide_it_is() {
    let isa = Cranelift::start(1).unwrap().isa();
    assert!(isa.starts_with("128 bits, functions "), "{isa}");
}
