//! Every kernel of every language at every workload, whole, in ragged pieces, and for each instruction set.

use parallax_ffi::{C, Foreign, Fortran, cells};
use parallax_suite::conform;
use parallax_suite::isa::Set;
use parallax_suite::question::{No, Technique};

const CASES: [&str; 18] = [
    "bubblesort:",
    "expression:E1",
    "expression:E2",
    "expression:E3",
    "expression:E4",
    "expression:E5",
    "expression:E6",
    "gridsearch:",
    "heat:",
    "histogram:1",
    "histogram:256",
    "histogram:65536",
    "histogram:skewed",
    "julia:",
    "matmul:",
    "montecarlo:",
    "pairwise:",
    "stream:",
];

/// The cells of a technique that is there, sorted.
fn all(technique: &str) -> Vec<String> {
    CASES.iter().map(|case| format!("{case}/{technique}")).collect()
}

fn sorted(mut ran: Vec<String>) -> Vec<String> {
    ran.sort();
    ran
}

#[test]
fn each_set_is_compiled_for_what_is_looked_for_and_for_all_of_it() {
    let script = include_str!("../build.rs");
    for &feature in Set::Avx512.features() {
        let flag = format!("\"-m{}\"", if feature == "bmi1" { "bmi" } else { feature });
        let sets = [Set::Avx2, Set::Avx512].into_iter().filter(|set| set.features().contains(&feature));
        assert_eq!(script.matches(&flag).count(), sets.count(), "{flag}");
    }
}

#[test]
fn every_kernel_in_c_is_right_in_any_pieces() {
    assert_eq!(sorted(conform::kernels::<Foreign<C>>()), all("c"));
}

#[test]
fn every_kernel_in_fortran_is_right_in_any_pieces_or_says_how_to_get_a_compiler() {
    let ran = sorted(conform::kernels::<Foreign<Fortran>>());
    match Foreign::<Fortran>::start(1) {
        Ok(_) => assert_eq!(ran, all("fortran")),
        Err(No::Unavailable(reason)) => assert!(ran.is_empty() && reason.contains("install"), "{reason}"),
        Err(no) => panic!("{no}"),
    }
}

#[test]
fn every_loop_with_a_pragma_is_right_with_any_number_of_threads() {
    let of_openmp = cells().into_iter().filter(|cell| cell.technique == "openmp").collect();
    let ran = sorted(conform::cells(of_openmp));
    match parallax_ffi::OpenMp::start(2) {
        Ok(_) => assert_eq!(ran, all("openmp")[1..], "all but bubblesort"),
        Err(No::Unavailable(reason)) => assert!(ran.is_empty() && reason.contains("install"), "{reason}"),
        Err(no) => panic!("{no}"),
    }
}

#[test]
fn names_rise() {
    let names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
}
