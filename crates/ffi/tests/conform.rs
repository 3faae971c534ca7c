//! Every kernel of every language at every workload, whole, in ragged pieces, and for each instruction set.

#[path = "../build/fortran.rs"]
mod fortran;

use parallax_conform as conform;
use parallax_ffi::{C, Foreign, Fortran, OpenMp, cells};
use parallax_pattern::isa::Set;
use parallax_pattern::optional;
use parallax_pattern::{No, Technique};
use parallax_suite::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// The cells that a technique must have, sorted.
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
fn the_sort_of_the_c_library_is_right_and_promises_no_order_of_equal_items() {
    let of_qsort = cells().into_iter().filter(|cell| cell.technique == "qsort").collect();
    assert_eq!(conform::cells(of_qsort), ["sort:random/qsort", "sort:nearly/qsort"]);
}

#[test]
fn the_table_in_c_counts_every_word() {
    let of_table = cells().into_iter().filter(|cell| cell.technique == "c-table").collect();
    assert_eq!(conform::cells(of_table), ["wordcount:/c-table"]);
}

/// Checks that all cells of `T` ran, or that its error says how to install the missing part.
fn ran_or_says_how_to_get_it<T: Technique>(ran: &[String], all: &[String], part: &str) {
    match T::start(2) {
        Ok(_) => assert_eq!(ran, all),
        Err(No::Unavailable(reason)) => {
            assert!(ran.is_empty() && reason.contains("install"), "{reason}");
            optional::skip(part, &reason);
        }
        Err(no) => panic!("{no}"),
    }
}

#[test]
fn every_kernel_in_fortran_is_right_in_any_pieces_or_says_how_to_get_a_compiler() {
    let ran = sorted(conform::kernels::<Foreign<Fortran>>());
    ran_or_says_how_to_get_it::<Foreign<Fortran>>(&ran, &all("fortran"), "fortran");
}

#[test]
fn every_loop_with_a_pragma_is_right_with_any_number_of_threads() {
    let of_openmp = |cell: &Cell| cell.technique == "openmp" && cell.workload != "sort";
    let ran = sorted(conform::cells(cells().into_iter().filter(of_openmp).collect()));
    ran_or_says_how_to_get_it::<OpenMp>(&ran, &all("openmp")[1..], "openmp"); // all except bubblesort
}

/// The sorts that ran, sorted by name.
fn sorts(technique: &str) -> Vec<String> {
    let of_technique = |cell: &Cell| cell.technique == technique && cell.workload == "sort";
    sorted(conform::cells(cells().into_iter().filter(of_technique).collect()))
}

#[test]
fn the_merge_sort_is_right_on_one_thread_and_by_tasks_and_keeps_equal_items_in_order() {
    let all = |technique: &str| ["nearly", "random", "stable"].map(|case| format!("sort:{case}/{technique}"));
    assert_eq!(sorts("c"), all("c"));
    ran_or_says_how_to_get_it::<OpenMp>(&sorts("openmp"), &all("openmp"), "openmp");
}

#[test]
fn what_is_hidden_is_absent_and_says_how_to_get_it() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "both_are_absent", "--ignored", "--nocapture"]);
    let out = child.env("PARALLAX_HIDE", "fortran,openmp").env_remove("PARALLAX_REQUIRE").output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "started by the test before, in an environment of its own"]
fn both_are_absent() {
    let reasons = [Foreign::<Fortran>::start(1).err(), OpenMp::start(1).err()].map(Option::unwrap);
    for (no, word) in reasons.iter().zip(["apt install gfortran", "apt install libomp-dev"]) {
        assert!(matches!(no, No::Unavailable(why) if why.contains(word)), "{no}");
    }
    assert!(Foreign::<C>::start(1).is_ok(), "what is not named is not hidden");
}

/// A program in place of the compiler.
fn compiler(name: &str, script: &str) -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("gfortran");
    // written by another process: a file that this one has open for writing cannot be started
    let write = r#"printf '#!/bin/sh\n%s\n' "$1" >"$0" && chmod +x "$0""#;
    assert!(Command::new("sh").args(["-c", write]).arg(&program).arg(script).status().unwrap().success());
    (program, folder)
}

#[test]
fn a_compiler_that_links_is_taken_and_asked_where_its_library_stands() {
    let links = r#"case "$1" in
        -print-file-name=libgfortran.so) echo /opt/fortran/libgfortran.so;;
        *.f90) test -s "$1" && test "$2" = -o;;
        *) exit 1;;
    esac"#;
    let (program, out) = compiler("links", links);
    assert_eq!(fortran::library(&program, &out).as_deref(), Some(Path::new("/opt/fortran")));
    let silent = r#"case "$1" in -print*) echo libgfortran.so;; esac"#;
    let (program, out) = compiler("silent", silent);
    assert_eq!(fortran::library(&program, &out).as_deref(), Some(Path::new("")));
}

#[test]
fn a_compiler_that_is_not_there_or_cannot_link_is_not_taken() {
    let (program, out) = compiler("fails", "exit 1");
    assert_eq!(fortran::library(&program, &out), None);
    assert_eq!(fortran::library(Path::new("/no/such/gfortran"), &out), None);
}

#[test]
fn names_rise() {
    let names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
}
