//! Every technique at every workload, whole and in ragged pieces; and the names of the techniques.

use parallax_conform as conform;
use parallax_jit::{Cranelift, Interpreter, TreeWalk, Unfused, cells};
use parallax_pattern::Technique;
use parallax_suite::Compute;

const EXPRESSIONS: [&str; 6] = ["E1", "E2", "E3", "E4", "E5", "E6"];

/// Only the cells of the expressions ran, and all of them.
fn answers_expressions<T: Compute>() {
    let name = T::CARD.name;
    let mut ran = conform::kernels::<T>();
    ran.sort_unstable();
    let want = EXPRESSIONS.map(|case| format!("expression:{case}/{name}"));
    assert_eq!(ran, want);
}

#[test]
fn each_way_answers_expressions() {
    answers_expressions::<Cranelift>();
    answers_expressions::<Interpreter>();
    answers_expressions::<TreeWalk>();
    answers_expressions::<Unfused>();
}

#[test]
fn the_products_spread_what_a_text_asks_for() {
    let mut ran = conform::cells(cells());
    ran.retain(|cell| cell.contains('+'));
    for cell in ["expression:E1/cranelift+rayon", "expression:E6/interpreter+rayon"] {
        assert!(ran.contains(&cell.to_owned()), "{cell} is not in {ran:?}");
    }
    assert!(ran.iter().all(|cell| cell.starts_with("expression")), "{ran:?}");
}

#[test]
fn names_rise() {
    let mut names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
    names.dedup();
    assert_eq!(names.len(), 6);
}

#[test]
fn machine_code_says_how_wide_it_is() {
    let isa = Cranelift::start(1).unwrap().isa();
    assert!(isa.starts_with("128 bits, functions "), "{isa}");
}
