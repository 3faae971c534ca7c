//! Every kernel of every technique, whole and in ragged pieces, for each instruction set of this processor.

use parallax_conform as conform;
use parallax_pattern::isa::{Isa, Set};
use parallax_pattern::{Fill, Map, Sequential, Technique};
use parallax_simd::{Autovectorised, Interleaved, OddEven, Portable, TimeTiles, WordMasks, cells};
use parallax_suite::Compute;
use parallax_suite::digest::Output;
use parallax_suite::workload::{Matmul, Matmul32, Precision};
use parallax_suite::{Cell, Params, Size, Workload};
use std::process::Command;
use std::sync::Arc;

/// The number of cases, over all workloads, that need a kernel.
const KERNELS: usize = 1 + 5 + 1 + 1 + 4 + 7;

/// Where passes are lanes, there is also bubble sort.
const BY_LANES: usize = KERNELS + 1;

#[test]
fn every_kernel_is_right() {
    assert_eq!(conform::kernels::<Autovectorised>().len(), KERNELS);
    assert_eq!(conform::kernels::<Portable>().len(), BY_LANES);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn every_kernel_by_hand_is_right_or_its_instructions_are_not_here() {
    use parallax_simd::{Avx2, Avx512};
    let isa = Isa::detect().unwrap();
    let runs = |set| if isa.has(set) { BY_LANES } else { 0 };
    assert_eq!(conform::kernels::<Avx2>().len(), runs(Set::Avx2));
    assert_eq!(conform::kernels::<Avx512>().len(), runs(Set::Avx512));
    if isa.has(Set::Avx2) {
        assert_eq!(Avx2::start(1).unwrap().isa(), "avx2");
    } else {
        assert!(Avx2::start(1).err().unwrap().to_string().contains("PARALLAX_ISA"));
    }
}

/// The variable is read when a technique starts, so each cap needs a process of its own.
#[test]
fn a_cap_changes_the_vectors_and_no_result() {
    for cap in Isa::available().into_iter().map(|isa| isa.set().name()) {
        for test in [
            "every_kernel_is_right",
            "every_kernel_by_hand_is_right_or_its_instructions_are_not_here",
            "products_that_fit_no_tile_are_right",
            "quicksort_is_right_where_equal_keys_may_change_places",
        ] {
            let mut child = Command::new(std::env::current_exe().unwrap());
            let output = child.args(["--exact", test]).env("PARALLAX_ISA", cap).output().unwrap();
            assert!(output.status.success(), "{test}, {cap}: {}", String::from_utf8_lossy(&output.stdout));
        }
    }
}

#[test]
fn quicksort_is_right_where_equal_keys_may_change_places() {
    let sorts = |cell: &Cell| cell.workload == "sort";
    let ran = conform::cells(cells().into_iter().filter(sorts).collect());
    let isa = Isa::detect().unwrap();
    let by = |technique: &str| match technique {
        "avx2" => isa.has(Set::Avx2),
        "avx512" => isa.has(Set::Avx512),
        _ => true,
    };
    let here = ["avx2", "avx512", "portable"].into_iter().filter(|technique| by(technique));
    let all: Vec<_> =
        here.flat_map(|by| ["random", "nearly"].map(|case| format!("sort:{case}/{by}"))).collect();
    assert_eq!(ran, all);
}

#[test]
fn odd_even_sorts_and_tells_no_comparisons() {
    let sorts = |cell: &Cell| cell.technique == OddEven::CARD.name;
    let ran = conform::cells(cells().into_iter().filter(sorts).collect());
    assert_eq!(ran, ["bubblesort:/odd-even"]);
}

#[test]
fn passes_in_flight_make_the_textbooks_comparisons() {
    let sorts = |cell: &Cell| cell.technique == Interleaved::CARD.name;
    let ran = conform::cells(cells().into_iter().filter(sorts).collect());
    assert_eq!((ran, Interleaved::ALGORITHM), (vec!["bubblesort:/interleaved".to_owned()], ""));
}

#[test]
fn several_steps_a_pass_end_where_single_ones_do() {
    let tiled = |cell: &Cell| cell.technique == TimeTiles::CARD.name;
    let ran = conform::cells(cells().into_iter().filter(tiled).collect());
    assert_eq!(ran, ["heat:/time-tiles"]);
}

#[test]
fn words_between_masks_are_counted() {
    let counts = |cell: &Cell| cell.technique == WordMasks::<Sequential>::CARD.name;
    let ran = conform::cells(cells().into_iter().filter(counts).collect());
    assert_eq!(ran, ["wordcount:/word-masks"]);
}

#[test]
fn techniques_are_listed_by_name() {
    let mut names: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    names.dedup();
    assert!(names.is_sorted() && names.len() >= 3, "{names:?}");
}

/// A product packs each block when it is needed, in memory that an earlier one of the same technique may have left.
#[test]
fn workers_pack_together_in_memory_of_earlier_products() {
    let technique = Portable::start(1).unwrap();
    for (size, variant) in
        [(Size::Small, 0), (Size::Tiny, 0), (Size::Small, 1), (Size::Small, 2), (Size::Tiny, 1)]
    {
        let params = Params { variant, ..Params::of(size) };
        let double = Arc::new(Matmul::make(params));
        workers_pack_together(technique.matmul(&double).unwrap(), &double);
        let single = Arc::new(Matmul32::make(params));
        workers_pack_together(technique.matmul32(&single).unwrap(), &single);
    }
}

fn workers_pack_together<T: Precision>(kernel: impl Fill<Matmul<T>>, work: &Matmul<T>) {
    let mut out = work.output();
    let half = work.n() / 2 * work.n();
    let (left, right) = out.split_at_mut(half);
    std::thread::scope(|scope| {
        scope.spawn(|| kernel.fill(work, 0, left));
        scope.spawn(|| kernel.fill(work, half, right));
    });
    assert_eq!(work.check(&out, work.expected()), Ok(()), "{:?}", work.params());
}

/// Sizes that end in the middle of tiles, panels, groups and parts.
#[test]
fn products_that_fit_no_tile_are_right() {
    let technique = Portable::start(1).unwrap();
    let (double, single) =
        (Arc::new(Matmul::make(Params::of(Size::Small))), Arc::new(Matmul32::make(Params::of(Size::Small))));
    fits_no_tile(technique.matmul(&double).unwrap(), &double);
    fits_no_tile(technique.matmul32(&single).unwrap(), &single);
}

fn fits_no_tile<T: Precision>(kernel: impl Fill<Matmul<T>>, work: &Matmul<T>) {
    let (mut out, mut right) = (work.output(), work.output());
    work.fill(0, &mut right);
    for cut in [1, 127, 128, 129, 1000, 8191] {
        out.spoil();
        let (head, tail) = out.split_at_mut(cut);
        kernel.fill(work, cut, tail);
        kernel.fill(work, 0, head);
        assert!(out[..] == right[..], "cut at {cut}");
    }
}
