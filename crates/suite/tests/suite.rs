//! Every workload against its answers, its laws and its negative controls.

use parallax_conform as conform;
use parallax_pattern as pattern;
use parallax_pattern::{Sequential, random};
use parallax_suite::workload::*;
use parallax_suite::{Bound, baseline, catalogue, cell};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::{Path, PathBuf};

fn params(variant: u32) -> Params {
    Params { variant, ..Params::of(Size::Tiny) }
}

#[test]
fn checks_reject_what_is_wrong() {
    conform::controls::<Bubblesort>(Bubblesort::reference);
    conform::controls::<Comparison>(Comparison::reference);
    conform::controls::<Expression>(Expression::reference);
    conform::controls::<Heat>(Heat::reference);
    conform::controls::<GridSearch>(GridSearch::reference);
    conform::controls::<Fanout>(Fanout::reference);
    conform::controls::<Histogram>(Histogram::reference);
    conform::controls::<Julia>(Julia::reference);
    conform::controls::<Lookup>(Lookup::reference);
    conform::controls::<Mailbox>(Mailbox::reference);
    conform::controls::<Matmul>(Matmul::reference);
    conform::controls::<Matmul32>(Matmul32::reference);
    conform::controls::<Memo>(Memo::reference);
    conform::controls::<MonteCarlo>(MonteCarlo::reference);
    conform::controls::<Pairwise>(Pairwise::reference);
    conform::controls::<Parcels>(Parcels::reference);
    conform::controls::<Records>(Records::reference);
    conform::controls::<Routes>(Routes::reference);
    conform::controls::<Sort>(Sort::reference);
    conform::controls::<Stream>(Stream::reference);
    conform::controls::<TaskGraph>(TaskGraph::reference);
    conform::controls::<TreeSearch>(TreeSearch::reference);
    conform::controls::<Urgent>(Urgent::reference);
    conform::controls::<Wordcount>(Wordcount::reference);
}

#[test]
fn a_stale_result_of_another_input_is_rejected() {
    conform::variants_differ::<Bubblesort>();
    conform::variants_differ::<Comparison>();
    for case in 2..5 {
        conform::variants_of_case_differ::<Expression>(case); // the grids before them have no variants
    }
    conform::variants_differ::<GridSearch>();
    conform::variants_differ::<Histogram>();
    for case in [0, 2, 3] {
        conform::variants_of_case_differ::<Lookup>(case); // a table without changes has no variants
    }
    conform::variants_differ::<Matmul>();
    conform::variants_differ::<Matmul32>();
    conform::variants_differ::<Memo>();
    conform::variants_differ::<MonteCarlo>();
    conform::variants_differ::<Pairwise>();
    for case in 1..4 {
        conform::variants_of_case_differ::<Routes>(case); // a greeting has no variants
    }
    conform::variants_differ::<Records>();
    for case in 0..Sort::CASES.len() {
        conform::variants_of_case_differ::<Sort>(case);
    }
    for case in 0..TaskGraph::CASES.len() {
        conform::variants_of_case_differ::<TaskGraph>(case);
    }
    conform::variants_differ::<Wordcount>();
}

#[test]
fn maps_can_be_split_anywhere() {
    for case in 0..Expression::CASES.len() {
        conform::any_split_fills_the_same(&Expression::make(Params { case, ..params(1) }), 20);
    }
    for variant in 0..4 {
        conform::any_split_fills_the_same(&Comparison::make(params(variant)), 20);
        conform::any_split_fills_the_same(&Julia::make(params(variant)), 20);
        conform::any_split_fills_the_same(&<Matmul>::make(params(variant)), 20);
        conform::any_split_fills_the_same(&Matmul32::make(params(variant)), 20);
        conform::any_split_fills_the_same(&Pairwise::make(params(variant)), 20);
    }
}

#[test]
fn sweeps_can_be_split_anywhere() {
    let work = Stream::make(params(0));
    let state: Vec<f64> = (0..pattern::Sweep::len(&work)).map(|i| random::at(1, i as u64) as f64).collect();
    conform::any_split_sweeps_the_same(&work, &state, 20);
}

#[test]
fn stencils_can_be_split_anywhere() {
    let work = Heat::make(params(0));
    conform::any_split_steps_the_same(&work, work.initial(), 40);
    let uneven: Vec<f64> = (0..work.initial().len()).map(|i| random::at(2, i as u64) as f64).collect();
    conform::any_split_steps_the_same(&work, &uneven, 40);
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
fn sorts_can_be_divided_anyhow() {
    for case in 0..Sort::CASES.len() {
        conform::any_division_solves_the_same(&Sort::make(Params { case, ..params(1) }), 20);
    }
    conform::any_division_solves_the_same(&Records::make(params(1)), 20);
}

#[test]
fn the_baseline_is_right_everywhere() {
    let ran = conform::cells(baseline::cells());
    // thirteen workloads, one in two cases, three in more; sorts; a table, requests, waits in three cases, messages small and large
    assert_eq!(ran.len(), 26 + 3 + 2 + 4 + 2 + 3 + 4 + 3, "{ran:?}");
    let general = conform::cells(cell::execute::<Sequential>());
    assert_eq!(
        general.len(),
        28,
        "bubble sort has no pattern, so only a special implementation runs it: {general:?}"
    );
}

#[test]
fn the_baseline_is_right_below_all_sizes() {
    assert!(conform::below_all_sizes(&baseline::cells()) > 0);
    assert!(conform::below_all_sizes(&cell::execute::<Sequential>()) > 0);
}

#[test]
fn the_baseline_remembers_waits_and_exchanges() {
    assert_eq!(conform::cells(cell::remember::<Sequential>()), ["memo:128/sequential", "memo:16/sequential"]);
    assert_eq!(conform::cells(cell::wait::<Sequential>()), ["fanout:/sequential"]);
    let in_time = ["fanout:deadline/sequential", "fanout:overload/sequential"];
    assert_eq!(conform::cells(cell::cancel::<Sequential>()), in_time);
    assert_eq!(conform::cells(cell::exchange::<Sequential>()).len(), 4 + 3); // words, and messages that own memory
}

#[test]
fn the_catalogue_has_the_cases_of_all_cells_in_order() {
    let cells = baseline::cells();
    let of_baseline =
        |cell: &cell::Cell, workload| cell.workload == workload && cell.technique == "sequential";
    for entry in catalogue::all() {
        let cases: Vec<&str> =
            cells.iter().filter(|cell| of_baseline(cell, entry.name)).map(|cell| cell.case).collect();
        let expected = if entry.name == Routes::NAME { Routes::CASES } else { entry.cases };
        // the runner's worker has those of servers
        assert!(cases == expected || (entry.name == Routes::NAME && cases.is_empty()), "{}", entry.name);
        assert_eq!(expected, entry.cases);
    }
    assert!(catalogue::all().is_sorted_by_key(|entry| entry.number));
    assert!(cells.iter().all(|cell| catalogue::all().iter().any(|entry| entry.name == cell.workload)));
}

/// A `match` on text has a catch-all arm that takes new cases; with an enum a new case is a compile error.
#[test]
fn no_technique_chooses_a_case_by_its_name_or_number() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<PathBuf> =
        crates.read_dir().unwrap().map(|entry| entry.unwrap().path().join("src")).collect();
    let mut read = 0;
    while let Some(folder) = folders.pop().filter(|folder| folder.is_dir()) {
        for path in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let chooses = ["CASES[self", "CASES[work", "match self.params.case", "params().case]"];
                let chosen = chooses.iter().find(|how| text.contains(*how));
                assert_eq!(chosen, None, "{}: ask for the workload's enum", path.display());
                read += 1;
            }
        }
    }
    assert!(read > 100, "{read} files");
}

#[test]
fn every_workload_says_what_it_is_held_against() {
    fn holds<W: Workload>() {
        for (case, size) in (0..W::CASES.len()).flat_map(|case| Size::ALL.map(|size| (case, size))) {
            let params = Params { case, ..Params::of(size) };
            if size > Size::Small && W::footprint(params) > 4 << 20 {
                continue; // too long to build in a test, and stated by the same line of code
            }
            let limits = W::make(params).facts().limits;
            assert!(!limits.is_empty(), "{} {case}", W::NAME);
            for limit in limits {
                let says = match &limit {
                    Bound::Rate { amount, .. } => *amount > 0.0 && amount.is_finite(),
                    Bound::Share { metric, of, .. } => !metric.is_empty() && !of.is_empty(),
                };
                assert!(says, "{} {case} {size}: {limit:?}", W::NAME);
            }
        }
    }
    holds::<Bubblesort>();
    holds::<Comparison>();
    holds::<Expression>();
    holds::<Fanout>();
    holds::<GridSearch>();
    holds::<Heat>();
    holds::<Histogram>();
    holds::<Julia>();
    holds::<Lookup>();
    holds::<Mailbox>();
    holds::<Matmul>();
    holds::<Matmul32>();
    holds::<Memo>();
    holds::<MonteCarlo>();
    holds::<Pairwise>();
    holds::<Parcels>();
    holds::<Records>();
    holds::<Routes>();
    holds::<Sort>();
    holds::<Stream>();
    holds::<TaskGraph>();
    holds::<TreeSearch>();
    holds::<Urgent>();
    holds::<Wordcount>();
}

#[test]
fn a_cell_names_the_pattern_that_its_question_sees() {
    let patterns = |cells: Vec<cell::Cell>| cells.into_iter().map(|cell| cell.pattern).collect::<Vec<_>>();
    assert_eq!(patterns(cell::guard::<Sequential>()), ["consult"; 4]);
    assert_eq!(patterns(cell::remember::<Sequential>()), ["recall"; 2]);
    assert_eq!(patterns(cell::wait::<Sequential>()), ["wait"]);
    assert_eq!(patterns(cell::cancel::<Sequential>()), ["expire"; 2]);
    assert_eq!(patterns(cell::exchange::<Sequential>()), ["channel"; 7]);
}

#[test]
fn known_answers_are_the_references_answers() {
    fn holds<W: Workload>() {
        holds_in::<W>(0..W::CASES.len());
    }
    fn holds_in<W: Workload>(cases: Range<usize>) {
        for case in cases {
            // the largest of them once, so that no test takes long
            for (size, variants) in [(Size::Tiny, 0..4), (Size::Small, 0..4), (Size::Headline, 0..1)] {
                for variant in variants {
                    let work = W::make(Params { case, variant, ..Params::of(size) });
                    let mut out = work.output();
                    work.reference(&mut out);
                    assert_eq!(work.answer(), Some(work.digest(&out)), "{} {size} {variant}", W::NAME);
                }
            }
        }
    }
    holds::<Bubblesort>();
    holds::<Comparison>();
    holds_in::<Expression>(1..4); // the others are checked with a tolerance
    holds::<Histogram>();
    holds::<Julia>();
    holds::<Lookup>();
    holds::<Mailbox>();
    holds::<Matmul>();
    holds::<Matmul32>();
    holds::<Memo>();
    holds::<MonteCarlo>();
    holds::<Pairwise>();
    holds::<Parcels>();
    holds::<Records>();
    holds::<Sort>();
    holds::<Stream>();
    holds::<TaskGraph>();
    holds::<TreeSearch>();
    holds::<Wordcount>();
}

#[test]
fn floats_that_are_all_but_right_come_with_a_way_out() {
    let work = Pairwise::make(params(0));
    let mut out = work.output();
    work.reference(&mut out);
    let (i, right) = out.iter().copied().enumerate().find(|(_, item)| item.is_normal()).unwrap();
    let mut words = |wrong: f64| {
        out[i] = wrong;
        work.check(&out, work.expected()).unwrap_err().to_string()
    };
    assert!(words(right.next_up()).contains("workload::within"));
    assert!(!words(-right).contains("workload::within"), "that is not rounding");
}

#[test]
fn a_workload_survives_the_wire() {
    let work = <Matmul>::make(params(3));
    let sent = serde_json::to_string(&work).unwrap();
    let back: Matmul = serde_json::from_str(&sent).unwrap();
    assert_eq!((back.a(), back.b()), (work.a(), work.b()));
    let lie = sent.replace("\"case\":0", "\"case\":9");
    assert!(serde_json::from_str::<Matmul>(&lie).is_err());
}

/// Breaks the laws: each item is added to the one before it, which the split decides.
#[derive(Serialize, Deserialize)]
struct RunningSum;

impl pattern::Sweep for RunningSum {
    type Item = u64;
    fn len(&self) -> usize {
        100
    }
    fn grain(&self) -> usize {
        10
    }
    fn steps(&self) -> usize {
        1
    }
    fn step(&self, _: usize, part: &mut [u64]) {
        (1..part.len()).for_each(|i| part[i] += part[i - 1]);
    }
}

impl pattern::Stencil for RunningSum {
    type Item = u64;
    fn len(&self) -> usize {
        100
    }
    fn grain(&self) -> usize {
        10
    }
    fn steps(&self) -> usize {
        1
    }
    fn step(&self, old: &[u64], start: usize, new: &mut [u64]) {
        new.copy_from_slice(&old[start..][..new.len()]);
        pattern::Sweep::step(self, start, new);
    }
}

#[test]
#[should_panic(expected = "split")]
fn a_sweep_that_looks_beside_itself_is_noticed() {
    conform::any_split_sweeps_the_same(&RunningSum, &[1; 100], 20);
}

/// Claims to read its neighbours, but reads items two places away.
struct FarReader;

impl pattern::Stencil for FarReader {
    type Item = u64;
    fn len(&self) -> usize {
        100
    }
    fn steps(&self) -> usize {
        1
    }
    fn reach(&self) -> usize {
        1
    }
    fn step(&self, old: &[u64], start: usize, new: &mut [u64]) {
        new.iter_mut().zip(start..).for_each(|(new, i)| *new = old[(i + 2) % 100]);
    }
}

#[test]
#[should_panic(expected = "out of reach")]
fn a_stencil_that_reads_beyond_its_reach_is_noticed() {
    conform::any_split_steps_the_same(&FarReader, &std::array::from_fn::<u64, 100, _>(|i| i as u64), 20);
}

/// Running sums that ignore the items to their left.
impl pattern::Divide for RunningSum {
    type Item = u64;
    fn len(&self) -> usize {
        100
    }
    fn solve(&self, _: usize, out: &mut [u64]) {
        out.iter_mut().zip(1..).for_each(|(sum, items)| *sum = items);
    }
    fn combine(&self, left: &[u64], right: &[u64], at: usize, out: &mut [u64]) {
        let both = left.iter().chain(right).skip(at);
        out.iter_mut().zip(both).for_each(|(sum, item)| *sum = *item);
    }
}

#[test]
#[should_panic(expected = "split")]
fn a_solution_that_forgets_its_left_side_is_noticed() {
    conform::any_division_solves_the_same(&RunningSum, 20);
}

#[test]
#[should_panic(expected = "split")]
fn a_stencil_that_reads_the_next_state_is_noticed() {
    conform::any_split_steps_the_same(&RunningSum, &[1; 100], 20);
}
