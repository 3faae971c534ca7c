//! The list of workloads, without techniques: reports take their order from it, and filters their names.

use crate::units::{self, Units};
use crate::workload::{
    Bubblesort, Comparison, Expression, Fanout, GridSearch, Heat, Histogram, Julia, Lookup, Mailbox, Matmul,
    Matmul32, Memo, MonteCarlo, Pairwise, Params, Records, Routes, Size, Sort, Stream, TaskGraph, TreeSearch,
    Wordcount, Workload,
};

/// The static description of a workload.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    pub number: u16,
    /// The one thing it shows.
    pub shows: &'static str,
    /// Its pattern.
    pub pattern: &'static str,
    /// Its cases; the first is the default of a bench.
    pub cases: &'static [&'static str],
    /// The techniques that a bench measures by default, for the first case.
    pub headline: &'static [&'static str],
}

/// All workloads, by number.
pub fn all() -> Vec<Entry> {
    vec![
        entry::<Stream>(),
        // two types of matrices under one name: of double precision and of single
        Entry { cases: &["", "f32"], ..entry::<Matmul>() },
        // two types of output under one name: truths and floats
        Entry { cases: &["E1", "E2", "E3", "E4", "E5", "E6"], ..entry::<Expression>() },
        entry::<Pairwise>(),
        entry::<Julia>(),
        entry::<Bubblesort>(),
        entry::<MonteCarlo>(),
        entry::<Heat>(),
        entry::<TaskGraph>(),
        entry::<TreeSearch>(),
        entry::<Memo>(),
        entry::<Histogram>(),
        Entry { cases: MAILBOX, ..entry::<Mailbox>() },
        Entry { cases: &["", "deadline", "overload"], ..entry::<Fanout>() }, // two patterns under one name
        entry::<Routes>(),
        entry::<GridSearch>(),
        entry::<Wordcount>(),
        Entry { cases: &["random", "nearly", "stable"], ..entry::<Sort>() }, // two types of item under one name
        entry::<Lookup>(),
    ]
}

/// The cases of `Mailbox`, then those of `Parcels`: one workload by name, with two types of message.
const MAILBOX: &[&str] = &["1to1", "4to1", "2x2", "ping-pong", "1KiB", "64KiB", "1MiB"];

const fn entry<W: Workload>() -> Entry {
    Entry {
        name: W::NAME,
        number: W::NUMBER,
        shows: W::SHOWS,
        pattern: W::PATTERN,
        cases: W::CASES,
        headline: W::HEADLINE,
    }
}

/// How many units of work an input of a workload's case has at a size: the requested number, rounded to a possible
/// one, or the size's own. `None` if there are only the named sizes.
pub fn units(workload: &str, case: &str, size: Size, asked: Option<u64>) -> Option<u64> {
    let (index, of) = resizable().into_iter().find_map(|(name, cases, of)| {
        let index = cases.iter().position(|other| *other == case).filter(|_| name == workload)?;
        Some((index, of))
    })?;
    let params = Params { case: index, units: asked, ..Params::of(size) };
    units::ensure(of, params).ok()?;
    of(params)
}

/// The workloads with inputs of any size, type by type: their names, cases and units.
fn resizable() -> Vec<(&'static str, &'static [&'static str], Units)> {
    fn of<W: Workload>() -> (&'static str, &'static [&'static str], Units) {
        (W::NAME, W::CASES, W::units)
    }
    vec![
        of::<Stream>(),
        of::<Matmul>(),
        of::<Matmul32>(),
        of::<Comparison>(),
        of::<Expression>(),
        of::<Pairwise>(),
        of::<Julia>(),
        of::<MonteCarlo>(),
        of::<Heat>(),
        of::<TaskGraph>(),
        of::<Histogram>(),
        of::<Wordcount>(),
        of::<Sort>(),
        of::<Records>(),
        of::<Lookup>(),
    ]
}

/// The default case of a workload: its first; empty for an unknown workload.
pub fn first_case(workload: &str) -> &'static str {
    let entry = all().into_iter().find(|entry| entry.name == workload);
    entry.and_then(|entry| entry.cases.first().copied()).unwrap_or_default()
}
