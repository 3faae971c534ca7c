//! The laws of every workload, pattern and technique, written once; each crate's tests call them.

mod apart;
mod cancelling;
mod consulting;
mod deadline;
mod executing;
mod heap;
mod laws;
mod ragged;
mod remembering;
mod replying;
mod serving;
mod sharing;
mod splits;
mod starved;

pub use apart::{Slow, Whose, right_on};
pub use cancelling::{Chores, gives_up_after_a_panic, gives_up_in_time};
pub use consulting::{Ledger, changes_entries_as_one, passes_a_panic_of_an_operation_on};
pub use deadline::Deadline;
pub use executing::{
    AtWork, Crew, ON_PURPOSE, Shaped, Watch, agrees_on_graphs, agrees_with_sequential, answers_from_inside,
    moves_owned_items, survives_panics, works_at_once,
};
pub use heap::{Heap, folds_in_constant_memory};
pub use laws::{
    any_grouping_finishes_the_same, any_order_finds_the_same, any_ready_order_gives_the_same,
    needs_rise_within_the_row_before,
};
pub use ragged::kernels;
pub use remembering::{Asked, answers_requests};
pub use replying::{Mirror, answers_clients};
pub use serving::{Letters, Naps, hands_over_in_order, keeps_the_limit};
pub use sharing::{Drawn, counts_every_hit, passes_a_panic_on};
pub use splits::{
    any_division_solves_the_same, any_grouping_folds_the_same, any_split_fills_the_same,
    any_split_steps_the_same, any_split_sweeps_the_same,
};
pub use starved::{
    exchanges_only_with_all_threads, executes_only_with_all_threads, in_few_threads,
    waits_only_with_all_threads,
};

use parallax_pattern::{Answer, No};
use parallax_suite::cell::Cell;
use parallax_suite::digest::Output;
use parallax_suite::workload::{Params, Size, Workload};

/// Runs every cell at `Tiny` with several numbers of workers on all variants; each must be right or
/// refuse with a reason. Returns the names of the cells that ran, so that the caller can check that
/// some did.
///
/// # Panics
///
/// With the cell's name, if one is wrong, fails, or refuses without a reason.
pub fn cells(cells: Vec<Cell>) -> Vec<String> {
    let mut ran = Vec::new();
    for cell in cells {
        let name = format!("{}:{}/{}", cell.workload, cell.case, cell.technique);
        for (workers, variant) in [(1, 0), (2, 1), (3, 2), (2, 3)] {
            match run(&cell, workers, cell.params(Size::Tiny, variant)) {
                Ok(()) => ran.push(name.clone()),
                Err(No::Failed(why)) => panic!("{name} with {workers} workers: {why}"),
                Err(no) => assert!(!no.to_string().is_empty(), "{name} refuses without a reason"),
            }
        }
    }
    ran.dedup();
    ran
}

/// Checks that a list has `techniques`, in that order, and that their cells are right: those that `must_run`, and of
/// the others those that do not refuse.
///
/// # Panics
///
/// If that does not hold.
pub fn cells_are_right(list: fn() -> Vec<Cell>, techniques: &[&str], must_run: fn(&Cell) -> bool) {
    let mut listed: Vec<String> = list().into_iter().map(|cell| cell.technique).collect();
    listed.dedup();
    assert_eq!(listed, techniques);
    assert!(listed.is_sorted(), "the list is alphabetical");

    let ran = cells(list());
    let mut must = list();
    must.retain(must_run);
    assert!(!must.is_empty(), "no cell must run");
    for Cell { workload, case, technique, .. } in must {
        assert!(ran.contains(&format!("{workload}:{case}/{technique}")), "{workload}/{technique} refuses");
    }
}

/// Runs every cell of a workload that has inputs of any size on some that are smaller than all named sizes, so that
/// some workers have no piece; each must be right or refuse. Returns how many ran.
///
/// # Panics
///
/// With the cell's name, if one is wrong or fails.
pub fn below_all_sizes(cells: &[Cell]) -> usize {
    let mut ran = 0;
    for cell in cells {
        for (workers, units) in [(3, 1), (2, 7), (3, 40)] {
            let params = Params { units: Some(units), ..cell.params(Size::Tiny, 1) };
            if cell.ensure_units(params).is_err() {
                break;
            }
            let Cell { workload, case, technique, .. } = cell;
            match run(cell, workers, params) {
                Ok(()) => ran += 1,
                Err(No::Failed(why)) => {
                    panic!("{workload}:{case}/{technique} with {workers} workers, of {units} units: {why}")
                }
                Err(_) => {}
            }
        }
    }
    ran
}

fn run(cell: &Cell, workers: usize, params: Params) -> Result<(), No> {
    let mut run = cell.start(workers)?.load(params)?;
    for _ in 0..2 {
        run.spoil();
        assert!(run.check().is_err(), "{}: a run that does nothing passes the check", cell.workload);
        run.run(2)?;
        run.check().map_err(|mismatch| No::failed(mismatch.to_string()))?;
    }
    Ok(())
}

/// The message of a failure, where a call must not be answered; `None` if the technique is unfit for it anyway.
fn refused<A>(what: &str, answer: Answer<A>) -> Option<String> {
    match answer {
        Ok(_) => panic!("{what}: not refused"),
        Err(No::Failed(why)) => Some(why.to_string()),
        Err(no) => {
            assert!(!no.to_string().is_empty(), "{what}: refused without a reason");
            None
        }
    }
}

/// Checks that a workload's check rejects wrong outputs: the negative controls.
///
/// # Panics
///
/// With the control's name, if a wrong output passes or a right one does not.
pub fn controls<W: Workload>(solve: fn(&W, &mut W::Output)) {
    for case in 0..W::CASES.len() {
        for variant in 0..4 {
            let work = W::make(Params { case, variant, ..Params::of(Size::Tiny) });
            let expected = work.expected();
            let fresh = || {
                let mut out = work.output();
                solve(&work, &mut out);
                out
            };
            work.check(&fresh(), expected).unwrap_or_else(|why| panic!("{}: {why}", W::NAME));
            for (control, corrupt) in corruptions::<W::Output>() {
                let mut out = fresh();
                if corrupt(&mut out, work.blind_bits()) {
                    let verdict = work.check(&out, expected);
                    assert!(verdict.is_err(), "{} case {case}: {control} passes", W::NAME);
                }
            }
        }
    }
}

/// Ways to make a right output wrong, given how many low bits do not count; each says whether it
/// changed anything.
type Corruption<O> = fn(&mut O, u32) -> bool;

fn corruptions<O: Output>() -> [(&'static str, Corruption<O>); 6] {
    [
        ("what does nothing", |out, _| {
            out.spoil();
            true
        }),
        ("all zeros", |out, _| {
            (0..out.len()).for_each(|i| out.set_word(i, 0));
            true
        }),
        ("a permuted output", |out, _| {
            let first = out.word(0);
            let Some(other) = (1..out.len()).find(|&i| out.word(i) != first) else { return false };
            let second = out.word(other);
            out.set_word(0, second);
            out.set_word(other, first);
            true
        }),
        ("one missing element", |out, _| {
            out.set_word(out.len() - 1, parallax_suite::digest::POISON);
            true
        }),
        ("a flipped sign bit", |out, _| {
            let Some(i) = (0..out.len()).rfind(|&i| out.word(i) != 0) else { return false };
            let word = out.word(i);
            out.set_word(i, word ^ 1 << 63);
            out.word(i) != word // a type of 32 bits has no such bit
        }),
        ("the lowest bit that counts of one element", |out, blind| {
            let word = out.word(out.len() / 2);
            out.set_word(out.len() / 2, word ^ 1 << blind);
            true
        }),
    ]
}

/// Checks that the result for one variant does not pass for another: a stale result is detected.
///
/// # Panics
///
/// If it passes.
pub fn variants_differ<W: Workload>() {
    variants_of_case_differ::<W>(0);
}

/// [`variants_differ`] for another case than the first.
///
/// # Panics
///
/// If the result for one variant passes for another.
pub fn variants_of_case_differ<W: Workload>(case: usize) {
    let make = |variant| W::make(Params { case, variant, ..Params::of(Size::Tiny) });
    let mut stale = make(0).output();
    make(0).reference(&mut stale);
    for variant in 1..4 {
        let work = make(variant);
        assert!(work.check(&stale, work.expected()).is_err(), "{} case {case}: variant {variant}", W::NAME);
    }
}
