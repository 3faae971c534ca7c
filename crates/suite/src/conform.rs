//! What every workload and every cell must hold, written once; each crate's tests call it.

mod remembering;
mod serving;

pub use remembering::answers_requests;
pub use serving::{hands_over_in_order, keeps_the_limit};

use crate::cell::Cell;
use crate::digest::Output;
use crate::question::No;
use crate::random;
use crate::workload::{Params, Size, Workload};

/// Runs every cell at `Tiny` with several numbers of workers on all variants; each must be right or
/// refuse with a reason. Gives the names of the cells that ran, so that the caller can see that
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
            match run_tiny(&cell, workers, variant) {
                Ok(()) => ran.push(name.clone()),
                Err(No::Failed(why)) => panic!("{name} with {workers} workers: {why}"),
                Err(no) => assert!(!no.to_string().is_empty(), "{name} refuses without a reason"),
            }
        }
    }
    ran.dedup();
    ran
}

fn run_tiny(cell: &Cell, workers: usize, variant: u32) -> Result<(), No> {
    let mut run = cell.start(workers)?.load(cell.params(Size::Tiny, variant))?;
    for _ in 0..2 {
        run.spoil();
        assert!(run.check().is_err(), "{}: a run that does nothing passes the check", cell.workload);
        run.run(2)?;
        run.check().map_err(|mismatch| No::failed(mismatch.to_string()))?;
    }
    Ok(())
}

/// Shows that a workload's check rejects what is wrong: the negative controls.
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
                if corrupt(&mut out) {
                    let verdict = work.check(&out, expected);
                    assert!(verdict.is_err(), "{} case {case}: {control} passes", W::NAME);
                }
            }
        }
    }
}

/// Ways to make a right output wrong; each says whether it changed anything.
type Corruption<O> = fn(&mut O) -> bool;

fn corruptions<O: Output>() -> [(&'static str, Corruption<O>); 6] {
    [
        ("what does nothing", |out| {
            out.spoil();
            true
        }),
        ("all zeros", |out| {
            (0..out.len()).for_each(|i| out.set_word(i, 0));
            true
        }),
        ("a permuted output", |out| {
            let first = out.word(0);
            let Some(other) = (1..out.len()).find(|&i| out.word(i) != first) else { return false };
            let second = out.word(other);
            out.set_word(0, second);
            out.set_word(other, first);
            true
        }),
        ("one missing element", |out| {
            out.set_word(out.len() - 1, crate::digest::POISON);
            true
        }),
        ("a flipped sign bit", |out| {
            let Some(i) = (0..out.len()).rfind(|&i| out.word(i) != 0) else { return false };
            let word = out.word(i);
            out.set_word(i, word ^ 1 << 63);
            out.word(i) != word // a type of 32 bits has no such bit
        }),
        ("the lowest bit of one element", |out| {
            let word = out.word(out.len() / 2);
            out.set_word(out.len() / 2, word ^ 1);
            true
        }),
    ]
}

/// Shows that the result for one variant does not pass for another: a stale result is noticed.
///
/// # Panics
///
/// If it passes.
pub fn variants_differ<W: Workload>() {
    let make = |variant| W::make(Params { variant, ..Params::of(Size::Tiny) });
    let mut stale = make(0).output();
    make(0).reference(&mut stale);
    for variant in 1..4 {
        let work = make(variant);
        assert!(work.check(&stale, work.expected()).is_err(), "{}: variant {variant}", W::NAME);
    }
}

/// Shows that any split of a map fills the same: `splits` random ones, made from a seed.
///
/// # Panics
///
/// If one does not.
pub fn any_split_fills_the_same<M: crate::pattern::Map>(work: &M, splits: u64)
where
    M::Item: PartialEq + std::fmt::Debug,
{
    let len = work.len();
    let blank = || vec![bytemuck::Zeroable::zeroed(); len];
    let mut whole: Vec<M::Item> = blank();
    work.fill(0, &mut whole);
    for split in 0..splits {
        let mut parts: Vec<M::Item> = blank();
        let mut start = 0;
        for draw in 0.. {
            if start == len {
                break;
            }
            let piece = (random::at(split, draw) as usize % (len / 3 + 1)).min(len - start);
            work.fill(start, &mut parts[start..start + piece]);
            start += piece;
        }
        assert!(parts == whole, "split {split} fills otherwise");
    }
}

/// Shows the laws of a reduction: folding nothing is the identity, and any grouping merges to the same.
///
/// # Panics
///
/// If one does not hold.
pub fn any_grouping_folds_the_same<R: crate::pattern::Reduce>(work: &R, splits: u64)
where
    R::Acc: PartialEq + std::fmt::Debug,
{
    let len = work.len();
    let fold = |range| {
        let mut acc = work.empty();
        work.fold(&mut acc, range);
        acc
    };
    let whole = fold(0..len);
    for split in 0..splits {
        let [mut i, mut j] = [0, 1].map(|draw| random::at(split, draw) as usize % (len + 1));
        if i > j {
            (i, j) = (j, i);
        }
        let mut left = fold(0..i);
        work.merge(&mut left, fold(i..j));
        work.merge(&mut left, fold(j..len));
        let mut right = fold(i..j);
        work.merge(&mut right, fold(j..len));
        let mut nested = fold(0..i);
        work.merge(&mut nested, right);
        work.merge(&mut nested, fold(i..i));
        assert!(left == whole && nested == whole, "grouping at {i} and {j} folds otherwise");
    }
}
