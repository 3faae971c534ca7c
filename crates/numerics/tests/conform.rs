//! Every array library at every workload, whole and in ragged pieces; what threads by itself, with several threads.

use parallax_numerics::{Gemm, NdArray, NdArrayTemporaries, OpenBlas, SmartCore, cells};
use parallax_suite::conform;
use parallax_suite::question::{No, Technique};

fn sorted(mut ran: Vec<String>) -> Vec<String> {
    ran.sort();
    ran
}

const EXPRESSIONS: [&str; 6] =
    ["expression:E1", "expression:E2", "expression:E3", "expression:E4", "expression:E5", "expression:E6"];

fn names(cases: &[&[&str]], technique: &str) -> Vec<String> {
    sorted(cases.concat().iter().map(|case| format!("{case}/{technique}")).collect())
}

#[test]
fn walks_are_right_in_any_pieces() {
    let others = ["gridsearch:", "heat:", "julia:", "matmul:", "montecarlo:", "pairwise:", "stream:"];
    assert_eq!(sorted(conform::kernels::<NdArray>()), names(&[&EXPRESSIONS, &others], "ndarray"));
}

#[test]
fn operators_are_right_in_any_pieces() {
    let ran = sorted(conform::kernels::<NdArrayTemporaries>());
    let others = ["heat:", "montecarlo:", "pairwise:", "stream:"];
    assert_eq!(ran, names(&[&EXPRESSIONS, &others], "ndarray-temporaries"));
}

#[test]
fn products_are_right_in_any_pieces() {
    assert_eq!(sorted(conform::kernels::<Gemm>()), names(&[&["gridsearch:", "matmul:"]], "gemm"));
}

#[test]
fn what_threads_by_itself_is_right_with_any_number_of_threads() {
    let chosen = |name: &str| cells().into_iter().filter(|cell| cell.technique == name).collect();
    let cases =
        ["expression:E1", "gridsearch:", "heat:", "julia:", "matmul:", "montecarlo:", "pairwise:", "stream:"];
    let ran = sorted(conform::cells(chosen("ndarray-parallel")));
    assert_eq!(ran, names(&[&cases], "ndarray-parallel"));
    assert_eq!(conform::cells(chosen("ndarray-two-step")), ["stream:/ndarray-two-step"]);
}

/// All cells of `T` run and are right, or it says how to get what it lacks.
fn is_there_or_says_how_to_get_it<T: Technique>(all: &[&str]) {
    let name = T::CARD.name;
    let ran = conform::cells(cells().into_iter().filter(|cell| cell.technique == name).collect());
    match T::start(2) {
        Ok(_) => assert_eq!(ran, names(&[all], name)),
        Err(No::Unavailable(reason)) => assert!(ran.is_empty() && reason.contains("--features"), "{reason}"),
        Err(no) => panic!("{no}"),
    }
}

#[test]
fn a_library_that_is_not_there_says_how_to_get_it() {
    is_there_or_says_how_to_get_it::<OpenBlas>(&["gridsearch:", "matmul:"]);
    is_there_or_says_how_to_get_it::<SmartCore>(&["gridsearch:"]);
}

#[test]
fn names_rise() {
    let names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
}
