//! Every product is right at every workload that it is listed for.

use parallax_conform as conform;
use parallax_pattern::isa::{Isa, Set};
use parallax_stack::cells;

#[test]
fn every_product_is_right() {
    let ran = conform::cells(cells());
    let mut expected = vec![
        "matmul:/gemm+rayon",
        "matmul:/gemm+scoped",
        "montecarlo:/portable+rayon",
        "julia:/c+rayon",
        "wordcount:/foldhash+scoped",
        "wordcount:/word-masks+scoped",
        "treesearch:/portable+rayon",
        "sort:random/portable+rayon",
        "sort:nearly/portable+rayon",
    ];
    if Isa::detect().is_ok_and(|isa| isa.has(Set::Avx2)) {
        expected.extend(["heat:/avx2+spin-barrier", "pairwise:/avx2+rayon", "sort:random/avx2+rayon"]);
    }
    if Isa::detect().is_ok_and(|isa| isa.has(Set::Avx512)) {
        expected.extend([
            "heat:/avx512+spin-barrier",
            "pairwise:/avx512+rayon",
            "histogram:256/avx512+rayon",
            "sort:random/avx512+rayon",
        ]);
    }
    for cell in expected {
        assert!(ran.contains(&cell.to_owned()), "{cell} is not in {ran:?}");
    }
    assert!(!ran.iter().any(|cell| cell.starts_with("sort:stable")), "equal keys change places");
}

#[test]
fn names_rise_and_none_comes_twice() {
    let names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    assert!(names.is_sorted(), "{names:?}");
    let all = cells();
    for (i, cell) in all.iter().enumerate() {
        let same = |other: &&parallax_suite::Cell| {
            (other.workload, other.case, &other.technique) == (cell.workload, cell.case, &cell.technique)
        };
        assert_eq!(
            all[i..].iter().filter(same).count(),
            1,
            "{}:{}/{}",
            cell.workload,
            cell.case,
            cell.technique
        );
    }
}
